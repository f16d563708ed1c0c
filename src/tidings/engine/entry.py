"""Who comes in: which journeys a happening may start, and what may stand in somebody's way; and the dates that start one by themselves.

A date is a timer of the person: one moment a journey, worked out anew when its attribute (or the zone it is read in) changes, when it has
fired, and when definitions come into force. Only moments still to come start anything.
"""

from collections.abc import Iterable
from typing import Protocol

from tidings.engine import goals
from tidings.engine.definitions import Definitions, Version
from tidings.engine.happening import Happening, Touched
from tidings.engine.passage import zone_of
from tidings.journeys.condition import Condition
from tidings.journeys.keyed import key_of
from tidings.kernel import ids
from tidings.kernel.effects import Effect, Moved, Rejected
from tidings.people.control import is_control
from tidings.people.document import ABREAST, RUNS, Person, Run, memory_of, remember


class Living(Protocol):
    """What coming in uses of the step it is part of."""

    definitions: Definitions
    person: Person
    effects: list[Effect]
    now: int
    cause: bytes

    def ask(self, condition: Condition, run: Run | None, moment: bool = False) -> bool:
        """Whether a rule holds."""

    def begin(self, run: Run, happening: Happening) -> None:
        """Let the run move when its turn comes."""


def enter(life: Living, happening: Happening, touched: Touched, dated: Iterable[str]) -> None:
    """Let the person into every journey that the happening starts; ``dated``: those that a date of theirs does."""
    definitions = life.definitions
    candidates: dict[str, Version] = {}
    version: Version | None
    for version in definitions.starts_by_event.get(happening.event, ()) if happening.event else ():
        if version.journey.trigger.starts(happening.properties):
            candidates[version.id] = version
    for change in touched.segments.items():
        for version in definitions.starts_by_change.get(change, ()):
            candidates[version.id] = version
    for root in happening.attributes:
        for version in definitions.starts_by_attribute.get(root, ()):
            if version.journey.trigger.changed(happening.before, life.person.attributes):
                candidates[version.id] = version
    named = (*dated, *((happening.entry[0],) if happening.entry is not None else ()))
    for id in named:
        if id in definitions.journeys:
            candidates[id] = definitions.journeys[id]
    if happening.called:
        version = definitions.journeys.get(happening.called)
        if version is None or not version.journey.trigger.called():
            life.effects.append(Rejected(f"there is no journey {happening.called} that begins from the API"))
        else:
            candidates[version.id] = version
    for id in sorted(candidates):
        _try(life, candidates[id], happening)


def _try(life: Living, version: Version, happening: Happening) -> None:
    person, journey = life.person, version.journey
    if version.status != "live":
        return
    per = journey.run_per
    data = happening.entry[1] if happening.entry is not None else happening.properties
    key = key_of(per, data) if per else ""
    known = memory_of(version.id, key)
    entries, _, ended = person.memory.get(known, (0, 0, 0))
    beside = [run for run in person.runs if run.journey == version.id and run.ended is None]
    refusal = ""
    if per and not key:
        refusal = f"there is no {per} that a run could be of"
    elif any(run.key == key for run in beside) if per else beside:
        refusal = f"already in the journey with {per} {key}" if per else "already in the journey"
    elif len(beside) >= ABREAST:
        refusal = f"is in the journey {ABREAST} times already"
    elif entries and journey.reenter is None:
        refusal = "was in the journey before, and people enter once"
    elif entries and journey.reenter and life.now < ended + journey.reenter:
        refusal = "was in the journey too recently"
    elif sum(run.ended is None for run in person.runs) >= RUNS:
        refusal = f"is in {RUNS} journeys already"
    cause = life.cause or ids.digest("due", person.id, life.now)
    run = Run(
        id=ids.digest(
            life.definitions.workspace.id,
            version.id,
            person.id,
            cause,
            entries,
            happening.depth,
            *([key] if per else ()),
        ),
        journey=version.id,
        version=version.number,
        step=version.route.first,
        entered=life.now,
        arrived=life.now,
        event=(happening.time, happening.id) if happening.event or happening.called else None,
        values=dict(happening.entry[1]) if happening.entry is not None else {},
        per=per,
        key=key,
    )
    if not refusal and journey.audience is not None and not life.ask(journey.audience, run, moment=True):
        refusal = f"outside the audience: {journey.audience.text}"
    if not refusal and journey.exit is not None and life.ask(journey.exit, run):
        refusal = f"the exit rule holds already: {journey.exit.text}"
    if refusal:
        life.effects.append(Moved(run.id, version.id, version.number, "", "refused", life.now, refusal, key=key))
        return
    goals.watch(life, run, version)
    person.memory = {**person.memory, known: (entries + 1, life.now, 0)}
    if per:
        person.memory = remember(person.memory, [version.id])
    run.control = is_control(person, life.definitions.control)
    person.runs = [*person.runs, run]
    says = journey.trigger.says() if happening.entry is None else f"started by {happening.way[-1]}"
    life.effects.append(Moved(run.id, version.id, version.number, "", "entered", life.now, says, run.control, key))
    life.begin(run, happening)


def due(person: Person, now: int) -> list[str]:
    """Give the journeys that a date of the person starts by now."""
    return [journey for journey, at in person.dates.items() if at <= now]


def redate(person: Person, definitions: Definitions, journeys: Iterable[str], now: int) -> None:
    """Work out anew when dates start these journeys; those that are gone or have no date lose theirs."""
    dates = dict(person.dates)
    for id in journeys:
        at = next_date(person, definitions, id, now)
        if at is None:
            dates.pop(id, None)
        else:
            dates[id] = at
    if dates != person.dates:
        person.dates = dates


def next_date(person: Person, definitions: Definitions, journey: str, now: int) -> int | None:
    """Give when a date of the person next starts a journey; None where none is to come, or the journey is gone or has no date."""
    version = definitions.journeys.get(journey)
    if version is None or not version.journey.trigger.dates():
        return None
    return version.journey.trigger.next(person.attributes, lambda name: zone_of(name, person, definitions.zone), now)
