"""Builds: when rules are new or changed, everybody whom they concern is brought up to them, in the background, while events keep flowing.

A document is brought up whenever its person is touched. What remains are people whom nothing touches. `find` looks at all of them, and
only those in whom the new definitions change something are handed in, as `Built` records; of the others, what new counters hold is
put aside (`people/passed.py`) until they are touched.

A build has come to an end in a partition when its last record is applied; one that is interrupted goes on behind the last person that was
looked at.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from contextlib import aclosing, suppress
from typing import Any, Final

import structlog

from tidings import log
from tidings.database.pool import AWAY, Connection, Pool
from tidings.engine import Concern, Definitions
from tidings.engine.definitions import names_any
from tidings.history import SLICES
from tidings.kernel.ids import PARTITIONS
from tidings.kernel.records import encode
from tidings.log import leases
from tidings.log.leases import Lease
from tidings.people import passed
from tidings.processor.find import Search, find
from tidings.processor.force import Force
from tidings.processor.portion import CHUNK, Part

logger = structlog.get_logger(__name__)
AHEAD: Final = 5_000
"""People of a build that may wait in a partition's log: live events are not to wait behind more."""
_LOOK: Final = 1.0
_WHILE: Final = 10.0


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
                async with asyncio.timeout(_LOOK):
                    await self.news.wait()
            self.news.clear()
            try:
                for (workspace, number, slice), partitions in self._lacking().items():
                    await self._build(workspace, number, slice, partitions)
            except leases.Lost:
                self._held = {}  # until the worker says what is held now
            except AWAY as error:
                logger.warning("a build is interrupted; it goes on in a moment", error=str(error))
                await asyncio.sleep(_LOOK)
            except Exception:
                logger.exception("a build failed; it is tried again in a while")
                await asyncio.sleep(_WHILE)

    def _lacking(self) -> dict[tuple[int, int, int], list[int]]:
        """Give the held partitions that lack a build and were not handed one: those that are found by one pass together."""
        found: dict[tuple[int, int, int], list[int]] = {}
        for partition, workspace, number in self._force.unbuilt(self._held):
            if self._handed.get((partition, workspace), 0) < number:
                found.setdefault((workspace, number, partition * SLICES // PARTITIONS), []).append(partition)
        return found

    async def _build(self, workspace: int, number: int, slice: int, partitions: list[int]) -> None:
        """Hand in what some partitions of a slice lack."""
        since = {partition: self._force.built(partition, workspace) for partition in partitions}
        partitions = [partition for partition in partitions if since[partition] == since[partitions[0]]]
        async with self._pool.acquire() as connection:
            definitions = await self._force.compiled(connection, workspace, number)
            # all from those that are built on: whoever was touched meanwhile is brought up to some in between
            older = [await _body(connection, workspace, each) for each in range(since[partitions[0]], number)]
            other = definitions.remade(since[partitions[0]])
            gone = frozenset(name for body in older for name in body.get("segments", {})) - set(definitions.segments)
            for partition in partitions if gone else ():
                async with connection.transaction():
                    await self._fence(connection, partition)
                    await connection.execute(
                        "DELETE FROM memberships WHERE partition = $1 AND workspace = $2 AND segment = ANY($3::text[])",
                        partition,
                        workspace,
                        sorted(gone),
                    )
            after = await _begun(connection, partitions, workspace, number)
        search = Search(
            workspace,
            Concern(definitions, since[partitions[0]], _all(_redated(definitions, body, other) for body in older)),
            slice,
            {partition: self._force.since(partition, workspace) or 0 for partition in partitions},
            after,
            _all(_changed_journeys(definitions, body, other) for body in older),
            gone,
        )
        parts = {partition: Part(partition, workspace, number, search.concern) for partition in partitions}
        async with aclosing(find(self._pool, search)) as people:
            async for somebody in people:
                part = parts[somebody.id[0]]
                part.put(somebody)
                if part.is_full:
                    await self._hand(part)
        for part in parts.values():
            part.done = True
            await self._hand(part)
            self._handed[part.partition, workspace] = number
            logger.debug("a build is handed in", partition=part.partition, definitions=number, people=part.handed)

    async def _hand(self, part: Part) -> None:
        """Append records, and how far the build has come, in one transaction; waits while much of a build is unread."""
        async with self._pool.acquire() as connection:
            while await _unread(connection, part.partition) > AHEAD // CHUNK:  # noqa: ASYNC110  (others apply them)
                await asyncio.sleep(0.05)
            records, rows = part.records(), part.passed
            async with connection.transaction():
                await self._fence(connection, part.partition)
                if rows:
                    await passed.write(connection, part.workspace, part.number, rows)
                if records:
                    await log.append(connection, [(part.partition, encode(record)) for record in records])
                await connection.execute(
                    "INSERT INTO builds VALUES ($1, $2, $3, $4, $5) ON CONFLICT (partition, workspace) DO UPDATE "
                    "SET number = excluded.number, person = excluded.person, "
                    "people = excluded.people + CASE WHEN builds.number = excluded.number THEN builds.people ELSE 0 END",
                    part.partition,
                    part.workspace,
                    part.number,
                    part.last,
                    part.looked,
                )
        part.clear()

    async def _fence(self, connection: Connection, partition: int) -> None:
        """Hold the lease until the transaction ends, so that a frozen worker builds nothing when it goes on. Raises `Lost`."""
        lease = self._held.get(partition)
        if lease is None:
            raise leases.Lost([partition])
        await leases.fence(connection, {partition: lease.token})


def _all(found: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*found)


def _redated(definitions: Definitions, before: Mapping[str, Any], other: frozenset[str]) -> frozenset[str]:
    """Give journeys that begin from another date than before, or read it in another zone. ``other``: derived events with another rule."""
    old, new = before.get("journeys", {}), definitions.body.get("journeys", {})
    moved = before.get("settings", {}).get("timezone") != definitions.body.get("settings", {}).get("timezone")
    return frozenset(
        id
        for id in definitions.dated
        if moved
        or id not in old
        or old[id]["document"].get("trigger") != new[id]["document"].get("trigger")
        or any(names_any(each.compiled, other) for each in definitions.journeys[id].journey.trigger.rules())
    )


def _changed_journeys(definitions: Definitions, before: Mapping[str, Any], other: frozenset[str]) -> frozenset[str]:
    """Give journeys whose people must look again: those that changed, stopped or went, and those whose rules count a derived event of
    ``other``, which has another rule."""
    old, new = before.get("journeys", {}), definitions.body.get("journeys", {})
    inside = [*definitions.journeys.values(), *definitions.held] if other else []
    counting = {version.id for version in inside for each in version.lasting() if names_any(each.compiled, other)}
    return frozenset(id for id, entry in old.items() if new.get(id) != entry or id in counting)


async def _body(connection: Connection, workspace: int, number: int) -> Mapping[str, Any]:
    text = await connection.fetchval(
        "SELECT body FROM definitions WHERE workspace = $1 AND number = $2", workspace, number
    )
    return json.loads(text) if text else {}


async def _begun(connection: Connection, partitions: list[int], workspace: int, number: int) -> dict[int, bytes]:
    """Give for each partition the last person an interrupted build has done."""
    found = await connection.fetch(
        "SELECT partition, person FROM builds WHERE partition = ANY($1::smallint[]) AND workspace = $2 AND number = $3",
        partitions,
        workspace,
        number,
    )
    return {**dict.fromkeys(partitions, b""), **dict(found)}


async def _unread(connection: Connection, partition: int) -> int:
    found: int = await connection.fetchval(
        "SELECT count(*) FROM (SELECT FROM log l JOIN cursors c ON c.partition = l.partition "
        "WHERE l.partition = $1 AND (l.xid, l.seq) > (c.xid, c.seq) LIMIT 1000) unread",
        partition,
    )
    return found
