"""An actor: one person on the virtual clock.

To reach a moment, what time alone brings is taken in order: timers due at it or before, messages that are to be decided before it. Then
the input of that moment is applied. Messages of the moment itself are decided after its inputs, as a deliver worker comes after the commit.
"""

from collections.abc import Callable
from typing import TypeAlias

from tidings.engine import NOTHING, Definitions, Needs, step
from tidings.engine.life import AHEAD
from tidings.kernel.effects import Cancelled, Effect, Happened, Planned
from tidings.kernel.records import Event, Record
from tidings.people.document import Person
from tidings.simulate.past import Lived, Past
from tidings.simulate.post import Post

Witness: TypeAlias = Callable[["Actor", Effect], None]
"""Is told every effect, in order."""


class Actor:
    """``post``: decides about their messages; None where nobody asks what becomes of them."""

    __slots__ = ("definitions", "past", "person", "post", "witness")

    def __init__(self, definitions: Definitions, person: Person, post: Post | None, witness: Witness) -> None:
        self.definitions, self.person, self.post, self.witness = definitions, person, post, witness
        self.past = Past()

    @property
    def next(self) -> int | None:
        """When time alone does something next: a timer, or a message that is to be decided."""
        wake, due = self.person.wake_at, self.post.next if self.post is not None else None
        return due if wake is None or (due is not None and due < wake) else wake

    def give(self, record: Record, now: int) -> None:
        """Apply an input at a moment, after everything that time brought before it."""
        if self.post is not None:
            wake = self.person.wake_at
            if self.post.next is not None or (wake is not None and wake <= now):
                self._reach(now)
        self._step(record, now)

    def rest(self, now: int) -> None:
        """Let time go on to a moment, and decide what is due at it too."""
        if self.post is None:
            if (wake := self.person.wake_at) is not None and wake <= now:
                self._step(None, now)
            return
        self._reach(now)
        while (due := self.post.next) is not None and due <= now:  # what a message led to may have planned another
            for record in self.post.settle(self.person, self.past, now):
                self._step(record, now)
            self._reach(now)

    def _reach(self, now: int) -> None:
        post = self.post
        assert post is not None
        while True:
            wake, due = self.person.wake_at, post.next
            if wake is not None and wake <= now and (due is None or wake <= due):
                self._step(None, wake)
            elif due is not None and due < now:
                for record in post.settle(self.person, self.past, due):
                    self._step(record, due)
            else:
                return

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
        self.take(result.effects)

    def take(self, effects: list[Effect]) -> None:
        """Do with effects what the processor does."""
        for effect in effects:
            if isinstance(effect, Happened):
                lived = Lived(effect.time, effect.id, effect.time, effect.properties)
                self.past.add("track", effect.name, lived)
            elif self.post is not None:
                if isinstance(effect, Planned):
                    self.post.plan(effect)
                elif isinstance(effect, Cancelled):
                    self.post.cancel(self.person, effect)
            self.witness(self, effect)
