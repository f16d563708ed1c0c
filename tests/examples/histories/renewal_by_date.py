"""People who pay by the year or by the month; some change their mind, some dates move."""

from random import Random

from tests.examples.history import START, History, Lived
from tidings.kernel.records import Identify
from tidings.kernel.times import DAY, show_iso
from tidings.simulate.model import Model, Trait


def story(n: int, dice: Random, begin: int, end: int) -> Lived:
    renews = START + dice.randrange(20, 150) * DAY
    billing = "yearly" if dice.random() < 0.75 else "monthly"
    yield begin, Identify({"billing": billing, "renews_at": show_iso(renews)[:10]})
    if dice.random() < 0.15:
        yield dice.randrange(begin, end), Identify({"billing": "monthly" if billing == "yearly" else "yearly"})
    if dice.random() < 0.1:
        moved = renews + dice.choice((-14, 30, 60)) * DAY
        yield dice.randrange(begin, end), Identify({"renews_at": show_iso(moved)[:10]})


HISTORY = History(
    "100 people, three of four paying by the year, whose plans renew at some day of the next five months. One in seven changes how they "
    "pay, one in ten gets another date.",
    people=100,
    days=105,
    window=75,
    known=Model(
        100,
        (),
        (Trait("timezone", 0.8, ("Europe/Berlin", "Europe/Berlin", "America/Los_Angeles")),),
        {("opened", "email"): 0.6, ("clicked", "email"): 0.3},
    ),
    story=story,
)
