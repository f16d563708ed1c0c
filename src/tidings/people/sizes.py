"""How many people segments had, counted once an hour at most: by the worker, and when somebody looks."""

from typing import Final

from tidings.database.pool import Connection
from tidings.kernel.times import DAY, HOUR
from tidings.people import lookup

KEPT: Final = 400 * DAY


async def write(connection: Connection, workspace: int, now: int) -> bool:
    """Count all segments of a workspace, the empty ones too, if this hour has not been counted yet; says whether it was."""
    hour = now - now % HOUR
    if await connection.fetchval(
        "SELECT 1 FROM segment_sizes WHERE workspace = $1 AND at = $2 LIMIT 1", workspace, hour
    ):
        return False
    names = await connection.fetch(
        "SELECT json_object_keys(body -> 'segments') "
        "FROM (SELECT body FROM definitions WHERE workspace = $1 ORDER BY number DESC LIMIT 1) AS newest",
        workspace,
    )
    counted = dict.fromkeys((row[0] for row in names), 0) | await lookup.counts(connection, workspace)
    await connection.executemany(
        "INSERT INTO segment_sizes VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        [(workspace, hour, segment, people) for segment, people in counted.items()],
    )
    await connection.execute("DELETE FROM segment_sizes WHERE workspace = $1 AND at < $2", workspace, now - KEPT)
    return True


async def read(connection: Connection, workspace: int, segment: str, since: int, daily: bool) -> list[tuple[int, int]]:
    """Read (time, people), the oldest first; ``daily``: the last of each day."""
    rows = await connection.fetch(
        "SELECT DISTINCT ON (at / $4) at, people FROM segment_sizes WHERE workspace = $1 AND segment = $2 AND at >= $3 "
        "ORDER BY at / $4, at DESC",
        workspace,
        segment,
        since,
        DAY if daily else 1,
    )
    return [(row[0], row[1]) for row in rows]
