"""No session of ours can stand in the way for as long as a lease lasts."""

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from tidings.database.pool import AWAY, LEASE_SECONDS, connect, open_pool, shown


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


@pytest.fixture
async def unread() -> AsyncIterator[list[Any]]:
    """Errors that nobody read."""
    loop, found = asyncio.get_running_loop(), list[Any]()
    handler = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: found.append(context))
    yield found
    loop.set_exception_handler(handler)


async def forgotten() -> None:
    """Let what nobody holds be gone."""
    await asyncio.sleep(0)
    gc.collect()
    await asyncio.sleep(0)


@pytest.mark.parametrize("noticed", [True, False])
async def test_a_copy_ends_with_its_session(database: Any, unread: list[Any], noticed: bool) -> None:
    """Whether the driver hears of the end before it writes on, or by writing."""
    await database.execute("CREATE TABLE large (body bytea)")
    connection = await connect(database.url)
    pid = connection.get_server_pid()

    async def rows() -> AsyncIterator[tuple[bytes]]:
        for number in range(40):
            if number == 4:
                connection._transport.pause_reading()
                await database.execute("SELECT pg_terminate_backend($1, 5000)", pid)
                if noticed:
                    connection._transport.resume_reading()
                    while not connection.is_closed():
                        await asyncio.sleep(0)
            yield (bytes(1 << 20),)

    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await connection.copy_records_to_table("large", columns=("body",), records=rows())
    await forgotten()
    assert unread == []


async def test_a_copy_on_a_session_that_is_ending(database: Any, unread: list[Any]) -> None:
    """The last word of the session was read, and its end was not yet."""
    connection = await connect(database.url)
    await connection.copy_records_to_table("cursors", columns=("partition",), records=[])
    said = b"FATAL terminated"
    said = b"SFATAL\x00C57P01\x00M" + said + b"\x00\x00"
    connection._protocol.data_received(b"E" + (len(said) + 4).to_bytes(4, "big") + said)
    with pytest.raises(AWAY):
        await connection.copy_records_to_table("cursors", columns=("partition",), records=[])
    connection.terminate()
    await forgotten()
    assert unread == []


async def test_who_is_cancelled_while_giving_a_connection_back_leaves_no_error_unread(
    database: Any, unread: list[Any]
) -> None:
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
    await forgotten()
    assert unread == []


def test_password_is_not_shown() -> None:
    assert shown("postgresql://me:hunter2@db.example.com:5433/x?a=b") == "postgresql://me:…@db.example.com:5433/x?a=b"
    assert shown("postgresql://tidings@/tidings?host=/tmp/x") == "postgresql://tidings@/tidings?host=/tmp/x"
