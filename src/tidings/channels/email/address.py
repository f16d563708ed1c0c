"""Email addresses as SMTP's envelope takes them."""

import re
from functools import lru_cache
from typing import Final

import idna

_LOCAL: Final = re.compile(r'[^\s@<>"(),:;\\\[\]\x00-\x20\x7f]{1,64}|"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e]){0,62}"')
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)


class Unusable(ValueError):
    """It is no address mail can go to; the text continues a sentence that begins with what it is."""


def check_address(address: str) -> tuple[str, bool]:
    """Give the address for the wire, its domain in ASCII, and whether it needs SMTPUTF8; raises `Unusable`."""
    local, at, domain = address.rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or len(local.encode("utf-8", "replace")) > 64:
        raise Unusable("is no email address")
    ascii_domain = _domain(domain)
    if not local.isprintable():
        raise Unusable("is no email address")
    return f"{local}@{ascii_domain}", not local.isascii()


@lru_cache(4096)
def _domain(domain: str) -> str:
    if domain.startswith("[") and domain.endswith("]") and re.fullmatch(r"\[[0-9a-fA-F.:IPv]{2,50}\]", domain):
        return domain
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise Unusable("has a domain that does not exist") from None
    if len(domain) > 253 or not all(map(_LABEL.fullmatch, domain.split("."))):
        raise Unusable("has a domain that cannot exist")
    return domain
