"""When runs look again by themselves, of somebody who was worked out as of a moment: a document keeps it, history does not."""

from tidings.engine.definitions import Definitions
from tidings.engine.door import is_before
from tidings.engine.life import Life
from tidings.engine.needs import NOTHING, Asked, Facts, Needs
from tidings.engine.passage import Passage
from tidings.engine.step import Step
from tidings.journeys.answer import Wait
from tidings.people.document import Person


def waking(definitions: Definitions, person: Person, now: int, facts: Facts = NOTHING) -> Step | Needs:
    """Ask each run's step, which has said wait, until when it does; and when time alone could change its exit or goal."""
    life = Life(definitions, person, facts)
    life.now = now
    try:
        for run in life.person.runs:
            version = definitions.version(run)
            step = definitions.terms(run, version) if version is not None else None
            if version is None or step is None or run.parked or is_before(run):
                continue
            run.waiting = True
            answer = step.kind.run(Passage(life, run, version, 0, ()))
            run.wake = life.run_wake(run, version, answer.until if isinstance(answer, Wait) else None)
    except Asked as asked:
        return asked.needs
    return Step(life.person, [])
