"""Which messages lie ahead of somebody on their way through a journey, and when, as far as the clock alone can say.

What happens in between is not known: a wait for something that people do ends the look ahead, unless a time-out goes on. At a branch people
are shared out as whoever came by lately; where nobody tells, it is looked through on every side, and what is found is what *may* be sent.
Each message says how sure it is. Of ways that exclude each other, what lies behind them is counted for the first alone. Pure.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Final, NamedTuple, TypeAlias

from msgspec.structs import replace

from tidings.journeys.answer import ABOUT, AT_MOST, TIMED
from tidings.journeys.route import Route

_LOOKS: Final = 2000
"""Steps looked at; a round that waits a second is not followed for a month."""
_NOTHING: Final = 0.001
Parts: TypeAlias = Mapping[int | None, float]
"""Which part of people goes each way, as of `answer.Ahead.into`."""
_UNTOLD: Final[Mapping[str, Parts]] = {}
_ON: Final[tuple[tuple[int | None, float], ...]] = ((None, 1.0),)


class Message(NamedTuple):
    """A step that sends a template ``at`` a moment to a ``share`` (0 to 1) of those looked at; ``grade``: `TIMED`, `ABOUT` or `AT_MOST`."""

    step: str
    template: str
    at: int
    share: float
    grade: int


def ahead(
    route: Route,
    step: str,
    at: int,
    until: int,
    zone: Callable[[str], str],
    *,
    waiting: bool = False,
    grade: int = TIMED,
    went: Mapping[str, Parts] = _UNTOLD,
) -> Iterator[Message]:
    """Look from a step on, where somebody comes ``at`` a moment, or if ``waiting`` leaves it then by a timer. ``zone`` as for a step;
    ``went``: how people divided lately, by branch."""
    order, taken = count(), dict[tuple[str, int], float]()
    open: list[tuple[int, int, str, float, int, int, bool]] = [(at, next(order), step, 1.0, grade, 0, waiting)]
    for _ in range(_LOOKS):
        if not open:
            return
        came, _, id, share, grade, turn, waiting = heapq.heappop(open)
        at = came
        share = min(share, 1 - taken.get((id, turn), 0.0))
        if id not in route.nodes or share < _NOTHING or at > until:
            continue
        taken[id, turn] = taken.get((id, turn), 0.0) + share
        node = route.nodes[id]
        kind, asked = node.step.kind, node.step.only_if is not None and not waiting
        found = kind.ahead(at, zone)
        if waiting:
            if kind.lasting():
                grade = AT_MOST
            if found is None and kind.lasting():
                continue
            ways, to = (found.into, found.to) if found is not None else (_ON, "")
        elif found is None:
            continue
        else:
            if (told := went.get(id)) is not None:
                found = replace(found, into=tuple(told.items()), grade=ABOUT)
            at, ways, to = found.at, found.into, found.to
        sent = max(grade, AT_MOST if asked else TIMED)
        if at <= until:
            yield from (Message(id, template, at, share, sent) for template in kind.templates())
        if at != came or to or ways != _ON:  # whoever is not asked for a message goes on as they would with it
            grade = max(sent, found.grade if found is not None and not waiting else TIMED)
        if to:
            heapq.heappush(open, (at, next(order), to, share, grade, turn + 1, False))
        for branch, part in ways:
            then = node.next if branch is None else node.into[branch]
            heapq.heappush(open, (at, next(order), then, share * part, grade, turn, False))
        if asked and not any(branch is None for branch, _ in ways):
            heapq.heappush(open, (at, next(order), node.next, share, grade, turn, False))
