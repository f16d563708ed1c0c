"""Builds: when rules are new or changed, everybody whom they concern is brought up to them, in the background, while events keep flowing.

A document is brought up whenever its person is touched; history answers then. What remains are people whom nothing touches. For counters
that are new, one pass over history finds who did what they count, and hands it in as `Built` records; everybody it passes over did
none of it. Only where a changed rule reads more than counters, or a journey with people in it changed, every document of the partition is
touched. People who absorbed others are touched too, and read their history by themselves.

A build has come to an end in a partition when its last record is applied; one that is interrupted goes on behind the last person handed in.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

import structlog

from tidings import log, rules
from tidings.database.pool import AWAY, Connection, Pool
from tidings.engine import Definitions
from tidings.history import scan, unpack
from tidings.history.kinds import EVENTS
from tidings.kernel.ids import digest
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import SYSTEM, Built, Record, Touch, encode
from tidings.log import leases
from tidings.log.leases import Lease
from tidings.people import document
from tidings.processor.facts import BRIEF
from tidings.processor.force import Force

logger = structlog.get_logger(__name__)
CHUNK: Final = 500
"""People handed in by one record."""
_ROWS: Final = 1000
"""Rows of history looked at in one go; what is applied meanwhile goes on in between."""
AHEAD: Final = 20_000
"""Records of a build that may wait in the log: live events are not to wait behind more."""
_LOOK: Final = 1.0
_WHILE: Final = 10.0

Found = dict[bytes, list[tuple[int, bytes]]]


class Builder:
    """Builds what the held partitions lack, one after another."""

    def __init__(self, pool: Pool, force: Force) -> None:
        self._pool, self._force = pool, force
        self._held: dict[int, Lease] = {}
        self._handed: dict[tuple[int, int], int] = {}
        self.news = asyncio.Event()

    def hold(self, leases: Mapping[int, Lease]) -> None:
        """Build these partitions from now on."""
        if set(leases) != set(self._held):
            self.news.set()
        self._held = dict(leases)

    async def run(self) -> None:
        """Build until cancelled."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.news.wait(), _LOOK)
            self.news.clear()
            try:
                for partition, workspace, number in self._force.unbuilt(self._held):
                    if self._handed.get((partition, workspace), 0) < number:
                        await self._build(partition, workspace, number)
                        self._handed[partition, workspace] = number
            except leases.Lost:
                self._held = {}  # until the worker says what is held now
            except AWAY as error:
                logger.warning("a build is interrupted; it goes on in a moment", error=str(error))
                await asyncio.sleep(_LOOK)
            except Exception:
                logger.exception("a build failed; it is tried again in a while")
                await asyncio.sleep(_WHILE)

    async def _build(self, partition: int, workspace: int, number: int) -> None:
        async with self._pool.acquire() as connection:
            since = self._force.built(partition, workspace)
            definitions = await self._force.compiled(connection, workspace, number)
            before = await _body(connection, workspace, since)
            new = [counter for key, counter in definitions.counters.items() if definitions.counter_since[key] > since]
            gone = set(before.get("segments", {})) - set(definitions.segments)
            if gone:
                async with connection.transaction():
                    await self._fence(connection, partition)
                    await connection.execute(
                        "DELETE FROM memberships WHERE partition = $1 AND workspace = $2 AND segment = ANY($3::text[])",
                        partition,
                        workspace,
                        sorted(gone),
                    )
            everybody = _concerns_all(definitions, since) or gone
            journeys = _changed_journeys(definitions, before)
            after = await _begun(connection, partition, workspace, number)
            people = self._with_facts(connection, partition, workspace, new, after)
            if everybody or journeys:
                people = self._all(partition, workspace, None if everybody else journeys, people, after)
            count = 0
            chunk: list[tuple[bytes, list[tuple[bytes, list[tuple[int, bytes]]]]]] = []
            async for person, found in people:
                if found is None:
                    await self._hand(partition, workspace, number, [_touch(workspace, person, number)], person, 1)
                    continue
                chunk.append((person, list(found.items())))
                if len(chunk) == CHUNK:
                    await self._hand(
                        partition, workspace, number, [_built(workspace, number, partition, chunk)], person, CHUNK
                    )
                    count += len(chunk)
                    chunk = []
            last = _built(workspace, number, partition, chunk, done=True)
            await self._hand(partition, workspace, number, [last], chunk[-1][0] if chunk else b"\xff", len(chunk))
            logger.debug("a build is handed in", partition=partition, definitions=number, people=count + len(chunk))

    async def _with_facts(
        self,
        connection: Connection,
        partition: int,
        workspace: int,
        counters: list[rules.Counter],
        after: bytes,
    ) -> AsyncIterator[tuple[bytes, Found | None]]:
        """Give everybody who did something the counters count, in order, with the newest times; None for those who absorbed others."""
        if not counters:
            return
        by_event: dict[tuple[int, str], list[rules.Counter]] = {}
        for counter in counters:
            by_event.setdefault((EVENTS[counter.kind], counter.event), []).append(counter)
        linked = {
            row[0]: row[1]
            for row in await connection.fetch(
                "SELECT l.person, l.into_person FROM links l WHERE l.workspace = $1 AND l.ended_at IS NULL "
                "AND (l.partition = $2 OR l.into_partition = $2)",
                workspace,
                partition,
            )
        }
        survivors = sorted({into for into in linked.values() if into[0] == partition and into > after})
        for survivor in survivors:
            yield survivor, None
        apart = {*linked, *survivors}
        person: bytes | None = None
        found: Found = {}
        names = sorted({name for _, name in by_event})
        kinds = sorted({kind for kind, _ in by_event})
        async with self._pool.acquire() as reading:
            entries = scan(
                reading,
                partition // 4,
                kinds,
                names,
                only=[partition],
                after=(partition, after),
                bodies=any(counter.where is not None for counter in counters),
                chunk=_ROWS,
            )
            async for rows in entries:
                for row in rows:
                    if row.person != person:
                        if person is not None and found and person not in apart:
                            yield person, _cut(found, counters)
                        person, found = row.person, {}
                    for counter in by_event.get((row.kind, row.name), ()):
                        if counter.counts(row.time) and (counter.where is None or counter.matches(unpack(row.body))):
                            found.setdefault(counter.key, []).append((row.time, row.id[:BRIEF]))
        if person is not None and found and person not in apart:
            yield person, _cut(found, counters)

    async def _all(
        self,
        partition: int,
        workspace: int,
        journeys: set[str] | None,
        with_facts: AsyncIterator[tuple[bytes, Found | None]],
        after: bytes,
    ) -> AsyncIterator[tuple[bytes, Found | None]]:
        """Give everybody (or with ``journeys`` those in one of them), and among them those with facts, in order."""
        ahead = await anext(with_facts, None)
        async with self._pool.acquire() as connection:
            while True:
                rows = await connection.fetch(
                    "SELECT id, doc FROM people WHERE partition = $1 AND workspace = $2 AND id > $3 ORDER BY id LIMIT $4",
                    partition,
                    workspace,
                    after,
                    CHUNK,
                )
                for id, doc in rows:
                    while ahead is not None and (ahead[1] is None or ahead[0] < id):
                        yield ahead
                        ahead = await anext(with_facts, None)
                    if ahead is not None and ahead[0] == id:
                        yield ahead
                        ahead = await anext(with_facts, None)
                    elif journeys is None or any(run.journey in journeys for run in document.decode(doc).runs):
                        yield id, {}
                if len(rows) < CHUNK:
                    break
                after = rows[-1][0]
                await asyncio.sleep(0)
        while ahead is not None:
            yield ahead
            ahead = await anext(with_facts, None)

    async def _hand(
        self, partition: int, workspace: int, number: int, records: Iterable[Record], person: bytes, people: int
    ) -> None:
        """Append records, and how far the build has come, in one transaction; waits while much of a build is unread."""
        async with self._pool.acquire() as connection:
            while await _unread(connection, partition) > AHEAD // CHUNK:  # noqa: ASYNC110  (others apply them)
                await asyncio.sleep(0.05)
            async with connection.transaction():
                await self._fence(connection, partition)
                await log.append(connection, [(partition, encode(record)) for record in records])
                await connection.execute(
                    "INSERT INTO builds VALUES ($1, $2, $3, $4, $5) ON CONFLICT (partition, workspace) DO UPDATE "
                    "SET number = excluded.number, person = excluded.person, "
                    "people = excluded.people + CASE WHEN builds.number = excluded.number THEN builds.people ELSE 0 END",
                    partition,
                    workspace,
                    number,
                    person,
                    people,
                )

    async def _fence(self, connection: Connection, partition: int) -> None:
        """Hold the lease until the transaction ends, so that a frozen worker builds nothing when it goes on. Raises `Lost`."""
        lease = self._held.get(partition)
        if lease is None:
            raise leases.Lost([partition])
        await leases.fence(connection, {partition: lease.token})


def _concerns_all(definitions: Definitions, since: int) -> bool:
    """Whether a changed rule reads more than counters, or holds for people who did nothing."""
    changed = {name for name, number in definitions.segment_since.items() if number > since}
    if not changed:
        return False
    if not changed.isdisjoint(definitions.blank):
        return True
    return any(
        (compiled := definitions.segments[name].compiled) is not None
        and (compiled.attributes or compiled.groups or compiled.segments)
        for name in changed
    )


def _changed_journeys(definitions: Definitions, before: Mapping[str, Any]) -> set[str]:
    """Give journeys whose people must look again: those that changed, stopped or went."""
    old, new = before.get("journeys", {}), definitions.body.get("journeys", {})
    return {id for id, entry in old.items() if new.get(id) != entry}


async def _body(connection: Connection, workspace: int, number: int) -> Mapping[str, Any]:
    text = await connection.fetchval(
        "SELECT body FROM definitions WHERE workspace = $1 AND number = $2", workspace, number
    )
    return json.loads(text) if text else {}


async def _begun(connection: Connection, partition: int, workspace: int, number: int) -> bytes:
    """Give the last person an interrupted build handed in."""
    found: bytes | None = await connection.fetchval(
        "SELECT person FROM builds WHERE partition = $1 AND workspace = $2 AND number = $3",
        partition,
        workspace,
        number,
    )
    return found or b""


async def _unread(connection: Connection, partition: int) -> int:
    found: int = await connection.fetchval(
        "SELECT count(*) FROM (SELECT FROM log l JOIN cursors c ON c.partition = l.partition "
        "WHERE l.partition = $1 AND (l.xid, l.seq) > (c.xid, c.seq) LIMIT 1000) unread",
        partition,
    )
    return found


def _cut(found: Found, counters: Iterable[rules.Counter]) -> Found:
    return {counter.key: sorted(found[counter.key])[-counter.keep :] for counter in counters if counter.key in found}


def _built(
    workspace: int,
    number: int,
    partition: int,
    people: list[tuple[bytes, list[tuple[bytes, list[tuple[int, bytes]]]]]],
    done: bool = False,
) -> Record:
    first = people[0][0] if people else b""
    return Record(
        id=digest("built", workspace, number, partition, first, int(done)),
        workspace=workspace,
        source=0,
        trust=SYSTEM,
        who=(),
        time=0,
        received=0,
        body=Built(number, people, done),
        hops=1,
    )


def _touch(workspace: int, person: bytes, number: int) -> Record:
    return Record(
        id=digest("touch", workspace, number, person),
        workspace=workspace,
        source=0,
        trust=SYSTEM,
        who=(("cio_id", show_id(person)),),
        time=0,
        received=0,
        body=Touch(),
        hops=1,
    )
