"""How far a workspace's newest definitions are in force and built, partition by partition."""

from typing import Any

from tidings.database.pool import Connection
from tidings.kernel.ids import PARTITIONS


async def read(connection: Connection, workspace: int, number: int) -> dict[str, Any]:
    """Give the newest definitions' number, in how many of all partitions they are in force and built, and how many people were built."""
    row = await connection.fetchrow(
        """
        SELECT (SELECT count(*) FROM in_force WHERE workspace = $1 AND number >= $2),
               (SELECT count(*) FROM in_force WHERE workspace = $1 AND built >= $2),
               (SELECT coalesce(sum(people), 0)::bigint FROM builds WHERE workspace = $1 AND number = $2)
        """,
        workspace,
        number,
    )
    return {
        "number": number,
        "in_force": row[0],
        "built": row[1],
        "of": PARTITIONS if number else 0,
        "people": row[2],
        "done": not number or row[1] == PARTITIONS,
    }


async def built(connection: Connection, workspace: int) -> dict[int, int]:
    """Give up to which definitions everybody is built, by in how many partitions."""
    rows = await connection.fetch("SELECT built, count(*) FROM in_force WHERE workspace = $1 GROUP BY 1", workspace)
    return {row[0]: row[1] for row in rows}


async def behind(connection: Connection) -> dict[str, int]:
    """Give in how many partitions each workspace's newest definitions are not in force, by name."""
    rows = await connection.fetch(
        """
        SELECT w.name, $1 - (SELECT count(*) FROM in_force f WHERE f.workspace = w.id AND f.number >= d.number)
        FROM workspaces w JOIN (SELECT workspace, max(number) AS number FROM definitions GROUP BY 1) d ON d.workspace = w.id
        """,
        PARTITIONS,
    )
    return {row[0]: row[1] for row in rows}
