"""Sending windows: days and hours, in somebody's zone, at which a message may go."""

from datetime import datetime, time, timedelta
from typing import Any, Final, Self
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Struct

from tidings.journeys.form import Field
from tidings.journeys.reading import Reader
from tidings.kernel.problems import did_you_mean
from tidings.kernel.times import from_datetime, to_datetime

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SETS = {"weekdays": DAYS[:5], "weekends": DAYS[5:], "every day": DAYS}

HOURS: Final = (
    Field("days", "choice", "Days", "Weekdays on which it may happen.", many=True, choices=DAYS, also=tuple(_SETS)),
    Field(
        "between",
        "clock",
        "Between",
        "From when until when, by the clock of the zone.",
        many=True,
        example=["09:00", "17:00"],
    ),
    Field("zone", "zone", "Whose clock", "`person`, `workspace`, or a zone such as `Europe/Oslo`.", example="person"),
)
"""The fields of a window, for forms."""


class Window(Struct, frozen=True):
    """``days``: weekday names; ``between``: local minutes of the day [from, to); ``zone``: person, workspace or an IANA name."""

    days: tuple[str, ...] = DAYS
    between: tuple[int, int] = (0, 24 * 60)
    zone: str = "workspace"

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``{days: weekdays, between: ["09:00", "17:00"], zone: person}``; each field has a default."""
        reader.only(("days", "between", "zone"), "a sending window")
        return cls(read_days(reader), _between(reader), read_zone(reader))

    def write(self) -> dict[str, Any]:
        """Write it as it is read."""
        data: dict[str, Any] = {}
        if self.days != DAYS:
            data["days"] = write_days(self.days)
        if self.between != (0, 24 * 60):
            data["between"] = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in self.between]
        if self.zone != "workspace":
            data["zone"] = self.zone
        return data

    def opens(self, now: int, zone: str) -> int:
        """Give ``now`` if the window is open, else the instant it next opens (a local time that DST skips opens after the gap)."""
        place = ZoneInfo(zone)
        local = to_datetime(now).astimezone(place)
        for ahead in range(9):
            day = local.date() + timedelta(days=ahead)
            if DAYS[day.weekday()] not in self.days:
                continue
            start = from_datetime(datetime.combine(day, clock(self.between[0]), place))
            end = from_datetime(
                datetime.combine(day + timedelta(days=self.between[1] // (24 * 60)), clock(self.between[1]), place)
            )
            if now < end:
                return max(now, start)
        raise AssertionError("a window has at least one day")


def clock(minute: int) -> time:
    """Give the time of day of a minute; that of 24:00 is midnight."""
    return time(minute // 60 % 24, minute % 60)


def read_zone(reader: Reader) -> str:
    """Read ``zone``: ``person``, ``workspace`` (where nothing is said) or an IANA name."""
    zone = reader.text("zone", "workspace")
    if zone not in ("person", "workspace") and zone not in available_timezones():
        reader.problem(
            f"`{zone}` is no time zone",
            did_you_mean(zone, sorted(available_timezones())) or "write for example `Europe/Oslo`",
            "zone",
        )
    return zone


def write_days(days: tuple[str, ...]) -> str | list[str]:
    """Write ``days`` as it is read: by the name of a set where there is one."""
    return next((name for name, each in _SETS.items() if each == days), list(days))


def read_days(reader: Reader) -> tuple[str, ...]:
    """Read ``days``: weekdays by name, in the order of the week; every day where nothing is said."""
    value = reader.data.get("days", "every day")
    if isinstance(value, str) and value in _SETS:
        return _SETS[value]
    names = [value] if isinstance(value, str) else value
    if isinstance(names, list | tuple) and names and all(name in DAYS for name in names):
        return tuple(day for day in DAYS if day in names)
    reader.problem("`days` names weekdays", "write `days: weekdays` or `days: [monday, thursday]`", "days")
    return DAYS


def _between(reader: Reader) -> tuple[int, int]:
    value = reader.data.get("between", ["00:00", "24:00"])
    try:
        start, end = (read_minute(item) for item in value)
        if start < end:
            return start, end
        reader.problem("the window ends before it begins", 'write for example `between: ["09:00", "17:00"]`', "between")
    except (ValueError, TypeError):
        reader.problem("`between` is two times of day", 'write for example `between: ["09:00", "17:00"]`', "between")
    return 0, 24 * 60


def read_minute(text: str) -> int:
    """Read a time of day such as ``09:00`` as minutes; raises ValueError."""
    hour, minute = text.split(":")
    total = int(hour) * 60 + int(minute)
    if len(minute) != 2 or not 0 <= int(minute) < 60 or not 0 <= total <= 24 * 60:
        raise ValueError(text)
    return total
