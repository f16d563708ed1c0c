"""People who use an app until they don't; some come back by themselves."""

from random import Random

from tests.examples.history import History, Lived
from tidings.kernel.records import Consent, Event
from tidings.kernel.times import DAY, HOUR
from tidings.simulate.model import Model, Trait


def story(n: int, dice: Random, begin: int, end: int) -> Lived:
    at, stays = dice.randrange(begin, begin + 20 * DAY), dice.randint(2, 12)
    for _ in range(stays):
        yield at, Event("App Opened", {"from": dice.choice(("phone", "web"))})
        at += int(dice.expovariate(1 / (4 * DAY)))
    if dice.random() < 0.3:
        yield at + dice.randrange(25 * DAY, 70 * DAY), Event("App Opened", {"from": "web"})
    if dice.random() < 0.08:
        yield at + HOUR, Consent(topics={"product-news": False}, how="preference page")


HISTORY = History(
    "100 people open an app a few times, every four days at the mean, and stay away then. Three of ten come back one day; a few want no "
    "product news.",
    people=100,
    days=140,
    window=90,
    known=Model(
        100,
        (),
        (Trait("first_name", 0.9, ("Ada", "Ben", "Chiyo", "Dalia")),),
        {("opened", "email"): 0.25, ("clicked", "email"): 0.08},
    ),
    story=story,
)
