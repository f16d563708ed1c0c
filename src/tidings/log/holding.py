"""Who holds the log back: nobody reads beyond a transaction that is still open, whosever it is.

Time limits end one whose process stopped between two statements, but not in the middle of one that it had only half asked: for the
database that session is at work. Whoever waits behind it ends it.
"""

import asyncpg
import structlog

from tidings.database.pool import IDLE_BATCH_SECONDS, Connection

logger = structlog.get_logger(__name__)


async def free(connection: Connection) -> int:
    """End our sessions that hold the log back while the database waits for what they began to ask; gives how many."""
    try:
        ended = await connection.fetch(_FREE, float(IDLE_BATCH_SECONDS))
    except asyncpg.InsufficientPrivilegeError:
        return 0  # another role's session: its own time limits have to do
    if ended:
        logger.warning(
            "a process stopped in the middle of asking; its session held the log back and is ended",
            sessions=[row[0] for row in ended],
        )
    return len(ended)


async def held(connection: Connection) -> float:
    """Give for how many seconds the oldest transaction that may still write, or waits for its second phase, has held the log back."""
    return float(await connection.fetchval(_HELD))


_HELD = """
SELECT coalesce(extract(epoch FROM clock_timestamp() - least(
    (SELECT min(xact_start) FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()),
    (SELECT min(prepared) FROM pg_prepared_xacts))), 0)
"""
_FREE = """
SELECT application_name, pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'tidings %' AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL
  AND state = 'active' AND wait_event = 'ClientRead' AND query_start < clock_timestamp() - $1 * interval '1 second'
  AND query NOT LIKE 'COPY %'
"""
"""(A COPY waits for its client all the time.)"""
