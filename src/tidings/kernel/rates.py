"""Rates: `3 per 7 days`, so many within so long."""

import re
from typing import Final, NamedTuple

from tidings.kernel.times import SECOND, Duration, parse_duration

_PER: Final = re.compile(r"(\d{1,6})\s+(?:per|every|in|within)\s+(.+)")


class Rate(NamedTuple):
    """``times`` within ``within`` microseconds."""

    times: int
    within: Duration


def parse_rate(text: object) -> Rate | None:
    """Read ``10 per second`` or ``3 per 7 days``; None where it is none, or nothing at all."""
    match = _PER.fullmatch(text.strip()) if isinstance(text, str) else None
    if not match:
        return None
    unit = match[2] if match[2][0].isdigit() else f"1 {match[2]}"
    try:
        rate = Rate(int(match[1]), max(SECOND, parse_duration(unit)))
    except ValueError:
        return None
    return rate if rate.times > 0 else None
