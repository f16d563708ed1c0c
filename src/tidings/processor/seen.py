"""Record ids seen before: four tables by day, looked up once a batch, written in its commit.

A lookup covers the day of the batch and the one before, so an id is known for 24 to 48 hours.
"""

from collections.abc import Sequence
from typing import Final

import asyncpg

from tidings.database.pool import Connection
from tidings.database.staged import each
from tidings.kernel.times import DAY

SLOTS: Final = 4
BUCKETS: Final = 64


def slot_of(now: int) -> int:
    """Give the table of a moment."""
    return now // DAY % SLOTS


async def known(connection: Connection, slot: int, ids: Sequence[bytes]) -> set[bytes]:
    """Give those of the ids that were seen."""
    looked_in = " UNION ALL ".join(
        f"SELECT m.id FROM {each('$1')} AS asked JOIN message_ids_{int(day)} m "
        f"ON m.slot = {int(day)} AND m.bucket = get_byte(asked.id, 0) % {BUCKETS} AND m.id = asked.id"
        for day in (slot, (slot - 1) % SLOTS)
    )
    rows = await connection.fetch(looked_in, b"".join(ids))
    return {row[0] for row in rows}


async def write(connection: Connection, slot: int, ids: Sequence[bytes]) -> None:
    """Remember ids; raises asyncpg.UniqueViolationError where another process was quicker with one."""
    await connection.execute(
        f"INSERT INTO message_ids_{int(slot)} (slot, bucket, id) "
        f"SELECT {int(slot)}, get_byte(new.id, 0) % {BUCKETS}, new.id FROM {each('$1')} AS new",
        b"".join(sorted(ids)),
    )


async def tidy(connection: Connection, now: int) -> None:
    """Empty the tables that are two and three days old; any worker may, any time. One in use is left for the next time.

    While rows of another day are still unread, nothing is emptied: what is looked up for them stands in those tables.
    """
    oldest = await connection.fetchval(_OLDEST_UNREAD)
    if oldest is not None and oldest // DAY < now // DAY:
        return
    for slot in ((slot_of(now) + 1) % SLOTS, (slot_of(now) + 2) % SLOTS):
        if await connection.fetchval(f"SELECT EXISTS (SELECT FROM message_ids_{slot})"):
            try:
                async with connection.transaction():
                    await connection.execute("SET LOCAL lock_timeout = '200ms'")
                    await connection.execute(f"TRUNCATE message_ids_{slot}")
            except asyncpg.LockNotAvailableError:
                return


_OLDEST_UNREAD = """
SELECT min(unread.stamp) FROM cursors c CROSS JOIN LATERAL (
    SELECT l.stamp FROM log l WHERE l.partition = c.partition AND (l.xid, l.seq) > (c.xid, c.seq) ORDER BY l.xid, l.seq LIMIT 1
) unread
"""
