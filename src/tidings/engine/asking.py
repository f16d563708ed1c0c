"""A person in the hands of one step, as rules ask about them: from the document, from what the step itself did, and from history, which
is asked by an exception where its answer is not there yet.
"""

from bisect import insort
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tidings import rules
from tidings.engine.definitions import Definitions
from tidings.engine.needs import Asked, Facts, Needs, Query, query_key
from tidings.journeys.condition import Condition
from tidings.kernel.effects import Effect
from tidings.kernel.times import MINUTE
from tidings.people.document import InGroup, Person, Run, Time, read_times

AHEAD: Final = 5 * MINUTE
"""A time further ahead of its receipt than this becomes the time of receipt."""


class Asking:
    """Works on the person it is given; whoever calls says at what time that is (``now``). ``local``: events of this step, which history
    does not know; ``current``: the event being applied."""

    def __init__(self, definitions: Definitions, person: Person, facts: Facts) -> None:
        self.definitions, self.facts = definitions, facts
        self.person = person
        self.effects: list[Effect] = []
        self.now = 0
        self.local: list[tuple[tuple[str, str], Mapping[str, Any], Time]] = []
        self.current: tuple[Time, Mapping[str, Any]] | None = None
        self._owned: set[str] = set()
        self._times: dict[bytes, Sequence[Time]] = {}
        self.view = rules.View(
            attributes=person.attributes,
            segments=person.segments,
            groups=person.groups,
            event=None,
            journey=None,
            times=self.times,
        )

    def ask(self, condition: Condition, run: Run | None, moment: bool = False) -> bool:
        """Whether a rule holds for the person, as seen from a run."""
        compiled = condition.compiled
        view = self._view(compiled, run)
        self._demand_all(compiled, run)
        return compiled.holds(view, self.now)

    def ask_in(self, condition: Condition, groups: Sequence[InGroup]) -> bool:
        """Whether a rule holds of the person as if they were in these groups alone."""
        self._demand_all(condition.compiled, None)
        person = self.person
        view = rules.View(person.attributes, person.segments, groups, None, None, self.times)
        return condition.compiled.holds(view, self.now)

    def change(self, condition: Condition, run: Run | None) -> int | None:
        """When time alone could change a rule's answer."""
        compiled = condition.compiled
        self._demand_all(compiled, run)
        return compiled.changes_at(self._view(compiled, run), self.now)

    def seen_from(self, condition: Condition, run: Run) -> rules.View:
        """Give what a rule reads of the person, as seen from a run."""
        return self._view(condition.compiled, run)

    def _view(self, compiled: rules.Compiled, run: Run | None) -> rules.View:
        if run is None:
            return self.view

        def times(counter: rules.Counter) -> Sequence[Time]:
            return run.counters.get(counter.key, ()) if counter.entry else self.times(counter)

        return rules.View(
            attributes=self.person.attributes,
            segments=self.person.segments,
            groups=self.person.groups,
            event=self.event(run) if compiled.uses_event else None,
            journey=run.values,
            times=times,
        )

    def event(self, run: Run) -> Mapping[str, Any]:
        """Give the properties of the event that started a run."""
        if run.event is None:
            return {}
        if self.current is not None and self.current[0] == run.event:
            return self.current[1]
        if run.event not in self.facts.events:
            raise Asked(Needs((), (run.event,)))
        return self.facts.events[run.event]

    def times(self, counter: rules.Counter) -> Sequence[Time]:
        """Give a counter's times: from the document where it is kept there, else as history answered."""
        if self.definitions.keeps(counter):
            return self.kept(counter.key)
        query = self.query(counter)
        self.demand([query])
        times = list(self.facts.times[query.key])
        for event, properties, time in self.local:
            if event == (counter.kind, counter.event) and counter.matches(properties) and within(counter, time[0]):
                times = counted(times, time, counter.keep)
        return times

    def kept(self, key: bytes) -> Sequence[Time]:
        """Give a counter's times in the document; read once a step."""
        found = self._times.get(key)
        if found is None:
            kept = self.person.counters.get(key)
            found = self._times[key] = () if kept is None else read_times(kept)
        return found

    def query(self, counter: rules.Counter) -> Query:
        """Give what history is asked for a counter."""
        since = [counter.after, None if counter.horizon is None else self.now - counter.horizon - AHEAD]
        after = max((each for each in since if each is not None), default=None)
        return Query(counter, query_key(counter), counter.keep, after, counter.until)

    def _demand_all(self, compiled: rules.Compiled, run: Run | None) -> None:
        """Ask history for everything a rule will want, in one go."""
        lacking = [
            self.query(counter)
            for counter in compiled.counters
            if not counter.entry and not self.definitions.keeps(counter)
        ]
        if lacking:
            self.demand(lacking)

    def demand(self, queries: Sequence[Query]) -> None:
        """Raise `Asked` where history has not answered all of these."""
        missing = tuple(query for query in queries if query.key not in self.facts.times)
        if missing:
            raise Asked(Needs(missing))

    def own(self, field: str) -> dict[Any, Any]:
        """Give a dictionary of the document that this step may write to."""
        if field not in self._owned:
            self._owned.add(field)
            setattr(self.person, field, dict(getattr(self.person, field)))
            if field == "segments":
                self.view.segments = self.person.segments
        found: dict[Any, Any] = getattr(self.person, field)
        return found


def within(counter: rules.Counter, time: int) -> bool:
    """Whether a time lies between the fixed bounds of a counter."""
    return (counter.after is None or time > counter.after) and (counter.until is None or time < counter.until)


def counted(times: Sequence[Time], time: Time, keep: int) -> list[Time]:
    """Give times with one more in its place, the newest ``keep`` of them; one that is there already counts once."""
    found = list(times)
    if not found or found[-1] < time:
        found.append(time)  # what happens is the newest, as a rule
    elif time in found:
        return found
    else:
        insort(found, time)
    return found[-keep:]
