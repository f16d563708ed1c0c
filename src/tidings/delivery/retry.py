"""When to try again: doubling waits, spread by a hash so that a provider's outage does not end in one burst."""

from typing import Final

from tidings.kernel.ids import draw
from tidings.kernel.times import DAY, HOUR, SECOND

FIRST: Final = 10 * SECOND
LONGEST: Final = HOUR
GIVE_UP: Final = 3 * DAY
"""Past its due time by this much, a message without an expiry is given up too."""


def backoff(id: bytes, attempt: int, after: int | None = None) -> int:
    """Give the wait after the attempt of that number (from 1): 10 s doubled each time up to an hour, give or take a quarter.

    ``after``: what the provider asked for; it is never undercut.
    """
    wait = min(FIRST << min(attempt - 1, 20), LONGEST)
    wait = int(wait * (0.75 + draw("backoff", id, attempt) / 2))
    return max(wait, after or 0)


def last_chance(due: int, expires: int) -> int:
    """Give the time from which on a message is no longer tried."""
    return expires or due + GIVE_UP
