"""PNG, also animated: chunks with a check sum each (https://www.w3.org/TR/png-3/)."""

import struct
import zlib
from typing import Final

from tidings.content.pictures.found import Broken, Found

BEGINS: Final = b"\x89PNG\r\n\x1a\n"
_KEPT: Final = frozenset(b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT bKGD pHYs acTL fcTL fdAT".split())
"""What says how it looks; the rest says where, when and with what it was made."""


def read(data: bytes) -> Found:
    """Walk through the chunks."""
    out, at, frames, size, seen = [BEGINS], len(BEGINS), 1, (0, 0), False
    while True:
        if at + 12 > len(data):
            raise Broken
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 12 + length
        kind, body = data[at + 4 : at + 8], data[at + 8 : end - 4]
        if end > len(data) or zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            raise Broken
        if (at == len(BEGINS)) != (kind == b"IHDR"):
            raise Broken
        if kind == b"IHDR":
            if length != 13:
                raise Broken
            size = struct.unpack_from(">II", body)
        elif kind == b"acTL" and length == 8:
            frames = max(1, int.from_bytes(body[:4], "big"))
        seen = seen or kind == b"IDAT"
        if kind in _KEPT:
            out.append(data[at:end])
        if kind == b"IEND":
            break
        at = end
    if not seen:
        raise Broken
    return Found(*size, frames, b"".join(out))
