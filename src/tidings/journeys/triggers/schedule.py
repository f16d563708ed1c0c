"""``schedule: every monday at 09:00``: each time it comes, everybody for whom the rule holds then begins a run."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, ClassVar, Self

from tidings.journeys import clock, recurrence
from tidings.journeys.base import Starter
from tidings.journeys.condition import Condition
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader
from tidings.journeys.recurrence import Recurrence
from tidings.journeys.window import HOURS, read_zone


class Kind(Starter, frozen=True):
    """``who``: whom it concerns; None: everybody."""

    key: ClassVar[str] = "schedule"
    form: ClassVar[Form] = Form(
        "A time comes, again and again",
        "Each time, everybody of whom the rule holds then may come in.",
        (
            Field(
                "schedule",
                "schedule",
                "When",
                "`every monday at 09:00`, `every month on the 1st at 08:30`, `on 2026-12-01 at 10:00`, or an RRULE.",
                required=True,
                example="every monday at 09:00",
            ),
            Field("who", "rule", "Who", "Everybody, if left out.", example='in segment "paying"'),
            Field("from", "date", "Counted from", "The first day it may come, and from which intervals count."),
            next(field for field in HOURS if field.key == "zone"),
        ),
    )
    times: Recurrence
    who: Condition | None = None
    zone: str = "workspace"

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``schedule``, ``who``, ``from`` and ``zone``."""
        reader.only(("schedule", "who", "from", "zone"), "a schedule")
        since = _day(reader)
        who = reader.condition("who")
        if who is not None and who.since_entry:
            reader.problem(
                "`since entry` has no meaning before the person has entered", "give a window: `within 30 days`", "who"
            )
        text = reader.text("schedule", example="every monday at 09:00")
        times = Recurrence(text)
        if text:
            try:
                times = recurrence.read(text, since)
            except ValueError as error:
                message, _, hint = str(error).partition("; ")
                reader.problem(message, hint, "schedule")
        if since is not None and not times.recurs:
            reader.problem("a single day needs no `from`", "leave `from` out", "from")
        return cls(times, who, read_zone(reader))

    def write(self) -> dict[str, Any]:
        """Write it as it is read, in canonical words."""
        data: dict[str, Any] = {"schedule": self.times.text}
        if self.who is not None:
            data["who"] = self.who.text
        if self.times.since is not None:
            data["from"] = self.times.since.isoformat()
        if self.zone != "workspace":
            data["zone"] = self.zone
        return data

    def dates(self) -> tuple[str, ...]:
        """Whose zone it is."""
        return ("timezone",) if self.zone == "person" else ()

    def timed(self) -> bool:
        """Time alone starts it."""
        return True

    def recurs(self) -> bool:
        """Unless it is one day."""
        return self.times.recurs

    def rules(self) -> tuple[Condition, ...]:
        """Whom it concerns."""
        return () if self.who is None else (self.who,)

    def next(self, attributes: Mapping[str, Any], zone: Callable[[str], str], after: int) -> int | None:
        """When it comes next."""
        return self.times.next(zone(self.zone), after)

    def says(self) -> str:
        """The trigger in words."""
        return self.times.text + (f" for {self.who.text}" if self.who is not None else "")


def _day(reader: Reader) -> date | None:
    value = reader.data.get("from")
    if value is None or type(value) is date:
        return value
    day = clock.read_day(value)
    if day is None:
        reader.problem("`from` is a day", "write for example `from: 2026-01-05`", "from")
    return day
