"""A walk: one person goes through a journey, given or invented, with chosen events at chosen times; told line by line.

Somebody given is played from their first row of history up to now, as a backtest does, and goes on from there.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from tidings.database.pool import Connection
from tidings.engine import Workspace
from tidings.kernel.effects import Moved
from tidings.kernel.ids import home_of
from tidings.kernel.records import Identifier
from tidings.kernel.times import DAY
from tidings.people.document import Person
from tidings.simulate import reading
from tidings.simulate.account import Account, Window
from tidings.simulate.actor import Actor
from tidings.simulate.cast import Lives
from tidings.simulate.given import Given, happen
from tidings.simulate.outside import NO_STUBS, Stubs
from tidings.simulate.post import Letter
from tidings.simulate.reading import Interest, Known
from tidings.simulate.replay import Replay
from tidings.simulate.row import is_named
from tidings.simulate.side import Side
from tidings.simulate.trace import words
from tidings.simulate.world import Line, World

LASTS: Final = 60 * DAY
"""How long a walk goes on after the last that is given, at most."""
LINES: Final = 2000
"""Lines told, at most."""


class Stranger(Struct, frozen=True):
    """Somebody invented."""

    attributes: Mapping[str, Any]
    identifiers: tuple[Identifier, ...]


class Walked(Struct):
    """``lines``: what happened from the start on, in order. ``before``: moves of the journey's runs before that, of somebody given.
    ``person``: as they are in the end. ``until``: when that is; ``more``: there were more lines. ``asked``: steps that asked the outside
    world, and nothing was declared. ``faults``: what was given and can't happen."""

    lines: list[Line]
    before: list[Moved]
    person: Person
    until: int
    more: bool
    asked: list[str]
    faults: list[str]


def walk(
    body: Mapping[str, Any],
    journey: str,
    workspace: Workspace,
    who: Stranger | Lives,
    given: Sequence[Given],
    start: int,
    until: int | None = None,
    stubs: Stubs = NO_STUBS,
) -> Walked:
    """Walk. ``body``: of a snapshot; ``given``: what happens, in order; ``until``: how far (left out: until the person rests, or
    `LASTS` after the last that is given). Raises LookupError where history holds nothing of somebody given."""
    side = Side("walk", journey, workspace, body, False)
    world = World(side.body, workspace, lambda planned: planned.due >= start, stubs)
    actor = _let_in(side, world, who, start, stubs)
    faults = [f"{each.kind}: {wrong}" for each in given if (wrong := happen(each, world, actor))]
    last = max([start, *(each.at for each in given)])
    end = until if until is not None else _rested(world, actor, last)
    actor.rest(end)
    mine = [line for line in world.lines if line.person == actor.person.id]
    lines = [line for line in mine if line.time >= start and words(line.cause)]
    before = [
        line.cause
        for line in mine
        if line.time < start and isinstance(line.cause, Moved) and line.cause.journey == journey
    ]
    asked = sorted({called.step for _, called in world.unanswered if called.due >= start})
    return Walked(lines[:LINES], before, actor.person, end, len(lines) > LINES, asked, faults)


def _let_in(side: Side, world: World, who: Stranger | Lives, start: int, stubs: Stubs) -> Actor:
    if isinstance(who, Stranger):
        return world.let_in(who.attributes, start, who.identifiers)
    replay = Replay([side], Window(start - 1, start - 1), [world.office], stubs)
    replay.play(who, [_Lines(side.journey, replay.window, world)])
    actor = replay.actors[0].get(who.root)
    if actor is None:
        raise LookupError("history holds nothing of them")
    actor.outside = world.outside
    world.actors[who.root] = actor
    return actor


class _Lines(Account):
    """An account that has a world write down what happens."""

    __slots__ = ("world",)

    def __init__(self, journey: str, window: Window, world: World) -> None:
        super().__init__(journey, window)
        self.world = world

    def see(self, actor: Any, effect: Any) -> None:
        """Be told an effect."""
        super().see(actor, effect)
        self.world.witness(actor, effect)

    def told(self, person: Person, letter: Letter) -> None:
        """Be told what became of a message."""
        super().told(person, letter)
        self.world.told(person, letter)


def _rested(world: World, actor: Actor, last: int) -> int:
    """Let time go on until nothing more comes, or too far."""
    now = last
    actor.rest(now)
    while (due := actor.next) is not None and due <= last + LASTS and len(world.lines) < 4 * LINES:
        now = max(now, due)
        actor.rest(now)
    return now


async def lives_of(connection: Connection, side: Side, person: Person, absorbed: Sequence[bytes], end: int) -> Lives:
    """Read what history holds of somebody, up to a moment."""
    interest = Interest.of([side], end)
    wanted = [person.id, *absorbed]
    rows = await reading.rows_of(connection, wanted, interest)
    unnamed = [each for each in wanted if not any(map(is_named, rows[each]))]
    names: dict[bytes, Known] = await reading.known(connection, unnamed) if unnamed else {}
    merged = await reading.merged(connection, home_of(person.id), person.workspace) if absorbed else []
    depth = {each.person: each.depth for each in merged if each.root == person.id}
    return Lives(person.id, rows, {person.id: 0} | {each: depth.get(each, 1) for each in absorbed}, names)
