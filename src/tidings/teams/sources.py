"""Sources as a team looks after them: who made each, what it may, and its credential where that may be shown again. SQL."""

from collections.abc import Sequence
from typing import Any

from tidings.database.pool import Connection


async def listed(connection: Connection, workspace: int) -> list[Any]:
    """List a workspace's sources with when they were last used, the newest first."""
    return list(
        await connection.fetch(
            "SELECT id, name, kind, public, hint, scopes, made_by, disabled, sealed, "
            "(extract(epoch FROM created_at) * 1000000)::bigint AS made_at, "
            "(extract(epoch FROM last_used) * 1000000)::bigint AS used_at FROM sources WHERE workspace = $1 ORDER BY id DESC",
            workspace,
        )
    )


async def describe_source(
    connection: Connection, workspace: int, name: str, made_by: str, scopes: Sequence[str] | None, sealed: str | None
) -> None:
    """Write down who made a source, what it may, and its credential, sealed, where it may be shown again."""
    await connection.execute(
        "UPDATE sources SET made_by = $3, scopes = $4, sealed = $5 WHERE workspace = $1 AND name = $2",
        workspace,
        name,
        made_by,
        None if scopes is None else list(scopes),
        sealed,
    )


async def change_source(connection: Connection, workspace: int, id: int, name: str, disabled: bool) -> bool:
    """Rename a source, switch it off or on; False where the name is taken."""
    done: str = await connection.execute(
        "UPDATE sources s SET name = $3, disabled = $4 WHERE workspace = $1 AND id = $2 "
        "AND NOT EXISTS (SELECT FROM sources o WHERE o.workspace = $1 AND o.name = $3 AND o.id <> $2)",
        workspace,
        id,
        name,
        disabled,
    )
    return done == "UPDATE 1"


async def rotate_source(
    connection: Connection, workspace: int, id: int, hash: bytes, hint: str, sealed: str | None, by: str
) -> None:
    """Give a source another credential, which is ``by`` whom it is known now; the one before is void at once."""
    await connection.execute(
        "UPDATE sources SET key_hash = $3, hint = $4, sealed = $5, made_by = $6 WHERE workspace = $1 AND id = $2",
        workspace,
        id,
        hash,
        hint,
        sealed,
        by,
    )


async def remove_source(connection: Connection, workspace: int, id: int) -> None:
    """Take a source's right to send, and to ask."""
    await connection.execute("DELETE FROM sources WHERE workspace = $1 AND id = $2", workspace, id)
