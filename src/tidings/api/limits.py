"""The rate limit, a token bucket for each key, or where there is none for each address; and how much is sent by hand. In this process."""

import time
from collections.abc import Callable
from typing import Final

from tidings.api.problem import Refusal

_MOST: Final = 10_000
"""Buckets after which those that are full again are dropped."""
_BY_HAND: Final = 20
_sent: Final[dict[int, list[float]]] = {}


class Buckets:
    """``rate``: requests a second; as many may come at once."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._buckets: dict[int | str, tuple[float, float]] = {}

    def take(self, key: int | str) -> float:
        """Take one request out of a key's bucket; gives 0, or where it is empty the seconds until it is not."""
        now = self._clock()
        left, since = self._buckets.get(key, (self._rate, now))
        left = min(self._rate, left + (now - since) * self._rate)
        if left < 1:
            return (1 - left) / self._rate
        if key not in self._buckets and len(self._buckets) >= _MOST:
            self._buckets = {
                other: (had, at)
                for other, (had, at) in self._buckets.items()
                if had + (now - at) * self._rate < self._rate
            }
        self._buckets[key] = (left - 1, now)
        return 0.0


def by_hand(workspace: int) -> None:
    """Count a message that somebody lets go out by hand (a test, a link that confirms an address), to an address of their choice; raises
    `Refusal` where a workspace sends more of them within a minute than people do."""
    now = time.monotonic()
    recent = [at for at in _sent.get(workspace, ()) if at > now - 60]
    if len(recent) >= _BY_HAND:
        says = "That is enough for a minute."
        raise Refusal(429, says, "Wait a moment.", headers={"retry-after": "60"}, code="too_often")
    _sent[workspace] = [*recent, now]
