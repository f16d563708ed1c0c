"""``wait_for_time``: stay until a time of day, a weekday, a date, or a date that the person has, on somebody's clock."""

from collections.abc import Callable
from typing import Any, ClassVar, Final, Literal, Self, cast

from tidings.journeys import clock
from tidings.journeys.answer import ABOUT, Ahead, Answer, Done, GoOn, Here, Wait
from tidings.journeys.base import Plain
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader
from tidings.journeys.window import DAYS, HOURS, read_days, read_zone, write_days
from tidings.kernel.problems import did_you_mean
from tidings.kernel.times import DAY, show_duration, show_second

PASSED: Final = ("go on", "next year", "exit")
MISSING: Final = ("go on", "wait", "exit")
_FIELDS: Final = ("at", "days", "date", "attribute", "offset", "zone", "passed", "missing")


class Kind(Plain, frozen=True):
    """``at``: minutes of the day. ``date``: a day. ``attribute``: the path of one. ``offset``: microseconds, below zero before it."""

    key: ClassVar[str] = "wait_for_time"
    form: ClassVar[Form] = Form(
        "Wait for a time",
        "Stays until a time of day, a weekday, a date, or a date the person has.",
        (
            Field(
                "wait_for_time",
                "fields",
                "Until",
                required=True,
                choose=(
                    ("at", "A time of day"),
                    ("days", "Certain weekdays"),
                    ("date", "One date, the same for everybody"),
                    ("attribute", "A date that each person has"),
                ),
                fields=(
                    next(field for field in HOURS if field.key == "days"),
                    Field("date", "date", "Date", example="2026-12-24"),
                    Field(
                        "attribute",
                        "attribute",
                        "Attribute",
                        "The one that holds it, such as when they renew.",
                        example="renews_at",
                    ),
                    Field(
                        "offset",
                        "offset",
                        "Before or after that date",
                        "`3 days before` or `2 hours after`; left empty, that date itself.",
                        example="3 days before",
                        of=("attribute",),
                    ),
                    Field("at", "clock", "Time of day", example="09:00"),
                    next(field for field in HOURS if field.key == "zone"),
                    Field(
                        "passed",
                        "choice",
                        "If it has passed",
                        choices=PASSED,
                        says=("They go on at once", "They wait for next year’s", "They leave the journey"),
                        usual="They go on at once",
                        of=("date", "attribute"),
                    ),
                    Field(
                        "missing",
                        "choice",
                        "If the person has no such date",
                        choices=MISSING,
                        says=("They go on at once", "They wait until there is one", "They leave the journey"),
                        usual="They go on at once",
                        of=("attribute",),
                    ),
                ),
            ),
        ),
        group="time",
    )
    at: int | None = None
    days: tuple[str, ...] = DAYS
    date: str = ""
    attribute: tuple[str, ...] = ()
    offset: int = 0
    zone: str = "workspace"
    passed: Literal["go on", "next year", "exit"] = "go on"
    missing: Literal["go on", "wait", "exit"] = "go on"

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``{at, days, zone}``, ``{date, at, zone, passed}`` or ``{attribute, offset, at, zone, passed, missing}``."""
        inner = reader.at("wait_for_time", data=reader.data["wait_for_time"])
        inner.only(_FIELDS, "wait_for_time")
        meant = [key for key in ("days", "date", "attribute") if key in inner.data]
        if len(meant) > 1:
            inner.problem(f"`{meant[0]}` and `{meant[1]}` can't both be waited for", "make two steps", meant[1])
        elif not meant and "at" not in inner.data:
            inner.problem("nothing is waited for", 'write for example `wait_for_time: {at: "09:00"}`')
        for key, needs in (("offset", ("attribute",)), ("missing", ("attribute",)), ("passed", ("date", "attribute"))):
            if key in inner.data and not any(each in meant for each in needs):
                inner.problem(f"`{key}` says something of a date", f"give `{needs[-1]}:` too", key)
        day = inner.text("date", "")
        if day == inner.data.get("date") and clock.read_day(day) is None:
            inner.problem(f"`{day}` is no date", "write for example `date: 2026-12-24`", "date")
        at, offset = inner.minute("at"), inner.offset("offset")
        if at is not None and offset % DAY:
            inner.problem(
                "with a time of day, `offset` is whole days", "leave `at` out, or write `1 day before`", "offset"
            )
        return cls(
            at=at,
            days=read_days(inner),
            date=day,
            attribute=inner.attribute("attribute", "renews_at", needed="attribute" in meant),
            offset=offset,
            zone=read_zone(inner),
            passed=cast(Any, _choice(inner, "passed", PASSED)),
            missing=cast(Any, _choice(inner, "missing", MISSING)),
        )

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write it as it is read."""
        data: dict[str, Any] = {}
        if self.date:
            data["date"] = self.date
        if self.attribute:
            data["attribute"] = ".".join(self.attribute)
        if self.offset:
            data["offset"] = f"{show_duration(abs(self.offset))} {'before' if self.offset < 0 else 'after'}"
        if self.at is not None:
            data["at"] = f"{self.at // 60:02d}:{self.at % 60:02d}"
        if self.days != DAYS or not data:
            data["days"] = write_days(self.days)
        if self.zone != "workspace":
            data["zone"] = self.zone
        if self.passed != "go on":
            data["passed"] = self.passed
        if self.missing != "go on":
            data["missing"] = self.missing
        return {"wait_for_time": data}

    def reads(self) -> frozenset[str]:
        """The attribute, and whose zone it is."""
        return frozenset((*self.attribute[:1], *(("timezone",) if self.zone == "person" else ())))

    def pauses(self) -> bool:
        """A time of day is always a later one; a date may have passed, and a weekday be today."""
        return self.at is not None and not self.date and not self.attribute

    def latest(self, at: int) -> int:
        """At the next of the weekdays; of dates, the document does not tell."""
        if self.date or self.attribute:
            return at
        return (
            clock.next_day(at, self.days, "UTC") if self.at is None else clock.next_time(at, self.at, self.days, "UTC")
        )

    def ahead(self, at: int, zone: Callable[[str], str]) -> Ahead | None:
        """At the time; when a date of theirs is, each person's attribute says."""
        place = zone(self.zone)
        if self.attribute:
            return None
        if not self.date:
            days = self.days
            until = clock.next_day(at, days, place) if self.at is None else clock.next_time(at, self.at, days, place)
            return Ahead(until, grade=ABOUT)
        found = clock.moment(self.date, self.offset, self.at, place)
        if found is None or (found < at and self.passed == "next year"):
            return None
        if found < at and self.passed == "exit":
            return Ahead(at, into=())
        return Ahead(max(found, at))

    def run(self, here: Here) -> Answer:
        """Wait for the time, as everything stands now."""
        zone = here.zone(self.zone)
        if not self.date and not self.attribute:
            return self._clock(here, zone)
        value = self.date or here.read(self.attribute)
        found = clock.moment(value, self.offset, self.at, zone)
        if found is None:
            why = f"{'.'.join(self.attribute)} is missing or no date"
            if self.missing == "wait":
                return Wait(None, why)
            return Done(why) if self.missing == "exit" else GoOn(why=why)
        if found < here.arrived and self.passed == "next year":
            later = clock.next_year(value, self.offset, self.at, zone, here.arrived)
            found = found if later is None else later
        if here.now < found:
            return Wait(found, f"until {show_second(found)}")
        if found < here.arrived:
            why = f"{show_second(found)} had passed"
            return Done(why) if self.passed == "exit" else GoOn(why=why)
        return GoOn(why=show_second(found))

    def _clock(self, here: Here, zone: str) -> Answer:
        if self.at is None:
            until = clock.next_day(here.arrived, self.days, zone)
        else:
            until = clock.next_time(here.arrived, self.at, self.days, zone)
        return GoOn(why=show_second(until)) if here.now >= until else Wait(until, f"until {show_second(until)}")


def _choice(reader: Reader, key: str, choices: tuple[str, ...]) -> str:
    value = reader.data.get(key, choices[0])
    if value in choices:
        return cast(str, value)
    hint = did_you_mean(str(value), choices) or "it is one of: " + ", ".join(choices)
    reader.problem(f"`{key}` can't be `{value}`", hint, key)
    return choices[0]
