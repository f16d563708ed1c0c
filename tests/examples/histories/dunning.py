"""Payments that fail: the billing system tries again, people look after it, or nobody does."""

from random import Random
from typing import Any

from tests.examples.history import History, Lived
from tidings.kernel.records import Event
from tidings.kernel.times import DAY
from tidings.simulate.model import Habit, Model, Trait


def story(n: int, dice: Random, begin: int, end: int) -> Lived:
    if dice.random() < 0.6:
        at = dice.randrange(begin, end)
        yield at, Event("Payment Failed", {"invoice": f"i{n}", "amount": dice.choice((9, 29, 99))})
        if dice.random() < 0.65:
            yield at + int(dice.expovariate(1 / (4 * DAY))), Event("Payment Succeeded", {"invoice": f"i{n}"})


def answers(step: str, dice: Random) -> Any:
    return {"paid": dice.random() < 0.2}


HISTORY = History(
    "100 people, of whom six in ten have a payment that fails within ten weeks; two of three pay it, four days later at the mean. One try "
    "in five of the billing system goes through.",
    people=100,
    days=77,
    window=60,
    known=Model(
        100,
        (Habit("page", "Billing", 0.02, ({},)),),
        (Trait("first_name", 0.9, ("Ada", "Ben", "Chiyo", "Dalia")),),
        {("opened", "email"): 0.7, ("clicked", "email"): 0.4},
    ),
    story=story,
    answers=answers,
)
