"""A model of the people: how often they do what, and what is known of them, as the catalog and samples of people and history tell.

What is drawn how: an event's rate is what the catalog counted, spread evenly over people and over the days it was seen; what hardly anybody
did twice, as signing up, people do once at most, at any moment. What an event says is drawn from events that happened. Attributes are drawn
one by one from people there are, so two that go together in life may not here. Openings and clicks come at the rate at which messages were
opened and clicked. Calls of the API let each of them in once, at any moment. The groups they are in: see `circles`. Nothing else is drawn:
no changes of people's attributes, no consent.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from tidings.database.pool import Connection
from tidings.history import SLICES, unpack
from tidings.history.kinds import ENTER, EVENTS
from tidings.kernel.ids import home_of
from tidings.kernel.records import Body, Enter, Event, Identifier, Identify
from tidings.kernel.times import DAY, HOUR, MINUTE
from tidings.people import catalog, document
from tidings.people.document import Person
from tidings.simulate.circles import Circle, Round, circles

SAMPLE: Final = 1000
"""People, and events of each name, looked at."""
FEW: Final = 5
"""People who must have done something before it is said that it is done once."""
TWICE: Final = 0.02
"""The part of them, at most, who did it again: those who turned out to be two, and other accidents."""
ENGAGED: Final = {"opened": 4 * HOUR, "clicked": 5 * HOUR}
"""What people do with a message, and after how long at the mean."""
_OWN: Final = ("id", "email", "anonymous_id", "cio_id")


class Habit(Struct, frozen=True):
    """An event. ``rate``: times a person and day; ``said``: what such events say; ``seen``: False where nobody ever did it.

    ``once``: the part of people who do it, where it is done once; 0: it has a rate."""

    kind: str
    name: str
    rate: float
    said: tuple[Mapping[str, Any], ...]
    seen: bool = True
    once: float = 0.0


class Trait(Struct, frozen=True):
    """An attribute. ``share``: of people who have it; ``values``: those seen, each as often as it was."""

    name: str
    share: float
    values: tuple[Any, ...]


class Model(Struct, frozen=True):
    """``people``: how many there are; ``engaged``: (opened or clicked, channel) -> of messages received, the part; ``circles``: the groups
    that make a difference; ``calls``: by journey that calls of the API let people into, what such calls brought."""

    people: int
    habits: tuple[Habit, ...]
    traits: tuple[Trait, ...]
    engaged: Mapping[tuple[str, str], float]
    circles: tuple[Circle, ...] = ()
    calls: Mapping[str, tuple[Mapping[str, Any], ...]] = {}


class Life(Struct, frozen=True):
    """Somebody made up: what they are called, and what happens to them, in order."""

    identifiers: tuple[Identifier, ...]
    inputs: tuple[tuple[int, Body], ...]


async def model(
    connection: Connection,
    workspace: int,
    events: Iterable[tuple[str, str]],
    groups: Mapping[str, frozenset[str]] | None = None,
    called: Iterable[str] = (),
) -> Model:
    """Read what is known. ``events``: the (kind, name) of those that can make a difference; ``groups``: the types of groups that can, each
    with the events of a member that reach all; ``called``: journeys that calls of the API let people into."""
    people = await connection.fetchval("SELECT count(*) FROM people WHERE workspace = $1", workspace)
    seen = {(line.kind, line.name): line for line in await catalog.read(connection, workspace) if not line.property}
    habits = []
    for kind, name in sorted(events):
        line = seen.get((kind, name))
        if kind == "message":
            continue
        if line is None or not people:
            habits.append(Habit(kind, name, 0.0, (), seen=False))
            continue
        days = max((line.last - line.first) / DAY, 1.0)
        said, who = await _said(connection, workspace, EVENTS[kind], name)
        is_once = len(who) >= FEW and await _again(connection, EVENTS[kind], name, who) <= TWICE * len(who)
        once = min(1.0, line.times / people) if is_once else 0.0
        habits.append(Habit(kind, name, line.times / people / days, said, once=once))
    received = {
        name.removeprefix("received "): line.times
        for (kind, name), line in seen.items()
        if kind == "message" and name.startswith("received ")
    }
    engaged = {}
    for channel, count in received.items():
        for verb in ENGAGED:
            line = seen.get(("message", f"{verb} {channel}"))
            if line is not None and count:
                engaged[verb, channel] = min(1.0, line.times / count)
    sample = await _sample(connection, workspace)
    rounds = await circles(connection, workspace, groups or {}, sample)
    calls = {journey: (await _said(connection, workspace, ENTER, journey))[0] for journey in sorted(called)}
    return Model(people, tuple(habits), _traits(sample), engaged, rounds, calls)


def lives(known: Model, count: int, seed: int, begin: int, end: int) -> Iterator[Life]:
    """Make people up; the same seed makes the same, however many are asked for (colleagues apart, of whom there are more then). They
    begin at ``begin``, and live up to ``end``."""

    def events(n: int) -> list[tuple[int, Event]]:
        return _person(known, n, seed, begin, end)[1]

    rounds = [Round(circle, seed, begin, end, count, events) for circle in known.circles]
    for n in range(count):
        email = f"person-{n}@simulated.invalid"
        identifiers = (("id", f"person-{n}"), ("email", email))
        attributes, events_of = _person(known, n, seed, begin, end)
        inputs: list[tuple[int, Body]] = [(begin, Identify({**attributes, "email": email}))]
        for each in rounds:
            inputs += each.inputs(n)
        for journey, said in known.calls.items():
            dice = random.Random(f"{seed}/{n}/{journey}")
            inputs.append(
                (dice.randrange(begin + MINUTE, end), Enter(journey, dict(dice.choice(said) if said else {})))
            )
        yield Life(identifiers, tuple(sorted([*inputs, *events_of], key=lambda each: each[0])))


def _person(known: Model, n: int, seed: int, begin: int, end: int) -> tuple[dict[str, Any], list[tuple[int, Event]]]:
    """Give what the nth person is like, and what they do by the way."""
    dice = random.Random(f"{seed}/{n}")
    attributes = {trait.name: dice.choice(trait.values) for trait in known.traits if dice.random() < trait.share}
    found = []
    for habit in known.habits:
        for at in _moments(habit, dice, begin + MINUTE, end):
            said = dice.choice(habit.said) if habit.said else {}
            found.append((at, Event(habit.name, dict(said), habit.kind)))  # type: ignore[arg-type]  # of history, which has no other kinds
    return attributes, found


def reaction(known: Model, channel: str, dice: random.Random) -> Iterator[tuple[str, int]]:
    """Say what somebody does with a message they received, and after how long."""
    for verb, mean in ENGAGED.items():
        if dice.random() >= known.engaged.get((verb, channel), 0.0):
            return  # who does not open it does not click
        yield verb, int(dice.expovariate(1 / mean))


def says(known: Model) -> list[str]:
    """Say what is drawn how, in words."""
    found = [f"People are made up after {known.people:,} real ones; they begin 30 days before the days that count."]
    for habit in known.habits:
        if habit.once:
            found.append(
                f"{habit.name}: hardly anybody did it twice, so {habit.once:.0%} of people do it once, at some moment; what it says is "
                f"drawn from {len(habit.said):,} such events."
            )
        elif habit.seen:
            found.append(
                f"{habit.name}: {habit.rate * 30:.2f} times a person and 30 days, as the catalog counted; what it says is drawn from "
                f"{len(habit.said):,} such events."
            )
        else:
            found.append(f"{habit.name}: nobody ever did it, so everybody does once, at some moment, saying nothing.")
    for journey, brought in known.calls.items():
        data = (
            f"with data drawn from {len(brought):,} such calls"
            if brought
            else "without data, as there was no such call"
        )
        found.append(f"Calls that let people into {journey}: everybody is called in once, at some moment, {data}.")
    if known.traits:
        names = ", ".join(f"{trait.name} ({trait.share:.0%})" for trait in known.traits[:12])
        more = f" and {len(known.traits) - 12} more" if len(known.traits) > 12 else ""
        found.append(f"Attributes, each drawn by itself from {SAMPLE:,} people at most: {names}{more}.")
    for (verb, channel), rate in sorted(known.engaged.items()):
        found.append(f"{channel} messages are {verb} at the rate seen, {rate:.1%} (clicks: of those opened, at most).")
    found.append("What steps ask of the outside world is answered as declared, else by nothing.")
    for circle in known.circles:
        found += circle.says()
    unread = "" if known.circles else "groups, of which nothing here reads anything; "
    found.append(f"Not drawn: {unread}changes of people's attributes, consent, devices, several people in one.")
    return found


def _moments(habit: Habit, dice: random.Random, begin: int, end: int) -> Iterator[int]:
    if not habit.seen:
        yield dice.randrange(begin, end)
        return
    if habit.once:
        if dice.random() < habit.once:
            yield dice.randrange(begin, end)
        return
    at = begin
    while habit.rate > 0:
        at += int(dice.expovariate(habit.rate / DAY))
        if at >= end:
            return
        yield at


async def _said(
    connection: Connection, workspace: int, kind: int, name: str
) -> tuple[tuple[Mapping[str, Any], ...], frozenset[bytes]]:
    """Give what some events of a name said, and who did them: always the same, while nothing happens."""
    found: list[Mapping[str, Any]] = []
    who: set[bytes] = set()
    for slice in range(SLICES):
        rows = await connection.fetch(
            f"SELECT h.body, h.person FROM history_{slice} h JOIN people p ON p.partition = h.partition AND p.id = h.person "
            "WHERE h.kind = $1 AND h.name = $2 AND p.workspace = $3 ORDER BY h.partition, h.person, h.time, h.id LIMIT $4",
            kind,
            name,
            workspace,
            SAMPLE // 4,
        )
        found += [unpack(row[0]) for row in rows]
        who.update(row[1] for row in rows)
        if len(found) >= SAMPLE:
            break
    return tuple(found[:SAMPLE]), frozenset(who)


async def _again(connection: Connection, kind: int, name: str, who: Iterable[bytes]) -> int:
    """Count those of some people who did something more than once."""
    people = sorted(who)
    found: int = await connection.fetchval(
        "SELECT count(*) FROM (SELECT FROM unnest($1::smallint[], $2::bytea[]) AS w(partition, person) "
        "JOIN history h USING (partition, person) WHERE h.kind = $3 AND h.name = $4 "
        "GROUP BY h.partition, h.person HAVING count(*) > 1) AS again",
        [home_of(person) for person in people],
        people,
        kind,
        name,
    )
    return found


async def _sample(connection: Connection, workspace: int) -> list[Person]:
    rows = await connection.fetch(
        "SELECT doc FROM people WHERE workspace = $1 ORDER BY partition, id LIMIT $2", workspace, SAMPLE
    )
    return [document.decode(row[0]) for row in rows]


def _traits(people: Sequence[Person]) -> tuple[Trait, ...]:
    values: dict[str, list[Any]] = {}
    for person in people:
        for name, value in person.attributes.items():
            if name not in _OWN:
                values.setdefault(name, []).append(value)
    found = [Trait(name, len(each) / len(people), tuple(each)) for name, each in values.items()]
    return tuple(sorted(found, key=lambda trait: (-trait.share, trait.name)))
