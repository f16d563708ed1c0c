"""Which messages lie ahead of somebody on their way through a journey, and when, as far as the clock alone can say.

What happens in between is not known: a wait for something that people do ends the look ahead, unless a time-out goes on. Where something is
asked, people are shared out as whoever came by lately; where nobody tells, every side is looked along, and what is found *may* be sent.
Each message says how sure it is. Of ways that exclude each other, what lies behind them is counted for the first alone. Pure.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Final, NamedTuple, TypeAlias

from msgspec.structs import replace

from tidings.journeys.answer import ABOUT, AT_MOST, EARLIER, TIMED
from tidings.journeys.route import Route

_LOOKS: Final = 2000
"""Steps looked at; a round that waits a second is not followed for a month."""
_NOTHING: Final = 0.001
Parts: TypeAlias = Mapping[int | None, float]
"""Which part of people goes each way, as of `answer.Ahead.into`."""


class Lately(NamedTuple):
    """How people divided lately where a step asked them. ``ways``: by what it asks; ``through``: the part of whom `only_if` held."""

    ways: Mapping[str, Parts] = {}
    through: Mapping[str, float] = {}


_UNTOLD: Final = Lately()
_ON: Final[tuple[tuple[int | None, float], ...]] = ((None, 1.0),)


class Message(NamedTuple):
    """A step that sends a template ``at`` a moment to a ``share`` (0 to 1) of those looked at; ``grade``: `TIMED`, `ABOUT` or `AT_MOST`.
    ``template`` "": a step that so many leave before that moment, because of something that happens."""

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
    lately: Lately = _UNTOLD,
) -> Iterator[Message]:
    """Look from a step on, where somebody comes ``at`` a moment, or if ``waiting`` leaves it then by a timer. ``zone`` as for a step;
    ``lately``: how people divided."""
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
        through = lately.through.get(id) if asked else None
        into = share if through is None else share * through
        found = kind.ahead(at, zone)
        if waiting:
            if kind.lasting():
                grade = AT_MOST
            if found is None and kind.lasting():
                continue
            ways, to = (found.into, found.to) if found is not None else (_ON, "")
        elif found is None:
            if through is not None:
                heapq.heappush(open, (came, next(order), node.next, share - into, max(grade, ABOUT), turn, False))
            continue
        else:
            if (told := lately.ways.get(id)) is not None:
                if early := told.get(EARLIER):
                    yield Message(id, "", found.at, into * early, ABOUT)
                found = replace(found, into=tuple(way for way in told.items() if way[0] != EARLIER), grade=ABOUT)
            at, ways, to = found.at, found.into, found.to
        sent = max(grade, ABOUT if through is not None else AT_MOST if asked else TIMED)
        if at <= until:
            yield from (Message(id, template, at, into, sent) for template in kind.templates())
        if at != came or to or ways != _ON:
            grade = max(sent, found.grade if found is not None and not waiting else TIMED)
        else:  # whoever is not asked for a message goes on as they would with it
            into, through = share, None
        if to:
            heapq.heappush(open, (at, next(order), to, into, grade, turn + 1, False))
        for branch, part in ways:
            then = node.next if branch is None else node.into[branch]
            heapq.heappush(open, (at, next(order), then, into * part, grade, turn, False))
        if through is not None:
            heapq.heappush(open, (came, next(order), node.next, share - into, grade, turn, False))
        elif asked and not any(branch is None for branch, _ in ways):
            heapq.heappush(open, (at, next(order), node.next, share, grade, turn, False))
