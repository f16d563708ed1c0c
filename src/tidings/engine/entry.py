"""Who comes in: which journeys a happening may start, and what may stand in somebody's way; and the dates that start one by themselves.

A date is a timer of the person: one moment a journey, worked out anew when its attribute (or the zone it is read in) changes, when it has
fired, and when definitions come into force. Only moments still to come start anything. A schedule is such a timer of everybody for whom its
rule holds, or for whom time alone may make it hold: so an occurrence costs what it concerns, and the rule is asked again when it comes.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from tidings.engine import door
from tidings.engine.definitions import Definitions, Version
from tidings.engine.happening import BY, Happening, Touched
from tidings.engine.passage import zone_of
from tidings.journeys.condition import Condition
from tidings.journeys.keyed import key_of
from tidings.kernel import ids
from tidings.kernel.effects import Effect, Moved, Rejected, Spread
from tidings.kernel.records import Befell, GroupEvent, TakeIn
from tidings.people.document import ABREAST, RUNS, InGroup, Person, Run, memory_of


class Living(Protocol):
    """What coming in uses of the step it is part of."""

    definitions: Definitions
    person: Person
    effects: list[Effect]
    now: int
    cause: bytes

    def ask(self, condition: Condition, run: Run | None, moment: bool = False) -> bool:
        """Whether a rule holds."""

    def ask_in(self, condition: Condition, groups: Sequence[InGroup]) -> bool:
        """Whether a rule holds of somebody who is in these groups."""

    def change(self, condition: Condition, run: Run | None) -> int | None:
        """When time alone could change that."""

    def begin(self, run: Run, happening: Happening) -> None:
        """Let the run move when its turn comes."""


def enter(life: Living, happening: Happening, touched: Touched, dated: Iterable[str]) -> None:
    """Let the person into every journey that the happening starts; ``dated``: those that a date of theirs does."""
    definitions = life.definitions
    candidates: dict[str, Version] = {}
    version: Version | None
    for event in happening.names:
        for version in definitions.starts_by_event.get(event, ()):
            if version.journey.trigger.starts(happening.properties):
                candidates[version.id] = version
    for change in touched.segments.items():
        for version in definitions.starts_by_change.get(change, ()):
            candidates[version.id] = version
    for root in happening.attributes:
        for version in definitions.starts_by_attribute.get(root, ()):
            if version.journey.trigger.changed(happening.before, life.person.attributes):
                candidates[version.id] = version
    for id in dated:
        if id in definitions.journeys and concerned(life, definitions.journeys[id]):
            candidates[id] = definitions.journeys[id]
    if happening.befell is not None:
        for version in definitions.starts_by_group.get(happening.befell.type, ()):
            if befalls(version, happening.befell) and _is_meant(life, version, happening.befell):
                candidates[version.id] = version
    if happening.taken is not None:
        version = definitions.journeys.get(happening.taken.journey)
        if version is not None and _is_due_in(life.person, version, happening.taken):
            candidates[version.id] = version
    if happening.entry is not None and happening.entry[0] in definitions.journeys:
        candidates[happening.entry[0]] = definitions.journeys[happening.entry[0]]
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
        event=(happening.time, happening.id) if happening.event or happening.called or happening.befell else None,
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
    held = door.holds(life, version)
    if held or journey.limits.has_door:
        door.knock(life, run, version, held)
        return
    person.runs = [*person.runs, run]
    says = journey.trigger.says() if happening.entry is None else f"started by {happening.way[-1]}"
    if happening.taken is not None:
        says = f"taken in, as it matched already: {says}"
    door.came_in(life, run, version, says, happening)


def due(person: Person, now: int) -> list[str]:
    """Give the journeys that a date of the person starts by now."""
    return [journey for journey, at in person.dates.items() if at <= now]


def concerned(life: Living, version: Version) -> bool:
    """Whether a time that has come concerns the person."""
    return not _is_through(life.person, version) and all(
        life.ask(condition, None) for condition in version.journey.trigger.rules()
    )


def _is_due_in(person: Person, version: Version, taken: TakeIn) -> bool:
    """Whether somebody matched already, and has not come in by themselves since that was asked for."""
    _, entered, _ = person.memory.get(version.id, (0, 0, 0))
    waits = any(run.journey == version.id and run.ended is None for run in person.runs)
    return (
        entered < taken.since
        and not waits
        and bool(version.journey.trigger.matches(person.attributes, person.segments, taken.since))
    )


def befalls(version: Version, befell: Befell | GroupEvent) -> bool:
    """Whether something that happened to a group may let its members into a journey."""
    trigger = version.journey.trigger
    before, after = (befell.before, befell.after) if isinstance(befell, Befell) else ({}, {})
    return version.status == "live" and trigger.befalls(befell.event, befell.properties, before, after)


def _is_meant(life: Living, version: Version, befell: Befell) -> bool:
    """Whether it concerns this member: the rule is asked as if they were in that group alone."""
    groups = [group for group in life.person.groups if (group.type, group.key) == (befell.type, befell.key)]
    return all(life.ask_in(condition, groups) for condition in version.journey.trigger.rules())


def spread(life: Living, happening: Happening) -> None:
    """Tell a group what a member did, where that matters to its members: the group that the event names, else the one joined last."""
    if happening.quiet or not happening.starts:
        return
    named = happening.group or happening.properties.get("group_id") or ""
    for kind, event in happening.names:
        for type in sorted(life.definitions.spreading.get(event, ())) if kind == "track" else ():
            own = [group.key for group in life.person.groups if group.type == type and named in ("", group.key)]
            if own:
                said = (type, own[-1], event, dict(happening.properties), happening.time, happening.id)
                life.effects.append(Spread(*said, happening.depth + 1, [*happening.way, f"{BY}{type}"]))


def _is_through(person: Person, version: Version) -> bool:
    """Whether a journey that begins again and again has let the person in, and does so once."""
    return version.journey.trigger.recurs() and version.journey.reenter is None and version.id in person.memory


def comes(life: Living, journey: str) -> bool:
    """Whether a journey's time is this very moment, be it that its timer was not set because only now its rule holds."""
    version = life.definitions.journeys.get(journey)
    if version is None or not version.journey.trigger.rules():
        return False
    person, trigger = life.person, version.journey.trigger
    return trigger.next(person.attributes, _zones(person, life.definitions), life.now - 1) == life.now


def redate(life: Living, journeys: Iterable[str]) -> None:
    """Work out anew when time starts these journeys; those that are gone or have no such moment lose theirs."""
    person, definitions = life.person, life.definitions
    dates = dict(person.dates)

    def answers(condition: Condition) -> tuple[bool, int | None]:
        return life.ask(condition, None), life.change(condition, None)

    for id in journeys:
        at = next_date(person, definitions, id, life.now, answers)
        if at is None:
            dates.pop(id, None)
        else:
            dates[id] = at
    if dates != person.dates:
        person.dates = dates


def next_date(
    person: Person,
    definitions: Definitions,
    journey: str,
    now: int,
    answers: Callable[[Condition], tuple[bool, int | None]],
) -> int | None:
    """Give when time may next start a journey; None where no such moment is to come, or the journey is gone or has none.

    ``answers``: whether a rule holds now, and when time alone may change that.
    """
    version = definitions.journeys.get(journey)
    if version is None or not version.journey.trigger.timed() or _is_through(person, version):
        return None
    trigger, zones = version.journey.trigger, _zones(person, definitions)
    at = trigger.next(person.attributes, zones, now)
    for condition in trigger.rules() if at is not None else ():
        holds, changes = answers(condition)
        if holds:
            continue
        if changes is None:
            return None
        if at is not None and changes > at:
            at = trigger.next(person.attributes, zones, changes - 1)
    return at


def _zones(person: Person, definitions: Definitions) -> Callable[[str], str]:
    return lambda name: zone_of(name, person, definitions.zone)
