"""No session of ours can stand in the way for as long as a lease lasts."""

from typing import Any

import asyncpg
import pytest

from tidings.database.pool import LEASE_SECONDS, connect, open_pool, shown


async def test_every_limit_is_set_and_shorter_than_a_lease(database: Any) -> None:
    pool = await open_pool(database.url)
    alone = await connect(database.url)
    async with pool.acquire() as pooled:
        for connection in (pooled, alone):
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
                seconds = await connection.fetchval(
                    "SELECT setting::int / 1000 FROM pg_settings WHERE name = $1 AND unit = 'ms'", name
                )
                assert 0 < seconds < LEASE_SECONDS, name
    await pool.close()
    await alone.close()


async def test_statement_over_its_limit_is_cut_off(database: Any) -> None:
    connection = await connect(database.url, statement_seconds=0.05)
    with pytest.raises(asyncpg.QueryCanceledError):
        await connection.execute("SELECT pg_sleep(10)")
    await connection.close()


def test_password_is_not_shown() -> None:
    assert shown("postgresql://me:hunter2@db.example.com:5433/x?a=b") == "postgresql://me:…@db.example.com:5433/x?a=b"
    assert shown("postgresql://tidings@/tidings?host=/tmp/x") == "postgresql://tidings@/tidings?host=/tmp/x"
