"""Connections: one asyncpg pool a process, with time limits that are all shorter than a lease.

A statement, a wait for a lock or an idle open transaction is cut off before the lease of a partition could pass to another
worker, so that a stuck session stalls neither its successor nor the log's horizon.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import asyncpg

LEASE_SECONDS: Final = 15
"""How long a lease of a partition lasts without being renewed."""
STATEMENT_SECONDS: Final = 10
LOCK_SECONDS: Final = 5
IDLE_IN_TRANSACTION_SECONDS: Final = 5
IDLE_BATCH_SECONDS: Final = 1
"""The same where batches are committed: nobody else can read the log while one is open, and a batch that is cut off is worked out again."""

AWAY: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a database that went away raises. (The driver's internal error: of a session that was ended while nobody used it.)"""

Pool: TypeAlias = asyncpg.Pool
Connection: TypeAlias = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy


async def open_pool(
    url: str,
    *,
    name: str = "tidings",
    smallest: int = 1,
    largest: int = 8,
    statement_seconds: float = STATEMENT_SECONDS,
) -> Pool:
    """Open a pool. ``name`` is what pg_stat_activity shows. Raises OSError or asyncpg.PostgresError when it can't connect."""
    pool = _Pool(
        url,
        min_size=smallest,
        max_size=largest,
        timeout=10,
        command_timeout=_patience(statement_seconds),
        max_inactive_connection_lifetime=0,
        max_queries=50_000,
        loop=None,
        connection_class=_Connection,
        record_class=asyncpg.Record,
        server_settings=session_settings(name, statement_seconds),
    )
    return await pool


class _Pool(asyncpg.Pool):  # type: ignore[misc]  # the driver has no types
    """The driver's, but for one thing: a connection goes on being given back where whoever gives it is cancelled, and if that fails then
    (the pool is terminated, the database goes away), nobody is left who reads the error."""

    async def release(self, connection: Connection, *, timeout: float | None = None) -> None:  # noqa: ASYNC109  (the driver has it)
        giving = asyncio.create_task(super().release(connection, timeout=timeout))
        giving.add_done_callback(lambda given: given.cancelled() or given.exception())
        await asyncio.shield(giving)


async def connect(
    url: str,
    *,
    name: str = "tidings",
    statement_seconds: float = STATEMENT_SECONDS,
    idle_seconds: float = IDLE_IN_TRANSACTION_SECONDS,
) -> asyncpg.Connection:
    """Open one connection of one's own, for listening or for holding leases."""
    settings = session_settings(name, statement_seconds, idle_seconds)
    return await asyncpg.connect(
        url,
        timeout=10,
        command_timeout=_patience(statement_seconds),
        connection_class=_Connection,
        server_settings=settings,
    )


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # the driver has no types
    """The driver's, whose COPY takes it badly where the session ends: it waits for ever to be let write on, without a limit, or raises
    whatever the closed socket does, and leaves an error behind that nobody reads."""

    def __init__(self, protocol: Any, *more: Any) -> None:
        super().__init__(protocol, *more)
        before = protocol._on_waiter_completed

        def completed(answer: "asyncio.Future[Any]") -> None:
            if not answer.cancelled() and answer.exception() is not None:
                protocol.resume_writing()
            before(answer)

        protocol._on_waiter_completed = completed

    async def copy_records_to_table(self, table_name: str, **more: Any) -> str:
        """Copy rows in the time that any statement may take. Raises ConnectionDoesNotExistError where the session ends."""
        try:
            async with asyncio.timeout(self._config.command_timeout):
                done: str = await super().copy_records_to_table(table_name, **more)
                return done
        except (RuntimeError, AttributeError) as error:
            if self.is_closed():
                raise asyncpg.ConnectionDoesNotExistError("the session ended while rows were copied") from error
            raise


@asynccontextmanager
async def one_moment(pool: Pool) -> AsyncIterator[Connection]:
    """Give a connection that only reads, and to which everything stands as at one moment, whatever others write meanwhile: for an answer
    that is put together from several questions."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        yield connection


def _patience(statement_seconds: float) -> float | None:
    """Seconds after which a statement is given up here too: a server that vanished without a word cuts nothing off."""
    return statement_seconds + 5 if statement_seconds else None


def session_settings(
    name: str, statement_seconds: float, idle_seconds: float = IDLE_IN_TRANSACTION_SECONDS
) -> dict[str, str]:
    """The settings every session starts with; a ``statement_seconds`` of 0 sets no limit (migrations)."""
    return {
        "application_name": name,
        "timezone": "UTC",
        "statement_timeout": str(int(statement_seconds * 1000)),
        "lock_timeout": str(LOCK_SECONDS * 1000),
        "idle_in_transaction_session_timeout": str(int(idle_seconds * 1000)),
        "jit": "off",
    }


def shown(url: str) -> str:
    """The address without its password, for messages."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username or ''}:…@{host}").geturl()
