"""How often something happened that a rule calls one event, to whom, and what it looked like: sampled at once, then exactly."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from heapq import nlargest
from typing import Any, Final, NamedTuple

from tidings import history
from tidings.database.pool import Connection, Pool
from tidings.history import Ask, Fact
from tidings.history.kinds import EVENTS
from tidings.kernel.ids import home_of
from tidings.people import links
from tidings.people.document import Person
from tidings.project.matching import Matched, Turns, everybody
from tidings.rules import Source

EXAMPLES: Final = 10
_PAGE: Final = 1_000
_WHOLE: Final = 1_000_000
"""More events of one person are not counted."""


class Example(NamedTuple):
    """Something that matched. ``kind`` and ``name``: what was really sent; ``time``: microseconds."""

    time: int
    person: Person
    kind: str
    name: str
    properties: Mapping[str, Any]


class Occurred(NamedTuple):
    """``people``: of how many it is true, so far; ``times``: how often it happened to those who were looked at; ``examples``: the newest
    of them."""

    people: Matched
    times: int
    examples: Sequence[Example]


class Occurrences:
    """A question to be asked of many: who did one of the ``sources`` later than ``after`` (microseconds)."""

    def __init__(self, sources: Sequence[Source], after: int) -> None:
        self._sources, self._after = sources, after
        self.times = 0
        self.examples: list[Example] = []

    async def holding(self, connection: Connection, people: Sequence[Person], now: int) -> list[Person]:
        """Give those who did it, and count how often."""
        behind = await links.absorbed(connection, [each.id for each in people])
        asked = [(each, source) for each in people for source in self._sources]
        found = await history.times(connection, [self._ask(each, behind, source, _PAGE) for each, source in asked])
        for index, rows in enumerate(found):
            if len(rows) == _PAGE:
                (found[index],) = await history.times(
                    connection, [self._ask(asked[index][0], behind, asked[index][1], _WHOLE)]
                )
        did: dict[bytes, Person] = {}
        for (who, source), rows in zip(asked, found, strict=True):
            for row in rows:
                self._take(who, source, row, did)
        return list(did.values())

    def _ask(self, who: Person, behind: Mapping[bytes, Sequence[bytes]], source: Source, newest: int) -> Ask:
        own = tuple((home_of(id), id) for id in (who.id, *behind.get(who.id, ())))
        return Ask(own, EVENTS[source.kind], source.event, after=self._after, newest=newest)

    def _take(self, who: Person, source: Source, row: Fact, did: dict[bytes, Person]) -> None:
        said = history.unpack(row.body)
        if not source.matches(said):
            return
        did[who.id] = who
        self.times += 1
        if len(self.examples) < EXAMPLES or row.time > self.examples[-1].time:
            self.examples.append(Example(row.time, who, source.kind, source.event, said))
            self.examples = nlargest(EXAMPLES, self.examples, key=lambda each: each.time)


async def occurrences(
    pool: Pool,
    workspace: int,
    sources: Sequence[Source],
    after: int,
    now: int,
    *,
    whole: bool,
    turns: Turns | None = None,
) -> AsyncGenerator[Occurred]:
    """Ask everybody, a portion at a time; the first answer is of a sample, whose people are looked at again in their turn.
    ``turns``: see `matching`; where too many wait, it ends with the sample."""
    asker = Occurrences(sources, after)
    async with aclosing(everybody(pool, workspace, asker, now, whole=whole, turns=turns)) as found:
        async for each in found:
            if each.busy:
                return
            yield Occurred(each, asker.times, asker.examples)
            if each.sampled:
                asker.times, asker.examples = 0, []
