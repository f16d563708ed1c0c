"""How the pages behind a message's links look in a workspace's brand: its accent where it can be read on them, its logo or its name above.

Contrast as WCAG 2.2 computes it (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio): an accent that words could not be read in is mixed
with black or white until they can.
"""

import re
from collections.abc import Mapping
from html import escape
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from msgspec import Struct

_Colour: TypeAlias = tuple[float, float, float]
_WHITE: Final[_Colour] = (255, 255, 255)
_BLACK: Final[_Colour] = (0, 0, 0)
_NIGHT: Final[_Colour] = (21, 25, 31)
"""The card at night, as `page.STYLE` has it."""
_LEAST: Final = 4.5
_ORIGIN: Final = re.compile(r"https?://[\w.:\[\]-]+")
_FONT: Final = re.compile(r"[A-Za-z0-9 ,'-]{1,200}")


class Looks(Struct, frozen=True):
    """``style`` comes after the pages' own; ``head`` is HTML at the top of a card; ``images``: whence pictures are loaded."""

    style: str = ""
    head: str = ""
    images: str = ""


PLAIN: Final = Looks()


def looks(table: Mapping[str, Any], values: Mapping[str, str], base: str) -> Looks:
    """Give the looks. ``table``: what the workspace says of its brand; ``values``: what templates read of it; ``base``: the address
    that pictures without a host of their own are loaded from."""
    if not table:
        return PLAIN
    logo, name = values.get("logo", "") if table.get("logo") else "", str(table.get("name") or "")
    at = _ORIGIN.match(logo if "://" in logo else base)
    head = ""
    if logo and at and urlsplit(logo).path:
        head = f'<p class="brand"><img src="{escape(logo)}" alt="{escape(name)}"></p>'
    elif name:
        head = f'<p class="brand">{escape(name)}</p>'
    return Looks(_style(values), head, at[0] if at and "<img" in head else "")


def _style(values: Mapping[str, str]) -> str:
    accent, ground = _read(values.get("accent", "")), _read(values.get("background", ""))
    font = values.get("font", "")
    rules = [".brand{font-weight:650;margin:0 0 1.25rem}.brand img{max-width:100%;max-height:56px}"]
    rules.append("@media (prefers-color-scheme:dark){.brand img{background:#fff;padding:6px;border-radius:6px}}")
    if accent:
        on = max(_WHITE, _BLACK, key=lambda each: _contrast(each, accent))
        day, night = _hex(_seen(accent, _WHITE, _BLACK)), _hex(_seen(accent, _NIGHT, _WHITE))
        wash, dark = _hex(_mixed(_WHITE, accent, 0.1)), _hex(_mixed(_NIGHT, accent, 0.25))
        fill = f"--fill:{_hex(accent)};--on:{_hex(on)}"
        rules.append(f":root{{--accent:{day};--focus:{day};--wash:{wash};{fill}}}")
        rules.append(
            f"@media (prefers-color-scheme:dark){{:root{{--accent:{night};--focus:{night};--wash:{dark};{fill}}}}}"
        )
    if ground:
        rules.append(f"@media (prefers-color-scheme:light){{:root{{--ground:{_hex(ground)}}}}}")
    if _FONT.fullmatch(font):
        rules.append(f"html{{font-family:{font}}}")
    return "\n".join(rules)


def _seen(colour: _Colour, ground: _Colour, towards: _Colour) -> _Colour:
    """Give the colour, mixed with ``towards`` as far as it takes to be read on the ground."""
    return next(
        mixed
        for step in range(21)
        if _contrast(mixed := _mixed(colour, towards, step / 20), ground) >= _LEAST or step == 20
    )


def _contrast(one: _Colour, other: _Colour) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: _Colour) -> float:
    red, green, blue = (c / 12.92 if (c := part / 255) <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mixed(one: _Colour, other: _Colour, share: float) -> _Colour:
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def _read(text: str) -> _Colour | None:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        return None
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:], 16)


def _hex(colour: _Colour) -> str:
    return "#" + "".join(f"{round(part):02x}" for part in colour)
