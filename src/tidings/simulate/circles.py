"""Circles: the groups that made-up people are in, after the real ones; with what changes in them, and what one member tells all.

A real group is drawn as a whole, so what goes together in it stays together. People are counted off into groups as large as real ones, so
that neighbours are colleagues and it does not matter how many people are asked for.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from tidings.database.pool import Connection
from tidings.kernel.ids import digest
from tidings.kernel.records import Befell, Body, Event, Group, GroupChanged
from tidings.kernel.times import DAY
from tidings.people.document import Person

SAMPLE: Final = 500
"""Groups of each type looked at."""
LARGEST: Final = 200
"""Members of a group that is made up, at most."""

Inputs = list[tuple[int, Body]]


class Circle(Struct, frozen=True):
    """A type of group. ``sizes``: members of each group looked at; ``attributes``: of each. ``belonging``: of people looked at, the
    relation to each group of the type they are in (none: ()). ``rate``: changes of a group's attributes a day; ``moving``: which may
    change: those that several groups have alike. ``spreads``: events of a member that reach all members."""

    type: str
    sizes: tuple[int, ...]
    attributes: tuple[Mapping[str, Any], ...]
    belonging: tuple[tuple[Mapping[str, Any], ...], ...]
    rate: float
    moving: tuple[str, ...]
    spreads: frozenset[str] = frozenset()

    @property
    def share(self) -> float:
        """Which part of the people is in one."""
        return sum(map(bool, self.belonging)) / len(self.belonging) if self.belonging else 0.0

    def says(self) -> list[str]:
        """Say what is drawn how, in words."""
        if not self.sizes:
            return [f"Groups ({self.type}): there is none, so nobody is in one."]
        found = [
            f"Groups ({self.type}): {self.share:.0%} of people are in one, each as large as one of {len(self.sizes):,} that there are "
            f"(at most {LARGEST:,} members) and with its attributes; how people stand to it is drawn from those there are."
        ]
        if self.moving and self.rate:
            names = ", ".join(self.moving[:6]) + (" …" if len(self.moving) > 6 else "")
            found.append(
                f"A {self.type} changes {self.rate * 30:.2f} times in 30 days, as they did: one of {names} becomes what another has."
            )
        if self.spreads:
            found.append(
                f"{', '.join(sorted(self.spreads))}: reaches all members of the {self.type}, also where another did it."
            )
        return found


async def circles(
    connection: Connection, workspace: int, types: Mapping[str, frozenset[str]], people: Sequence[Person]
) -> tuple[Circle, ...]:
    """Read what is known of groups of these types. ``types``: with the events that reach all members; ``people``: a sample."""
    found = []
    for type, spreads in sorted(types.items()):
        rows = await connection.fetch(_GROUPS, workspace, type, SAMPLE)
        values = [msgspec.msgpack.decode(row[0][1:]) for row in rows]
        days = sum(max((row[2] - row[3]) / DAY, 1.0) for row in rows)
        changes = sum(max(row[1] - 1, 0) for row in rows)
        belonging = [tuple(each.relation for each in person.groups if each.type == type) for person in people]
        found.append(
            Circle(
                type,
                tuple(min(row[4], LARGEST) for row in rows),
                tuple(values),
                tuple(belonging),
                changes / days if days else 0.0,
                _moving(values),
                spreads,
            )
        )
    return tuple(found)


class Round:
    """One type of group, among the people of one simulation. ``events(n)``: what the nth does by the way, in which what spreads is."""

    def __init__(
        self,
        circle: Circle,
        seed: int,
        begin: int,
        end: int,
        count: int,
        events: Callable[[int], Iterable[tuple[int, Event]]],
    ) -> None:
        self.circle, self.seed, self.begin, self.end, self.count, self.events = circle, seed, begin, end, count, events
        self._starts = [0]
        self._news: dict[int, Inputs] = {}

    def inputs(self, n: int) -> Inputs:
        """Give what happens to the nth person by their groups; people are asked about in order."""
        circle = self.circle
        dice = random.Random(f"{self.seed}/{circle.type}/{n}")
        relations = dice.choice(circle.belonging) if circle.belonging and circle.sizes else ()
        if not relations:
            return []
        own = self._group_of(n)
        others = [dice.randrange(own + 1) for _ in relations[1:]]
        found: Inputs = []
        for number, relation in zip(
            [*dict.fromkeys(each for each in others if each != own), own], reversed(relations), strict=False
        ):
            found.append((self.begin, Group(circle.type, self._key(number), {}, dict(relation))))
            found += self._told(number)
        return found

    def _group_of(self, n: int) -> int:
        """Give the number of the group that the nth person is counted off into."""
        starts = self._starts
        while starts[-1] <= n:
            dice = random.Random(f"{self.seed}/{self.circle.type}/size/{len(starts)}")
            starts.append(starts[-1] + max(1, dice.choice(self.circle.sizes)))
        return next(place for place in range(len(starts) - 2, -1, -1) if starts[place] <= n)

    def _key(self, number: int) -> str:
        return f"{self.circle.type}-{number}"

    def _told(self, number: int) -> Inputs:
        """What members of a group hear of it."""
        if number not in self._news:
            self._news[number] = sorted([*self._changes(number), *self._spread(number)], key=lambda each: each[0])
        return self._news[number]

    def _changes(self, number: int) -> Iterator[tuple[int, Body]]:
        """How the group is, and what becomes of it."""
        circle, key = self.circle, self._key(number)
        dice = random.Random(f"{self.seed}/{circle.type}/group/{number}")
        now, version = dict(dice.choice(circle.attributes)), 1
        yield self.begin, GroupChanged(circle.type, key, version, dict(now))
        at = self.begin
        while circle.rate > 0 and circle.moving:
            at += int(dice.expovariate(circle.rate / DAY)) + 1
            if at >= self.end:
                return
            other = dice.choice(circle.attributes)
            names = [name for name in circle.moving if name in other and other[name] != now.get(name)]
            if not names:
                continue
            name = dice.choice(names)
            before = {name: now[name]} if name in now else {}
            now[name], version = other[name], version + 1
            yield at, GroupChanged(circle.type, key, version, dict(now))
            yield (
                at,
                Befell(circle.type, key, digest("occasion", key, version), at, before=before, after={name: now[name]}),
            )

    def _spread(self, number: int) -> Iterator[tuple[int, Body]]:
        """What members do that reaches all of them."""
        circle, key = self.circle, self._key(number)
        if not circle.spreads:
            return
        while len(self._starts) <= number + 1:
            self._group_of(self._starts[-1])
        for n in range(self._starts[number], min(self._starts[number + 1], self.count)):
            if not self._belongs(n):
                continue
            for place, (at, event) in enumerate(self.events(n)):
                if event.kind == "track" and event.name in circle.spreads:
                    id = digest("occasion", key, n, place)
                    yield at, Befell(circle.type, key, id, at, event.name, dict(event.properties))

    def _belongs(self, n: int) -> bool:
        return bool(random.Random(f"{self.seed}/{self.circle.type}/{n}").choice(self.circle.belonging))


def _moving(groups: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The attributes that several groups have alike: what tells one from all others, as a name does, stays."""
    values: dict[str, list[Any]] = {}
    for group in groups:
        for name, value in group.items():
            values.setdefault(name, []).append(msgspec.json.encode(value))
    return tuple(sorted(name for name, each in values.items() if 1 < len(set(each)) < len(each)))


_GROUPS: Final = """
SELECT g.attributes, g.version, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, g.created_at,
       (SELECT count(*) FROM members m WHERE m.partition = g.partition AND m.workspace = g.workspace AND m.type = g.type AND m.key = g.key)
FROM groups g WHERE g.workspace = $1 AND g.type = $2 AND octet_length(g.attributes) > 0 ORDER BY g.partition, g.key LIMIT $3
"""
