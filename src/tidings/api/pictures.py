"""Pictures as messages load them: `/a/HASH/NAME`, for whoever knows the address. No cookie is read or set, and nobody is counted.

What an address leads to never changes, so that every cache on the way (a mail program's proxy, a CDN) may keep it for ever.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, NamedTuple

from tidings.api.http import Fields, Scope, Send, plain
from tidings.content import pictures, store
from tidings.database.pool import Pool

_PATH: Final = re.compile(r"/a/([0-9a-f]{40})/([^/]+)")
_REMEMBERED: Final = 32 << 20
"""Bytes of the pictures asked for last, which are kept in memory."""
_LOOKED: Final = 10.0
"""Seconds for which a picture in memory is believed not to have been erased."""
_RULES: Final[Fields] = [
    (b"cache-control", b"public, max-age=31536000, immutable"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"access-control-allow-origin", b"*"),
    (b"referrer-policy", b"no-referrer"),
]


class Wanted(NamedTuple):
    """A picture asked for. ``name``: as whoever saves it calls it."""

    hash: str
    name: str


def wanted_picture(path: str) -> Wanted | None:
    """Read a path; None for one that is no picture's."""
    match = _PATH.fullmatch(path)
    return Wanted(match[1], match[2]) if match and pictures.NAME.fullmatch(match[2]) else None


class Pictures:
    """Answers with pictures, those asked for lately out of memory."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: OrderedDict[str, tuple[str, bytes]] = OrderedDict()
        self._looked: dict[str, float] = {}
        self._bytes = 0

    async def __call__(self, scope: Scope, send: Send, wanted: Wanted) -> None:
        """Answer one request."""
        if scope["method"] not in ("GET", "HEAD"):
            await plain(send, 405, b"only GET is answered here\n")
            return
        found = await self._find(wanted.hash)
        if found is None:
            await plain(send, 404, b"there is no such picture\n")
            return
        type, data = found
        tag = f'"{wanted.hash}"'.encode()
        fields = [*_RULES, (b"etag", tag)]
        if any(name == b"if-none-match" and tag in value for name, value in scope["headers"]):
            await _answer(send, 304, fields, b"")
            return
        fields += [
            (b"content-type", f"image/{type}".encode()),
            (b"content-length", str(len(data)).encode()),
            (b"content-disposition", f'inline; filename="{wanted.name}"'.encode()),
        ]
        await _answer(send, 200, fields, b"" if scope["method"] == "HEAD" else data)

    async def _find(self, hash: str) -> tuple[str, bytes] | None:
        found = self._known.get(hash)
        now = time.monotonic()
        if found is not None and now - self._looked[hash] > _LOOKED:
            async with self._pool.acquire() as connection:
                there = await store.is_there(connection, hash)
            self._looked[hash] = now
            if not there:
                self._forget(hash)
                return None
        if found is not None:
            if hash in self._known:
                self._known.move_to_end(hash)
            return found
        async with self._pool.acquire() as connection:
            found = await store.picture(connection, hash)
        if found is not None and hash not in self._known:
            self._known[hash] = found
            self._looked[hash] = now
            self._bytes += len(found[1])
            while self._bytes > _REMEMBERED:
                self._forget(next(iter(self._known)))
        return found

    def _forget(self, hash: str) -> None:
        gone = self._known.pop(hash, None)
        self._looked.pop(hash, None)
        self._bytes -= len(gone[1]) if gone is not None else 0


async def _answer(send: Send, status: int, fields: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(fields)})
    await send({"type": "http.response.body", "body": body})
