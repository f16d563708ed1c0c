"""Rows and ids in bulk."""

import pytest

from tests.conftest import Database
from tidings.database.staged import count, each, stage

COLUMNS = ("partition", "workspace", "segment", "person", "since")


async def test_rows_are_there_for_one_transaction_the_newest_alone(database: Database) -> None:
    async with database.pool.acquire() as connection:
        for names in (["first"], ["second", "third"]):
            async with connection.transaction():
                for name in names:
                    await stage(connection, "memberships", COLUMNS, [(1, 1, name, b"ann", 5), (2, 1, name, b"ben", 6)])
                found = await connection.fetch("SELECT segment, person FROM new_memberships ORDER BY person")
                assert [tuple(row) for row in found] == [(names[-1], b"ann"), (names[-1], b"ben")]
        assert await connection.fetchval("SELECT count(*) FROM new_memberships") == 0
        assert await connection.fetchval("SELECT count(*) FROM memberships") == 0


async def test_without_a_transaction_rows_are_refused(database: Database) -> None:
    """They would be gone before they are used."""
    async with database.pool.acquire() as connection:
        with pytest.raises(RuntimeError, match="transaction"):
            await stage(connection, "memberships", COLUMNS, [(1, 1, "vip", b"ann", 5)])


async def test_ids_come_apart_as_they_were_joined(database: Database) -> None:
    ids = [bytes([n]) * 16 for n in (0, 7, 255, 64)]
    async with database.pool.acquire() as connection:
        for some in (ids, ids[:1], []):
            rows = await connection.fetch(f"SELECT id FROM {each('$1')} AS asked", b"".join(some))
            assert [row[0] for row in rows] == some
        assert count(await connection.execute("UPDATE cursors SET clock = 1 WHERE partition < 3")) == 3
