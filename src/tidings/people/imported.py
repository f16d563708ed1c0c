"""What work on many people keeps of each: imports, by the identifier that a row names, who they were before, for the undoing; and what was
wrong with lines of a file, which may name people too: of those that an import left out in words and with their cells, below nothing by the
line."""

from collections.abc import Sequence
from typing import Final

from tidings.database.pool import Connection
from tidings.kernel.records import Identifier
from tidings.kernel.times import DAY, Instant

KEPT: Final = 30 * DAY
"""How long after its end it is kept: so long an import can be undone."""


async def forget(connection: Connection, workspace: int, identifiers: Sequence[Identifier]) -> None:
    """Forget what imports keep of somebody known by any of these."""
    gone = [[own[part] for own in identifiers if own[0] != "anonymous_id"] for part in (0, 1)]
    await connection.execute(
        "DELETE FROM people_task_rows r USING people_tasks t, unnest($2::text[], $3::text[]) AS gone(kind, value) "
        "WHERE r.kind <> 'fault' AND r.n >= 0 AND r.kind = gone.kind AND lower(r.value) = lower(gone.value) "
        "AND t.id = r.task AND t.workspace = $1",
        workspace,
        *gone,
    )
    await connection.execute(  # a file has a thousand of these at most: they stand together at the beginning of its task's
        "DELETE FROM people_task_rows r USING people_tasks t, unnest($2::text[], $3::text[]) AS gone(kind, value) "
        "WHERE t.workspace = $1 AND r.task = t.id AND r.n < 0 AND (lower(r.value) = lower(gone.value) "
        "OR position(lower(gone.value) IN lower(convert_from(r.after || coalesce(r.before, ''), 'UTF8'))) > 0)",
        workspace,
        *gone,
    )


async def forget_before(connection: Connection, now: Instant) -> None:
    """Forget what is kept of work that ended too long ago."""
    await connection.execute(
        "DELETE FROM people_task_rows r USING people_tasks t WHERE t.id = r.task AND t.ended_at < $1", now - KEPT
    )
