"""The door of a journey that lets in only so many, or only a share of people yet: a run that stands before it, and what becomes of it.

How many are inside, and how many came lately, no step of one person can know. So whoever wants in stands at the door, a run at no step
yet, until a record says whether it may come in. Exits hold meanwhile; waits, goals and everything counted `since entry` begin inside.

A ramp is such a door too, but a function of the moment and the person: whoever it does not let in yet is held, a run of no version,
whom no doorkeeper sees. Time takes them on, or new definitions do, to the keeper's door where there is one, else in.
"""

from typing import Final, Protocol

from tidings.engine import goals
from tidings.engine.definitions import Definitions, Version
from tidings.engine.happening import Happening
from tidings.journeys.condition import Condition
from tidings.journeys.ramp import lets_in, reaches
from tidings.kernel.effects import Effect, Moved
from tidings.kernel.records import Admit
from tidings.people.control import is_control
from tidings.people.document import Person, Run, memory_of, remember

_WAITS: Final = "waits to be let in"
_ON: Final = "the ramp lets it in"


class Lived(Protocol):
    """What the door uses of the step it is part of."""

    definitions: Definitions
    person: Person
    effects: list[Effect]
    now: int

    def ask(self, condition: Condition, run: Run | None, moment: bool = False) -> bool:
        """Whether a rule holds."""

    def change(self, condition: Condition, run: Run | None) -> int | None:
        """When time alone could change that."""

    def begin(self, run: Run, happening: Happening) -> None:
        """Let the run move when its turn comes."""


def is_before(run: Run) -> bool:
    """Whether a run stands before the door."""
    return not run.step and not run.visit and run.ended is None


def is_held(run: Run) -> bool:
    """Whether a ramp keeps a run outside."""
    return is_before(run) and not run.version


def read_held(why: str) -> bool:
    """Whether a run that stands before the door for this reason is held by a ramp."""
    return not why.startswith((_WAITS, _ON))


def holds(life: Lived, version: Version) -> str:
    """Say why a ramp keeps the person outside for now, or ""."""
    person = life.person
    return lets_in(version.ramp, life.now, person.workspace, version.id, person.first)


def knock(life: Lived, run: Run, version: Version, held: str = "") -> None:
    """Let a run stand before the door. ``held``: why the ramp keeps it outside, "" where it does not."""
    run.step, run.version = "", 0 if held else version.number
    life.person.runs = [*life.person.runs, run]
    _queued(life, run, version, held or f"{_WAITS}: {version.journey.limits.door()}")
    wait(life, run, version)


def _queued(life: Lived, run: Run, version: Version, says: str) -> None:
    life.effects.append(Moved(run.id, run.journey, version.number, "", "queued", life.now, says, key=run.key))


def wait(life: Lived, run: Run, version: Version) -> None:
    """Look again only when time may make it leave, or take the ramp to it; where that has come, it goes on."""
    exit = version.journey.exit
    times = [life.change(exit, run)] if exit is not None else []
    if is_held(run):
        if version.status == "closed":
            leave(life, run, "the journey was closed")
            return
        if version.status == "live":
            person = life.person
            reached = reaches(version.ramp, life.now, person.workspace, version.id, person.first)
            if reached is not None and reached <= life.now:
                run.version = version.number
                if not version.journey.limits.has_door:
                    _let_in(life, run, version, Happening(time=life.now), "after it waited for the ramp")
                    return
                _queued(life, run, version, f"{_ON}; waits: {version.journey.limits.door()}")
            else:
                times.append(reached)
    run.wake = min((at for at in times if at is not None and at > life.now), default=None)


def admit(life: Lived, body: Admit, happening: Happening) -> None:
    """Let a run in, or send it away; one that is not at the door any more is left as it is."""
    run = next((run for run in life.person.runs if run.id == body.run and is_before(run)), None)
    version = life.definitions.journeys.get(run.journey) if run is not None else None
    if run is None or version is None or is_held(run):
        return
    run.version = version.number
    if not body.ok:
        leave(life, run, body.why)
    else:
        _let_in(life, run, version, happening, "after it waited to be let in")


def _let_in(life: Lived, run: Run, version: Version, happening: Happening, waited: str) -> None:
    """Let a run in that waited, if it is still meant."""
    audience = version.journey.audience
    if audience is not None and not life.ask(audience, run, moment=True):
        leave(life, run, f"outside the audience when its turn came: {audience.text}")
        return
    run.counters = {}
    run.step, run.wake = version.route.first, None
    run.entered = run.arrived = life.now
    came_in(life, run, version, f"{version.journey.trigger.says()}, {waited}", happening)


def came_in(life: Lived, run: Run, version: Version, says: str, happening: Happening) -> None:
    """Let a run of the person begin."""
    person = life.person
    goals.watch(life, run, version)
    known = memory_of(version.id, run.key)
    entries, _, _ = person.memory.get(known, (0, 0, 0))
    person.memory = {**person.memory, known: (entries + 1, life.now, 0)}
    if run.per:
        person.memory = remember(person.memory, [version.id])
    run.control = is_control(person, life.definitions.control)
    life.effects.append(Moved(run.id, version.id, version.number, "", "entered", life.now, says, run.control, run.key))
    life.begin(run, happening)


def leave(life: Lived, run: Run, why: str) -> None:
    """Send a run away that was never in: it may come again."""
    live = life.definitions.journeys.get(run.journey)
    number = run.version or (live.number if live is not None else 0)
    life.effects.append(Moved(run.id, run.journey, number, "", "refused", life.now, why, key=run.key))
    life.person.runs = [other for other in life.person.runs if other is not run]
