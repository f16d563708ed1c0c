"""Local times: what instant a day and a time of day are on somebody's clock, and when a date comes again.

A time that the clock skips (02:30 on the night it goes forward) is taken with the offset before the change, as RFC 5545 has it: it is
then 03:30. A time that the clock shows twice is the first of the two. 29 February is kept on the 28th in other years.
"""

import re
from calendar import isleap
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from tidings.journeys.window import DAYS
from tidings.kernel.times import DAY, EARLIEST, LATEST, from_datetime, to_datetime
from tidings.rules.values import instant_in

_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def read_day(text: Any) -> date | None:
    """Read ``2026-12-24``; None where it is no day."""
    match = _DAY.fullmatch(text) if isinstance(text, str) else None
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def at(day: date, minute: int, zone: str) -> int:
    """Give the instant at which the zone's clock shows that time (minutes, 0 to 1440) on that day."""
    moment = datetime.combine(day, time()) + timedelta(minutes=minute)
    return from_datetime(moment.replace(tzinfo=ZoneInfo(zone)))


def day_of(instant: int, zone: str) -> date:
    """Give the day that the zone's calendar shows."""
    return to_datetime(instant).astimezone(ZoneInfo(zone)).date()


def next_time(after: int, minute: int, days: tuple[str, ...], zone: str) -> int:
    """Give the first instant later than ``after`` at which the clock shows that time on one of the weekdays."""
    today = day_of(after, zone)
    return next(
        instant
        for ahead in range(-1, 9)
        if DAYS[(day := today + timedelta(days=ahead)).weekday()] in days and (instant := at(day, minute, zone)) > after
    )


def next_day(now: int, days: tuple[str, ...], zone: str) -> int:
    """Give ``now`` on one of the weekdays, else the instant at which the next of them begins."""
    if DAYS[day_of(now, zone).weekday()] in days:
        return now
    return next_time(now, 0, days, zone)


def moment(value: Any, offset: int, minute: int | None, zone: str) -> int | None:
    """Give the instant ``offset`` microseconds from a date or time, or None where the value is none.

    A date without a time is a day of the zone's calendar, and begins at midnight. With ``minute`` it is that time of day, so many days off.
    """
    day, instant = read_day(value), instant_in(value)
    if instant is None:
        return None
    if day is None:
        if minute is None:
            return _kept(instant + offset)
        day = day_of(instant, zone)
    return _kept(_from(day, offset, minute or 0, zone))


def next_year(value: Any, offset: int, minute: int | None, zone: str, since: int) -> int | None:
    """Give the first instant at or after ``since`` that `moment` gives for the value in whatever year; None where there is none."""
    day, past = read_day(value), 0
    if day is None:
        instant = instant_in(value)
        if instant is None:
            return None
        day = day_of(instant, zone)
        past = instant - at(day, 0, zone) if minute is None else 0
    year = day_of(since, zone).year
    for each in range(year - 1, year + 3):
        found = _from(_in_year(day, each), offset, minute or 0, zone) + past
        if found >= since:
            return _kept(found)
    return None


def _from(day: date, offset: int, minute: int, zone: str) -> int:
    """Whole days are days of the calendar, whatever the clock does in between; the rest is time."""
    days = abs(offset) // DAY * (1 if offset > 0 else -1)
    return at(day + timedelta(days=days), minute, zone) + offset - days * DAY


def _kept(instant: int) -> int | None:
    return instant if EARLIEST <= instant < LATEST else None


def _in_year(day: date, year: int) -> date:
    return (
        day.replace(year=year, day=28)
        if (day.month, day.day) == (2, 29) and not isleap(year)
        else day.replace(year=year)
    )
