"""Pauses of a journey, and what became due in them.

While a journey is paused time goes on: waits end, steps are taken, and what they send is planned and held. What becomes of that is
chosen when the pause ends: it is sent, at once or spread over some time; it is skipped; or the pause is taken out of everybody's
calendar: waits that are under way last longer by it, and what became due in it goes out that much later, so that messages keep their
distance from each other.

An entry's ``release_every``: how many microseconds lie between two messages that its newest pause lets go, where a rate was chosen. They
go one after the other, in the order in which they are claimed; what has not gone by the next pause is held by that one too.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias

Held: TypeAlias = Literal["send", "skip", "shift"]
HELD: Final[tuple[Held, ...]] = ("send", "skip", "shift")
KEPT: Final = 20
"""Pauses of a journey that are remembered, the newest. Who slept through more than that waits on as if the oldest had not been."""


class Pause(NamedTuple):
    """``start`` and ``end`` in microseconds; ``number``: the definitions that ended it; ``over``: microseconds that sending what waited
    takes at the rate that was chosen; 0 without one."""

    start: int
    end: int
    number: int
    held: Held
    over: int = 0


class Release(NamedTuple):
    """When a message that was due in a pause may go out, and by how much later it was made due. ``skipped``: not at all; ``newest``: it was
    held by the newest pause until its end, and goes out at the rate chosen there."""

    at: int
    later: int = 0
    skipped: bool = False
    newest: bool = False


def read(entry: Mapping[str, Any]) -> tuple[Pause, ...]:
    """Read the pauses of a journey in force, oldest first."""
    return tuple(Pause(*pause) for pause in entry.get("pauses", ()))


def paused(entry: Mapping[str, Any], now: int) -> dict[str, Any]:
    """Give the entry of a journey that is paused from ``now`` on."""
    return {**_without(entry, "release_every"), "status": "paused", "paused_at": now}


def ended(
    entry: Mapping[str, Any],
    status: str,
    number: int,
    now: int,
    held: Held = "send",
    every: int = 0,
    waiting: int = 0,
) -> dict[str, Any]:
    """Give the entry of a journey whose pause, if there was one, ends by ``status``, which definitions ``number`` say. ``every``:
    microseconds between two of the ``waiting`` messages that are sent."""
    start = entry.get("paused_at")
    others = {**_without(entry, "paused_at", "release_every"), "status": status}
    if start is None:
        return others
    pauses = [*others.get("pauses", ()), list(Pause(start, now, number, held, every * waiting))]
    return {**others, "pauses": pauses[-KEPT:]} | ({"release_every": every} if every else {})


def ended_later(
    before: Mapping[str, Any], entry: Mapping[str, Any], number: int, now: int, waiting: int
) -> Mapping[str, Any]:
    """Give the entry of a journey that was asked for earlier and comes into force ``now``: a pause that it ends lasted until then, and the
    messages that are sent are those ``waiting`` now."""
    if not ends(before, entry):
        return entry
    *others, asked = entry["pauses"]
    pause = Pause(*asked)._replace(end=now, number=number)
    if "release_every" in entry:
        pause = pause._replace(over=entry["release_every"] * waiting)
    return {**entry, "pauses": [*others, list(pause)]}


def ends(before: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    """Whether an entry ends the pause that the journey is in ``before`` it."""
    ended = entry.get("pauses", ())
    return "paused_at" in before and bool(ended) and bool(ended[-1][0] == before["paused_at"])


def _without(entry: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in keys}


def release(pauses: Sequence[Pause], due: int) -> Release:
    """Say what becomes of a message that was due then and waits still."""
    at, later, queued, last = due, 0, False, None
    for pause in pauses:
        if not (pause.start <= at < pause.end or (queued and at <= pause.start)):
            continue
        last, queued = pause, False
        if pause.held == "skip":
            return Release(at, later, skipped=True)
        if pause.held == "shift":
            later += pause.end - pause.start
            at += pause.end - pause.start
        else:
            at, queued = pause.end, pause.over > 0
    return Release(at, later, newest=last is not None and last is pauses[-1] and last.held == "send")


def shifted(pauses: Sequence[Pause], built: int) -> int:
    """Give by how much the waits of somebody who was last seen under definitions ``built`` last longer, in microseconds."""
    return sum(pause.end - pause.start for pause in pauses if pause.held == "shift" and pause.number > built)
