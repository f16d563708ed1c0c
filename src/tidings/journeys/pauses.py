"""Pauses of a journey, and what became due in them.

While a journey is paused time goes on: waits end, steps are taken, and what they send is planned and held. What becomes of that is
chosen when the pause ends: it is sent, at once or spread over some time; it is skipped; or the pause is taken out of everybody's
calendar: waits that are under way last longer by it, and what became due in it goes out that much later, so that messages keep their
distance from each other.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias

Held: TypeAlias = Literal["send", "skip", "shift"]
HELD: Final[tuple[Held, ...]] = ("send", "skip", "shift")
KEPT: Final = 20
"""Pauses of a journey that are remembered, the newest. Who slept through more than that waits on as if the oldest had not been."""


class Pause(NamedTuple):
    """``start`` and ``end`` in microseconds; ``number``: the definitions that ended it; ``over``: microseconds that what is sent is
    spread over."""

    start: int
    end: int
    number: int
    held: Held
    over: int = 0


class Release(NamedTuple):
    """When a message that was due in a pause goes out, and by how much later it was made due. ``skipped``: not at all."""

    at: int
    later: int = 0
    skipped: bool = False


def read(entry: Mapping[str, Any]) -> tuple[Pause, ...]:
    """Read the pauses of a journey in force, oldest first."""
    return tuple(Pause(*pause) for pause in entry.get("pauses", ()))


def paused(entry: Mapping[str, Any], now: int) -> dict[str, Any]:
    """Give the entry of a journey that is paused from ``now`` on."""
    return {**entry, "status": "paused", "paused_at": now}


def ended(
    entry: Mapping[str, Any], status: str, number: int, now: int, held: Held = "send", over: int = 0
) -> dict[str, Any]:
    """Give the entry of a journey whose pause, if there was one, ends by ``status``, which definitions ``number`` say."""
    start = entry.get("paused_at")
    others = {key: value for key, value in entry.items() if key != "paused_at"}
    if start is None:
        return {**others, "status": status}
    pauses = [*others.get("pauses", ()), list(Pause(start, now, number, held, over))]
    return {**others, "status": status, "pauses": pauses[-KEPT:]}


def ended_later(before: Mapping[str, Any], entry: Mapping[str, Any], number: int, now: int) -> Mapping[str, Any]:
    """Give the entry of a journey that was asked for earlier and comes into force ``now``: a pause that it ends lasted until then."""
    ended = entry.get("pauses", ())
    if "paused_at" not in before or not ended or ended[-1][0] != before["paused_at"]:
        return entry
    return {**entry, "pauses": [*ended[:-1], list(Pause(*ended[-1])._replace(end=now, number=number))]}


def release(pauses: Sequence[Pause], due: int, id: bytes) -> Release:
    """Say what becomes of a message that was due then. Its id says where in the time it is spread over it goes out."""
    at, later = due, 0
    for pause in pauses:
        if not pause.start <= at < pause.end:
            continue
        if pause.held == "skip":
            return Release(at, later, skipped=True)
        if pause.held == "shift":
            later += pause.end - pause.start
            at += pause.end - pause.start
        else:
            at = pause.end + (pause.over * int.from_bytes(id[:8], "big") >> 64)
    return Release(at, later)


def shifted(pauses: Sequence[Pause], built: int) -> int:
    """Give by how much the waits of somebody who was last seen under definitions ``built`` last longer, in microseconds."""
    return sum(pause.end - pause.start for pause in pauses if pause.held == "shift" and pause.number > built)
