"""Empty the log's tables that every cursor has passed."""

import asyncpg

from tidings.database.pool import Connection

_SLOTS = 4
_SLOT_SECONDS = 600


async def retain(connection: Connection) -> list[int]:
    """Empty the slots that are neither being filled nor next, and whose every row is applied; gives their numbers.

    A slot somebody is using is left for the next time. Call it outside of a transaction, every few minutes, from any worker.
    """
    now = int(
        await connection.fetchval(f"SELECT floor(extract(epoch FROM clock_timestamp()) / {_SLOT_SECONDS})::bigint")
    )
    emptied = []
    for slot in range(_SLOTS):
        if slot in (now % _SLOTS, (now + 1) % _SLOTS):
            continue
        if (
            await _has_rows(connection, slot)
            and not await _has_unread(connection, slot)
            and await _empty(connection, slot)
        ):
            emptied.append(slot)
    return emptied


async def _empty(connection: Connection, slot: int) -> bool:
    try:
        async with connection.transaction():
            # the lock waits for whoever is still writing here; only after it the question counts
            await connection.execute("SET LOCAL lock_timeout = '200ms'")
            await connection.execute(f"LOCK TABLE log_{slot} IN ACCESS EXCLUSIVE MODE")
            if await _has_unread(connection, slot):
                return False
            await connection.execute(f"TRUNCATE log_{slot}")
    except asyncpg.LockNotAvailableError:
        return False
    return True


async def _has_rows(connection: Connection, slot: int) -> bool:
    return bool(await connection.fetchval(f"SELECT EXISTS (SELECT FROM log_{slot})"))


async def _has_unread(connection: Connection, slot: int) -> bool:
    return bool(
        await connection.fetchval(
            f"""
            SELECT EXISTS (
                SELECT FROM cursors c CROSS JOIN LATERAL (
                    SELECT FROM log_{slot} l WHERE l.partition = c.partition AND (l.xid, l.seq) > (c.xid, c.seq)
                    ORDER BY l.xid, l.seq LIMIT 1
                ) unread
            )
            """
        )
    )
