"""The bytes of pictures, and how they are described. This room's SQL."""

from collections.abc import Iterable
from typing import Final

from tidings.content.pictures import Asset
from tidings.database.pool import Connection
from tidings.kernel.problems import Invalid, Problem

MOST: Final = 1 << 30
"""Bytes of all pictures of a workspace."""


async def keep(connection: Connection, workspace: int, asset: Asset, data: bytes, at: int) -> None:
    """Keep a picture's bytes; what is there already is kept once. Raises Invalid where the workspace has no room for it."""
    held = await connection.fetchval(
        "SELECT coalesce(sum(size) FILTER (WHERE hash <> $2), 0) FROM assets WHERE workspace = $1",
        workspace,
        bytes.fromhex(asset.hash),
    )
    if held + asset.size > MOST:
        hint = "save pictures smaller; what was sent before still needs those that are there"
        raise Invalid([Problem(f"the pictures of this workspace would be more than {MOST >> 20:,} MB", hint)])
    await connection.execute(
        "INSERT INTO assets (workspace, hash, type, size, data, made_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        workspace,
        bytes.fromhex(asset.hash),
        asset.type,
        asset.size,
        data,
        at,
    )


async def lacking(connection: Connection, workspace: int, hashes: Iterable[str]) -> set[str]:
    """Say which of these the workspace does not have."""
    wanted = set(hashes)
    rows = await connection.fetch(
        "SELECT encode(hash, 'hex') FROM assets WHERE workspace = $1 AND hash = ANY($2::bytea[])",
        workspace,
        [bytes.fromhex(hash) for hash in wanted],
    )
    return wanted - {row[0] for row in rows}


async def picture(connection: Connection, hash: str) -> tuple[str, bytes] | None:
    """Read (type, bytes) of a picture by its address alone, whichever workspace it is of; None where there is none."""
    row = await connection.fetchrow("SELECT type, data FROM assets WHERE hash = $1 LIMIT 1", bytes.fromhex(hash))
    return (row[0], row[1]) if row else None


async def pictures(connection: Connection, workspace: int, hashes: Iterable[str]) -> dict[str, bytes]:
    """Read the bytes of a workspace's pictures by hash."""
    rows = await connection.fetch(
        "SELECT encode(hash, 'hex'), data FROM assets WHERE workspace = $1 AND hash = ANY($2::bytea[])",
        workspace,
        [bytes.fromhex(hash) for hash in hashes],
    )
    return {row[0]: row[1] for row in rows}


async def erase(connection: Connection, workspace: int, hashes: Iterable[str]) -> int:
    """Forget pictures' bytes for good; gives how many there were."""
    done = await connection.execute(
        "DELETE FROM assets WHERE workspace = $1 AND hash = ANY($2::bytea[])",
        workspace,
        [bytes.fromhex(hash) for hash in hashes],
    )
    return int(done.rpartition(" ")[2])


async def is_there(connection: Connection, hash: str) -> bool:
    """Whether an address still leads to a picture."""
    found: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM assets WHERE hash = $1)", bytes.fromhex(hash))
    return found


async def held(connection: Connection, workspace: int) -> int:
    """Count the bytes of a workspace's pictures."""
    found: int = await connection.fetchval(
        "SELECT coalesce(sum(size), 0)::bigint FROM assets WHERE workspace = $1", workspace
    )
    return found


async def described(connection: Connection, workspace: int) -> dict[str, str]:
    """Read what pictures show, by name."""
    rows = await connection.fetch("SELECT name, says FROM asset_words WHERE workspace = $1", workspace)
    return {row[0]: row[1] for row in rows}


async def describe(connection: Connection, workspace: int, name: str, says: str) -> None:
    """Write down what a picture shows; "" forgets it."""
    if says:
        await connection.execute(
            "INSERT INTO asset_words (workspace, name, says) VALUES ($1, $2, $3) "
            "ON CONFLICT (workspace, name) DO UPDATE SET says = excluded.says",
            workspace,
            name,
            says,
        )
    else:
        await connection.execute("DELETE FROM asset_words WHERE workspace = $1 AND name = $2", workspace, name)
