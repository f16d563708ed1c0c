"""``date: ATTRIBUTE``: some days or hours before or after a date that the person has, or each year on its day."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

from tidings.journeys import clock
from tidings.journeys.base import Starter
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader
from tidings.journeys.window import HOURS, read_zone
from tidings.kernel.times import DAY, show_duration


class Kind(Starter, frozen=True):
    """``path``: the attribute's. ``offset``: microseconds, below zero before it. ``at``: minutes of the day. ``yearly``: in each later
    year, not in its own."""

    key: ClassVar[str] = "date"
    form: ClassVar[Form] = Form(
        "A date comes",
        "Starts so long before or after a date the person has, or each year on that day.",
        (
            Field("date", "attribute", "Date attribute", "A date the person has.", required=True, example="renews_at"),
            Field("offset", "offset", "How far off it", "`3 days before` or `2 hours after`.", example="3 days before"),
            Field("every", "choice", "Again", choices=("year",), says=("Every year on that day",), usual="Only once"),
            Field("at", "clock", "Time of day", "The date's own time if left out.", example="09:00"),
            next(field for field in HOURS if field.key == "zone"),
        ),
    )
    path: tuple[str, ...]
    offset: int = 0
    yearly: bool = False
    at: int | None = None
    zone: str = "workspace"

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``date``, ``offset``, ``every``, ``at`` and ``zone``."""
        reader.only(("date", "offset", "every", "at", "zone"), "a date trigger")
        every = reader.data.get("every")
        if every not in (None, "year"):
            reader.problem("`every` can only be `year`", "leave it out, or write `every: year`", "every")
        at, offset = reader.minute("at"), reader.offset("offset")
        if at is not None and offset % DAY:
            reader.problem(
                "with a time of day, `offset` is whole days", "leave `at` out, or write `1 day before`", "offset"
            )
        if every and at is None:
            reader.problem("an anniversary needs a time of day", 'write for example `at: "09:00"`', "every")
        return cls(reader.attribute("date", "renews_at"), offset, every == "year", at, read_zone(reader))

    def write(self) -> dict[str, Any]:
        """Write it as it is read."""
        data: dict[str, Any] = {"date": ".".join(self.path)}
        if self.offset:
            data["offset"] = f"{show_duration(abs(self.offset))} {'before' if self.offset < 0 else 'after'}"
        if self.yearly:
            data["every"] = "year"
        if self.at is not None:
            data["at"] = f"{self.at // 60:02d}:{self.at % 60:02d}"
        if self.zone != "workspace":
            data["zone"] = self.zone
        return data

    def dates(self) -> tuple[str, ...]:
        """The date's root, and whose zone it is."""
        return (*self.path[:1], *(("timezone",) if self.zone == "person" else ()))

    def next(self, attributes: Mapping[str, Any], zone: Callable[[str], str], after: int) -> int | None:
        """The date's moment, or the next of its anniversaries."""
        value: Any = attributes
        for name in self.path:
            value = value.get(name) if isinstance(value, Mapping) else None
        if value is None:
            return None
        place = zone(self.zone)
        if not self.yearly:
            found = clock.moment(value, self.offset, self.at, place)
            return found if found is not None and found > after else None
        first = clock.moment(value, self.offset, self.at, place)
        if first is None:
            return None
        found = clock.next_year(value, self.offset, self.at, place, after + 1)
        if found is not None and found <= first:
            found = clock.next_year(value, self.offset, self.at, place, first + 1)
        return found

    def says(self) -> str:
        """The trigger in words."""
        side = "before" if self.offset < 0 else "after"
        off = f"{show_duration(abs(self.offset))} {side} " if self.offset else ""
        return f"{off}{'each anniversary of ' if self.yearly else ''}{'.'.join(self.path)}"
