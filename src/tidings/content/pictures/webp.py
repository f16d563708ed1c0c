"""WebP, also animated: chunks of a RIFF file (https://developers.google.com/speed/webp/docs/riff_container, RFC 9649)."""

import struct
from typing import Final

from tidings.content.pictures.found import Broken, Found

BEGINS: Final = b"RIFF"
_KEPT: Final = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP"))
_SAYS: Final = 0x08 | 0x04
"""The flags of Exif and XMP, which are left out."""


def read(data: bytes) -> Found:
    """Walk through the chunks."""
    if len(data) < 20 or data[8:12] != b"WEBP":
        raise Broken
    limit = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    out, at, frames, size, canvas = list[bytes](), 12, 0, (0, 0), (0, 0)
    while at + 8 <= limit:
        kind = data[at : at + 4]
        end = at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : end]
        if end > limit:
            raise Broken
        if kind == b"VP8X":
            if len(body) != 10:
                raise Broken
            canvas = (1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little"))
            body = bytes((body[0] & ~_SAYS,)) + body[1:]
        elif kind in (b"VP8 ", b"VP8L"):
            size, frames = _size(kind, body), frames + 1
        elif kind == b"ANMF":
            frames += 1
        if kind in _KEPT:
            out.append(kind + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2))
        at = end + len(body) % 2
    if not frames:
        raise Broken
    chunks = b"".join(out)
    return Found(
        *(canvas if any(canvas) else size), frames, b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks
    )


def _size(kind: bytes, body: bytes) -> tuple[int, int]:
    """Width and height of what is drawn."""
    if kind == b"VP8L":
        if len(body) < 5 or body[0] != 0x2F:
            raise Broken
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if len(body) < 10 or body[3:6] != b"\x9d\x01\x2a":
        raise Broken
    width, height = struct.unpack_from("<HH", body, 6)
    return width & 0x3FFF, height & 0x3FFF
