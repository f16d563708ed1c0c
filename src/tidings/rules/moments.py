"""Clauses about times that are attributes: do they hold at an instant, and when could time alone change that.

Each test takes the attribute's instant and the instant asked about. Each flip gives the first later instant at which the
test's answer may differ, or None for never. ``x is within D ago`` holds from x on until x + D; ``is within D from now`` from
x - D on until x: so the two meet at x, and every flip is a whole number of seconds away from x.
"""

from calendar import isleap
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

from tidings.kernel.times import DAY, LATEST, from_datetime, to_datetime
from tidings.rules.tree import At, Moment

Test: TypeAlias = Callable[[int, int], bool]
Flip: TypeAlias = Callable[[int, int], int | None]


def before(moment: Moment) -> tuple[Test, Flip | None]:
    """``x is before moment``."""
    if isinstance(moment, At):
        fixed = moment.time
        return (lambda x, now: x < fixed), None
    offset = moment.offset
    return (lambda x, now: x < now + offset), (lambda x, now: x - offset + 1 if x >= now + offset else None)


def after(moment: Moment) -> tuple[Test, Flip | None]:
    """``x is after moment``."""
    if isinstance(moment, At):
        fixed = moment.time
        return (lambda x, now: x > fixed), None
    offset = moment.offset
    return (lambda x, now: x > now + offset), (lambda x, now: x - offset if x > now + offset else None)


def near(duration: int, direction: Literal["ago", "from now"]) -> tuple[Test, Flip]:
    """``x is within duration ago`` or ``from now``."""
    begins, ends = (0, duration) if direction == "ago" else (-duration, 0)

    def holds(x: int, now: int) -> bool:
        return x + begins <= now < x + ends

    def flip(x: int, now: int) -> int | None:
        if now < x + begins:
            return x + begins
        return x + ends if now < x + ends else None

    return holds, flip


def anniversary(moment: Moment) -> tuple[Test, Flip | None]:
    """``moment is on the anniversary of x``: the day and month of x (UTC) in a later year; 29 February is kept on the 28th."""
    if isinstance(moment, At):
        fixed = moment.time
        return (lambda x, now: _is_anniversary(x, fixed)), None
    offset = moment.offset

    def flip(x: int, now: int) -> int | None:
        there = now + offset
        following = _after_day(there) if _is_anniversary(x, there) else _next_anniversary(x, there)
        return following - offset if following is not None else None

    return (lambda x, now: _is_anniversary(x, now + offset)), flip


_LAST_YEAR: Final = to_datetime(LATEST - 1).year


def _is_anniversary(x: int, at: int) -> bool:
    there = to_datetime(at)
    return there.year > to_datetime(x).year and _day_in(x, there.year) == _day_of(there)


def _next_anniversary(x: int, after: int) -> int | None:
    """Give the first midnight later than ``after`` that begins an anniversary of x."""
    year = max(to_datetime(after).year, to_datetime(x).year + 1)
    while year <= _LAST_YEAR:
        day = from_datetime(_day_in(x, year))
        if day > after:
            return day
        year += 1
    return None


def _day_in(x: int, year: int) -> datetime:
    """Give midnight of the day on which x is remembered in a year."""
    born = to_datetime(x)
    day = 28 if (born.month, born.day) == (2, 29) and not isleap(year) else born.day
    return datetime(year, born.month, day, tzinfo=UTC)


def _day_of(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _after_day(instant: int) -> int:
    """Give the midnight after an instant."""
    return (instant // DAY + 1) * DAY
