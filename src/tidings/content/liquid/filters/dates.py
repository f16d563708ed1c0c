"""Filters over moments: seconds since 1970 (from 10^11 on, milliseconds), ISO 8601 or a mail's date; UTC unless a zone is named.

Months and weekdays are printed in English, whatever the machine's language is.
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from tidings.content.liquid.filters.numbers import whole
from tidings.content.liquid.values import text
from tidings.kernel.times import parse_iso, to_datetime

_MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS: Final = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_DIRECTIVE: Final = re.compile(r"%([-_0^#]?)(:{0,2}[a-zA-Z%+])")
_OFFSET: Final = re.compile(r"([+-])(\d{1,2}):?(\d{2})?")


def moment(value: Any, now: int) -> datetime | None:
    """Read a moment; None for what is none."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return _counted(float(value)) if isinstance(value, float) else _counted(value)
    if not isinstance(value, str):
        return None
    return to_datetime(now).replace(microsecond=0) if value in ("now", "today") else _written(str(value))


def _counted(seconds: float) -> datetime | None:
    if abs(seconds) >= 1e11:
        seconds /= 1000
    return datetime.fromtimestamp(seconds, UTC) if -62_000_000_000 < seconds < 250_000_000_000 else None


@lru_cache(1024)
def _written(value: str) -> datetime | None:
    value = value.strip()
    if re.fullmatch(r"-?\d{1,16}(\.\d{1,9})?", value):
        return _counted(float(value))
    offset = re.search(r"(Z|[+-]\d{2}:?\d{2})$", value)
    instant = parse_iso(value)
    if instant is not None:
        found = to_datetime(instant)
        zone = _zone(offset[1]) if offset and "T" in value.upper() else None
        return found.astimezone(zone) if zone else found
    if len(value) > 60:
        return None
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def zone_of(value: Any) -> tzinfo | None:
    """Read a zone: a name, an offset such as ``+02:00``, ``(GMT-08:00) Pacific``, or minutes west of Greenwich; None where empty."""
    if value is None or value == "":
        return None
    if isinstance(value, (int, float)):
        return timezone(timedelta(minutes=-max(-1439, min(1439, int(value)))))
    found = _zone(str(text(value)).strip())
    if found is None:
        raise ValueError(f"`{text(value)[:60]}` is no time zone; write for example 'Europe/Berlin'")
    return found


@lru_cache(1024)
def _zone(name: str) -> tzinfo | None:
    if name in ("Z", "UTC", "GMT"):
        return UTC
    if name.startswith("(GMT") and ")" in name:
        return _zone(name[4 : name.index(")")] or "UTC")
    if match := _OFFSET.fullmatch(name):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return timezone(timedelta(minutes=minutes if match[1] == "+" else -minutes)) if minutes < 1440 else None
    if re.fullmatch(r"-?\d{1,4}", name):
        return timezone(timedelta(minutes=-int(name))) if abs(int(name)) < 1440 else None
    try:
        return ZoneInfo(name) if re.fullmatch(r"[A-Za-z][A-Za-z0-9_+/-]{0,60}", name) else None
    except (KeyError, ValueError, OSError):
        return None


def date_(value: Any, form: Any = "%B %-d, %Y", zone: Any = None, *, now: int) -> Any:
    """``customer.ends | date: "%B %-d, %Y", customer.timezone``; nil prints nothing, what is no date stays as it is."""
    found = moment(value, now)
    if found is None:
        return "" if value is None else value
    where = zone_of(zone)
    printed = form_date(found.astimezone(where) if where else found, str(text(form)))
    return printed


def form_date(when: datetime, form: str) -> str:
    """Print a moment by ``%`` directives, each of bounded length."""
    return _DIRECTIVE.sub(lambda match: _directive(when, match[1], match[2], match[0]), form)


def _directive(when: datetime, flag: str, letter: str, whole_match: str) -> str:
    if letter in _NUMERIC:
        value, width, filler = _NUMERIC[letter](when)
        if flag == "-":
            return str(value)
        return str(value).rjust(width, " " if flag == "_" else "0" if flag == "0" else filler)
    if letter in _WORDS:
        word: str = _WORDS[letter](when)
        return word.upper() if flag == "^" else word.swapcase() if flag == "#" else word
    return whole_match


def _hour12(when: datetime) -> int:
    return when.hour % 12 or 12


def _shift(when: datetime, colons: int) -> str:
    total = int((when.utcoffset() or timedelta()).total_seconds())
    sign, total = ("-" if total < 0 else "+"), abs(total)
    hours, minutes, seconds = f"{total // 3600:02d}", f"{total // 60 % 60:02d}", f"{total % 60:02d}"
    return sign + (":" if colons else "").join([hours, minutes] + [seconds] * (colons == 2))


_NUMERIC: Final[dict[str, Any]] = {
    "Y": lambda d: (d.year, 4, "0"),
    "C": lambda d: (d.year // 100, 2, "0"),
    "y": lambda d: (d.year % 100, 2, "0"),
    "m": lambda d: (d.month, 2, "0"),
    "d": lambda d: (d.day, 2, "0"),
    "e": lambda d: (d.day, 2, " "),
    "j": lambda d: (d.timetuple().tm_yday, 3, "0"),
    "H": lambda d: (d.hour, 2, "0"),
    "k": lambda d: (d.hour, 2, " "),
    "I": lambda d: (_hour12(d), 2, "0"),
    "l": lambda d: (_hour12(d), 2, " "),
    "M": lambda d: (d.minute, 2, "0"),
    "S": lambda d: (d.second, 2, "0"),
    "L": lambda d: (f"{d.microsecond // 1000:03d}", 3, "0"),
    "N": lambda d: (f"{d.microsecond:06d}000", 9, "0"),
    "s": lambda d: (int(d.timestamp()), 1, "0"),
    "u": lambda d: (d.isoweekday(), 1, "0"),
    "w": lambda d: (d.isoweekday() % 7, 1, "0"),
    "G": lambda d: (d.isocalendar()[0], 4, "0"),
    "V": lambda d: (d.isocalendar()[1], 2, "0"),
    "U": lambda d: ((d.timetuple().tm_yday + 6 - d.isoweekday() % 7) // 7, 2, "0"),
    "W": lambda d: ((d.timetuple().tm_yday + 6 - d.weekday()) // 7, 2, "0"),
}
_WORDS: Final[dict[str, Any]] = {
    "A": lambda d: _DAYS[d.weekday()],
    "a": lambda d: _DAYS[d.weekday()][:3],
    "B": lambda d: _MONTHS[d.month - 1],
    "b": lambda d: _MONTHS[d.month - 1][:3],
    "h": lambda d: _MONTHS[d.month - 1][:3],
    "p": lambda d: "AM" if d.hour < 12 else "PM",
    "P": lambda d: "am" if d.hour < 12 else "pm",
    "Z": lambda d: (d.tzname() or "")[:60],
    "z": lambda d: _shift(d, 0),
    ":z": lambda d: _shift(d, 1),
    "::z": lambda d: _shift(d, 2),
    "c": lambda d: form_date(d, "%a %b %e %H:%M:%S %Y"),
    "D": lambda d: form_date(d, "%m/%d/%y"),
    "x": lambda d: form_date(d, "%m/%d/%y"),
    "F": lambda d: form_date(d, "%Y-%m-%d"),
    "T": lambda d: form_date(d, "%H:%M:%S"),
    "X": lambda d: form_date(d, "%H:%M:%S"),
    "R": lambda d: form_date(d, "%H:%M"),
    "r": lambda d: form_date(d, "%I:%M:%S %p"),
    "v": lambda d: form_date(d, "%e-%^b-%Y"),
    "q": lambda d: _ordinal(d.day)[-2:],
    "n": lambda d: "\n",
    "t": lambda d: "\t",
    "%": lambda d: "%",
}


def timezone_(value: Any, zone: Any, *, now: int) -> Any:
    """The same moment as the clocks of a zone show it."""
    found, where = moment(value, now), zone_of(zone)
    return value if found is None or where is None else found.astimezone(where)


def date_to_string(value: Any, kind: Any = None, style: Any = None, *, now: int) -> Any:
    return _named(value, kind, style, "%b", now)


def date_to_long_string(value: Any, kind: Any = None, style: Any = None, *, now: int) -> Any:
    return _named(value, kind, style, "%B", now)


def _named(value: Any, kind: Any, style: Any, month: str, now: int) -> Any:
    found = moment(value, now)
    if found is None:
        return "" if value is None else value
    name = form_date(found, month)
    if kind == "ordinal":
        day = _ordinal(found.day)
        return f"{name} {day}, {found.year}" if style == "US" else f"{day} {name} {found.year}"
    return f"{found.day:02d} {name} {found.year}"


def _ordinal(day: int) -> str:
    return f"{day}{'th' if 10 < day < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def date_to_rfc822(value: Any, *, now: int) -> Any:
    found = moment(value, now)
    return value if found is None else format_datetime(found)


def date_to_xmlschema(value: Any, *, now: int) -> Any:
    found = moment(value, now)
    return value if found is None else found.isoformat(timespec="seconds")


def _add(value: Any, days: int, months: int, now: int) -> Any:
    """Seconds since 1970 after a shift on the calendar; the last day of a shorter month stands in for a day it lacks."""
    found = moment(value, now)
    if found is None and isinstance(value, (int, float)) and not isinstance(value, bool):
        raise ValueError("the date lies too far away")
    if found is None:
        return value
    month = found.year * 12 + found.month - 1 + months
    year, month = divmod(month, 12)
    if not 1 <= year <= 9998 or abs(days) > 3_000_000:
        raise ValueError("the date lies too far away")
    day = min(found.day, monthrange(year, month + 1)[1])
    return int((found.replace(year=year, month=month + 1, day=day) + timedelta(days=days)).timestamp())


def add_day(value: Any, count: Any = 1, *, now: int) -> Any:
    return _add(value, whole(count), 0, now)


def add_month(value: Any, count: Any = 1, *, now: int) -> Any:
    return _add(value, 0, whole(count), now)


def add_year(value: Any, count: Any = 1, *, now: int) -> Any:
    return _add(value, 0, 12 * whole(count), now)


def subtract_day(value: Any, count: Any = 1, *, now: int) -> Any:
    return _add(value, -whole(count), 0, now)


def subtract_month(value: Any, count: Any = 1, *, now: int) -> Any:
    return _add(value, 0, -whole(count), now)


def subtract_year(value: Any, count: Any = 1, *, now: int) -> Any:
    return _add(value, 0, -12 * whole(count), now)


FILTERS: Final = {
    "add_day": add_day,
    "add_month": add_month,
    "add_year": add_year,
    "date": date_,
    "date_to_long_string": date_to_long_string,
    "date_to_rfc822": date_to_rfc822,
    "date_to_string": date_to_string,
    "date_to_xmlschema": date_to_xmlschema,
    "subtract_day": subtract_day,
    "subtract_month": subtract_month,
    "subtract_year": subtract_year,
    "timezone": timezone_,
}
