"""People of large and small companies who make projects and invite each other; Slack mostly answers."""

from random import Random
from typing import Any

from tests.examples.history import History, Lived
from tidings.kernel.records import Event, Group
from tidings.kernel.times import DAY, HOUR
from tidings.simulate.model import Habit, Model

COMPANIES = (
    ("acme", "Acme", 120),
    ("orbit", "Orbit Labs", 35),
    ("nord", "Studio Nord", 4),
    ("bakery", "Blue Bakery", 9),
)


def story(n: int, dice: Random, begin: int, end: int) -> Lived:
    key, name, seats = dice.choice(COMPANIES)
    yield begin + n * HOUR // 4, Group("company", key, {"name": name, "seats": seats})
    if dice.random() < 0.5:  # a week in which they take to it
        at = dice.randrange(begin + 2 * DAY, end - 7 * DAY)
        for _ in range(dice.randint(1, 4)):
            yield at + dice.randrange(5 * DAY), Event("Project Created", {})
        if dice.random() < 0.7:
            yield at + dice.randrange(5 * DAY), Event("Teammate Invited", {})


def answers(step: str, dice: Random) -> Any:
    if dice.random() < 0.1:
        raise OSError("the server answers 503 Service Unavailable")
    return "ok"


HISTORY = History(
    "110 people of four companies, two of which have twenty seats or more. Everybody makes a project now and then; half have a week "
    "in which they make several and invite somebody. One call of Slack in ten fails.",
    people=110,
    days=75,
    window=60,
    known=Model(
        110, (Habit("track", "Project Created", 0.04, ({},)), Habit("track", "Teammate Invited", 0.01, ({},))), (), {}
    ),
    story=story,
    answers=answers,
)
