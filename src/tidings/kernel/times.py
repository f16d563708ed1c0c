"""Instants and durations: integers of microseconds, so that they compare, store and hash as they are.

An instant counts microseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time).
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

Instant = int
Duration = int

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
WEEK: Final = 7 * DAY
MONTH: Final = 30 * DAY
YEAR: Final = 365 * DAY

EARLIEST: Final = -2_208_988_800 * SECOND
"""1900-01-01: what lies before it is a mistake, not a date of a customer."""
LATEST: Final = 4_102_444_800 * SECOND
"""2100-01-01."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {
    "second": SECOND,
    "minute": MINUTE,
    "hour": HOUR,
    "day": DAY,
    "week": WEEK,
    "month": MONTH,
    "year": YEAR,
}
_SHORT = {"s": "second", "m": "minute", "min": "minute", "h": "hour", "d": "day", "w": "week"}
_DURATION = re.compile(r"(\d{1,9})\s*([a-z]+)")
_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|z|[+-]\d{2}(?::?\d{2})?)?)?"
)


def parse_duration(text: str) -> Duration:
    """Read ``3 days``, ``1 hour 30 minutes``, ``90s``; a month is 30 days, a year 365.

    Raises ValueError saying what a duration looks like.
    """
    rest, total, found = text.strip().lower().replace(",", " "), 0, False
    while rest:
        match = _DURATION.match(rest)
        unit = match and _unit(match[2])
        if not match or unit is None:
            raise ValueError(
                f"{text!r} is not a duration; write for example `3 days`, `90 minutes` or `1 day 12 hours`"
            )
        total += int(match[1]) * _UNITS[unit]
        found = True
        rest = rest[match.end() :].strip()
    if not found:
        raise ValueError("a duration is missing; write for example `3 days`")
    if total > 100 * YEAR:
        raise ValueError(f"{text!r} is longer than 100 years")
    return total


def _unit(word: str) -> str | None:
    if word in _SHORT:
        return _SHORT[word]
    single = word[:-1] if word.endswith("s") else word
    return single if single in _UNITS else None


def show_duration(duration: Duration) -> str:
    """Print the canonical text of a duration of whole seconds: the largest unit that divides it, months and years left out."""
    for name, size in (("week", WEEK), ("day", DAY), ("hour", HOUR), ("minute", MINUTE)):
        if duration >= size and duration % size == 0:
            if name == "week":
                continue  # "14 days" reads better than "2 weeks" beside "10 days"
            return _plural(duration // size, name)
    return _plural(duration // SECOND, "second")


def _plural(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def from_datetime(moment: datetime) -> Instant:
    """Give the instant of an aware datetime; a naive one is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds


def to_datetime(instant: Instant) -> datetime:
    """Give the aware UTC datetime of an instant between 1900 and 2100."""
    return _EPOCH + timedelta(microseconds=instant)


def parse_iso(text: str) -> Instant | None:
    """Read an ISO 8601 date or date-time (no zone means UTC); None when it is not one or lies outside 1900..2100."""
    match = _ISO.fullmatch(text.strip())
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), min(int(second or 0), 59), tzinfo=UTC
        )
    except ValueError:
        return None
    instant = from_datetime(moment) + (int(f"{fraction:0<6.6}") if fraction else 0)
    if zone and zone not in "Zz":
        digits = zone[1:].replace(":", "")
        shift = int(digits[:2]) * HOUR + int(digits[2:] or 0) * MINUTE
        instant -= shift if zone[0] == "+" else -shift
    return instant if EARLIEST <= instant < LATEST else None


def show_iso(instant: Instant) -> str:
    """Print an instant as ISO 8601 in UTC, microseconds only where there are some."""
    moment = to_datetime(instant)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{moment.microsecond:06d}" if moment.microsecond else "") + "Z"


def show_second(instant: Instant) -> str:
    """Print an instant for people: as `show_iso`, to the second."""
    return show_iso(instant - instant % SECOND)
