"""What a journey is held to, besides what holds for every message: how many it lets in, and how fast it sends."""

from typing import Any, Final

import msgspec
from msgspec import Struct

from tidings.journeys.form import Field
from tidings.journeys.reading import Reader
from tidings.kernel.rates import Rate, parse_rate

HIGHEST: Final = 1000
"""The largest priority a journey may have, and the smallest below zero."""

OVER: Final = ("wait", "refuse")

FIELDS: Final = (
    Field("entry", "rate", "Lets in at most", "So many people in any such time.", example="100 per hour"),
    Field("at_once", "number", "Inside at once", "No more than so many runs at a time.", example=500),
    Field("in_all", "number", "Ever", "No more than so many runs, of all versions.", example=10000),
    Field(
        "over",
        "choice",
        "Who is over it",
        choices=OVER,
        says=("Waits at the door, first come first served", "Is refused"),
        usual="Waits at the door, first come first served",
    ),
    Field(
        "send",
        "rate",
        "Sends at most",
        "Messages are spread out so that there are never more.",
        example="60 per minute",
    ),
)
"""The fields of ``limits``, for forms."""


class Limits(Struct, frozen=True, omit_defaults=True):
    """``entry`` and ``send``: as they are written, ``100 per hour``. ``at_once`` and ``in_all``: runs, 0: any number. ``over``: what
    becomes
    of whoever comes when it is full."""

    entry: str = ""
    at_once: int = 0
    in_all: int = 0
    over: str = "wait"
    send: str = ""

    @property
    def has_door(self) -> bool:
        """Whether it lets in only so many."""
        return bool(self.entry or self.at_once or self.in_all)

    @property
    def rate(self) -> Rate | None:
        """How many it lets in, within how long."""
        return parse_rate(self.entry)

    def door(self) -> str:
        """Say how many it lets in; "" where any number."""
        parts = [
            self.entry,
            f"{self.at_once:,} inside at once" if self.at_once else "",
            f"{self.in_all:,} in all" if self.in_all else "",
        ]
        said = ", ".join(part for part in parts if part)
        return f"it takes {said}" if said else ""

    def write(self) -> dict[str, Any]:
        """Write them as they are read."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found


def read_limits(reader: Reader) -> Limits:
    """Read ``limits``; nothing said, nothing limited."""
    if reader.data.get("limits") is None:
        return Limits()
    inner = reader.at("limits", data=reader.data["limits"])
    inner.only([field.key for field in FIELDS], "a journey's limits")
    over = inner.text("over", OVER[0])
    if over not in OVER:
        inner.problem("`over` says what becomes of whoever comes when it is full", "write `wait` or `refuse`", "over")
    found = Limits(_rate(inner, "entry"), _count(inner, "at_once"), _count(inner, "in_all"), over, _rate(inner, "send"))
    if "over" in inner.data and not found.has_door and not reader.problems:
        inner.problem("`over` needs a limit to be over", "write `entry`, `at_once` or `in_all` too", "over")
    return found


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


def _count(reader: Reader, key: str) -> int:
    value = reader.data.get(key, 0)
    if isinstance(value, int) and not isinstance(value, bool) and (value > 0 or key not in reader.data):
        return value
    reader.problem(f"`{key}` is a number of runs", f"write for example `{key}: 500`", key)
    return 0


def _rate(reader: Reader, key: str) -> str:
    text = reader.text(key, "")
    if text and parse_rate(text) is None:
        reader.problem(f"`{text}` is no rate", f"write for example `{key}: 60 per minute`", key)
        return ""
    return text
