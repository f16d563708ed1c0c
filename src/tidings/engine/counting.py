"""What a happening changes in what rules are asked of: counters of events, and with them who is in which segment."""

from heapq import heappop, heappush

from tidings.engine.asking import Asking, counted, within
from tidings.engine.happening import Happening, Touched
from tidings.journeys.keyed import reaches
from tidings.kernel.effects import Membership
from tidings.people.document import BRIEF, Time, write_times
from tidings.rules.counters import join


class Counting(Asking):
    """Counts what happened, then asks the segments it concerns, each after those it reads."""

    def count(self, happening: Happening) -> Touched:
        touched = Touched(set(), frozenset(happening.attributes), frozenset(happening.groups), {})
        event = happening.event
        if event is None:
            return touched
        time = (happening.time, happening.id[:BRIEF])
        self.current = ((happening.time, happening.id), happening.properties)
        happening.names = self.definitions.derived.names(event, happening.properties)
        for name in happening.names:
            self._count_as(name, happening, time, touched)
        return touched

    def _count_as(self, event: tuple[str, str], happening: Happening, time: Time, touched: Touched) -> None:
        definitions, properties = self.definitions, happening.properties
        self.local.append((event, properties, time))
        for counter in definitions.counters_by_event.get(event, ()):
            if counter.matches(properties) and within(counter, time[0]):
                key = counter.key
                touched.counters.add(key)
                if (kept := definitions.counters.get(key)) is not None:
                    times = self._times[key] = counted(self.kept(key), time, kept.keep)
                    self.own("counters")[key] = write_times(times)
        for run in self.person.runs:
            version = definitions.version(run)
            since_entry = version.since_entry.get(event, []) if version is not None else []
            if run.kept and (older := definitions.older(run.journey, run.kept)) is not None:
                since_entry = list(join([*since_entry, *older.since_entry.get(event, [])]).values())
            for counter in since_entry:
                if counter.matches(properties) and reaches(run.per, run.key, properties):
                    touched.counters.add(counter.key)
                    times = counted(run.counters.get(counter.key, ()), time, counter.keep)
                    run.counters = {**run.counters, counter.key: times}

    def flip(self, happening: Happening, touched: Touched) -> None:
        definitions, person = self.definitions, self.person
        places: set[int] = set()
        for key in touched.counters:
            places.update(definitions.segments_by_counter.get(key, ()))
        for root in happening.attributes:
            places.update(definitions.segments_by_attribute.get(root, ()))
        for type in happening.groups:
            places.update(definitions.segments_by_group.get(type, ()))
            places.update(definitions.segments_by_attribute.get(type, ()))
        if happening.touched:
            places.update(definitions.position[name] for name in happening.touched)
        if happening.born:
            places.update(definitions.position[name] for name in definitions.blank)
        if happening.due:
            places.update(definitions.position[name] for name, at in person.timers.items() if at <= self.now)
        for name, on in happening.members:
            if on != (name in person.segments):
                self._switch(name, on, happening, touched)
                places.update(definitions.segments_by_segment.get(name, ()))
        line, last = sorted(places), -1  # sorted, so a heap from the start
        while line:
            place = heappop(line)
            if place == last:
                continue
            last, segment = place, definitions.order[place]
            name, compiled = segment.id, segment.compiled
            if compiled is None:
                continue
            holds, at = compiled.answers(self.view, self.now)
            if at != person.timers.get(name):
                timers = self.own("timers")
                if at is None:
                    del timers[name]
                else:
                    timers[name] = at
            if holds != (name in person.segments):
                self._switch(name, holds, happening, touched)
                for other in definitions.segments_by_segment.get(name, ()):
                    heappush(line, other)

    def _switch(self, name: str, on: bool, happening: Happening, touched: Touched) -> None:
        members = self.own("segments")
        if on:
            members[name] = self.now
        else:
            del members[name]
        touched.segments[name] = on
        self.effects.append(Membership(name, on, self.now, happening.quiet))
