"""The door of a journey that lets in only so many: a run that stands before it, and what becomes of it.

How many are inside, and how many came lately, no step of one person can know. So whoever wants in stands at the door, a run at no step
yet, until a record says whether it may come in. Exits hold meanwhile; waits, goals and everything counted `since entry` begin inside.
"""

from typing import Protocol

from tidings.engine import goals
from tidings.engine.definitions import Definitions, Version
from tidings.engine.happening import Happening
from tidings.journeys.condition import Condition
from tidings.kernel.effects import Effect, Moved
from tidings.kernel.records import Admit
from tidings.people.control import is_control
from tidings.people.document import Person, Run, memory_of, remember


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


def knock(life: Lived, run: Run, version: Version) -> None:
    """Let a run stand before the door."""
    run.step = ""
    wait(life, run, version)
    life.person.runs = [*life.person.runs, run]
    says = f"waits to be let in: {version.journey.limits.door()}"
    life.effects.append(Moved(run.id, run.journey, run.version, "", "queued", life.now, says, key=run.key))


def wait(life: Lived, run: Run, version: Version) -> None:
    """Look again only when time may make it leave."""
    exit = version.journey.exit
    at = life.change(exit, run) if exit is not None else None
    run.wake = at if at is not None and at > life.now else None


def admit(life: Lived, body: Admit, happening: Happening) -> None:
    """Let a run in, or send it away; one that is not at the door any more is left as it is."""
    run = next((run for run in life.person.runs if run.id == body.run and is_before(run)), None)
    version = life.definitions.journeys.get(run.journey) if run is not None else None
    if run is None or version is None:
        return
    run.version = version.number
    audience = version.journey.audience
    if not body.ok:
        leave(life, run, body.why)
    elif audience is not None and not life.ask(audience, run, moment=True):
        leave(life, run, f"outside the audience when its turn came: {audience.text}")
    else:
        run.counters = {}
        run.step, run.wake = version.route.first, None
        waited = run.arrived
        run.entered = run.arrived = life.now
        came_in(life, run, version, f"{version.journey.trigger.says()}, after it waited to be let in", happening)
        assert waited <= life.now


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
    life.effects.append(Moved(run.id, run.journey, run.version, "", "refused", life.now, why, key=run.key))
    life.person.runs = [other for other in life.person.runs if other is not run]
