"""How large a run is: the full one, and a small one that only shows that every measure runs."""

from msgspec import Struct


class Size(Struct, frozen=True):
    """``people``, ``events``: of the ordinary town. ``many_people``, ``many_events``: of the one that is built over.

    ``in_flight``: runs that wait, of which ``at_once`` become due in one second, ``bursts`` times.
    ``scheduled``: people over whom a schedule's rule is asked.
    ``seconds``: how long each load over HTTP lasts. ``long``: events that go by while memory is watched.
    """

    people: int = 200_000
    events: int = 200_000
    timers: int = 60_000
    many_people: int = 1_000_000
    many_events: int = 10_000_000
    mails: int = 300
    seconds: float = 8
    flow: float = 30
    long: int = 1_000_000
    relevant: int = 30_000
    in_flight: int = 1_000_000
    at_once: int = 10_000
    bursts: int = 5
    scheduled: int = 1_000_000


FULL = Size()
SMALL = Size(
    people=300,
    events=600,
    timers=200,
    many_people=300,
    many_events=3000,
    mails=5,
    seconds=0.5,
    flow=2,
    long=1000,
    relevant=300,
    in_flight=300,
    at_once=100,
    bursts=1,
    scheduled=300,
)
