"""People who try the product for two weeks: some make a project, some pay, some were never in a trial."""

from random import Random

from tests.examples.history import History, Lived
from tidings.kernel.records import Consent, Event, Identify
from tidings.kernel.times import DAY, HOUR, SECOND, show_iso
from tidings.simulate.model import Model, Trait


def story(n: int, dice: Random, begin: int, end: int) -> Lived:
    at = dice.randrange(begin, end)
    trial = dice.random() < 0.9
    plan = "trial" if trial else "free"
    yield at, Identify({"plan": plan, **({"trial_ends_at": show_iso(at + 14 * DAY)} if trial else {})})
    yield at + SECOND, Event("Signed Up", {"plan": plan})
    if dice.random() < 0.55:
        first = at + int(dice.expovariate(1 / (36 * HOUR)))
        yield first, Event("Project Created", {"name": dice.choice(("Board", "Plan", "Notes"))})
        if dice.random() < 0.35:
            yield first + dice.randrange(1, 12 * DAY), Identify({"plan": dice.choice(("team", "team", "business"))})
    if dice.random() < 0.05:
        yield at + dice.randrange(HOUR, 10 * DAY), Consent(unsubscribed=True, how="one-click")


HISTORY = History(
    "100 people come over eleven weeks, nine of ten for a trial; half of them make a project, mostly within two days, some pay, some "
    "unsubscribe.",
    people=100,
    days=77,
    window=56,
    known=Model(
        100,
        (),
        (
            Trait("first_name", 0.8, ("Ada", "Ben", "Chiyo", "Dalia")),
            Trait("timezone", 0.7, ("Europe/Berlin", "Europe/Berlin", "America/New_York", "Asia/Tokyo")),
        ),
        {("opened", "email"): 0.45, ("clicked", "email"): 0.2},
    ),
    story=story,
)
