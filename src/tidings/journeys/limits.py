"""What a journey is held to, besides what holds for every message: how fast it sends."""

from typing import Any, Final

from msgspec import Struct

from tidings.journeys.form import Field
from tidings.journeys.reading import Reader
from tidings.kernel.rates import parse_rate

HIGHEST: Final = 1000
"""The largest priority a journey may have, and the smallest below zero."""

FIELDS: Final = (
    Field(
        "send",
        "text",
        "Sends at most",
        "Messages are spread out so that there are never more.",
        example="60 per minute",
    ),
)
"""The fields of ``limits``, for forms."""


class Limits(Struct, frozen=True, omit_defaults=True):
    """``send``: as it is written, ``60 per minute``."""

    send: str = ""

    def write(self) -> dict[str, Any]:
        """Write them as they are read."""
        return {key: value for key in self.__struct_fields__ if (value := getattr(self, key))}


def read_limits(reader: Reader) -> Limits:
    """Read ``limits``; nothing said, nothing limited."""
    if reader.data.get("limits") is None:
        return Limits()
    inner = reader.at("limits", data=reader.data["limits"])
    inner.only([field.key for field in FIELDS], "a journey's limits")
    return Limits(send=_rate(inner, "send"))


def read_priority(reader: Reader) -> int:
    """Read ``priority``: a whole number, 0 where nothing is said."""
    value = reader.data.get("priority", 0)
    if isinstance(value, int) and not isinstance(value, bool) and -HIGHEST <= value <= HIGHEST:
        return value
    reader.problem(
        f"`priority` is a whole number from -{HIGHEST} to {HIGHEST}",
        "the higher comes first; 0 is the usual",
        "priority",
    )
    return 0


def _rate(reader: Reader, key: str) -> str:
    text = reader.text(key, "")
    if text and parse_rate(text) is None:
        reader.problem(f"`{text}` is no rate", f"write for example `{key}: 60 per minute`", key)
        return ""
    return text
