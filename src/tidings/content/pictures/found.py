"""What a walk through a picture's file finds."""

from typing import NamedTuple


class Broken(Exception):
    """The file is no picture of its kind, or only a part of one."""


class Found(NamedTuple):
    """``width``, ``height``: in pixels, as it is shown. ``data``: the file with nothing in it but the picture."""

    width: int
    height: int
    frames: int
    data: bytes
