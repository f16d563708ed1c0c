"""Shares of people: `5%` as text, and whether somebody is in one. Who is in a share stays in it when it grows."""

import re
from typing import Final

from tidings.kernel.ids import draw

_SHARE: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3})?)\s*%")


def parse_share(text: object) -> float:
    """Read ``5%`` or ``0.5%`` as a part of one; raises ValueError saying what a share looks like."""
    match = _SHARE.fullmatch(text.strip()) if isinstance(text, str) else None
    if not match or float(match[1]) > 100:
        raise ValueError(f"{text!r} is not a share; write for example `5%`")
    return float(match[1]) / 100


def show_share(share: float) -> str:
    """Print the canonical text of a share."""
    return f"{share * 100:.3f}".rstrip("0").rstrip(".") + "%"


def in_share(share: float, *parts: bytes | str | int) -> bool:
    """Whether what the parts stand for falls into a share: always the same for the same parts, and for every larger share too."""
    return share > 0 and draw(*parts) < share
