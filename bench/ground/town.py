"""A database of its own with a workspace in force and people in it, loaded by COPY through the stores' encoders."""

import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.ground import project
from bench.ground.size import Size
from bench.ground.working import Working, working
from tidings import log
from tidings.database.access import create_workspace
from tidings.database.migrate import migrate
from tidings.database.pool import Pool, connect, open_pool
from tidings.engine import Definitions, Step, Workspace, step
from tidings.history import kinds
from tidings.history.body import pack
from tidings.history.store import COLUMNS as HISTORY
from tidings.kernel.ids import PARTITIONS, digest, home_of, partition_of, person_id
from tidings.kernel.records import SECRET, Event, Identify, Record, encode, home
from tidings.kernel.times import DAY, HOUR
from tidings.people import store
from tidings.people.document import Person, Run
from tidings.people.identity import bucket_of, key_of
from tidings.project.apply import apply
from tidings.project.folder import read_folder

CHUNK: Final = 20_000


class Town:
    """``url``: of the database; ``number``: of the definitions in force; ``people``: how many live there."""

    def __init__(self, url: str, pool: Pool, workspace: int, secret: bytes, size: Size) -> None:
        self.url, self.pool, self.workspace, self.secret, self.size = url, pool, workspace, secret, size
        self.number, self.people = 0, 0
        self.definitions = Definitions(Workspace(workspace, secret), 0, {})
        self.random = random.Random(7)

    @classmethod
    async def make(cls, server: str, name: str, size: Size) -> "Town":
        """Make a database on a server and a workspace in it."""
        admin = await connect(server)
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.execute(f'CREATE DATABASE "{name}"')
        await admin.close()
        url = server.replace("/tidings?", f"/{name}?")
        await migrate(url)
        pool = await open_pool(url, name="bench", statement_seconds=0)
        async with pool.acquire() as connection:
            made = await create_workspace(connection, "bench")
        return cls(url, pool, made.id, made.secret, size)

    async def close(self) -> None:
        """Leave it."""
        await self.pool.close()

    async def define(self, **choices: Any) -> None:
        """Put the project in force, and let a worker take note of it: while nobody lives here, nobody has to be built."""
        await self.apply(**choices)
        async with working(self.url) as worker:
            await self.built(worker)

    async def apply(self, **choices: Any) -> None:
        """Put the project in force, as `project.write` makes it."""
        with tempfile.TemporaryDirectory() as folder:
            applied = await apply(self.pool, self.workspace, read_folder(project.write(Path(folder), **choices)))
        self.number = applied.number
        body = json.loads(
            await self.pool.fetchval(
                "SELECT body FROM definitions WHERE workspace = $1 AND number = $2", self.workspace, self.number
            )
        )
        self.definitions = Definitions(Workspace(self.workspace, self.secret), self.number, body)

    async def built(self, worker: Working) -> None:
        """Wait until everybody is built for the definitions in force."""
        while (
            await self.pool.fetchval("SELECT count(*) FROM in_force WHERE number = $1 AND built >= number", self.number)
            < PARTITIONS
        ):
            await worker.news()

    async def settle(self, count: int, dress: Callable[[int, Person], Person] = lambda _, person: person) -> None:
        """Let so many people live here, with documents as the engine made them from a short past. ``dress``: changes each of them."""
        models = list(self._kinds())
        since = time.time_ns() // 1000
        async with self.pool.acquire() as connection:
            await connection.execute("ALTER TABLE memberships DROP CONSTRAINT memberships_pkey")
        for first in range(0, count, CHUNK):
            people, keys, members = [], [], []
            for n in range(first, min(first + CHUNK, count)):
                made = dress(n, self._person(n, models[n % len(models)]))
                people.append(store.row(made))
                for kind, value in made.identifiers:
                    key = key_of(self.secret, kind, value)
                    keys.append((bucket_of(key), key, self.workspace, made.partition, made.id))
                members += [(made.partition, self.workspace, name, made.id, since) for name in made.segments]
            await self.write(people)
            async with self.pool.acquire() as connection:
                await connection.copy_records_to_table(
                    "identifiers", columns=("bucket", "key", "workspace", "partition", "person"), records=sorted(keys)
                )
                await connection.copy_records_to_table(
                    "memberships",
                    columns=("partition", "workspace", "segment", "person", "since"),
                    records=sorted(members),
                )
        self.people = count
        async with self.pool.acquire() as connection:
            await connection.execute("ALTER TABLE memberships ADD PRIMARY KEY (partition, workspace, segment, person)")
            await connection.execute("VACUUM (ANALYZE) people")
            await connection.execute("VACUUM (ANALYZE) people_times")
            await connection.execute("VACUUM (ANALYZE) identifiers")
            await connection.execute("VACUUM (ANALYZE) memberships")
            await connection.execute("CHECKPOINT")

    async def remember(self, count: int, shares: Mapping[str, float]) -> None:
        """Load history: events of everybody over sixty days, in the order they came; ``shares``: which part of them has which name."""
        draw, names, now = self.random, list(shares), time.time_ns() // 1000
        borders = [sum(list(shares.values())[: n + 1]) for n in range(len(names))]
        bodies = [pack(self.properties()) for _ in range(200)]
        people = [self.person_id(n) for n in range(self.people)]
        step, begin = 60 * DAY // max(count, 1), now - 60 * DAY - HOUR
        async with self.pool.acquire() as connection:
            await connection.execute("DROP INDEX history_of_person")
            for first in range(0, count, 5 * CHUNK):
                rows = []
                for n in range(first, min(first + 5 * CHUNK, count)):
                    chance, person, at = draw.random(), draw.choice(people), begin + n * step
                    name = next(
                        (name for name, border in zip(names, borders, strict=True) if chance < border), "Other Thing"
                    )
                    rows.append(
                        (home_of(person), kinds.TRACK, person, at, at, 1, name, n.to_bytes(16), bodies[n % 200])
                    )
                await connection.copy_records_to_table("history", columns=HISTORY, records=rows)
            await connection.execute("CREATE INDEX history_of_person ON history (partition, person, time)")
            await connection.execute("VACUUM (ANALYZE) history")
            await connection.execute("CHECKPOINT")

    async def stand(self, count: int, due: int) -> None:
        """Let the first people stand at the wait of a journey, due at a moment."""
        models = list(self._kinds())
        rows = []
        for n in range(count):
            person, journey = self._person(n, models[n % len(models)]), f"follow-{n % len(project.EVENTS)}"
            entered = due - 2 * HOUR
            run = Run(
                id=digest("run", person.id),
                journey=journey,
                version=1,
                step="settle",
                entered=entered,
                visit=1,
                arrived=entered,
                wake=due,
                values={},
                waiting=True,
            )
            rows.append(store.row(msgspec.structs.replace(person, runs=[run], memory={journey: (1, entered, 0)})))
        await self.write(rows)
        await self.pool.execute("VACUUM (ANALYZE) people")
        await self.pool.execute("VACUUM (ANALYZE) people_times")

    async def write(self, people: list[store.Row]) -> None:
        """Write people down, whether they are there or not."""
        async with self.pool.acquire() as connection, connection.transaction():
            await store.write(connection, sorted(people))

    def _kinds(self) -> Iterator[Person]:
        """Some people of each combination of attributes, moved by the engine."""
        for plan in project.PLANS:
            for city in project.CITIES:
                for seats in (1, 7, 25, 60) * 3:
                    attributes = {
                        "plan": plan,
                        "city": city,
                        "seats": seats,
                        "first_name": "Robin",
                        "last_name": "Moreau",
                        "language": "en",
                        "company_name": "Brightboard",
                        "phone": "+4915112345678",
                        "signed_up_at": "2026-05-01T10:00:00Z",
                        "email": "robin@bench.example",
                    }
                    yield self._lived(attributes)

    def _lived(self, attributes: dict[str, Any]) -> Person:
        """Somebody with a past: an `identify`, and sixteen events within the last twenty days."""
        draw, now = self.random, time.time_ns() // 1000
        moments = sorted(now - draw.randrange(HOUR, 6 * DAY) - draw.choice((0, 0, 8 * DAY)) for _ in range(16))
        person = Person(
            id=b"x" * 16,
            workspace=self.workspace,
            partition=0,
            created=moments[0] - DAY,
            first=b"x" * 16,
            identifiers=[("id", "x"), ("email", "robin@bench.example")],
        )
        lived: list[tuple[int, Any]] = [(moments[0] - DAY, Identify(attributes))]
        lived += [(at, Event(draw.choice(project.EVENTS), self.properties())) for at in moments]
        for n, (at, body) in enumerate(lived):
            record = self.record(body, "x", -1 - n, at)
            done = step(self.definitions, person, msgspec.structs.replace(record, starts=False), at)
            assert isinstance(done, Step)
            person = done.person
        return person

    def _person(self, n: int, kind: Person) -> Person:
        name = self.name(n)
        id = self.person_id(n)
        email = f"{name}@bench.example"
        return msgspec.structs.replace(
            kind,
            id=id,
            partition=home_of(id),
            first=id,
            identifiers=[("id", name), ("email", email)],
            attributes={**kind.attributes, "email": email, "id": name},
        )

    def name(self, n: int) -> str:
        """Give the id that a source calls a person by."""
        return f"user-{n}"

    def person_id(self, n: int) -> bytes:
        """Give a person's own id."""
        name = self.name(n)
        return person_id(partition_of(self.workspace, "id", name), self.workspace, "id", name)

    def record(self, body: Any, name: str, n: int, at: int | None = None) -> Record:
        """Make the record that an API process would."""
        now = time.time_ns() // 1000
        message = f"bench-{n:012d}-4f1c-9d"
        return Record(
            id=digest(1, message),
            workspace=self.workspace,
            source=1,
            trust=SECRET,
            who=(("id", name),),
            time=now if at is None else at,
            received=now,
            body=body,
            message_id=message,
        )

    def events(self, count: int, start: int = 0) -> list[tuple[int, bytes]]:
        """Make rows of the log: nine events and one `identify` of ten, of people drawn at random."""
        rows, draw = [], self.random
        for n in range(start, start + count):
            name = self.name(draw.randrange(self.people))
            body: Any
            if n % 10 == 9:
                body = Identify(
                    {"visits": draw.randrange(1000), "seats": draw.choice((1, 7, 25, 60))}
                    if n % 100 == 99
                    else {"visits": draw.randrange(1000)}
                )
            else:
                body = Event(draw.choice(project.EVENTS), self.properties())
            made = self.record(body, name, n)
            rows.append((home(made), encode(made)))
        return rows

    def touches(self, start: int) -> list[tuple[int, bytes]]:
        """Make one event of everybody."""
        made = [
            self.record(Event(project.EVENTS[0], self.properties()), self.name(n), start + n)
            for n in range(self.people)
        ]
        return [(home(record), encode(record)) for record in made]

    def properties(self) -> dict[str, Any]:
        """What an event says."""
        draw = self.random
        return {
            "total": draw.randrange(1000),
            "currency": "EUR",
            "items": draw.randrange(1, 9),
            "sku": f"sku-{draw.randrange(5000)}",
            "category": "garden",
            "url": "https://shop.example/garden/chairs/17?from=mail",
            "first": draw.random() < 0.01,
        }

    async def append(self, rows: list[tuple[int, bytes]], chunk: int = 1000) -> None:
        """Put rows into the log, so many to a commit."""
        async with self.pool.acquire() as connection:
            for first in range(0, len(rows), chunk):
                await log.append(connection, rows[first : first + chunk])

    async def copy_bare(self, rows: list[tuple[int, bytes]], chunk: int, *, heap: bool = False) -> float:
        """Give how many of the same rows a second a bare COPY takes, so many to a commit, into a table like the log: with its columns and
        its one index, by which rows are read in order. With ``heap`` into a table of only the two columns given, without an index."""
        like = "partition smallint NOT NULL, body bytea NOT NULL" if heap else "LIKE log INCLUDING ALL"
        async with self.pool.acquire() as connection:
            await connection.execute(f"DROP TABLE IF EXISTS bare; CREATE TABLE bare ({like})")
            started = time.perf_counter()
            for first in range(0, len(rows), chunk):
                await connection.copy_records_to_table(
                    "bare", columns=("partition", "body"), records=rows[first : first + chunk]
                )
            taken = time.perf_counter() - started
            await connection.execute("DROP TABLE bare")
        return len(rows) / taken

    async def copy_written(self, events: int, chunk: int) -> float:
        """Give how many events a second a bare COPY takes of what processing them wrote: a document and an id each, and their rows of
        history, so many events to a commit, into tables without indexes."""
        async with self.pool.acquire() as connection:
            documents = await connection.fetch("SELECT partition, id, doc FROM people LIMIT $1", events)
            history = await connection.fetch(f"SELECT {', '.join(HISTORY)} FROM history")
            await connection.execute(
                "CREATE TABLE bare_people (partition smallint NOT NULL, id bytea NOT NULL, doc bytea NOT NULL); "
                "CREATE TABLE bare_history (LIKE history); CREATE TABLE bare_ids (id bytea NOT NULL)"
            )
            share = len(history) / max(events, 1)
            started = time.perf_counter()
            for first in range(0, events, chunk):
                part = [documents[n % len(documents)] for n in range(first, min(first + chunk, events))]
                rows = history[int(first * share) : int((first + chunk) * share)]
                async with connection.transaction():
                    await connection.copy_records_to_table("bare_people", records=part)
                    await connection.copy_records_to_table("bare_history", columns=HISTORY, records=rows)
                    await connection.copy_records_to_table("bare_ids", records=[(row[1],) for row in part])
            taken = time.perf_counter() - started
            await connection.execute("DROP TABLE bare_people, bare_history, bare_ids")
        return events / taken
