"""The newest rows of the log, for looking at what comes in; a `Reader` goes on from there."""

from tidings.database.pool import Connection
from tidings.kernel.ids import PARTITIONS
from tidings.log.postgres import Cursor, Row


async def recent(connection: Connection, each: int) -> tuple[list[Row], dict[int, Cursor]]:
    """Give the newest ``each`` rows of every partition in the order of their stamps, and the cursors behind them."""
    found = await connection.fetch(_RECENT, PARTITIONS - 1, each)
    rows = [Row(*row) for row in found]
    cursors = dict.fromkeys(range(PARTITIONS), Cursor(0, 0))
    for row in rows:
        cursors[row.partition] = max(cursors[row.partition], Cursor(row.xid, row.seq))
    return rows, cursors


_RECENT = """
WITH horizon AS MATERIALIZED (SELECT base + pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin FROM log_epoch)
SELECT r.partition, r.xid, r.seq, r.stamp, r.body
FROM horizon, generate_series(0, $1::integer) AS p(partition)
CROSS JOIN LATERAL (
    SELECT l.partition, l.xid, l.seq, l.stamp, l.body FROM log l
    WHERE l.partition = p.partition AND l.xid < horizon.xmin ORDER BY l.xid DESC, l.seq DESC LIMIT $2
) r
ORDER BY r.stamp, r.xid, r.seq
"""
