"""JPEG: markers, and between them what was drawn (ITU-T T.81; Exif 2.32 for the way up)."""

import struct
from typing import Final

from tidings.content.pictures.found import Broken, Found

BEGINS: Final = b"\xff\xd8\xff"
_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_DRAWS: Final = frozenset((*_FRAMES, 0xC4, 0xCC, 0xDA, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF))
_ALONE: Final = frozenset((0x01, *range(0xD0, 0xD8)))
_APPS: Final = ((0xE0, b"JFIF\0"), (0xE2, b"ICC_PROFILE\0"), (0xEE, b"Adobe"))
"""What programs need to draw it right: its colours. Of the rest (Exif, XMP, IPTC, comments, a second picture) only the way up stays."""


def read(data: bytes) -> Found:
    """Walk through the segments; what stands behind the end is left out."""
    kept: list[bytes] = []
    at, size, up, drawn = 2, (0, 0), 1, False
    while True:
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        if at + 2 > len(data) or data[at] != 0xFF:
            raise Broken
        marker = data[at + 1]
        if marker == 0xD9:
            break
        if marker in _ALONE:
            at += 2
            continue
        if at + 4 > len(data):
            raise Broken
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        body = data[at + 4 : end]
        if length < 2 or end > len(data):
            raise Broken
        if marker in _FRAMES:
            if len(body) < 6 or size != (0, 0):
                raise Broken
            height, width = struct.unpack_from(">HH", body, 1)
            size = (width, height)
        elif marker == 0xE1 and body.startswith(b"Exif\0\0"):
            up = _way_up(body[6:]) or up
        if marker == 0xDA:
            end, drawn = _scanned(data, end), True
        if marker in _DRAWS or any(marker == app and body.startswith(name) for app, name in _APPS):
            kept.append(data[at:end])
        at = end
    if not drawn or 0 in size:
        raise Broken
    turned = size[::-1] if up >= 5 else size
    return Found(*turned, 1, b"".join((b"\xff\xd8", *([_exif(up)] if up > 1 else []), *kept, b"\xff\xd9")))


def _scanned(data: bytes, at: int) -> int:
    """The end of what is drawn: the next marker that is none of its own."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise Broken
        if data[at + 1] == 0xFF:
            at += 1
        elif data[at + 1] == 0 or data[at + 1] in _ALONE:
            at += 2
        else:
            return at


def _way_up(exif: bytes) -> int:
    """The orientation, 1 to 8, that a camera wrote down; 0 where it wrote none."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None or len(exif) < 8:
        return 0
    (first,) = struct.unpack_from(f"{order}I", exif, 4)
    if first + 2 > len(exif):
        return 0
    (many,) = struct.unpack_from(f"{order}H", exif, first)
    for entry in range(first + 2, min(first + 2 + 12 * many, len(exif) - 11), 12):
        tag, kind = struct.unpack_from(f"{order}HH", exif, entry)
        if tag == 0x0112 and kind == 3:
            (value,) = struct.unpack_from(f"{order}H", exif, entry + 8)
            return int(value) if 1 <= value <= 8 else 0
    return 0


def _exif(up: int) -> bytes:
    """An Exif segment that says the way up and nothing else."""
    body = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, up, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
