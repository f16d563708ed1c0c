"""Readers of a monthly newsletter, some of whom never open it."""

from random import Random

from tests.examples.history import History, Lived
from tidings.kernel.records import Event
from tidings.kernel.times import DAY, HOUR
from tidings.simulate.model import Model, Trait


def story(n: int, dice: Random, begin: int, end: int) -> Lived:
    first = 0 if dice.random() < 0.7 else dice.randint(1, 5)
    for month in range(first, 8):
        yield begin + 9 * HOUR + month * 30 * DAY, Event("Newsletter Ready", {"issue": month + 1})


HISTORY = History(
    "90 readers, most of them from the first issue on, get eight newsletters in eight months; each is opened by three of ten.",
    people=90,
    days=240,
    window=180,
    known=Model(
        90,
        (),
        (Trait("first_name", 0.9, ("Ada", "Ben", "Chiyo", "Dalia")),),
        {("opened", "email"): 0.3, ("clicked", "email"): 0.5},
    ),
    story=story,
)
