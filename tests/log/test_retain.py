"""Emptying the log, and raising its epoch."""

import asyncio
from typing import Any

import asyncpg

from tidings.log import Cursor, Reader, append
from tidings.log.epoch import mend
from tidings.log.leases import Move, advance, take
from tidings.log.retain import retain


async def slots(connection: asyncpg.Connection) -> tuple[int, int]:
    """The slot being filled and one that is neither it nor next."""
    now = await connection.fetchval("SELECT floor(extract(epoch FROM clock_timestamp()) / 600)::bigint % 4")
    return now, (now + 2) % 4


async def test_only_what_all_cursors_passed_is_emptied(database: Any) -> None:
    async with database.pool.acquire() as connection:
        _, old = await slots(connection)
        await connection.execute(
            "INSERT INTO log (slot, partition, body) SELECT $1, p, 'x' FROM generate_series(0, 5) p", old
        )
        assert await retain(connection) == []
        leases = await take(connection, "worker", 64)
        batch = await Reader().read(connection, {p: lease.cursor for p, lease in leases.items()})
        moves = [
            Move(row.partition, leases[row.partition].token, Cursor(0, 0), Cursor(row.xid, row.seq), row.stamp)
            for row in batch.rows
        ]
        await advance(connection, moves[:5])
        assert await retain(connection) == []
        await advance(connection, moves[5:])
        await append(connection, [(0, b"fresh")])
        assert await retain(connection) == [old]
        assert await connection.fetchval("SELECT count(*) FROM log") == 1
        assert await retain(connection) == []


async def test_a_table_is_emptied_once_the_next_is_filled(database: Any) -> None:
    """How long a record that was applied may still stand there is part of what a deletion promises."""
    async with database.pool.acquire() as connection:
        now, _ = await slots(connection)
        before = (now - 1) % 4
        await connection.execute(
            "INSERT INTO log (slot, partition, body) VALUES ($1, 0, 'sent'), ($1, 1, 'sent')", before
        )
        assert await retain(connection) == [], "nobody has applied them"
        await connection.execute(
            "UPDATE cursors c SET xid = l.xid, seq = l.seq FROM log l WHERE l.partition = c.partition"
        )
        await retain(connection)
        assert await connection.fetchval("SELECT count(*) FROM log WHERE body = 'sent'") == 0


async def test_row_of_an_open_transaction_is_waited_for(database: Any) -> None:
    """A slow writer may still be filling an old slot; its row must not be thrown away unread."""
    writer = await asyncpg.connect(database.url)
    async with database.pool.acquire() as connection:
        _, old = await slots(connection)
        await connection.execute("INSERT INTO log (slot, partition, body) VALUES ($1, 0, 'passed')", old)
        await connection.execute(
            "UPDATE cursors SET xid = (SELECT max(xid) FROM log), seq = (SELECT max(seq) FROM log)"
        )
        transaction = writer.transaction()
        await transaction.start()
        await writer.execute("INSERT INTO log (slot, partition, body) VALUES ($1, 0, 'late')", old)
        assert await retain(connection) == []  # the lock is not to be had
        trying = asyncio.create_task(retain(connection))
        await transaction.commit()
        assert await trying == []
        assert await connection.fetchval("SELECT count(*) FROM log WHERE body = 'late'") == 1
    await writer.close()


async def test_epoch_is_raised_where_ids_start_anew(database: Any) -> None:
    async with database.pool.acquire() as connection:
        assert await mend(connection) is None
        await append(connection, [(0, b"old")])
        far = 1 << 40  # as if the rows and cursors came from a cluster long in use
        await connection.execute("UPDATE log SET xid = $1", far)
        await connection.execute("UPDATE cursors SET xid = $1 WHERE partition = 1", far + 5)
        assert await mend(connection) == 2
        assert await mend(connection) is None
        await append(connection, [(0, b"new"), (1, b"new")])
        batch = await Reader().read(connection, {0: Cursor(0, 0), 1: Cursor(far + 5, 9)})
        assert [(row.partition, row.body) for row in batch.rows] == [(0, b"old"), (0, b"new"), (1, b"new")]
        assert batch.through >= batch.rows[-1].stamp
        assert await connection.fetchval("SELECT min(epoch) FROM cursors") == 2
