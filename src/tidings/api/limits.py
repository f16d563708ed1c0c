"""The rate limit: a token bucket for each key, or where there is none for each address, in this process."""

import time
from collections.abc import Callable
from typing import Final

_MOST: Final = 10_000
"""Buckets after which those that are full again are dropped."""


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
