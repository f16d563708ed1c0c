"""The outside world in a rehearsal: what steps that ask it are answered. Nothing is called."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from msgspec import Struct

from tidings.kernel.effects import Called
from tidings.kernel.ids import digest, show
from tidings.kernel.records import SYSTEM, Admit, Answered, Record
from tidings.people.document import Person

Outside: TypeAlias = Callable[[Called], tuple[int, Answered] | None]
"""Says what comes back of a call, and when; None: nothing does."""


class Stubs(Struct, frozen=True):
    """Answers declared beforehand, by step; they come back at once. ``failures``: why a call of a step fails."""

    answers: Mapping[str, Any] = {}
    failures: Mapping[str, str] = {}

    def answer(self, called: Called) -> tuple[int, Answered] | None:
        """Answer a call."""
        if called.step in self.failures:
            return called.due, Answered(called.id, False, None, self.failures[called.step])
        if called.step in self.answers:
            return called.due, Answered(called.id, True, self.answers[called.step])
        return None


NO_STUBS: Final = Stubs()


def record(told: Answered | Admit, person: Person, now: int) -> Record:
    """Give the record by which an answer, or a doorkeeper's word, comes to somebody."""
    who = (("cio_id", show(person.id)),)
    id = digest("answered", told.call) if isinstance(told, Answered) else digest("admit", told.run)
    return Record(id, person.workspace, 0, SYSTEM, who, now, now, told)
