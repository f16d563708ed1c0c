"""The log's order: with several writers at once, a reader sees each row once, and never one it had passed."""

import asyncio
import random
from typing import Any

import asyncpg

from tidings.log import Cursor, Reader, append, listen, wake

START = Cursor(0, 0)


async def writer(url: str, number: int, rounds: int, dice: random.Random) -> list[bytes]:
    """Append batches of random sizes, some in one transaction together; give what was committed."""
    connection = await asyncpg.connect(url)
    written: list[bytes] = []
    try:
        for turn in range(rounds):
            batches = [
                [
                    (dice.randrange(4), b"%d/%d/%d/%d" % (number, turn, part, i))
                    for i in range(dice.choice([1, 3, 40, 400]))
                ]
                for part in range(dice.choice([1, 1, 3]))
            ]
            transaction = connection.transaction()
            await transaction.start()
            for rows in batches:
                await append(connection, rows)
                if dice.random() < 0.3:
                    await connection.execute("SELECT pg_sleep($1)", dice.random() / 100)
            if dice.random() < 0.1:
                await transaction.rollback()
            else:
                await transaction.commit()
                written.extend(body for rows in batches for _, body in rows)
    finally:
        await connection.close()
    return written


async def test_four_writers_lose_and_double_nothing(database: Any) -> None:
    dice = random.Random(7)
    writers = [asyncio.create_task(writer(database.url, n, 40, random.Random(dice.random()))) for n in range(4)]
    connection = await asyncpg.connect(database.url)
    reader, cursors = Reader(), dict.fromkeys(range(4), START)
    seen: list[bytes] = []
    clocks = dict.fromkeys(range(4), 0)
    by_number, numbers = 0, 0
    while True:
        done = all(task.done() for task in writers)
        batch = await reader.read(connection, cursors, dice.choice([5, 50, 2000]))
        for row in batch.rows:
            assert row[1:3] > cursors[row.partition]
            assert row.stamp > clocks[row.partition], "a row turned up that an earlier read had promised to be all"
            cursors[row.partition] = Cursor(row.xid, row.seq)
            seen.append(row.body)
        for partition in set(range(4)) - batch.full:
            clocks[partition] = batch.through
        # the reader that remembers the last number alone, beside it
        found = await connection.fetch("SELECT seq FROM log WHERE seq > $1 ORDER BY seq", by_number)
        numbers += len(found)
        by_number = found[-1][0] if found else by_number
        if done and not batch.rows and not batch.full:
            break
    written = [body for task in writers for body in task.result()]
    await connection.close()
    assert sorted(seen) == sorted(written)
    assert numbers < len(written), (
        "the sequence alone found every row: the writers did not overlap, and the test shows nothing"
    )


async def test_open_transaction_holds_back_rows_and_time(database: Any) -> None:
    slow, quick, reading = [await asyncpg.connect(database.url) for _ in range(3)]
    reader, cursors = Reader(), {0: START, 1: START}
    first = await reader.read(reading, cursors)
    transaction = slow.transaction()
    await transaction.start()
    await append(slow, [(0, b"slow")])
    opened = await reading.fetchval("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
    await append(quick, [(1, b"quick")])
    for _ in range(3):
        held = await reader.read(reading, cursors)
        assert held.rows == []
        assert first.through <= held.through < opened
    await transaction.commit()
    freed = await reader.read(reading, cursors)
    assert {row.body for row in freed.rows} == {b"slow", b"quick"}
    assert freed.through > opened
    assert all(first.through < row.stamp <= freed.through for row in freed.rows)
    for connection in (slow, quick, reading):
        await connection.close()


async def test_busy_partition_leaves_room_for_quiet_ones(database: Any) -> None:
    async with database.pool.acquire() as connection:
        await append(connection, [(0, b"%d" % i) for i in range(3000)] + [(p, b"quiet") for p in range(1, 64)])
        reader, cursors = Reader(), dict.fromkeys(range(64), START)
        first = await reader.read(connection, cursors, 640)
        assert {row.partition for row in first.rows} == set(range(64))
        assert first.full == {0}
        sizes = []
        while batch := (await reader.read(connection, cursors, 640)).rows:
            for row in batch:
                cursors[row.partition] = Cursor(row.xid, row.seq)
            sizes.append(len(batch))
        assert sum(sizes) == 3063
        assert max(sizes) <= 640
        assert sizes[6] > 4 * 10, "a partition alone in being busy should soon take most of the batch"


async def test_big_bodies_make_small_batches(database: Any) -> None:
    async with database.pool.acquire() as connection:
        await append(connection, [(0, bytes(1 << 20)) for _ in range(40)])
        reader, cursors = Reader(), {0: START}
        await reader.read(connection, cursors, 4)
        assert len((await reader.read(connection, cursors, 2000)).rows) <= 16


async def test_append_wakes_listeners(database: Any) -> None:
    listening = await asyncpg.connect(database.url)
    heard = asyncio.Event()
    await listen(listening, heard.set)
    async with database.pool.acquire() as connection:
        for inside in (False, True):
            heard.clear()
            if inside:
                async with connection.transaction():
                    await append(connection, [(0, b"x")])
            else:
                await append(connection, [(0, b"x")])
            await asyncio.wait_for(heard.wait(), 5)
        heard.clear()
        await wake(connection)
        await asyncio.wait_for(heard.wait(), 5)
    await listening.close()
