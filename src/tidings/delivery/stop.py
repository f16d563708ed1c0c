"""A stop of all sending: what was held in it is sent when it ends, or dropped, as whoever ended it chose.

While one stands, nothing of the workspace is claimed; messages are planned as ever and wait. What becomes of them is worked out when
they are claimed afterwards, from the stops there were: nothing is rewritten in bulk, and nothing is lost in between.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from tidings.kernel.times import Instant, show_second

Held = Literal["send", "drop"]


class Stop(NamedTuple):
    """One that has ended. Instants in microseconds."""

    start: Instant
    end: Instant
    held: Held


class Fate(NamedTuple):
    """What stops make of a message. ``dropped``: why it is not sent, "" where it is; ``later``: by how much longer it may be sent."""

    dropped: str = ""
    later: int = 0


def fate(stops: Sequence[Stop], due: Instant, next_attempt: Instant, expires: Instant) -> Fate:
    """Say what becomes of a message. It was held by a stop that ended after it was due and was to be tried; ``expires`` 0: never."""
    later = 0
    for stop in stops:
        if max(due, next_attempt) > stop.end:
            continue
        if expires and expires + later <= stop.start:
            continue  # it was too late before that
        if stop.held == "drop":
            return Fate(
                f"all sending was stopped from {show_second(stop.start)} to {show_second(stop.end)}, and what was held was dropped"
            )
        later += stop.end - max(stop.start, due)
    return Fate("", later)
