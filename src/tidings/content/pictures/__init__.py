"""Pictures that messages show: what a file must be to be one, and what it is called and addressed by.

A file is known by its bytes, never by its name. It is walked through, chunk by chunk, and never decoded: what is drawn stays as it is to
the byte, and all else (where and when it was taken, by whom, comments, whatever stands behind the end) is left out. So nothing that
somebody uploads is ever unpacked on this machine, and what a mail program would have to unpack is bounded by `PIXELS` and `DRAWN`.
"""

import re
import unicodedata
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

from msgspec import Struct

from tidings.content.pictures import gif, jpeg, png, webp
from tidings.content.pictures.found import Broken
from tidings.kernel.problems import Invalid, Problem, did_you_mean

LARGEST: Final = 5 << 20
"""Bytes of a file."""
SIDE: Final = 10_000
"""Pixels of a side."""
PIXELS: Final = 25_000_000
"""Pixels of a picture."""
DRAWN: Final = 250_000_000
"""Pixels of all frames of a picture that moves."""
TYPES: Final[Mapping[str, str]] = {"png": "png", "jpg": "jpeg", "jpeg": "jpeg", "gif": "gif", "webp": "webp"}
"""What the ending of a name says a file holds."""
NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\.(?:png|jpe?g|gif|webp)")
NAMED: Final = re.compile(r"\bassets\s*\[\s*(?:\"([^\"\n]*)\"|'([^'\n]*)')\s*\]")
"""A picture that a template names."""
CHOSEN: Final = re.compile(r"\bassets\s*\[\s*(?![\s\"'])|\bassets\s*(?:\||%\}|\}\})")
"""A picture whose name is a value: it may be any of them."""
_KINDS: Final[Mapping[str, Any]] = {"png": png, "jpeg": jpeg, "gif": gif, "webp": webp}
_SHOWN: Final = {"png": "PNG", "jpeg": "JPEG", "gif": "GIF", "webp": "WebP"}


class Asset(Struct, frozen=True):
    """One picture. ``hash``: of its bytes, 40 hexadecimal digits, by which it is stored and addressed. ``type``: png, jpeg, gif or webp.
    ``width``, ``height``: in pixels; ``size``: in bytes."""

    hash: str
    type: str
    width: int
    height: int
    size: int

    @property
    def said(self) -> str:
        """In words: `PNG, 600 × 200, 12 KB`."""
        return f"{_SHOWN.get(self.type, self.type)}, {self.width} × {self.height}, {-(-self.size // 1024)} KB"


def read(data: bytes) -> tuple[Asset, bytes]:
    """Read a file; gives it with the bytes that are kept of it. Raises Invalid for what is no picture that mail shows.

    What is kept, read again, gives the same.
    """
    if len(data) > LARGEST:
        raise _wrong(
            f"the picture is larger than {LARGEST >> 20} MB", "save it smaller: a mail is some 600 pixels wide"
        )
    type = next((type for type, kind in _KINDS.items() if data.startswith(kind.BEGINS)), "")
    if not type:
        raise _unknown(data)
    try:
        found = _KINDS[type].read(data)
    except Broken:
        raise _wrong(f"this {_SHOWN[type]} picture is broken, or a part of it is missing", "save it again") from None
    width, height = found.width, found.height
    if not (0 < width <= SIDE and 0 < height <= SIDE) or width * height > PIXELS:
        hint = f"at most {SIDE:,} on a side and {PIXELS // 1_000_000} million in all; a mail is some 600 wide"
        raise _wrong(f"the picture has {width:,} × {height:,} pixels", hint)
    if width * height * found.frames > DRAWN:
        raise _wrong(
            f"the picture moves through {found.frames:,} frames of {width:,} × {height:,} pixels", "make it smaller"
        )
    return Asset(sha256(found.data).hexdigest()[:40], type, width, height, len(found.data)), found.data


def check_name(name: str, asset: Asset | None = None) -> list[Problem]:
    """Say what is wrong with a name; its ending must be what the picture is."""
    if not NAME.fullmatch(name):
        hint = "use small letters, digits, - and _, then .png, .jpg, .gif or .webp"
        return [Problem(f"`{name}` can't be the name of a picture", hint)]
    if asset is not None and TYPES[name.rpartition(".")[2]] != asset.type:
        right = f"{name.rpartition('.')[0]}.{ending(asset.type)}"
        return [Problem(f"`{name}` holds a {_SHOWN[asset.type]} picture", f"call it {right}")]
    return []


def name_for(file: str, asset: Asset) -> str:
    """Make a name of a file's: `Größe & Form (1).JPG` is `grosse-form-1.jpg`."""
    stem = re.split(r"[/\\]", file)[-1]
    stem = stem.rpartition(".")[0] or stem
    plain = unicodedata.normalize("NFKD", stem.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")[:64] or "picture"
    return f"{slug}.{ending(asset.type)}"


def ending(type: str) -> str:
    """The ending that new names get."""
    return "jpg" if type == "jpeg" else type


def of(document: Mapping[str, Any]) -> Asset:
    """Read one as definitions hold it."""
    return Asset(**{field: document[field] for field in Asset.__struct_fields__})


def plain(asset: Asset) -> dict[str, Any]:
    """Give one as definitions hold it."""
    return {field: getattr(asset, field) for field in Asset.__struct_fields__}


def address(base: str, name: str, hash: str) -> str:
    """Give the public address of a picture. ``base``: where this installation, or what stands before it, is reached."""
    return f"{base}/a/{hash}/{quote(name)}"


def addresses(documents: Mapping[str, Any], base: str) -> dict[str, str]:
    """Give the address of each by name: what templates read as `assets`. ``documents``: as definitions hold them."""
    return {name: address(base, name, document["hash"]) for name, document in documents.items()}


def named(text: str) -> list[tuple[str, int]]:
    """The pictures that a text names, each with its offset."""
    return [(match[1] or match[2] or "", match.start()) for match in NAMED.finditer(text)]


def unknown(text: str, known: Mapping[str, Any]) -> list[Problem]:
    """Say which pictures a text names that are not there, each with its line and column."""
    return [
        Problem(
            f"there is no picture `{name}`",
            did_you_mean(name, list(known)) or "upload it in Content → Assets, or put it into assets/",
            line=text.count("\n", 0, at) + 1,
            column=at - text.rfind("\n", 0, at),
        )
        for name, at in named(text)
        if name not in known
    ]


def _unknown(data: bytes) -> Invalid:
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml")) or b"<svg" in start:
        return _wrong(
            "this is an SVG drawing, which mail programs do not show", "save it as PNG, twice as wide as it is shown"
        )
    return _wrong("this is no PNG, JPEG, GIF or WebP picture", "save it as one of these")


def _wrong(message: str, hint: str) -> Invalid:
    return Invalid([Problem(message, hint)])
