"""Drives the real engine for one person, answering its questions to history from a list."""

from typing import Any

from tests.laws.stories import START, Input, Workspace
from tidings import engine
from tidings.kernel import ids
from tidings.kernel.effects import Changed, Effect, Happened, Membership, Moved, Planned
from tidings.kernel.records import SECRET, Body, Event, Identify, Record
from tidings.people.document import Person, Time, decode, encode


class Real:
    """``stored``: keep the person only in its stored form between steps."""

    def __init__(self, workspace: Workspace, stored: bool = False, start: int = START) -> None:
        self.definitions = engine.Definitions(engine.Workspace(1, b"k" * 32), 1, workspace.body)
        id = ids.digest("person")
        self.person = Person(id=id, workspace=1, partition=0, created=start, first=id, identifiers=[("id", "u")])
        self.stored, self.start = stored, start
        self.history: list[tuple[str, str, dict[str, Any], int, bytes, int]] = []
        self.effects: list[Effect] = []
        self.early = 0
        self.applied: Body | None = None
        self.count = 0

    def at(self, minute: int) -> int:
        return self.start + minute * 60_000_000

    def give(self, input: Input) -> None:
        now = self.at(input.minute)
        body = Event(input.event, input.properties) if input.event else Identify(input.attributes)
        self.count += 1
        record = Record(
            id=ids.digest("record", self.count),
            workspace=1,
            source=1,
            trust=SECRET,
            who=(("id", "u"),),
            time=self.at(input.minute - input.late),
            received=now,
            body=body,
            ordered=input.ordered,
        )
        self.step(record, now)

    def step(self, record: Record | None, now: int) -> None:
        facts = engine.NOTHING
        while isinstance(answer := self.ask(record, now, facts), engine.Needs):
            facts = facts.joined(self.answer(answer))
        self.person = decode(encode(answer.person)) if self.stored else answer.person
        if record is not None and isinstance(record.body, Event):
            self.history.append(
                (record.body.kind, record.body.name, record.body.properties, record.time, record.id, now)
            )
        for effect in answer.effects:
            if isinstance(effect, Happened):
                self.history.append(("track", effect.name, effect.properties, effect.time, effect.id, effect.time))
        self.early = len(self.effects) + answer.early
        self.applied = answer.applied
        self.effects += answer.effects

    def ask(self, record: Record | None, now: int, facts: engine.Facts) -> engine.Step | engine.Needs:
        """Ask the engine."""
        return engine.step(self.definitions, self.person, record, now, facts)

    def answer(self, needs: engine.Needs) -> engine.Facts:
        times: dict[bytes, list[Time]] = {}
        for query in needs.queries:
            times[query.key] = sorted(
                (time, id[:8])
                for kind, name, properties, time, id, received in self.history
                for source in query.counter.sources
                if (kind, name) == (source.kind, source.event)
                and query.matches(source, properties)
                and (query.after is None or time > query.after)
                and (query.until is None or time < query.until)
                and (query.received is None or received > query.received)
            )[-query.keep :]
        events = {
            wanted: next(p for _, _, p, time, id, _ in self.history if (time, id) == wanted) for wanted in needs.events
        }
        return engine.Facts(times, events)

    def log(self) -> list[tuple[str, str, int]]:
        """What happened, in the naive world's words."""
        found = []
        for effect in self.effects:
            if isinstance(effect, Membership):
                found.append(("entered" if effect.on else "left", effect.segment, effect.time))
            elif isinstance(effect, Planned):
                found.append(("sent", effect.template, effect.due))
            elif isinstance(effect, Moved) and effect.what == "converted" and effect.currency:
                found.append((f"converted for {effect.value // 1_000_000}", effect.journey, effect.time))
            elif isinstance(effect, Moved) and effect.what in ("refused", "converted", "exited", "done"):
                found.append((effect.what, effect.journey, effect.time))
            elif isinstance(effect, Moved) and effect.what == "entered":
                found.append(("came", effect.journey, effect.time))
            assert not isinstance(effect, Changed) or effect.attributes
        return [(what, which, (time - self.start) // 60_000_000) for what, which, time in found]
