"""The definitions in force of a workspace, read and written. This room's SQL."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tidings.database.pool import Connection


@dataclass(frozen=True)
class InForce:
    """A numbered snapshot; number 0 is the empty one that a workspace begins with."""

    workspace: int
    number: int = 0
    body: Mapping[str, Any] = field(default_factory=dict)
    made_at: int = 0


async def newest(connection: Connection, workspace: int) -> InForce:
    """Read the newest snapshot."""
    row = await connection.fetchrow(
        "SELECT number, body, made_at FROM definitions WHERE workspace = $1 ORDER BY number DESC LIMIT 1", workspace
    )
    return InForce(workspace, row["number"], json.loads(row["body"]), row["made_at"]) if row else InForce(workspace)


async def numbered(connection: Connection, workspace: int, number: int) -> InForce | None:
    """Read one snapshot of the past; None where there is none of that number."""
    row = await connection.fetchrow(
        "SELECT number, body, made_at FROM definitions WHERE workspace = $1 AND number = $2", workspace, number
    )
    return InForce(workspace, row["number"], json.loads(row["body"]), row["made_at"]) if row else None


async def lock(connection: Connection, workspace: int) -> bytes | None:
    """Hold the workspace until the transaction ends, so that one at a time changes it; gives its secret, None where there is none."""
    secret: bytes | None = await connection.fetchval(
        "SELECT secret FROM workspaces WHERE id = $1 FOR NO KEY UPDATE", workspace
    )
    return secret


async def keep(connection: Connection, workspace: int, number: int, body: Mapping[str, Any], made_at: int) -> None:
    """Write a snapshot; raises asyncpg.UniqueViolationError where that number is taken."""
    await connection.execute(
        "INSERT INTO definitions (workspace, number, made_at, body) VALUES ($1, $2, $3, $4)",
        workspace,
        number,
        made_at,
        json.dumps(body, ensure_ascii=False, separators=(",", ":")),
    )
