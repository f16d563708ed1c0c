"""What befell groups by what members did, worked out anew: history has it only where a live journey began from it, by the rules of then.

Theory. What one person does reaches others by their group, so it must be known before anybody is played. Everybody who did what an event
is made of lives through that alone first, with nobody let in anywhere; the step itself says which group hears of it. An occasion has
the id that it has live, so whoever really heard of it hears of it at that moment again; who did not, hears of it when it happened. Of
events as they are sent, what really befell counts in any case; of a derived one, its rule alone says what does.
"""

from collections.abc import Container, Iterable, Iterator
from typing import Final, NamedTuple

import msgspec

from tidings.engine.entry import befalls
from tidings.history import kinds, pack
from tidings.kernel.effects import Effect, Spread
from tidings.kernel.ids import digest
from tidings.kernel.records import Befell, Group, GroupChanged, Ungroup
from tidings.simulate.account import Account, Window
from tidings.simulate.actor import Actor
from tidings.simulate.row import Row
from tidings.simulate.side import Side

Key = tuple[str, str]
"""Type and key of a group."""
INVENTED: Final = -1
"""The place of a row that history does not have."""


class Occasion(NamedTuple):
    """What befell a group on a side (its number). ``at``: microseconds; ``body``: as a row of history about it has it."""

    side: int
    type: str
    key: str
    at: int
    id: bytes
    event: str
    body: bytes


class Spreading(Account):
    """An account of what somebody did that reaches the members of a group."""

    __slots__ = ("spreads",)

    def __init__(self, journey: str) -> None:
        super().__init__(journey, Window(0, 0))
        self.spreads: list[Spread] = []

    def see(self, actor: Actor, effect: Effect) -> None:
        """Be told an effect."""
        if isinstance(effect, Spread):
            self.spreads.append(effect)


def occasions(number: int, side: Side, spreads: Iterable[Spread], rows: Iterable[Row]) -> Iterator[Occasion]:
    """Give what may let members in. ``rows``: of those who did it, by which it is known when it came in."""
    came = {row.id: row.received for row in rows}
    for spread in spreads:
        if spread.event not in side.anew or spread.id not in came:
            continue
        own, at = (spread.type, spread.key), came[spread.id]
        id = digest("occasion", digest("spread", spread.id, *own), *own)
        befell = Befell(*own, id, at, spread.event, spread.properties)
        if any(befalls(version, befell) for version in side.definitions.starts_by_group.get(spread.type, ())):
            yield Occasion(number, *own, at, id, spread.event, pack(befell.data))


def groups_of(rows: Iterable[Row], types: Container[str]) -> frozenset[Key]:
    """Give the groups of some types that somebody was ever in."""
    said = (_said.decode(memoryview(row.body)[1:]) for row in rows if row.kind == kinds.GROUP)
    return frozenset((body.type, body.key) for body in said if body.type in types)


def heard(person: bytes, rows: Iterable[Row], befell: Iterable[Occasion]) -> list[Row]:
    """Give the rows that somebody would have of what befell their groups, where history has none. Whether they were in the group at that
    moment, their own step knows."""
    real = {row.id for row in rows if row.kind == kinds.BEFELL}
    found = {each.id: each for each in befell if each.id not in real}
    return [
        Row(person, kinds.BEFELL, each.at, each.at, INVENTED, each.event, each.id, each.body) for each in found.values()
    ]


_said = msgspec.msgpack.Decoder(Group | GroupChanged | Ungroup)
