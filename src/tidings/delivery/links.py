"""Tracking links: signed tokens that say which delivery a click, an open or a choice belongs to, and where a click goes.

A token is base64url of workspace (2 bytes), partition (1), delivery id (16), target (UTF-8, clicks only) and a keyed hash (16) over
them and the kind of link. Nobody without the workspace's secret can make one: so a redirect goes only where we said, and the
token of an open cannot unsubscribe anybody.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable
from hashlib import blake2b
from hmac import compare_digest
from html import escape
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from tidings.kernel.ids import show_delivery

_OURS: Final = re.compile(r"https?://[^\s\"'<>()]{1,200}?/t/([ocupv])/([A-Za-z0-9_-]{47,})")
NOTHING: Final = "data:,"
"""The address of a picture that is none."""

Kind: TypeAlias = Literal["o", "c", "u", "p", "v"]
"""Open, click, unsubscribe, preferences, view in browser: also the path under ``/t/``."""

_HASH: Final = 16
_HEAD: Final = 2 + 1 + 16
LONGEST: Final = 8000
"""Characters of a token that are looked at."""


class Link(Struct, frozen=True):
    """What a token says."""

    kind: Kind
    workspace: int
    partition: int
    id: bytes
    target: str = ""

    @property
    def delivery(self) -> str:
        """The delivery's public id."""
        return show_delivery(self.partition, self.id)


class Links:
    """The links of one delivery. ``base``: the address of the pages, without a slash at its end."""

    def __init__(self, base: str, secret: bytes, workspace: int, partition: int, id: bytes) -> None:
        self._base, self._secret = base.rstrip("/"), secret
        self._head = workspace.to_bytes(2, "big") + bytes([partition]) + id

    def open(self) -> str:
        """The pixel that shows an open."""
        return self._url("o")

    def click(self, target: str) -> str:
        """The redirect to ``target``; what is no web address stays as it is."""
        return self._url("c", target) if is_web(target) else target

    def unsubscribe(self) -> str:
        """The page that unsubscribes, by one click of a mail program too (RFC 8058)."""
        return self._url("u")

    def preferences(self) -> str:
        """The page where the person chooses topics."""
        return self._url("p")

    def view(self) -> str:
        """The message as a page."""
        return self._url("v")

    def _url(self, kind: Kind, target: str = "") -> str:
        body = self._head + target.encode("utf-8", "surrogatepass")
        return f"{self._base}/t/{kind}/{_text(body + _mac(self._secret, kind, body))}"


def read(token: str, kind: Kind, secret: Callable[[int], bytes | None]) -> Link | None:
    """Read a token; None where it is none of ours. ``secret`` gives a workspace's, or None."""
    if len(token) > LONGEST:
        return None
    try:
        data = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (Error, UnicodeEncodeError):
        return None
    if len(data) < _HEAD + _HASH or _text(data) != token:
        return None
    body, mac = data[:-_HASH], data[-_HASH:]
    workspace = int.from_bytes(body[:2], "big")
    key = secret(workspace)
    if key is None or not compare_digest(mac, _mac(key, kind, body)):
        return None
    target = body[_HEAD:].decode("utf-8", "surrogatepass")
    return Link(kind, workspace, body[2], body[3:_HEAD], target)


def uncounted(html: str, secret: bytes) -> str:
    """Give a message for its reader to look at once more, without the picture by which an opening of the mail is seen."""
    return harmless(html, secret, kinds="o")


def harmless(text: str, secret: bytes, is_html: bool = False, kinds: str = "ocupv") -> str:
    """Give a message for somebody else to look at: its links lead where they lead, and count nothing; its reader's own lead nowhere.
    ``kinds``: of which links."""

    def instead(found: re.Match[str]) -> str:
        kind: Kind = found[1]  # type: ignore[assignment]  # as the pattern says
        link = read(found[2], kind, lambda _: secret)
        if link is None or kind not in kinds:
            return found[0]
        return (escape(link.target) if is_html else link.target) if kind == "c" else NOTHING if kind == "o" else "#"

    return _OURS.sub(instead, text)


def is_web(url: str) -> bool:
    """Whether an address may be redirected to."""
    return url[:8].lower().startswith(("http://", "https://"))


def _mac(secret: bytes, kind: Kind, body: bytes) -> bytes:
    return blake2b(body, digest_size=_HASH, key=secret, person=b"link " + kind.encode()).digest()


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
