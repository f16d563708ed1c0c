"""Calls: a run asks the world outside and waits at its step; the answer is a record that wakes that visit of that run, and no other."""

from typing import Final, Protocol

import msgspec

from tidings.engine.definitions import Definitions
from tidings.engine.happening import Happening
from tidings.kernel import ids
from tidings.kernel.effects import Effect, Moved
from tidings.kernel.records import Answered, Postponed, Retry
from tidings.people.document import Person, Run

KEPT: Final = 4 * 1024
"""Bytes that all a run keeps of answers and of what it was started with may take."""
ALL: Final = 16 * 1024
"""Bytes that all runs of a person may keep together."""


class Lived(Protocol):
    """What a retry uses of the step it is part of."""

    definitions: Definitions
    person: Person
    effects: list[Effect]
    retried: set[bytes]
    now: int

    def again(self, run: Run, happening: Happening) -> None:
        """Put a run in the line."""


def id_of(definitions: Definitions, run: Run) -> bytes:
    """Give the id of the call that this visit of the run makes: the same whenever it is worked out again."""
    workspace = definitions.workspace
    return ids.digest("call", workspace.id, run.id, run.step, run.visit, key=workspace.secret)


def awaits(definitions: Definitions, run: Run, answer: Answered | Postponed) -> bool:
    """Whether the run waits for this call."""
    return run.waiting and run.ended is None and not run.parked and id_of(definitions, run) == answer.call


def find(definitions: Definitions, person: Person, answer: Answered) -> bool:
    """Whether one of the person's runs does."""
    return any(awaits(definitions, run, answer) for run in person.runs)


def postpone(life: Lived, postponed: Postponed, happening: Happening) -> None:
    """Let the run that waits for a call do so for longer; one that has gone on is left alone."""
    for run in life.person.runs:
        if awaits(life.definitions, run, postponed):
            run.postponed = (run.visit, postponed.until)
            life.again(run, happening)


def retry(life: Lived, wanted: Retry, happening: Happening) -> bool:
    """Let what a fault stopped try again: as a new visit, so that nothing of the old one is taken for it. False: nothing was."""
    stopped = [
        run
        for run in life.person.runs
        if run.journey == wanted.journey and run.parked and run.ended is None and wanted.run in (b"", run.id)
    ]
    for run in stopped:
        life.effects.append(
            Moved(run.id, run.journey, run.version, run.step, "retried", life.now, run.parked, key=run.key)
        )
        run.parked, run.waiting, run.visit, run.arrived = "", False, run.visit + 1, life.now
        life.retried.add(run.id)
        life.again(run, happening)
    return bool(stopped)


def too_large(person: Person, run: Run) -> str:
    """Say why a run may not keep what it holds, or ""."""
    if _size(run) > KEPT:
        return f"what a run keeps of answers may take {KEPT // 1024} kB together"
    if sum(_size(other) for other in person.runs) > ALL:
        return f"what a person's runs keep of answers may take {ALL // 1024} kB together"
    return ""


def _size(run: Run) -> int:
    return len(msgspec.msgpack.encode(run.values)) if run.values else 0
