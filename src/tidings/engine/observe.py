"""To observe a run that is over: all it does from here on is watch its goal. By it a goal is counted again from history."""

from tidings.engine import goals
from tidings.engine.definitions import Definitions, Version
from tidings.engine.life import Life
from tidings.engine.needs import NOTHING, Asked, Facts, Needs
from tidings.engine.step import Step
from tidings.people.document import Person, Run


def observe(
    definitions: Definitions, person: Person, run: Run, now: int, facts: Facts = NOTHING, version: Version | None = None
) -> Step | Needs:
    """Let a person, who was brought up to ``now``, watch the goal of a run that began now; one that holds already is not watched.
    ``version``: whose goal, where that is not the live one."""
    life = Life(definitions, person, facts)
    life.now = now
    version = version or definitions.journeys[run.journey]
    life.person.runs = [*life.person.runs, run]
    try:
        goals.watch(life, run, version)
        run.wake = life.run_wake(run, version, None)
    except Asked as asked:
        return asked.needs
    if run.goal_until is None:
        life.person.runs = [other for other in life.person.runs if other is not run]
    return Step(life.person, life.effects)
