"""Looking at the newest rows, and reading on from there without a gap or a repeat."""

from tests.conftest import Database
from tidings import log
from tidings.log.recent import recent


async def test_the_newest_rows_and_what_comes_after_them(database: Database) -> None:
    async with database.pool.acquire() as connection:
        for number in range(30):
            await log.append(connection, [(number % 3, b"%d" % number)])
        rows, cursors = await recent(connection, 5)
        assert [row.body for row in rows] == [b"%d" % number for number in range(15, 30)]
        assert len(cursors) == 64
        await log.append(connection, [(0, b"new"), (63, b"other")])
        batch = await log.Reader().read(connection, cursors)
        assert sorted(row.body for row in batch.rows) == [b"new", b"other"]


async def test_what_is_not_yet_committed_comes_later(database: Database) -> None:
    async with database.pool.acquire() as writer, database.pool.acquire() as reader:
        transaction = writer.transaction()
        await transaction.start()
        await log.append(writer, [(1, b"slow")])
        await log.append(reader, [(1, b"quick")])
        rows, cursors = await recent(reader, 10)
        assert rows == []
        await transaction.commit()
        batch = await log.Reader().read(reader, cursors)
        assert sorted(row.body for row in batch.rows) == [b"quick", b"slow"]
