"""Times that come again: an RRULE (RFC 5545) or plain words, on somebody's clock.

Rules are worked out on the clock's face, a year at a time, then put on the zone's time line: a time that the clock skips comes an hour
later, and of one that comes twice the first counts. Only rules that certainly come again are taken, and at most one an hour on average.
"""

import re
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from dateutil.rrule import rrule, rrulestr
from msgspec import Struct

from tidings.journeys import clock
from tidings.journeys.window import DAYS

_KEYS: Final = (
    "FREQ",
    "INTERVAL",
    "BYMONTH",
    "BYMONTHDAY",
    "BYDAY",
    "BYSETPOS",
    "BYHOUR",
    "BYMINUTE",
    "WKST",
    "COUNT",
    "UNTIL",
)
_OFTEN: Final = ("HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_MONTHS: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_NTH: Final = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
_LONGEST: Final = 12
"""Years without an occurrence after which none is looked for: 29 February may be eight years away."""
EXAMPLE: Final = "write for example `every monday at 09:00`, `every month on the 1st at 08:30`, `on 2026-12-01 at 10:00`, or an RRULE"

_TIME = r"(?: at)? (?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)"
_DAY = rf"(?:{'|'.join(DAYS)})"
_ONCE: Final = re.compile(rf"on (?P<date>\d{{4}}-\d\d-\d\d){_TIME}")
_WORDS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"every(?: (?P<hours>\d+))? hours?",
        rf"every (?P<set>day|weekday){_TIME}",
        rf"every (?:(?P<weeks>\d+) weeks on )?(?P<days>{_DAY}(?:(?:, | and |, and ){_DAY})*){_TIME}",
        rf"every (?:(?P<months>\d+) )?months? on the (?P<dom>\d+)(?:st|nd|rd|th){_TIME}",
        rf"every (?:(?P<months>\d+) )?months? on the last day{_TIME}",
        rf"every (?:(?P<months>\d+) )?months? on the (?P<nth>{'|'.join(_NTH)}) (?P<nthday>{_DAY}){_TIME}",
        rf"every year on (?P<day>\d+) (?P<month>{'|'.join(_MONTHS)}){_TIME}",
    )
)


class Recurrence(Struct, frozen=True, dict=True):
    """``text``: as it is written; ``rule``: as an RRULE, "" for the one ``day`` at ``minute``. ``since``: from which day it counts."""

    text: str
    rule: str = ""
    since: date | None = None
    day: date | None = None
    minute: int = 0

    @property
    def recurs(self) -> bool:
        """Whether it may come more than once."""
        return self.day is None

    def next(self, zone: str, after: int) -> int | None:
        """Give the first occurrence later than ``after`` (microseconds) on the zone's clock; None where none is to come."""
        if self.day is not None:
            at = clock.at(self.day, self.minute, zone)
            return at if at > after else None
        first = clock.day_of(after, zone).year
        if self.since is not None:
            first = max(first, self.since.year)
        for year in range(first - 1, min(first + _LONGEST, 9998)):
            times = _year(self.rule, self.since, zone, year)
            place = bisect_right(times, after)
            if place < len(times):
                return times[place]
        return None


def read(text: str, since: date | None) -> Recurrence:
    """Read words or an RRULE; raises ValueError: what is wrong, then a semicolon and what would be right."""
    words = " ".join(text.split())
    plain = words.lower()
    if plain.startswith(("rrule:", "freq=")) or "freq=" in plain:
        rule = words.upper().removeprefix("RRULE:").replace(" ", "")
        _check(_parts(rule), since)
        return Recurrence(rule, rule, since)
    if once := _ONCE.fullmatch(plain):
        day = clock.read_day(once["date"])
        if day is None:
            raise ValueError(f"`{once['date']}` is no day; {EXAMPLE}")
        minute = int(once["hour"]) * 60 + int(once["minute"])
        return Recurrence(f"on {once['date']} at {_clock(once)}", day=day, minute=minute)
    for pattern in _WORDS:
        if match := pattern.fullmatch(plain):
            rule = _rule(match.groupdict())
            _check(_parts(rule), since)
            shown = plain
            if match.groupdict().get("hour"):
                shown = re.sub(r"(?: at)? \d{1,2}:\d\d$", f" at {_clock(match)}", plain)
            return Recurrence(shown, rule, since)
    raise ValueError(f"`{words}` is no schedule that Tidings knows; {EXAMPLE}")


def _clock(match: Any) -> str:
    return f"{int(match['hour']):02d}:{match['minute']}"


def _rule(said: Mapping[str, str | None]) -> str:
    """Give the RRULE that words mean."""
    if said.get("hour") is None:
        every = int(said.get("hours") or 1)
        if not 1 <= every <= 24 or 24 % every:
            raise ValueError(f"{every} hours do not divide the day; write every 1, 2, 3, 4, 6, 8, 12 or 24 hours")
        return f"FREQ=DAILY;BYHOUR={','.join(str(hour) for hour in range(0, 24, every))};BYMINUTE=0"
    time = f"BYHOUR={int(said['hour'] or 0)};BYMINUTE={int(said['minute'] or 0)}"
    if "set" in said:
        days = ";BYDAY=MO,TU,WE,TH,FR" if said["set"] == "weekday" else ""
        return f"FREQ=DAILY{days};{time}"
    if "days" in said:
        named = re.findall(_DAY, said["days"] or "")
        each = f";INTERVAL={int(said['weeks'])}" if said["weeks"] else ""
        return f"FREQ=WEEKLY{each};BYDAY={','.join(_short(day) for day in DAYS if day in named)};{time}"
    if "month" in said:
        month = _MONTHS.index(said["month"] or "") + 1
        return f"FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={int(said['day'] or 0)};{time}"
    each = f";INTERVAL={int(said['months'])}" if said["months"] else ""
    if "nth" in said:
        return f"FREQ=MONTHLY{each};BYDAY={_NTH[said['nth'] or '']}{_short(said['nthday'] or '')};{time}"
    return f"FREQ=MONTHLY{each};BYMONTHDAY={int(said.get('dom') or -1)};{time}"


def _short(day: str) -> str:
    return day[:2].upper()


def _parts(rule: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in rule.split(";"):
        key, _, value = part.partition("=")
        if key not in _KEYS or not value or key in found:
            raise ValueError(f"`{part}` can't stand in an RRULE here; it has: {', '.join(_KEYS)}")
        found[key] = value
    return found


def _check(parts: Mapping[str, str], since: date | None) -> None:
    """Raise ValueError for what is faulty, too often, or may never come; each check keeps the working out of a year short."""
    often = parts.get("FREQ", "")
    if often not in _OFTEN:
        raise ValueError(f"`FREQ={often}` is not known; it is one of: {', '.join(_OFTEN)}")
    every, days, month_days = _number(parts, "INTERVAL", 1, 1000), parts.get("BYDAY", ""), _days(parts)
    if (every > 1 or "COUNT" in parts) and since is None:
        raise ValueError("it must be said from when it counts; write for example `from: 2026-01-05`")
    if often == "HOURLY" and set(parts) - {"FREQ", "BYMINUTE", "COUNT", "UNTIL"}:
        raise ValueError("an hourly rule has no other parts; write for example `FREQ=DAILY;BYHOUR=0,6,12,18`")
    if often != "HOURLY" and "BYHOUR" not in parts:
        raise ValueError("the time of day is missing; add for example `BYHOUR=9;BYMINUTE=0`")
    hours, minutes = parts.get("BYHOUR", "0").split(","), parts.get("BYMINUTE", "0").split(",")
    if len(hours) * len(minutes) > 24 or (often == "HOURLY" and len(minutes) > 1):
        raise ValueError("it comes more often than 24 times a day; give fewer hours or minutes")
    lacks = {"WEEKLY": not days, "MONTHLY": not days and not month_days, "YEARLY": not days and not month_days}
    if lacks.get(often):
        raise ValueError(
            f"a {often.lower()} rule says on which day; add BYDAY{'' if often == 'WEEKLY' else ' or BYMONTHDAY'}"
        )
    if often == "YEARLY" and "BYMONTH" not in parts:
        raise ValueError("a yearly rule says in which month; add for example `BYMONTH=12`")
    if every > 1 and (("BYMONTH" in parts and often != "YEARLY") or (often in ("DAILY", "WEEKLY") and month_days)):
        raise ValueError("with INTERVAL it may never meet those months or days; leave one of them out")
    if every > 1 and often == "DAILY" and days:
        raise ValueError("with INTERVAL it may never meet those weekdays; write a weekly rule")
    if any(char.isdigit() for char in days) and (often not in ("MONTHLY", "YEARLY") or not _fifth(days) or month_days):
        raise ValueError("`1MO` or `-1FR` is for monthly rules without BYMONTHDAY, from 1 to 5 and from -5 to -1")
    if "BYSETPOS" in parts and (
        often not in ("MONTHLY", "YEARLY") or month_days or any(char.isdigit() for char in days)
    ):
        raise ValueError(
            "BYSETPOS goes with a monthly rule and plain weekdays; write for example `BYDAY=MO,TU;BYSETPOS=1`"
        )
    if "BYSETPOS" in parts and not all(value.lstrip("-") in tuple("12345") for value in parts["BYSETPOS"].split(",")):
        raise ValueError("BYSETPOS is from 1 to 5 or from -5 to -1; leave it out for all")
    if "Z" in parts.get("UNTIL", ""):
        raise ValueError("UNTIL is on the zone's clock; write it without Z, as `UNTIL=20261231T235959`")
    months = [int(month) for month in parts.get("BYMONTH", "1").split(",") if month.isdigit() and 1 <= int(month) <= 12]
    if month_days and not any(abs(day) <= monthrange(2024, month)[1] for day in month_days for month in months):
        raise ValueError("no such month has such a day; give another BYMONTHDAY")
    try:
        _made(";".join(f"{key}={value}" for key, value in parts.items()), datetime(2024, 1, 1))
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise ValueError(f"the RRULE can't be read ({error}); {EXAMPLE}") from None


def _number(parts: Mapping[str, str], key: str, default: int, most: int) -> int:
    text = parts.get(key, str(default))
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise ValueError(f"`{key}={text}` is no number from 1 to {most}; give one")
    return int(text)


def _days(parts: Mapping[str, str]) -> list[int]:
    texts = parts["BYMONTHDAY"].split(",") if "BYMONTHDAY" in parts else []
    try:
        days = [int(text) for text in texts]
    except ValueError:
        days = [0]
    if any(not 1 <= abs(day) <= 31 for day in days):
        raise ValueError("BYMONTHDAY is from 1 to 31, or from -31 to -1; write -1 for the last day")
    return days


def _fifth(days: str) -> bool:
    return all(re.fullmatch(r"[+-]?[1-5]?(MO|TU|WE|TH|FR|SA|SU)", day) for day in days.split(","))


def _made(rule: str, start: datetime) -> rrule:
    parts = _parts(rule)
    parts.setdefault("BYMINUTE", "0")
    made = rrulestr(
        ";".join(f"{key}={value}" for key, value in {**parts, "BYSECOND": "0"}.items()), dtstart=start, cache=True
    )
    assert isinstance(made, rrule)
    return made


@lru_cache(maxsize=256)
def _counted(rule: str, since: date) -> rrule:
    return _made(rule, datetime.combine(since, datetime.min.time()))


@lru_cache(maxsize=8192)
def _year(rule: str, since: date | None, zone: str, year: int) -> tuple[int, ...]:
    """Every occurrence of a year, in order."""
    begin, end = datetime(year, 1, 1), datetime(year + 1, 1, 1) - timedelta(minutes=1)
    found = _counted(rule, since) if since is not None else _made(rule, begin - timedelta(days=10))
    faces = found.between(begin, end, inc=True)
    return tuple(sorted({clock.at(face.date(), face.hour * 60 + face.minute, zone) for face in faces}))
