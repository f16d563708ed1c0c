"""Whom new definitions concern: of whom anything would be different under them, told without a step.

A changed rule that neither holds nor held for a person, and that time alone will not change, leaves them as they are. Their document may
go on as it is, until something else touches them; so a new segment costs no more than the people it moves.
"""

from collections.abc import Mapping, Sequence

from tidings import rules
from tidings.engine.definitions import Definitions
from tidings.engine.entry import next_date
from tidings.journeys.condition import Condition
from tidings.people.document import Person, Time
from tidings.rules.counters import join

Found = Mapping[bytes, Sequence[Time]]
"""Counter key -> the newest times, ascending: what history says."""


class Concern:
    """The difference between definitions (``number``) and those that a partition's people are built for (``since``).

    ``segments``: names of changed rules, in dependency order. ``counters``: what must be counted to tell, by key; ``new``: which of them
    documents keep that did not before. ``dated``: journeys that begin from another date than before. ``everybody``: whether one does, or
    a changed rule reads more than counters or holds for people who did nothing, so that documents must be looked at.
    """

    def __init__(self, definitions: Definitions, since: int, dated: frozenset[str] = frozenset()) -> None:
        self._definitions, self.number = definitions, definitions.number
        self._dated = dated
        self.segments = [name for name in definitions.segments if definitions.segment_since[name] > since]
        self._rules = [
            (name, compiled) for name in self.segments if (compiled := definitions.segments[name].compiled) is not None
        ]
        asked = [condition.compiled for id in dated for condition in definitions.journeys[id].journey.trigger.rules()]
        read = join(
            counter
            for compiled in (*(compiled for _, compiled in self._rules), *asked)
            for counter in compiled.counters
            if not counter.entry
        )
        self.new = frozenset(key for key in definitions.counters if definitions.counter_since[key] > since)
        self.counters = {key: definitions.watched[key] for key in [*read, *self.new]}
        self.everybody = (
            bool(dated)
            or not set(self.segments).isdisjoint(definitions.blank)
            or any(compiled.attributes or compiled.groups or compiled.segments for _, compiled in self._rules)
        )

    def of_person(self, person: Person, found: Found, at: int) -> bool:
        """Whether a person who is not built for the definitions would be different under them, as of a moment."""
        definitions = self._definitions
        if person.place == 0 or not 0 <= person.built < definitions.number:
            return False
        if any(name not in definitions.segments for name in person.segments):
            return True
        view = _view(person, found)

        def answers(condition: Condition) -> tuple[bool, int | None]:
            return condition.compiled.holds(view, at), condition.compiled.changes_at(view, at)

        return any(
            next_date(person, definitions, id, at, answers) != person.dates.get(id) for id in self._dated
        ) or self._moves(person, found, at)

    def of_stranger(self, found: Found, at: int) -> bool:
        """The same of somebody of whom only this is known; right where not `everybody` is to be looked at, and for who is in no segment."""
        return self._moves(None, found, at)

    def _moves(self, person: Person | None, found: Found, at: int) -> bool:
        view = _view(person, found)
        segments, timers = (person.segments, person.timers) if person else ({}, {})
        return any(
            compiled.holds(view, at) != (name in segments) or compiled.changes_at(view, at) != timers.get(name)
            for name, compiled in self._rules
        )


def _view(person: Person | None, found: Found) -> rules.View:
    return rules.View(
        attributes=person.attributes if person else {},
        segments=person.segments if person else {},
        groups=person.groups if person else (),
        event=None,
        journey=None,
        times=lambda counter: found.get(counter.key, ()),
    )
