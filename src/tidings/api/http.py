"""Reading requests and answering them, without a framework: bounded bodies, bounded inflation, CORS on every answer."""

import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, unquote_to_bytes

from tidings.ingest.check import text

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Fields: TypeAlias = list[tuple[bytes, bytes]]

_DRAINED: Final = 8 << 20
"""Bytes of a body that is too large that are still read, so that the sender gets to see the answer."""
_WANTED: Final = {
    name.encode(): name
    for name in ("authorization", "content-encoding", "x-strict-mode", "origin", "content-type", "referer")
}
JSON: Final = (b"content-type", b"application/json; charset=utf-8")
_EXPOSE: Final = (b"access-control-expose-headers", b"retry-after")
_ANYONE: Final = (b"access-control-allow-origin", b"*")
_PLAIN: Final[Fields] = [JSON, _ANYONE, _EXPOSE]
_PREFLIGHT: Final[Fields] = [
    (b"access-control-allow-methods", b"POST, GET, PUT, DELETE, OPTIONS"),
    (
        b"access-control-allow-headers",
        b"authorization, content-type, content-encoding, x-retry-count, x-strict-mode, anonymousid, sentat, "
        b"rsa-recovered, rsa-retry-attempt, rsa-retry-reason, rsa-since-first-attempt, rsa-since-last-attempt",
    ),
    (b"access-control-max-age", b"86400"),
]


class TooLarge(Exception):
    """The body is larger than it may be, as sent or inflated."""


class Broken(Exception):
    """The body can't be read; the text says why."""


class Gone(Exception):
    """The sender went away before the body was complete."""


def fields_of(scope: Scope) -> dict[str, str]:
    """Give the headers that formats look at, names in lower case."""
    wanted = _WANTED
    return {wanted[name]: value.decode("latin-1") for name, value in scope["headers"] if name in wanted}


def segments_of(scope: Scope) -> list[str]:
    """Give the path's parts as they can be stored, each decoded after splitting: an encoded slash belongs to its part."""
    raw = scope.get("raw_path") or scope["path"].encode()
    parts = raw.partition(b"?")[0].split(b"/")[1:]
    if b"%" not in raw:
        return [part.decode("utf-8", "replace") for part in parts]
    return [text(unquote_to_bytes(part).decode("utf-8", "replace")) for part in parts]


def query_of(scope: Scope) -> dict[str, str]:
    """Give the query's fields, the last of a name."""
    return dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True, max_num_fields=50))


async def body_of(receive: Receive, headers: Mapping[str, str], largest: int) -> bytes:
    """Read a body, inflated where it is compressed; raises `TooLarge`, `Broken`, `Gone`."""
    message = await receive()
    data: bytes = message.get("body", b"")
    if message.get("more_body"):
        parts, size = [data], len(data)
        while message.get("more_body"):
            message = await receive()
            data = message.get("body", b"")
            size += len(data)
            if size <= largest:
                parts.append(data)
            elif size > _DRAINED:
                break
        if size > largest:
            raise TooLarge
        data = b"".join(parts)
    if message["type"] == "http.disconnect":
        raise Gone
    if len(data) > largest:
        raise TooLarge
    encoding = headers.get("content-encoding")
    return data if encoding is None or encoding == "identity" else _inflated(data, encoding.strip().lower(), largest)


def _inflated(data: bytes, encoding: str, largest: int) -> bytes:
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise Broken(f"Content-Encoding {encoding[:50]!r} is not understood; use gzip, or none")
    machine = zlib.decompressobj(wbits=47)
    try:
        found = machine.decompress(data, largest + 1)
    except zlib.error:
        raise Broken("the body is not what its Content-Encoding says") from None
    if len(found) > largest:
        raise TooLarge
    if not machine.eof:
        raise Broken("the compressed body is cut off")
    return found


async def answer(
    send: Send, status: int, body: bytes, origin: str | None = None, more: Mapping[str, str] | None = None
) -> None:
    """Answer with JSON (unless ``more`` says otherwise), readable by pages of any origin: no cookie is ever looked at here."""
    fields = _PLAIN if origin is None else _for(origin)
    if more:
        fields = [*fields, *((name.encode(), value.encode("latin-1")) for name, value in more.items())]
    if status == 204 or (more and "content-type" in more):
        fields = [each for each in fields if each is not JSON]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})


async def preflight(send: Send, origin: str | None) -> None:
    """Answer what a browser asks before it sends: every path may be sent to, by any page, without a key."""
    fields = (_PLAIN if origin is None else _for(origin))[1:] + _PREFLIGHT
    await send({"type": "http.response.start", "status": 204, "headers": fields})
    await send({"type": "http.response.body", "body": b""})


def _for(origin: str) -> Fields:
    allowed = (b"access-control-allow-origin", origin.encode("latin-1", "replace"))
    return [JSON, allowed, (b"access-control-allow-credentials", b"true"), (b"vary", b"Origin"), _EXPOSE]


async def plain(send: Send, status: int, body: bytes, content_type: str = "text/plain; charset=utf-8") -> None:
    """Answer with something else, to nobody's pages."""
    fields = [(b"content-type", content_type.encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
