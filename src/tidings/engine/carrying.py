"""What new definitions do to the runs of a person who is brought up to them: each is carried, moved, left on its version, or ended.

It is decided by the run, the definitions and the choices stored with the version, so it comes to the same whoever looks first: the
background build, or whatever touches the person. A version's choices are applied once, when a person passes the definitions that
published it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from tidings.engine.definitions import Definitions, Version, counts_any
from tidings.journeys.carrying import Fate, fate, reach, read_choice, renames, says_kept, says_moved, says_stays, terms
from tidings.journeys.step import Step
from tidings.kernel.effects import Effect, Moved
from tidings.people.document import Person, Run

_SAYS_SO: Final = frozenset(("queued", "entered", "refused", "carried", "moved"))
"""Moves that name the version they are by, whatever the run was on before."""
_OVER: Final = frozenset(("done", "held_out", "exited", "stopped", "merged", "refused"))


class Lived(Protocol):
    """What carrying uses of the step it is part of."""

    definitions: Definitions
    person: Person
    effects: list[Effect]
    now: int


class Carried(NamedTuple):
    """Runs that are on another version than before, and those that end, with why."""

    came: list[Run]
    left: list[tuple[Run, str]]


def carry(life: Lived) -> Carried:
    """Carry a person's runs; those that are to end are left for the caller to end."""
    found = Carried([], [])
    for run in life.person.runs:
        live = life.definitions.journeys.get(run.journey)
        if live is None or run.ended is not None or run.version >= live.number:
            continue
        if not run.step and not run.visit:  # it stands before the door, and comes in by what is live then
            run.version = live.number if run.version else 0  # 0: a ramp holds it
            continue
        if life.person.lived >= live.published:
            continue  # they passed this version before, and finish on theirs
        older = life.definitions.older(run.journey, run.version)
        choice = live.carries.get(run.step)
        known = run.step in live.route.nodes
        same = older is not None and older.document == live.document
        becomes = fate(run.step, choice, known=known, previous=run.version == live.number - 1, same=same)
        if becomes.what == "left":
            found.left.append((run, f"its publisher let those at this step leave with version {live.number}"))
        elif becomes.what == "finishes":
            if live.carries or run.version == live.number - 1:  # without choices it follows from the versions
                _note(life, run, run.version, "stays", says_stays(run.version, live.number))
        else:
            _come(life, run, live, older, becomes)
            found.came.append(run)
    return found


def carried_on(definitions: Definitions, run: Run, passed: int) -> tuple[int, int]:
    """Give the version that publishes have carried a run to since its last move, and the one whose terms it keeps. ``passed``: the newest
    version by which it did not go on. All else a publish does to a run, it notes, but where the run finishes on an older one anyway, and
    nothing was chosen for anybody."""
    live, number, kept = definitions.journeys[run.journey], run.version, run.kept
    chosen = definitions.body["journeys"][run.journey].get("carries", {})
    for other in range(max(number, passed) + 1, live.number + 1 if run.step else 0):
        older = definitions.older(run.journey, number)
        new = live if other == live.number else definitions.older(run.journey, other)
        if new is None:
            continue
        words = chosen.get(str(other), {}).get(run.step)
        choice = read_choice(words) if words is not None else None
        known, same = run.step in new.route.nodes, older is not None and older.document == new.document
        becomes = fate(run.step, choice, known=known, previous=number == other - 1, same=same)
        if becomes.what == "carried" and not becomes.keeps:
            number, kept = other, 0 if _anew(run, choice is not None, older, new) else kept
    return number, kept


def with_carried(moves: Sequence[Moved], runs: Iterable[Run], published: Mapping[int, int]) -> list[Moved]:
    """Put in what a publish did without writing it down: it took a run on where it stood. ``moves``: of one journey, the oldest first;
    ``runs``: those of it that go on; ``published``: when each version came into force."""
    found: list[Moved] = []
    last: dict[bytes, Moved] = {}
    for move in moves:
        before = last.get(move.run)
        if before is not None and move.what not in _SAYS_SO:
            found += _carried(before, move.version, published, move.time)
        found.append(move)
        last[move.run] = move
    for run in runs:
        if run.step and run.id in last:
            found += _carried(last[run.id], run.version, published)
    return sorted(found, key=lambda each: each.time)


def _carried(before: Moved, version: int, published: Mapping[int, int], until: int | None = None) -> list[Moved]:
    """That a run came onto a version behind a move of it, and before the next one of ``until``."""
    at = published.get(version)
    if at is None or version <= before.version or before.what in _OVER:
        return []
    at = max(before.time, at if until is None else min(at, until))
    return [Moved(before.run, before.journey, version, before.step, "carried", at, key=before.key)]


def _come(life: Lived, run: Run, live: Version, older: Version | None, becomes: Fate) -> None:
    """Put a run on the live version."""
    led = reach(older.route, run.step) if older is not None else frozenset()
    run.barred = [*run.barred, *(step for step in run.sent if step not in led and step not in run.barred)]
    if run.parked:  # it tries again, as a new visit, so that nothing of the old one is taken for it
        run.parked, run.waiting, run.visit, run.arrived = "", False, run.visit + 1, life.now
    if becomes.what == "moved":
        goes_on = older is not None and renames(run.step, becomes.to, _steps(older), _steps(live))
        _note(life, run, live.number, "moved", says_moved(becomes.to, live.number, goes_on))
        run.step, run.visit, run.kept, run.wake = becomes.to, run.visit + 1, 0, None
        if not goes_on:
            run.arrived, run.waiting = life.now, False
    elif becomes.keeps:
        _note(life, run, live.number, "carried", says_kept(run.kept or run.version))
        run.kept = run.kept or run.version
    elif run.kept and _anew(run, run.step in live.carries, older, live):
        run.kept = 0
    run.version = live.number


def _anew(run: Run, chosen: bool, older: Version | None, live: Version) -> bool:
    """Whether a run that is carried waits by new terms from now on."""
    return chosen or older is None or _differs(older, live, run.step)


def _steps(version: Version) -> dict[str, Step]:
    return {id: node.step for id, node in version.route.nodes.items()}


def _differs(one: Version, other: Version, step: str) -> bool:
    return terms(one.route.nodes[step].step) != terms(other.route.nodes[step].step)


def _note(life: Lived, run: Run, version: int, what: str, why: str) -> None:
    life.effects.append(Moved(run.id, run.journey, version, run.step, what, life.now, why, key=run.key))


def remade(definitions: Definitions, person: Person, built: int) -> list[Run]:
    """Give the runs that count since entry what has another rule than when the person was last brought up."""
    other = definitions.remade(built)
    if not other:
        return []
    return [
        run
        for run in person.runs
        if (version := definitions.version(run)) is not None
        and (run.kept or counts_any(version.entry_counters.values(), other))
    ]
