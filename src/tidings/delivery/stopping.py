"""Stopping all sending of a workspace, and resuming it. This switch's SQL.

A claim holds a shared lock for its transaction, a stop takes it alone: so when a stop is written, every claim before it is done and every
claim after it sees it. What workers have claimed and not yet handed over they put back as soon as they look.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from tidings.database.pool import Connection
from tidings.delivery.queue import Waiting
from tidings.delivery.stop import Held
from tidings.delivery.store import CHANNEL
from tidings.kernel.times import Instant

_LOCKS: Final = 0x74696470
"""First half of the advisory lock of a workspace's sending; the second is the workspace."""
NEWS: Final = "tidings_stops"
"""Where each stop and each end of one is told, by the commit that writes it: they are few, so nobody waits in line."""
COUNTED: Final = 10_000
"""Held messages that are counted; more are "more than that"."""


class Standing(NamedTuple):
    """A stop that stands."""

    at: Instant
    by: str
    reason: str


async def stop(connection: Connection, workspace: int, now: Instant, by: str, reason: str) -> bool:
    """Stop all sending, in the caller's transaction; False where it is stopped already. Waits for claims that are being made."""
    await connection.execute("SELECT pg_advisory_xact_lock($1::int, $2::int)", _LOCKS, workspace)
    done = await connection.fetchval(
        "INSERT INTO sending_stops (workspace, stopped_at, stopped_by, reason) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT DO NOTHING RETURNING 1",
        workspace,
        now,
        by,
        reason,
    )
    await connection.execute(f"NOTIFY {NEWS}")
    return done is not None


async def resume(connection: Connection, workspace: int, now: Instant, by: str, held: Held) -> bool:
    """Resume it; ``held``: what becomes of the messages that wait. False where it was not stopped."""
    done = await connection.fetchval(
        "UPDATE sending_stops SET resumed_at = greatest($2, stopped_at), resumed_by = $3, held = $4 "
        "WHERE workspace = $1 AND resumed_at IS NULL RETURNING 1",
        workspace,
        now,
        by,
        held,
    )
    await connection.execute(f"NOTIFY {NEWS}")
    return done is not None


async def tell(connection: Connection) -> None:
    """Have the workers look at once. Outside of a transaction."""
    await connection.execute(f"NOTIFY {CHANNEL}")


async def standing(connection: Connection, workspace: int, at: Instant | None = None) -> Standing | None:
    """Give the stop that stands, or stood at a moment; None where sending goes on."""
    row = await connection.fetchrow(
        "SELECT stopped_at, stopped_by, reason FROM sending_stops WHERE workspace = $1 AND CASE WHEN $2::bigint IS NULL "
        "THEN resumed_at IS NULL ELSE stopped_at <= $2 AND coalesce(resumed_at > $2, true) END",
        workspace,
        at,
    )
    return Standing(*row) if row else None


async def held(connection: Connection, workspace: int, now: Instant) -> int:
    """Count messages that are due and wait, up to `COUNTED` and one."""
    found: int = await connection.fetchval(
        "SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE workspace = $1 AND state = 'planned' AND next_attempt <= $2 LIMIT $3) d",
        workspace,
        now,
        COUNTED + 1,
    )
    return found


async def stopped(connection: Connection) -> set[int]:
    """Give the workspaces that send nothing now."""
    return {row[0] for row in await connection.fetch("SELECT workspace FROM sending_stops WHERE resumed_at IS NULL")}


async def share(connection: Connection, workspaces: Sequence[int]) -> None:
    """Keep stops of these workspaces waiting until the transaction ends; ask afterwards which stand."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock_shared($1::int, w) FROM (SELECT unnest($2::int[]) AS w ORDER BY 1) AS k",
        _LOCKS,
        sorted(workspaces),
    )


async def running(connection: Connection, lanes: Sequence[tuple[Waiting, int]]) -> list[tuple[Waiting, int]]:
    """Give the lanes of workspaces that send, and keep them so until the transaction ends."""
    await share(connection, list({lane.workspace for lane, _ in lanes}))
    quiet = await stopped(connection)
    return [each for each in lanes if each[0].workspace not in quiet]
