"""People whose orders arrive, some of whom say how it was."""

from random import Random

from tests.examples.history import History, Lived
from tidings.kernel.records import Consent, Event
from tidings.kernel.times import DAY
from tidings.simulate.model import Model, Trait


def story(n: int, dice: Random, begin: int, end: int) -> Lived:
    at = dice.randrange(begin, begin + 40 * DAY)
    if dice.random() < 0.05:
        yield at, Consent(unsubscribed=True, how="one-click")
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        yield at, Event("Order Delivered", {"product": dice.choice(("Lamp", "Chair", "Desk", "Rug"))})
        if dice.random() < 0.4:
            stars = dice.choice((1, 2, 3, 4, 4, 5, 5, 5))
            yield at + dice.randrange(4 * DAY, 12 * DAY), Event("Review Written", {"stars": stars})
        at += dice.randrange(5 * DAY, 70 * DAY)


HISTORY = History(
    "100 people get one to three orders over three months; after two of five somebody writes a review, a quarter of which is a bad one.",
    people=100,
    days=91,
    window=77,
    known=Model(
        100,
        (),
        (
            Trait("first_name", 0.9, ("Ada", "Ben", "Chiyo", "Dalia")),
            Trait("timezone", 0.8, ("Europe/Berlin", "Europe/Madrid", "America/Chicago")),
        ),
        {("opened", "email"): 0.5, ("clicked", "email"): 0.2},
    ),
    story=story,
)
