"""People who fill carts: some buy at once, some once they are reminded, some never."""

from random import Random

from tests.examples.history import History, Lived
from tidings.kernel.records import Event
from tidings.kernel.times import DAY, HOUR, MINUTE
from tidings.simulate.model import Habit, Model, Trait

THINGS = (("socks", 9), ("scarf", 29), ("hat", 35), ("bag", 79), ("shoes", 110))


def story(n: int, dice: Random, begin: int, end: int) -> Lived:
    at = dice.randrange(begin, begin + 10 * DAY)
    for cart in range(dice.randint(1, 8)):
        items: list[str] = []
        total = 0
        for _ in range(dice.randint(1, 3)):
            name, price = dice.choice(THINGS)
            items, total = [*items, name], total + price
            yield at, Event("Cart Updated", {"cart_id": f"{n}-{cart}", "total": total, "items": items})
            at += dice.randrange(MINUTE, 20 * MINUTE)
        if dice.random() < 0.5:
            later = int(dice.expovariate(1 / HOUR)) if dice.random() < 0.6 else dice.randrange(3 * HOUR, 3 * DAY)
            yield at + later, Event("Order Completed", {"cart_id": f"{n}-{cart}", "total": total})
        at += dice.choice((2 * HOUR, DAY, 3 * DAY, 15 * DAY)) + dice.randrange(DAY)


HISTORY = History(
    "70 people fill up to eight carts each over two months. Half of the carts are bought: most of these within hours, the others within "
    "three days. Two of five people gave a phone number.",
    people=70,
    days=70,
    window=60,
    known=Model(
        70,
        (Habit("page", "Shop", 0.3, ({},)),),
        (
            Trait("first_name", 0.9, ("Ada", "Ben", "Chiyo", "Dalia")),
            Trait("phone", 0.4, ("+4915112345678",)),
            Trait("timezone", 0.7, ("Europe/Berlin", "Europe/Lisbon", "America/New_York")),
        ),
        {("opened", "email"): 0.4, ("clicked", "email"): 0.15},
    ),
    story=story,
)
