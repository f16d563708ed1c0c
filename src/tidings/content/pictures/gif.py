"""GIF: a screen, and blocks that are drawn on it (https://www.w3.org/Graphics/GIF/spec-gif89a.txt)."""

import struct
from typing import Final

from tidings.content.pictures.found import Broken, Found

BEGINS: Final = b"GIF8"
_LOOPS: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def read(data: bytes) -> Found:
    """Walk through the blocks. Comments, texts, and what programs say to themselves are left out."""
    if data[:6] not in (b"GIF87a", b"GIF89a") or len(data) < 13:
        raise Broken
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + _colours(flags)
    out, frames = [data[:at]], 0
    while True:
        kind = data[at : at + 1]
        if kind == b"\x3b":
            break
        if kind == b"\x21":
            end = _blocks(data, at + 2)
            label = data[at + 1 : at + 2]
            if label == b"\xf9" or (label == b"\xff" and data[at + 3 : at + 14] in _LOOPS):
                out.append(data[at:end])
        elif kind == b"\x2c" and at + 10 < len(data):
            end = _blocks(data, at + 11 + _colours(data[at + 9]))
            out.append(data[at:end])
            frames += 1
        else:
            raise Broken
        at = end
    if not frames:
        raise Broken
    return Found(width, height, frames, b"".join((*out, b"\x3b")))


def _colours(flags: int) -> int:
    """The bytes of a table of colours."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks(data: bytes, at: int) -> int:
    """Where a run of blocks ends that each say their length."""
    while at < len(data):
        if data[at] == 0:
            return at + 1
        at += data[at] + 1
    raise Broken
