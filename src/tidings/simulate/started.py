"""When what starts a journey last happened to somebody, where that is no event of theirs: a call, a change of theirs or of a group, a time.

It is today's trigger, asked of the life that a `Course` has worked out, whatever journeys there were then.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from tidings import rules
from tidings.engine import Definitions
from tidings.engine.definitions import Version
from tidings.engine.passage import zone_of
from tidings.history import kinds, unpack
from tidings.journeys.kinds import TriggerKind
from tidings.kernel.records import Befell
from tidings.kernel.times import DAY
from tidings.rules import Held
from tidings.simulate.course import Course
from tidings.simulate.row import Row, body_of

_EVERYBODY: Final = rules.parse("id is present or id is missing")


class Start(NamedTuple):
    """``row``: what said so; None where that was time alone, or it never happened. ``properties``: what was said."""

    held: Held
    row: Row | None = None
    properties: Mapping[str, Any] = {}


def last_start(course: Course, version: Version) -> Start:
    """Answer when the journey's trigger last happened."""
    trigger = version.journey.trigger
    if trigger.timed():
        return _last_time(course, trigger)
    if trigger.attributes():
        return _last_change(course, trigger)
    for row in reversed(course.rows):
        if row.kind == kinds.ENTER and row.name == version.id and trigger.called():
            return Start(Held(row.received), row, unpack(row.body))
        if row.kind == kinds.MEMBERSHIP and row.person == course.person.id:
            for segment, entered in trigger.segments():
                if row.name == segment and unpack(row.body)["on"] == entered:
                    return Start(Held(row.received), row)
        if row.kind == kinds.BEFELL and row.person == course.person.id and trigger.group():
            befell = body_of(row)
            assert isinstance(befell, Befell)
            if _reached(course, trigger, befell, row.received):
                return Start(Held(row.received), row, befell.data)
    return Start(Held(since=course.border))


def starts(definitions: Definitions, version: Version) -> list[tuple[int, str]]:
    """Give the (kind, name) of the rows that `last_start` reads, beside those that are always read and what rules do."""
    trigger = version.journey.trigger
    found = [(kinds.MEMBERSHIP, segment) for segment, _ in trigger.segments()]
    found += [(kinds.BEFELL, event) for event in trigger.befalling()]
    return found + ([(kinds.ENTER, version.id)] if trigger.called() else [])


def _reached(course: Course, trigger: TriggerKind, befell: Befell, now: int) -> bool:
    """Whether this befell a group that they were in when it did, and still were when they heard of it."""
    stage = next((stage for stage in reversed(course.stages) if stage.begins <= now), course.stages[0])
    return any(
        (own.type, own.key) == (befell.type, befell.key) and own.since <= befell.at for own in stage.groups
    ) and (
        befell.type == trigger.group() and trigger.befalls(befell.event, befell.properties, befell.before, befell.after)
    )


def _last_change(course: Course, trigger: TriggerKind) -> Start:
    """A merge fills gaps, and starts nothing by that. What was before the first row that tells is not known."""
    told = max(map(course.told, trigger.attributes()))
    before: list[Mapping[str, Any]] = [{}, *(stage.attributes for stage in course.stages)]
    for stage, was in zip(reversed(course.stages), reversed(before[:-1]), strict=True):
        if course.border is not None and stage.begins <= told:
            break
        if trigger.changed(was, stage.attributes) and not (stage.row is not None and stage.row.name == "absorbs"):
            return Start(Held(stage.begins), stage.row)
    return Start(Held(since=told if course.border is not None else None))


def _last_time(course: Course, trigger: TriggerKind) -> Start:
    """A time comes before whatever happens at that very moment, so a spell lasts into the first of the next."""
    asked = [condition.rule for condition in trigger.rules()]
    compiled = rules.compile(asked[0] if asked else _EVERYBODY, derived=course.definitions.derived)
    begins = course.reach(compiled, also=trigger.dates())

    def spells() -> Iterator[rules.Spell]:
        for spell in course.back(compiled, begins, whole=True):
            yield spell._replace(begins=spell.begins + 1)

    for spell, begin, end in rules.stretches(compiled, spells(), course.until):
        attributes = spell.view.attributes
        person = msgspec.structs.replace(course.person, attributes=attributes)

        def zone(name: str, person: Any = person) -> str:
            return zone_of(name, person, course.definitions.zone)

        def next_time(after: int, attributes: Any = attributes, zone: Any = zone) -> int | None:
            return trigger.next(attributes, zone, after)

        if (at := _latest(next_time, begin - 1, end - 1)) is not None:
            return Start(Held(at))
    return Start(course.never())


def _latest(next_time: Callable[[int], int | None], after: int, until: int) -> int | None:
    """Give the last moment behind ``after``, up to ``until``: looked for in ever longer spans before that."""
    span = DAY
    while True:
        begin, found = max(after, until - span), None
        at = next_time(begin)
        while at is not None and at <= until:
            found, at = at, next_time(at)
        if found is not None or begin == after:
            return found
        span *= 2
