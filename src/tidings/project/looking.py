"""Who looks at a draft right now: so that two who edit one document see each other before they meet in it."""

from typing import Final

from tidings.database.pool import Connection

GONE: Final = 12_000_000
"""Microseconds without a sign after which somebody is not there any more."""
_KEPT: Final = 3_600_000_000


async def look(connection: Connection, workspace: int, kind: str, name: str, who: str, now: int) -> None:
    """Write down that somebody looks; what is old goes with it."""
    await connection.execute(
        "INSERT INTO looking (workspace, kind, name, who, at) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (workspace, kind, name, who) DO UPDATE SET at = excluded.at",
        workspace,
        kind,
        name,
        who,
        now,
    )
    await connection.execute("DELETE FROM looking WHERE workspace = $1 AND at < $2", workspace, now - _KEPT)


async def leave(connection: Connection, workspace: int, kind: str, name: str, who: str) -> None:
    """Write down that somebody looks no more."""
    await connection.execute(
        "DELETE FROM looking WHERE workspace = $1 AND kind = $2 AND name = $3 AND who = $4", workspace, kind, name, who
    )


async def others(connection: Connection, workspace: int, kind: str, name: str, who: str, now: int) -> list[str]:
    """List who else looks at it, by name."""
    rows = await connection.fetch(
        "SELECT who FROM looking WHERE workspace = $1 AND kind = $2 AND name = $3 AND who <> $4 AND at > $5 ORDER BY who",
        workspace,
        kind,
        name,
        who,
        now - GONE,
    )
    return [row[0] for row in rows]
