"""Goals of runs: which messages may be credited, when the goal is reached, and what it is worth."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from tidings.engine.definitions import Version
from tidings.engine.happening import Happening
from tidings.journeys.condition import Condition
from tidings.journeys.goal import Goal, show_amount
from tidings.kernel.effects import Effect, Moved
from tidings.kernel.ids import show
from tidings.people.document import Run

CREDITED: Final = 20
"""Messages of a run that are remembered to credit all of, the newest."""


class Asking(Protocol):
    """What a goal uses of the step it is part of."""

    effects: list[Effect]
    now: int

    def ask(self, condition: Condition, run: Run | None, moment: bool = False) -> bool:
        """Whether a rule holds."""


def watch(life: Asking, run: Run, version: Version) -> None:
    """Watch the goal of a run that has just begun. One that holds already counts for nothing."""
    goal = version.goal
    if goal is not None and not life.ask(goal.rule, run):
        run.goal, run.goal_until = goal.id, life.now + goal.within


def settle(life: Asking, run: Run, version: Version, happening: Happening, reached: bool) -> None:
    """Note what becomes of a run's messages, and whether its goal is reached. ``reached``: the answer may have changed."""
    goal = version.goal
    if goal is None or run.goal_until is None or run.converted is not None:
        return
    run.goal = run.goal or goal.id  # of before it was written down
    if life.now >= run.goal_until or run.goal != goal.id:
        run.goal_until = (
            None  # its time is up; or the goal was edited, and is counted from history for runs that began before
        )
        return
    if happening.event is not None and happening.event[0] == "message":
        note(run, goal, happening.event[1], happening.properties)
    if reached and life.ask(goal.rule, run):
        run.converted, run.goal_until = life.now, None
        life.effects.append(converted(run, goal, life.now, happening.properties if happening.event else {}))


def note(run: Run, goal: Goal, name: str, properties: Mapping[str, Any]) -> None:
    """Remember a message of the run that may be credited."""
    if name.partition(" ")[0] != goal.verb or properties.get("journey") != run.journey:
        return
    own = properties.get("run")
    step, delivery = str(properties.get("step", "")), str(properties.get("delivery", ""))
    if own != show(run.id) if own is not None else step not in run.sent:
        return
    this, which = (step, delivery), goal.credit[0]
    if this in run.credited and which != "last":
        return
    if which == "last":
        run.credited = [this]
    elif which == "any":
        run.credited = [*run.credited, this][-CREDITED:]
    elif not run.credited:
        run.credited = [this]


def converted(run: Run, goal: Goal, now: int, properties: Mapping[str, Any]) -> Moved:
    """Give the move that says a goal is reached, with what it is worth and what is credited."""
    value, currency, wrong = goal.worth(properties) if goal.value else (0, "", "")
    worth = f": {wrong}" if wrong else f": {show_amount(value, currency)}" if currency else ""
    credited = list(run.credited)
    steps = ", ".join(dict.fromkeys(step for step, _ in credited))
    credit = f", credited to {steps} ({' '.join(goal.credit)})" if steps else ""
    return Moved(
        run.id,
        run.journey,
        run.version,
        run.step,
        "converted",
        now,
        f"{goal.rule.text}{worth}{credit}",
        run.control,
        run.key,
        value,
        currency,
        credited,
        goal.id,
        list(run.drawn),
    )
