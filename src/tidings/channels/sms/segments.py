"""How many SMS a text makes: what the networks charge for and put together again (3GPP TS 23.038, TS 23.040)."""

from typing import Final, Literal

from msgspec import Struct

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION: Final = frozenset("\f^{}\\[~]|€")
"""Each takes two places: an escape before it."""


class Segments(Struct, frozen=True):
    """``units``: septets of GSM-7, or 16-bit units of UCS-2."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    count: int


def segments(text: str) -> Segments:
    """Count. One message holds 160 septets or 70 units; each of several 153 or 67, and no character is cut in two."""
    if all(char in _BASIC or char in _EXTENSION for char in text):
        sizes = [2 if char in _EXTENSION else 1 for char in text]
        return Segments("GSM-7", sum(sizes), _count(sizes, 160, 153))
    sizes = [2 if ord(char) > 0xFFFF else 1 for char in text]
    return Segments("UCS-2", sum(sizes), _count(sizes, 70, 67))


def _count(sizes: list[int], alone: int, joined: int) -> int:
    if sum(sizes) <= alone:
        return 1
    count, used = 1, 0
    for size in sizes:
        if used + size > joined:
            count, used = count + 1, 0
        used += size
    return count
