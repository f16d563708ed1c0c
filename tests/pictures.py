"""Pictures for tests, drawn by Pillow."""

import io
from typing import Any

from PIL import Image


def picture(type: str = "png", width: int = 60, height: int = 20, colour: str = "teal", **more: Any) -> bytes:
    """Draw one with a corner of its own, so that one that is turned is not the same. ``more``: as Pillow saves it."""
    image = Image.new("RGB", (width, height), colour)
    image.paste("red", (0, 0, min(8, width), min(8, height)))
    out = io.BytesIO()
    image.save(out, {"jpg": "jpeg"}.get(type, type), **more)
    return out.getvalue()


def moving(type: str, frames: int = 3) -> bytes:
    """Draw one that moves."""
    drawn = [Image.new("RGB", (30, 20), (40 * n, 90, 90)) for n in range(frames)]
    out = io.BytesIO()
    drawn[0].save(out, type, save_all=True, append_images=drawn[1:], duration=100, loop=0)
    return out.getvalue()
