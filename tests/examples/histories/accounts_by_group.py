"""People who join one account or two, as admin or member, and accounts that move to another plan."""

from random import Random

from tests.examples.history import History, Lived
from tidings.kernel.records import Event, Group
from tidings.kernel.times import DAY, MINUTE
from tidings.simulate.model import Model, Trait

ACCOUNTS = (
    ("acme", "Acme", 120),
    ("orbit", "Orbit Labs", 35),
    ("nord", "Studio Nord", 4),
    ("bakery", "Blue Bakery", 9),
)
PLANS = ("trial", "solo", "team")


def story(n: int, dice: Random, begin: int, end: int) -> Lived:
    at = dice.randrange(begin, end)
    for key, name, seats in dice.sample(ACCOUNTS, dice.choice((1, 1, 1, 2))):
        role = dice.choice(("admin", "member", "member"))
        known = {"name": name, "seats": seats, **({"plan": "trial"} if n < len(ACCOUNTS) else {})}
        yield at, Group("company", key, known, {"role": role})
        yield at + MINUTE, Event("Account Joined", {"account": key})
        if role == "admin" and dice.random() < 0.6:  # who may, changes the plan
            yield at + dice.randrange(DAY, 30 * DAY), Group("company", key, {"plan": dice.choice(PLANS)})
        at += 2 * DAY


HISTORY = History(
    "36 people join one or two of four accounts over two months, one in three as an admin; admins move their account to another plan "
    "now and then.",
    people=36,
    days=63,
    window=56,
    known=Model(36, (), (Trait("first_name", 0.9, ("Ada", "Ben", "Chiyo", "Dalia")),), {("opened", "email"): 0.5}),
    story=story,
    parts=True,
)
