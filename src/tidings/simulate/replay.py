"""Replay: a person, with everybody they absorbed, lives through their rows of history again, on each side.

Until a merge those who are one today are two, as they were; the merge is played at its date. What the journey itself caused is left out:
each side causes its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from tidings.history import kinds
from tidings.kernel.effects import Called, Moved
from tidings.kernel.ids import read_delivery
from tidings.kernel.records import Answered, Befell
from tidings.kernel.times import parse_duration
from tidings.simulate.account import Account, Window
from tidings.simulate.actor import Actor
from tidings.simulate.admissions import as_it_was
from tidings.simulate.cast import Cast, Lives
from tidings.simulate.occasions import INVENTED
from tidings.simulate.outside import NO_STUBS, Stubs
from tidings.simulate.post import Office
from tidings.simulate.row import Row, answered, body_of, caused, chains, may_be_caused, moves, starts
from tidings.simulate.side import Side
from tidings.simulate.typed import typed

_BESIDE: Final = (kinds.MOVED, kinds.PLANNED, kinds.ANSWERED, *kinds.BESIDE)
"""Rows that are not played: what follows from others, and what stands beside them."""


class Played(Struct):
    """``accounts``: one a side, in their order. ``real``: what runs of the journey really did. ``inputs``: handed over to each side.

    ``standing``: by side, the steps at which runs stand in the end.
    """

    accounts: list[Account]
    standing: list[list[str]]
    real: list[Moved]
    inputs: int
    engaged: int = 0
    dropped: int = 0
    recorded: int = 0
    stubbed: int = 0
    unanswered: int = 0


class Replay:
    """Plays one person after another. ``renders`` and ``suppressed`` as an `Office` takes them, by side. ``waits``: whoever really stood
    before a door stands there as long; else everybody comes in at once."""

    def __init__(
        self,
        sides: Sequence[Side],
        window: Window,
        offices: Sequence[Office],
        stubs: Stubs = NO_STUBS,
        waits: bool = True,
    ) -> None:
        self.sides, self.window, self.offices, self.stubs, self.waits = sides, window, offices, stubs, waits
        self.journey = sides[0].journey
        self.workspace = sides[0].definitions.workspace.id
        self.actors: list[dict[bytes, Actor]] = []
        """Of whom was played last, on each side: who they are in the end."""
        self._known = [parse_duration(side.snapshot.settings.get("start_age") or "24 hours") for side in sides]

    def play(self, lives: Lives, accounts: Sequence[Account] | None = None) -> Played:
        """Let them live through all of it, up to the end of the window. ``accounts``: which are told what happens, one a side."""
        script = lives.script()
        real = moves(script)
        members = {(move.time, move.why) for move in real if move.what == "passed"}
        own = caused(real) if any(map(may_be_caused, script)) else frozenset()
        told_to = accounts or [Account(self.journey, self.window) for _ in self.sides]
        returned, said = _returned(script), starts(script)
        casts = [
            Cast(side, office, account, lives, returned, said)
            for side, office, account in zip(self.sides, self.offices, told_to, strict=True)
        ]
        self.actors = [cast.actors for cast in casts]
        mine = [move for move in real if move.journey == self.journey]
        played = Played(list(told_to), [], mine, 0)
        told, came_by = answered(script), chains(script)
        door = as_it_was(real if self.waits else ())
        for cast in casts:
            cast.door = door
            cast.outside = typed(_Outside(told, self.stubs, played).answer, cast.side.body)
        for row in script:
            if row.kind in _BESIDE or row.id in own:
                continue
            if row.kind == kinds.MEMBERSHIP and (row.time, row.name) in members:
                continue  # a step put the person in, or took them out
            if row.kind == kinds.LINK:
                for cast in casts:
                    cast.link(row)
                continue
            body = body_of(row)
            if body is None:
                continue
            if isinstance(body, Befell) and row.id in came_by:
                depth, way = came_by[row.id]
                body = msgspec.structs.replace(body, depth=depth, way=way)
            played.inputs += 1
            for number, (cast, known) in enumerate(zip(casts, self._known, strict=True)):
                if row.kind != kinds.BEFELL or _befalls(row, number, cast.side, lives):
                    cast.take(row, body, known)
        end = self.window.end
        for cast in casts:
            played.standing.append(cast.rest(end))
            played.engaged += cast.engaged
            played.dropped += cast.dropped
        return played


class _Outside:
    """Answers calls as they were answered, else as it was declared; and counts how."""

    def __init__(self, told: Mapping[bytes, tuple[int, Answered]], stubs: Stubs, played: Played) -> None:
        self.told, self.stubs, self.played = told, stubs, played

    def answer(self, called: Called) -> tuple[int, Answered] | None:
        """Answer one."""
        if (found := self.told.get(called.id)) is not None:
            self.played.recorded += 1
            return found
        found = self.stubs.answer(called)
        self.played.stubbed += found is not None
        self.played.unanswered += found is None
        return found


def _befalls(row: Row, number: int, side: Side, lives: Lives) -> bool:
    """Whether what befell a group did so on a side."""
    if lives.anew is None or row.name not in side.anew:
        return row.place != INVENTED
    really = row.place != INVENTED and ("track", row.name) not in side.definitions.derived
    return really or row.id in lives.anew[number]


def _returned(script: Iterable[Row]) -> frozenset[bytes]:
    """Give the deliveries of which it is known when they were received."""
    found = set()
    for row in script:
        if row.kind == kinds.MESSAGE and row.name.startswith("received "):
            said = msgspec.msgpack.decode(memoryview(row.body)[1:])
            delivery = read_delivery(str(said.get("delivery")))
            if delivery is not None:
                found.add(delivery[1])
    return frozenset(found)
