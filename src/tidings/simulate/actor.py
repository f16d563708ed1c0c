"""An actor: one person on the virtual clock.

To reach a moment, what time alone brings is taken in order: timers due at it or before, messages that are to be decided before it. Then
the input of that moment is applied. Messages of the moment itself are decided after its inputs, as a deliver worker comes after the commit.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import TypeAlias

from tidings.engine import NOTHING, Definitions, Needs, step
from tidings.engine.asking import AHEAD
from tidings.engine.door import is_before, is_held
from tidings.kernel.effects import Called, Cancelled, Effect, Happened, Moved, Planned
from tidings.kernel.records import Admit, Answered, Befell, Enter, Event, Record
from tidings.people.document import Person
from tidings.simulate.admissions import Doorkeeper, open_door
from tidings.simulate.outside import Outside
from tidings.simulate.outside import record as back
from tidings.simulate.past import Lived, Past
from tidings.simulate.post import Post

Witness: TypeAlias = Callable[["Actor", Effect], None]
"""Is told every effect, in order."""


def nobody(called: Called) -> None:
    """Answer nothing."""


class Actor:
    """``post``: decides about their messages; None where nobody asks what becomes of them. ``outside``: answers what steps ask of it.
    ``door``: says who of those before a journey's door comes in."""

    __slots__ = ("_coming", "definitions", "door", "outside", "past", "person", "post", "witness")

    def __init__(
        self, definitions: Definitions, person: Person, post: Post | None, witness: Witness, outside: Outside = nobody
    ) -> None:
        self.definitions, self.person, self.post, self.witness, self.outside = (
            definitions,
            person,
            post,
            witness,
            outside,
        )
        self.past = Past()
        self.door: Doorkeeper = open_door
        self._coming: list[tuple[int, bytes, Answered | Admit | Moved]] = []

    @property
    def next(self) -> int | None:
        """When something happens next without an input: a timer, an answer, or a message that is to be decided."""
        found = self.person.wake_at
        if self._coming and (found is None or self._coming[0][0] < found):
            found = self._coming[0][0]
        due = self.post.next if self.post is not None else None
        return due if found is None or (due is not None and due < found) else found

    def give(self, record: Record, now: int) -> None:
        """Apply an input at a moment, after everything that time brought before it."""
        if (due := self.next) is not None and due <= now:
            self._reach(now, now)
        self._step(record, now)

    def rest(self, now: int) -> None:
        """Let time go on to a moment, and decide what is due at it too."""
        self._reach(now, now + 1)

    def _reach(self, now: int, until: int) -> None:
        """Fire timers due at ``now`` or before, take answers and decide about messages that are due before ``until``; in order."""
        post = self.post
        while True:
            wake, due = self.person.wake_at, post.next if post is not None else None
            came = self._coming[0][0] if self._coming else None
            if wake is not None and wake <= now and (due is None or wake <= due) and (came is None or wake <= came):
                self._step(None, wake)
            elif came is not None and came < until and (due is None or came <= due):
                _, _, told = heappop(self._coming)
                if isinstance(told, Moved):
                    self._knock(told, came)
                else:
                    self._step(back(told, self.person, came), came)
            elif due is not None and due < until and post is not None:
                for record in post.settle(self.person, self.past, due):
                    self._step(record, due)
            else:
                return

    def _knock(self, queued: Moved, now: int) -> None:
        """Ask whether a run may come in."""
        if any(run.id == queued.run and is_before(run) and not is_held(run) for run in self.person.runs):
            at, told = self.door(queued, now)
            heappush(self._coming, (max(at, now), queued.run, told or queued))

    def _step(self, record: Record | None, now: int) -> None:
        result = step(self.definitions, self.person, record, now)
        if isinstance(result, Needs):
            facts = NOTHING
            while isinstance(result, Needs):
                facts = facts.joined(self.past.answer(result))
                result = step(self.definitions, self.person, record, now, facts)
        self.person = result.person
        if record is not None:
            body = record.body
            if isinstance(body, Event):
                time = record.time if record.time <= now + AHEAD else now
                self.past.add(body.kind, body.name, Lived(time, record.id, now, body.properties))
            elif isinstance(body, Enter):
                self.past.add("enter", body.journey, Lived(min(record.time, now + AHEAD), record.id, now, body.data))
            elif isinstance(body, Befell):
                self.past.add("befell", body.type, Lived(record.time, record.id, now, body.data))
        self.take(result.effects)

    def take(self, effects: list[Effect]) -> None:
        """Do with effects what the processor does."""
        for effect in effects:
            if isinstance(effect, Happened):
                lived = Lived(effect.time, effect.id, effect.time, effect.properties)
                self.past.add("track", effect.name, lived)
            elif isinstance(effect, Called):
                if (found := self.outside(effect)) is not None:
                    heappush(self._coming, (max(found[0], effect.due), effect.id, found[1]))
            elif isinstance(effect, Moved) and effect.what == "queued":
                heappush(self._coming, (effect.time, effect.run, effect))
            elif self.post is not None:
                if isinstance(effect, Planned):
                    self.post.plan(effect)
                elif isinstance(effect, Cancelled):
                    self.post.cancel(self.person, effect)
            self.witness(self, effect)
