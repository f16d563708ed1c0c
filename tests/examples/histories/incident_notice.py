"""Outages, each of which concerns some: a small one by night, two grave ones, one that lasts."""

from random import Random

from tests.examples.history import START, History, Lived
from tidings.kernel.records import Event
from tidings.kernel.times import DAY, HOUR, MINUTE
from tidings.simulate.model import Model, Trait

OUTAGES = (
    (12 * DAY + 2 * HOUR, 3 * HOUR, "minor", "Exports are slow", 0.5),
    (30 * DAY + 14 * HOUR, HOUR, "critical", "Boards do not load", 0.8),
    (41 * DAY + 22 * HOUR, 60 * HOUR, "minor", "Search misses new cards", 0.3),
    (55 * DAY + 3 * HOUR, 5 * HOUR, "critical", "Nobody can sign in", 1.0),
)


def story(n: int, dice: Random, begin: int, end: int) -> Lived:
    for after, lasts, severity, title, part in OUTAGES:
        if dice.random() < part:
            at = START + after + dice.randrange(5 * MINUTE)
            yield at, Event("Incident Affects You", {"title": title, "severity": severity})
            yield START + after + lasts, Event("Incident Resolved", {"title": title})


HISTORY = History(
    "80 people, four outages in two months: two by night, two that are grave, and one that outlasts the two days the journey waits.",
    people=80,
    days=63,
    window=56,
    known=Model(
        80,
        (),
        (
            Trait("first_name", 0.9, ("Ada", "Ben", "Chiyo", "Dalia")),
            Trait("phone", 0.4, ("+4915112345678",)),
            Trait("timezone", 0.8, ("Europe/Berlin", "America/New_York", "Asia/Tokyo")),
        ),
        {("opened", "email"): 0.8, ("clicked", "email"): 0.3},
    ),
    story=story,
)
