"""No session of ours can stand in the way for as long as a lease lasts."""

import asyncio
import gc
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


async def test_who_is_cancelled_while_giving_a_connection_back_leaves_no_error_unread(database: Any) -> None:
    loop, unread = asyncio.get_running_loop(), list[Any]()
    handler = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: unread.append(context))
    try:
        pool = await open_pool(database.url)
        connection = await pool.acquire()
        connection._con._transport.pause_reading()  # so that the answer never comes
        asked = connection._con._protocol.queries_count
        giving = asyncio.create_task(pool.release(connection))
        while connection._con._protocol.queries_count == asked:
            await asyncio.sleep(0)
        giving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await giving
        pool.terminate()
        await asyncio.sleep(0)
        gc.collect()
        await asyncio.sleep(0)
    finally:
        loop.set_exception_handler(handler)
    assert unread == []


def test_password_is_not_shown() -> None:
    assert shown("postgresql://me:hunter2@db.example.com:5433/x?a=b") == "postgresql://me:…@db.example.com:5433/x?a=b"
    assert shown("postgresql://tidings@/tidings?host=/tmp/x") == "postgresql://tidings@/tidings?host=/tmp/x"
