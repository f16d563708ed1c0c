"""Quiet hours: when nothing of a sort is sent to anybody, by somebody's clock. A message that comes then waits, and its run with it.

They are the opposite of a sending window, and may run past midnight: ``["21:00", "08:00"]`` is quiet from nine in the evening on.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from msgspec import Struct

from tidings.channels import registry
from tidings.content.template import Template
from tidings.journeys.reading import Reader
from tidings.journeys.window import DAYS, clock, read_days, read_minute, read_zone
from tidings.kernel.problems import Invalid, Problem
from tidings.kernel.times import from_datetime, to_datetime

_WHOLE: Final = 24 * 60
WHY: Final = "the quiet hours end"
"""How the reason of a run that waits for them begins; when they end follows."""


class Quiet(Struct, frozen=True):
    """``name``: marketing, a channel or a topic. ``days``: on which it begins; ``between``: local minutes of the day; ``zone``: whose."""

    name: str
    days: tuple[str, ...]
    between: tuple[int, int]
    zone: str

    @classmethod
    def read(cls, name: str, reader: Reader) -> Self:
        """Read ``{between: ["21:00", "08:00"], days: weekdays, zone: person}``."""
        reader.only(("between", "days", "zone"), "quiet hours")
        return cls(name, read_days(reader), _between(reader), read_zone(reader))

    def concerns(self, channel: str, topic: str) -> bool:
        """Whether messages of this channel and topic wait."""
        return self.name in ("marketing", channel, topic)

    def ends(self, now: int, zone: str) -> int:
        """Give ``now`` where it is not quiet, else when that ends."""
        place = ZoneInfo(zone)
        today = to_datetime(now).astimezone(place).date()
        for day in (today - timedelta(days=1), today):
            if DAYS[day.weekday()] not in self.days:
                continue
            until = day + timedelta(days=self.between[1] // _WHOLE or self.between[1] <= self.between[0])
            start = from_datetime(datetime.combine(day, clock(self.between[0]), place))
            end = from_datetime(datetime.combine(until, clock(self.between[1]), place))
            if start <= now < end:
                return end
        return now


def read_quiet(table: Mapping[str, Any]) -> tuple[Quiet, ...]:
    """Read ``[quiet.marketing]`` and its like of a workspace's settings. Raises Invalid."""
    problems: list[Problem] = []
    found = [Quiet.read(name, Reader(inner, (name,), problems)) for name, inner in table.items()]
    for quiet in found:
        if not problems and set(quiet.days) == set(DAYS) and (quiet.between[1] - quiet.between[0]) % _WHOLE == 0:
            problems.append(
                Problem("it would be quiet for ever", "leave hours in which something may be sent", (quiet.name,))
            )
    if problems:
        raise Invalid(problems)
    return tuple(found)


def holding(quiet: tuple[Quiet, ...], template: Template) -> tuple[Quiet, ...]:
    """Give those that hold a template's messages back: marketing, on a channel that asks for consent."""
    channel = registry().get(template.channel) if quiet and template.marketing else None
    if channel is None or not channel.consent:
        return ()
    return tuple(each for each in quiet if each.concerns(template.channel, template.topic))


def over(quiet: tuple[Quiet, ...], now: int, zone: Callable[[str], str]) -> int:
    """Give ``now``, or when all of these have ended. ``zone``: the IANA name that ``person`` or ``workspace`` means."""
    for _ in range(2 * len(DAYS)):
        until = max((each.ends(now, zone(each.zone)) for each in quiet), default=now)
        if until == now:
            break
        now = until
    return now


def _between(reader: Reader) -> tuple[int, int]:
    value = reader.data.get("between")
    try:
        start, end = (read_minute(item) for item in value or ())
        if start < _WHOLE:
            return start, end
    except (ValueError, TypeError, AttributeError):
        pass
    reader.problem(
        "`between` says from when until when it is quiet", 'write for example `between = ["21:00", "08:00"]`', "between"
    )
    return 0, 1
