"""A workspace with workers in this process: records go in by the log, and what became of people is read from the tables."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from tests.conftest import Database
from tidings import log
from tidings.database.access import create_workspace
from tidings.engine import Workspace as Secret
from tidings.engine import seal
from tidings.kernel.ids import PARTITIONS, digest, home_of
from tidings.kernel.records import SECRET, SYSTEM, Body, Control, Identifier, Record, encode, home
from tidings.people import links, lookup
from tidings.people.document import Person, decode
from tidings.processor import Worker
from tidings.settings import Settings


class Town:
    """Made by `Town.make`; close it. ``workers``: how many share the partitions."""

    def __init__(self, database: Database, workspace: int, secret: bytes) -> None:
        self.database, self.workspace, self.secret = database, workspace, secret
        self.number = 0
        self.body: dict[str, Any] = {}
        self._known: dict[int, tuple[bytes, int, dict[str, Any]]] = {}
        self.workers: list[Worker] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.count = 0

    @classmethod
    async def make(cls, database: Database, workers: int = 1, batch: int = 2000) -> "Town":
        async with database.pool.acquire() as connection:
            workspace = await create_workspace(connection, "town")
        town = cls(database, workspace.id, workspace.secret)
        for _ in range(workers):
            await town.hire(batch)
        return town

    async def hire(self, batch: int = 2000) -> Worker:
        worker = Worker(self.database.pool, self.database.url, Settings(batch=batch))
        self.workers.append(worker)
        self.tasks.append(asyncio.create_task(worker.run()))
        return worker

    async def close(self) -> None:
        for worker in self.workers:
            worker.stop()
        for task in self.tasks:
            with suppress(asyncio.CancelledError):
                await task
        await self.check_standing()
        await self.check_memberships()

    async def check_standing(self) -> None:
        """Where runs stand, and whom dates start, by the tables, is as the documents have it."""
        rows = await self.database.fetch(
            "SELECT partition, workspace, journey, step, run, version, person, since, wake FROM standing"
        )
        people = [decode(doc) for (doc,) in await self.database.fetch("SELECT doc FROM people")]
        said = {
            (
                home_of(each.id),
                each.workspace,
                run.journey,
                run.step,
                run.id,
                run.version,
                each.id,
                run.arrived,
                run.wake,
            )
            for each in people
            for run in each.runs
            if run.ended is None
        }
        assert {tuple(row) for row in rows} == said
        dated = await self.database.fetch("SELECT partition, workspace, person, journey, at FROM coming")
        assert {tuple(row) for row in dated} == {
            (home_of(each.id), each.workspace, each.id, journey, at)
            for each in people
            for journey, at in each.dates.items()
        }

    async def check_memberships(self) -> None:
        """Nobody is in a segment, by the tables, that their document does not name: by it they are found when the person goes."""
        rows = await self.database.fetch("SELECT partition, workspace, segment, person, since FROM memberships")
        people = [decode(doc) for (doc,) in await self.database.fetch("SELECT doc FROM people")]
        said = {
            (home_of(each.id), each.workspace, segment, each.id, since)
            for each in people
            for segment, since in each.segments.items()
        }
        assert {tuple(row) for row in rows} <= said

    async def found(self) -> int:
        """Found another workspace, and go on in it."""
        async with self.database.pool.acquire() as connection:
            made = await create_workspace(connection, f"town {len(self._known)}")
        self._known[made.id] = (made.secret, 0, {})
        self.choose(made.id)
        return made.id

    def choose(self, workspace: int) -> None:
        """Go on in another workspace."""
        self._known[self.workspace] = (self.secret, self.number, self.body)
        self.workspace = workspace
        self.secret, self.number, self.body = self._known[workspace]

    async def built(self) -> None:
        """Wait until everybody is built for what is in force."""
        while await self.database.fetchval("SELECT count(*) FROM in_force WHERE built < number"):
            await self.rest()

    async def define(self, body: Mapping[str, Any], at: int | None = None) -> None:
        """Put definitions in force, from a moment on (now)."""
        rows = await self.control(body, at)
        async with self.database.pool.acquire() as connection:
            await connection.copy_records_to_table("log", columns=("stamp", "partition", "body"), records=rows)
            await log.wake(connection)

    async def control(self, body: Mapping[str, Any], at: int | None = None) -> list[tuple[int, int, bytes]]:
        """Write definitions down, and give the rows of the log that put them in force."""
        self.number += 1
        sealed = seal(Secret(self.workspace, self.secret), self.number, dict(body), self.body or None)
        self.body = sealed
        await self.database.execute(
            "INSERT INTO definitions (workspace, number, body) VALUES ($1, $2, $3)",
            self.workspace,
            self.number,
            json.dumps(sealed),
        )
        now = time.time_ns() // 1000 if at is None else at
        return [
            (
                now,
                partition,
                encode(
                    Record(
                        digest("control", self.workspace, self.number, partition),
                        self.workspace,
                        0,
                        SYSTEM,
                        (),
                        now,
                        now,
                        Control(self.number),
                    )
                ),
            )
            for partition in range(PARTITIONS)
        ]

    def record(
        self,
        body: Body,
        *who: Identifier,
        id: bytes | None = None,
        trust: int = SECRET,
        source: int = 1,
        at: int | None = None,
        received: int | None = None,
    ) -> Record:
        """Make a record; its id is drawn from a count, unless given."""
        self.count += 1
        now = time.time_ns() // 1000
        return Record(
            id=id or digest("town", self.count),
            workspace=self.workspace,
            source=source,
            trust=trust,
            who=who,
            time=now if at is None else at,
            received=now if received is None else received,
            body=body,
            message_id=f"m{self.count}",
        )

    async def append(self, rows: Sequence[tuple[int, Record]]) -> None:
        async with self.database.pool.acquire() as connection:
            await log.append(connection, [(partition, encode(record)) for partition, record in rows])

    async def send(self, *records: Record) -> None:
        """Put records into the log, and wait until everything is applied."""
        await self.append([(home(record), record) for record in records])
        await self.rest()

    async def rest(self) -> None:
        """Wait until nothing in the log is unread."""
        while True:
            for worker in self.workers:
                worker.idle.clear()
                worker._news.set()
            idle = [asyncio.ensure_future(worker.idle.wait()) for worker in self.workers]
            done, _ = await asyncio.wait([*idle, *self.tasks], timeout=150, return_when=asyncio.FIRST_COMPLETED)
            for task in self.tasks:
                if task in done:
                    task.result()
            assert done, "the workers do not come to rest"
            for wait in idle:
                await asyncio.wait_for(wait, 150)
            if not await self.database.fetchval(
                "SELECT count(*) FROM log l JOIN cursors c USING (partition) WHERE (l.xid, l.seq) > (c.xid, c.seq)"
            ):
                return

    async def shared(self) -> None:
        """Wait until every worker holds partitions."""
        async with asyncio.timeout(100):
            while not all(worker._feed.leases for worker in self.workers):
                await asyncio.sleep(0.02)

    async def person(self, kind: str, value: str) -> Person | None:
        async with self.database.pool.acquire() as connection:
            found = await lookup.find(connection, self.workspace, kind, value)
            return await lookup.fetch(connection, *found) if found else None

    async def until(self, holds: Callable[[Person], bool], *who: Identifier) -> None:
        """Wait until something holds of people: what reaches them by way of a group takes a few rounds."""
        async with asyncio.timeout(100):
            for kind, value in who:
                while (person := await self.person(kind, value)) is None or not holds(person):
                    await self.rest()
                    await asyncio.sleep(0.02)

    async def events(self, person: Person) -> list[str]:
        """The names of what happened to a person, and to those they absorbed, by time."""
        async with self.database.pool.acquire() as connection:
            people = [person.id, *(await links.absorbed(connection, [person.id])).get(person.id, [])]
        rows = await self.database.fetch(
            "SELECT name FROM history WHERE person = ANY($1::bytea[]) AND kind = 1 ORDER BY time, id", people
        )
        return [row[0] for row in rows]

    async def rejected(self) -> list[str]:
        return [row[0] for row in await self.database.fetch("SELECT reason FROM rejected ORDER BY id")]
