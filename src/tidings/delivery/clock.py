"""The wall clock, which is passed in wherever time matters, so that tests can bring their own."""

import time


def wall_clock() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000
