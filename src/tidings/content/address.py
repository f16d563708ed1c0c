"""Addresses of mail as people write them: ``Ada Lovelace <ada@example.com>``."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

import idna

_LOCAL: Final = re.compile(r"[^\s@<>\"(),:;\\\[\]\x00-\x1f\x7f]+")
_LABEL: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u0080-\u009f\u2028\u2029\ud800-\udfff]")
_ATOMS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_WRITTEN: Final = re.compile(r'\s*(?:(?:"((?:[^"\\]|\\.)*)"|([^<"]*?))\s*<\s*([^<>]*?)\s*>|([^<>]*?))\s*', re.DOTALL)


class Address(NamedTuple):
    """A ``name`` ("" without one) and an ``email``, its domain in ASCII (IDNA)."""

    name: str
    email: str

    def __str__(self) -> str:
        """Write it as people do."""
        if not self.name:
            return self.email
        plain = _ATOMS.fullmatch(self.name) or (
            not self.name.isascii() and not re.search(r'[<>@,;:"\\()\[\]]', self.name)
        )
        name = self.name if plain else '"' + re.sub(r'(["\\])', r"\\\1", self.name) + '"'
        return f"{name} <{self.email}>"


def parse(text: str) -> Address:
    """Read one address; raises ValueError that says what is wrong with it."""
    if _CONTROL.search(text):
        raise ValueError("an address has no line breaks or control characters")
    if len(text) > 1000:
        raise ValueError("the address is too long")
    match = _WRITTEN.fullmatch(text)
    if not match:
        raise ValueError(f"`{text[:80]}` is no address; write `Ada Lovelace <ada@example.com>` or `ada@example.com`")
    quoted, plain, inside, bare = match.groups()
    name = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else (plain or "")
    return Address(" ".join(name.split()), check(bare if inside is None else inside))


def check(email: str) -> str:
    """Give an address with its domain in ASCII; raises ValueError that says what is wrong with it."""
    local, at, domain = email.rpartition("@")
    if not at or not local or not domain:
        raise ValueError(f"`{email[:80]}` is no address; write `ada@example.com`")
    if not _LOCAL.fullmatch(local) or _CONTROL.search(local) or local[0] == "." or local[-1] == "." or ".." in local:
        raise ValueError(f"`{local[:80]}` can't stand before the @")
    if len(local.encode()) > 64:
        raise ValueError("what stands before the @ is longer than 64 bytes")
    return f"{local}@{ascii_domain(domain)}"


@lru_cache(4096)
def ascii_domain(domain: str) -> str:
    """Give a domain as DNS knows it; raises ValueError for what is none."""
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except (idna.IDNAError, UnicodeError) as error:
            raise ValueError(f"`{domain[:80]}` is no domain: {error}") from error
    labels = domain.split(".")
    if len(domain) > 253 or len(labels) < 1 or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError(f"`{domain[:80]}` is no domain")
    return domain.lower()
