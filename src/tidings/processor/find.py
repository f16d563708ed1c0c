"""Whom a build concerns: everybody of some partitions of one slice of history, with what they did that new counters count, in the order
of their ids.

Where only counters matter, one pass over history tells: the database hands out no more than the newest times of who did what is
counted. Where rules read more, documents are streamed besides. People who absorbed others read their history by themselves, so they
are always named.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Final, NamedTuple

from tidings import rules
from tidings.database.pool import Connection, Pool
from tidings.engine import Concern
from tidings.engine.asking import AHEAD
from tidings.history import Count, newest, scan, unpack
from tidings.history.kinds import EVENTS
from tidings.kernel.times import DAY
from tidings.people import document, passed
from tidings.people.document import BRIEF, Person, Time

_PEOPLE: Final = 500
"""Documents read in one go."""
_ROWS: Final = 1000
"""Rows looked at in one go; what is applied meanwhile goes on in between."""
_BREATH: Final = 100
"""Documents looked at in one go."""
_SLACK: Final = DAY
"""How much further back than a window reaches is read: the moment somebody is brought up at may lie before the definitions'."""

Times = Mapping[bytes, list[Time]]


class Somebody(NamedTuple):
    """``times``: by counter. ``concerned``: whether a step would change more than counters; ``touch``: it must read history by itself."""

    id: bytes
    times: Times
    concerned: bool
    touch: bool = False


class Search(NamedTuple):
    """``since``: when the definitions came into force, by partition; ``after``: the partitions, each with the last person done;
    ``journeys``: changed ones, whose people are concerned; ``gone``: segments that are no more."""

    workspace: int
    concern: Concern
    slice: int
    since: Mapping[int, int]
    after: Mapping[int, bytes]
    journeys: frozenset[str]
    gone: frozenset[str]

    @property
    def whole(self) -> bool:
        """Whether documents have to be looked at."""
        return self.concern.everybody or bool(self.journeys or self.gone)

    def concerns(self, person: Person, times: Times) -> bool:
        """Whether a step would change more of a person than counters."""
        return any(run.journey in self.journeys for run in person.runs) or self.concern.of_person(
            person, times, self.since[person.partition]
        )


async def find(pool: Pool, search: Search) -> AsyncGenerator[Somebody]:
    """Give them; those whom nothing concerns are left out, or told with their times where counters hold any."""
    async with pool.acquire() as connection:
        linked = await _linked(connection, search)
        members = set() if search.whole else await _members(connection, search)
    survivors = {into for into in linked.values() if search.after.get(into[0], b"\xff") < into}
    apart = {*linked, *survivors}
    people = _documents(pool, search) if search.whole else _named(sorted(survivors | members))
    async with aclosing(_counted(pool, search)) as counted, aclosing(people):
        ahead = await anext(counted, None)
        async for id, person in people:
            while ahead is not None and ahead[0] < id:
                if not search.whole and ahead[0] not in apart:
                    yield _stranger(search, *ahead)
                ahead = await anext(counted, None)
            times: Times = {}
            if ahead is not None and ahead[0] == id:
                times = ahead[1]
                ahead = await anext(counted, None)
            if id in survivors:
                yield Somebody(id, {}, True, True)
            elif person is None or search.concerns(person, times):
                yield Somebody(id, times, True)
            elif times:
                yield Somebody(id, times, False)
        while ahead is not None:
            if not search.whole and ahead[0] not in apart:
                yield _stranger(search, *ahead)
            ahead = await anext(counted, None)


def _stranger(search: Search, id: bytes, times: Times) -> Somebody:
    return Somebody(id, times, search.concern.of_stranger(times, search.since[id[0]]))


async def _linked(connection: Connection, search: Search) -> dict[bytes, bytes]:
    """Give merges that stand and reach these partitions: who was absorbed, into whom."""
    return {
        row[0]: row[1]
        for row in await connection.fetch(
            "SELECT l.person, l.into_person FROM links l WHERE l.workspace = $1 AND l.ended_at IS NULL "
            "AND (l.partition = ANY($2::smallint[]) OR l.into_partition = ANY($2::smallint[]))",
            search.workspace,
            list(search.after),
        )
    }


async def _members(connection: Connection, search: Search) -> set[bytes]:
    """Give who is in a segment whose rule changed: they may have to leave it, whatever they did."""
    if not search.concern.segments:
        return set()
    rows = await connection.fetch(
        "SELECT m.person FROM unnest($1::smallint[], $2::bytea[]) AS p(partition, after) "
        "JOIN memberships m ON m.partition = p.partition AND m.person > p.after "
        "WHERE m.workspace = $3 AND m.segment = ANY($4::text[])",
        list(search.after),
        list(search.after.values()),
        search.workspace,
        search.concern.segments,
    )
    return {row[0] for row in rows}


async def _named(people: list[bytes]) -> AsyncGenerator[tuple[bytes, Person | None]]:
    for id in people:
        yield id, None


async def _documents(pool: Pool, search: Search) -> AsyncGenerator[tuple[bytes, Person | None]]:
    """Stream documents, in short statements."""
    async with pool.acquire() as connection:
        for partition, after in sorted(search.after.items()):
            while rows := await connection.fetch(
                "SELECT id, doc FROM people WHERE partition = $1 AND workspace = $2 AND id > $3 ORDER BY id LIMIT $4",
                partition,
                search.workspace,
                after,
                _PEOPLE,
            ):
                after = rows[-1][0]
                for index, (id, doc) in enumerate(rows):
                    if index % _BREATH == 0:
                        await asyncio.sleep(0)  # what is applied meanwhile goes on
                    yield id, document.decode(doc)


async def _counted(pool: Pool, search: Search) -> AsyncGenerator[tuple[bytes, Times]]:
    """Give everybody who did what is counted, with the newest times."""
    counters = search.concern.counters.values()
    if not counters:
        return
    earliest = min(search.since.values()) - AHEAD - _SLACK
    plain = all(counter.after is None and not any(each.reads for each in counter.sources) for counter in counters)
    people = _newest if plain else _matching
    async with pool.acquire() as connection, aclosing(people(connection, search, earliest)) as found:
        async for id, times in found:
            yield id, times


async def _newest(connection: Connection, search: Search, now: int) -> AsyncGenerator[tuple[bytes, Times]]:
    """Where only names and times decide."""
    counters, counts = list[rules.Counter](), list[Count]()
    for counter in search.concern.counters.values():
        for each in counter.sources:
            since = None if counter.horizon is None else now - counter.horizon
            counts.append(Count(EVENTS[each.kind], each.event, since, counter.keep))
            counters.append(counter)
    person: bytes | None = None
    times: dict[bytes, list[Time]] = {}
    async with aclosing(newest(connection, search.slice, counts, search.after)) as pages:
        async for rows in pages:
            for id, index, packed in rows:
                if id != person:
                    if person is not None:
                        yield person, times
                    person, times = id, {}
                counter = counters[index]
                known = times.get(counter.key)
                found_ = passed.times(packed)
                times[counter.key] = found_ if known is None else sorted(known + found_)[-counter.keep :]
    if person is not None:
        yield person, times


async def _matching(connection: Connection, search: Search, now: int) -> AsyncGenerator[tuple[bytes, Times]]:
    """Where what an event says decides, or bounds in time: rules are asked here and not of the database."""
    by_event: dict[tuple[int, str], list[tuple[rules.Counter, rules.Source]]] = defaultdict(list)
    for counter in search.concern.counters.values():
        for source in counter.sources:
            by_event[EVENTS[source.kind], source.event].append((counter, source))
    horizons = [counter.horizon for counter in search.concern.counters.values()]
    person: bytes | None = None
    times: dict[bytes, deque[Time]] = {}
    entries = scan(
        connection,
        search.slice,
        sorted({kind for kind, _ in by_event}),
        sorted({name for _, name in by_event}),
        only=sorted(search.after),
        since=None if None in horizons else now - max(horizon for horizon in horizons if horizon is not None),
        chunk=_ROWS,
    )
    async with aclosing(entries) as pages:
        async for rows in pages:
            for row in rows:
                if row.person != person:
                    if person is not None and times:
                        yield person, {key: list(found) for key, found in times.items()}
                    person, times = row.person, {}
                if row.person <= search.after[row.partition]:
                    continue
                for counter, source in by_event.get((row.kind, row.name), ()):
                    if counter.counts(row.time) and (not source.reads or source.matches(unpack(row.body))):
                        found = times.setdefault(counter.key, deque(maxlen=counter.keep))
                        found.append((row.time, row.id[:BRIEF]))
    if person is not None and times:
        yield person, {key: list(found) for key, found in times.items()}
