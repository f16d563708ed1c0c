"""The tables come up from nothing and from an older version."""

import asyncpg
import pytest

from tidings.database.migrate import Unfit, check_current, migrate, newest, version


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


async def test_older_database_keeps_its_rows(empty_database: str, database) -> None:
    await migrate(empty_database, to="0001")
    connection = await asyncpg.connect(empty_database)
    await connection.execute("INSERT INTO workspaces (name, secret) VALUES ('production', $1)", bytes(32))
    assert await version(connection) == "0001"
    with pytest.raises(Unfit, match="tidings migrate"):
        await check_current(connection, {})
    applied = await migrate(empty_database)
    assert applied
    assert "0001" not in applied
    await check_current(connection, {})
    assert await connection.fetchval("SELECT name FROM workspaces") == "production"
    await connection.close()
    assert await columns(empty_database) == await columns(database.url)


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
