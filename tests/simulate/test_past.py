"""What somebody lived through, asked about: the same as looking at all of it each time."""

import random

from tidings.engine import Needs, Query, query_key
from tidings.engine.asking import AHEAD
from tidings.kernel.ids import digest
from tidings.kernel.times import DAY, MINUTE
from tidings.rules import compile, parse
from tidings.simulate.past import BRIEF, Lived, Past


def life(dice: random.Random, name: str, count: int) -> list[tuple[str, Lived]]:
    """Events in the order they were applied: late, on time, and from clocks that are ahead."""
    found, now = [], 0
    for n in range(count):
        now += dice.randrange(2 * MINUTE)
        at = min(now - dice.choice([0, 0, DAY, -4 * MINUTE, -DAY]), now + AHEAD)
        found.append((dice.choice("AB"), Lived(at, digest(name, n), now, {"n": n})))
    return found


def test_an_event_is_found_by_its_id_and_counted_as_far_as_asked() -> None:
    dice = random.Random(3)
    counter = compile(parse('did "A" at least 3 times')).counters[0]
    for _ in range(30):
        own, others = life(dice, "own", 40), life(dice, "others", 40)
        past, other = Past(), Past()
        for name, lived in others:
            other.add("track", name, lived)
        known: list[tuple[str, Lived]] = []
        for place, (name, lived) in enumerate(own):
            if place == 20:
                past.join(other)
                known += others
            past.add("track", name, lived._replace(received=lived.received + DAY))
            known.append((name, lived._replace(received=lived.received + DAY)))
            wanted = dice.choice([*known, *others])
            found = [each for each in known if (each[1].time, each[1].id) == (wanted[1].time, wanted[1].id)]
            assert past.named((wanted[1].time, wanted[1].id)) == (found[0] if found else None)
            after, received = (dice.choice([None, dice.choice(known)[1].received]) for _ in range(2))
            query = Query(counter, query_key(counter), 5, after=after, received=received)
            counted = sorted(
                (each.time, each.id[:BRIEF])
                for name, each in known
                if name == "A"
                and (after is None or each.time > after)
                and (received is None or each.received > received)
            )
            assert list(past.answer(Needs((query,))).times[query.key]) == counted[-5:]
