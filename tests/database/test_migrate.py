"""The tables come up from nothing and from an older version."""

import asyncio
from hashlib import blake2b
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import Database
from tidings.app.formats import FORMATS
from tidings.database import migrate as migrations
from tidings.database.migrate import migrate
from tidings.database.pool import open_pool
from tidings.database.version import Unfit, check_current, newest
from tidings.log.epoch import mend
from tidings.people import lookup
from tidings.people.document import Person, encode
from tidings.processor import Worker
from tidings.settings import Settings

FILES = Path(migrations.__file__).parent / "migrations"
KEPT = Path(__file__).parent / "kept" / "0002.sql"
RELEASED = {"0001": "5284d50846092fa2", "0002": "0307cd84c25ed711"}
"""What stays as it is, by version: a hash of its files."""
UNREAD = "SELECT count(*) FROM log l JOIN cursors c USING (partition) WHERE (l.xid, l.seq) > (c.xid, c.seq)"
ANN = {
    "id": "ann",
    "email": "ann@example.com",
    "first_name": "Ann",
    "age": 30,
    "address": {"city": "Köln"},
    "created": True,
    "color": "red",
}


async def kept(url: str) -> asyncpg.Connection:
    """An installation of the oldest version, with its people and what they did in it."""
    await migrate(url, to="0002")
    connection = await asyncpg.connect(url)
    await connection.execute(KEPT.read_text(encoding="utf-8"))
    return connection


async def contents(connection: asyncpg.Connection) -> dict[str, int]:
    """How many rows each table of today has."""
    tables = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition "
        "AND relnamespace = 'public'::regnamespace AND relname NOT IN ('alembic_version', 'formats', 'workers')"
    )
    return {row[0]: await connection.fetchval(f"SELECT count(*) FROM {row[0]}") for row in tables}


async def columns(url: str) -> list[tuple[str, ...]]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT table_name, column_name, data_type, column_default FROM information_schema.columns "
            "WHERE table_schema = 'public' ORDER BY 1, 2"
        )
        return [tuple(row) for row in rows]
    finally:
        await connection.close()


async def test_empty_database_comes_to_newest_and_stays(empty_database: str) -> None:
    applied = await migrate(empty_database, formats={"record": 1})
    assert applied[0] == "0001"
    assert applied[-1] == newest()
    before = await columns(empty_database)
    assert await migrate(empty_database, formats={"record": 1}) == []
    assert await columns(empty_database) == before


def test_the_first_migrations_stay_as_they_are() -> None:
    """Whoever has the tables never gets them again: a change is a migration of its own."""
    hashes = {}
    for path in sorted(FILES.rglob("*")):
        version = path.parent.name if path.suffix == ".sql" else path.name[:4]
        if path.is_file() and version in RELEASED and path.suffix in (".py", ".sql"):
            hashes.setdefault(version, blake2b(digest_size=8)).update(path.read_bytes())
    assert {version: found.hexdigest() for version, found in hashes.items()} == RELEASED


async def test_tables_of_an_older_version_are_brought_up(empty_database: str) -> None:
    await migrate(empty_database, to="0001")
    connection = await asyncpg.connect(empty_database)
    with pytest.raises(Unfit, match=r"at version 0001, .* run `tidings migrate`"):
        await check_current(connection, {})
    applied = await migrate(empty_database)
    assert applied[0] == "0002"
    await check_current(connection, {})
    await connection.close()


async def test_an_older_database_keeps_what_is_in_it(empty_database: str, database: Database) -> None:
    connection = await kept(empty_database)
    before = await contents(connection)
    assert all(before.values()), "a row in every table"
    await migrate(empty_database, formats=FORMATS)
    await check_current(connection, FORMATS)
    after = await contents(connection)
    assert {table: after.get(table) for table in before} == before
    await connection.close()
    assert await columns(empty_database) == await columns(database.url)


async def test_an_older_installation_carries_on(empty_database: str) -> None:
    """What an older program has written is read by this one: documents, history, definitions, and the log's unread records."""
    connection = await kept(empty_database)
    await migrate(empty_database, formats=FORMATS)
    known = await connection.fetch("SELECT known_id FROM people WHERE known_id IS NOT NULL ORDER BY 1")
    assert [row[0] for row in known] == ["ann", "ben", "eve", "mia"]
    await mend(connection)
    async with await open_pool(empty_database, smallest=0, largest=12) as pool:
        worker = Worker(pool, empty_database, Settings())
        task = asyncio.create_task(worker.run())
        async with asyncio.timeout(60):
            while await connection.fetchval(UNREAD):
                worker.idle.clear()
                await worker.idle.wait()
        worker.stop()
        await task
    found = {}
    for name in ("ann", "old-ann", "ben", "eve", "mia", "dan", "new"):
        place = await lookup.find(connection, 1, "id", name)
        found[name] = await lookup.fetch(connection, *place) if place else None
    ann, ben, eve, mia, new = (found[name] for name in ("ann", "ben", "eve", "mia", "new"))
    assert ann
    assert ben
    assert eve
    assert mia
    assert new
    assert found["dan"] is None, "deleted"
    assert found["old-ann"] is not None
    assert found["old-ann"].id == ann.id, "merged"
    assert ann.attributes == ANN
    assert {name for name, person in found.items() if person and "loyal" in person.segments} == {"ben", "mia"}
    assert "big" in eve.segments
    assert eve.groups[0].attributes == {"seats": 25}
    assert mia.consent.topics == {"news": False}
    assert [device.token for device in mia.devices] == ["token-1"]
    sent = await connection.fetch("SELECT person, state FROM deliveries WHERE step = 'hello'")
    assert sorted(row["state"] for row in sent) == ["planned", "sent", "sent", "sent", "sent"]
    assert [row["person"] for row in sent if row["state"] == "planned"] == [new.id]
    await connection.close()


async def test_ids_that_were_taken_as_they_came_are_known(empty_database: str) -> None:
    await migrate(empty_database, to="0096")
    connection = await asyncpg.connect(empty_database)
    odd = Person(b"\1" * 16, 1, 1, 0, b"\1" * 16, [("id", "older"), ("id", "a\0b"), ("email", "a@example.com")])
    await connection.execute(
        "INSERT INTO people (partition, id, workspace, doc, built, created_at) VALUES (1, $1, 1, $2, 0, 0)",
        odd.id,
        encode(odd),
    )
    await migrate(empty_database)
    assert await connection.fetchval("SELECT known_id FROM people") == "a\ufffdb"
    await connection.close()


async def test_older_program_refuses_newer_formats(empty_database: str) -> None:
    await migrate(empty_database, formats={"record": 1, "person": 3})
    await migrate(empty_database, formats={"record": 1, "person": 2})  # an older program lowers nothing
    connection = await asyncpg.connect(empty_database)
    await check_current(connection, {"record": 1, "person": 3})
    with pytest.raises(Unfit, match="person format 3"):
        await check_current(connection, {"record": 1, "person": 2})
    await connection.close()


async def test_unknown_version_is_of_a_newer_program(empty_database: str) -> None:
    await migrate(empty_database)
    connection = await asyncpg.connect(empty_database)
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unfit, match="newer program"):
        await check_current(connection, {})
    await connection.close()
