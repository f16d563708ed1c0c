"""Workspaces, and the sources that may send records into them.

A credential is shown once, when it is made; the database keeps its hash. It is drawn at random with 160 bits, so a plain fast hash is
enough: there is nothing to guess. A credential one already has (from another vendor, standing in shipped code) can be brought along.
"""

import os
from hashlib import blake2b
from typing import Any, Final, Literal, NamedTuple

from tidings.database.pool import Connection
from tidings.kernel.ids import digest, show

CHANNEL: Final = "tidings_keys"
"""Notified when a source or workspace changes."""

LONGEST: Final = 500
"""Characters of a credential."""
Kind = Literal["write_key", "track", "app"]


class Workspace(NamedTuple):
    """``secret``: 32 bytes that key the ids and tokens strangers see."""

    id: int
    name: str
    secret: bytes


class Source(NamedTuple):
    """``hint``: the credential's last characters. ``public``: the key stands in page source, and may do little. ``signing``: the secret by
    which a server lets it do more for one person; "" where the key is not public."""

    id: int
    workspace: int
    name: str
    kind: Kind
    public: bool
    key_hash: bytes
    hint: str
    signing: str = ""

    def __repr__(self) -> str:
        return f"Source({self.id}, {self.name!r})"  # a secret is in no log


def hash_key(credential: str) -> bytes:
    """Give the 32 bytes a credential is stored and found by. A ``track`` credential is ``site id:api key``."""
    return blake2b(credential.encode("utf-8", "surrogatepass"), digest_size=32).digest()


async def create_workspace(connection: Connection, name: str) -> Workspace:
    """Make a workspace, or give the one of that name."""
    await connection.execute(
        "INSERT INTO workspaces (name, secret) SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM workspaces WHERE name = $1) "
        "ON CONFLICT (name) DO NOTHING",
        name,
        os.urandom(32),
    )
    return Workspace(*await connection.fetchrow("SELECT id, name, secret FROM workspaces WHERE name = $1", name))


async def list_workspaces(connection: Connection) -> list[Workspace]:
    """All workspaces, oldest first."""
    return [Workspace(*row) for row in await connection.fetch("SELECT id, name, secret FROM workspaces ORDER BY id")]


async def create_source(
    connection: Connection,
    workspace: int,
    name: str,
    kind: Kind,
    *,
    public: bool = False,
    credential: str | None = None,
) -> str:
    """Make a source and give its credential, which can't be shown again.

    Raises ValueError where the name or a brought credential is taken, or the credential is too short to be safe, or too long.
    """
    if credential is None:
        credential = draw_credential(kind)
    elif len(credential) < 16 or (kind == "track" and ":" not in credential):
        raise ValueError("a credential has at least 16 characters, one of kind `track` the form `site id:api key`")
    elif len(credential) > LONGEST:
        raise ValueError(f"a credential has at most {LONGEST} characters")
    made: Any = await connection.fetchval(
        "INSERT INTO sources (workspace, name, kind, public, key_hash, hint) VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT DO NOTHING RETURNING id",
        workspace,
        name,
        kind,
        public,
        hash_key(credential),
        credential[-4:],
    )
    if made is None:
        raise ValueError(f"a source named {name!r}, or one with this credential, already exists")
    return credential


async def remove_source(connection: Connection, workspace: int, name: str) -> bool:
    """Take a source's right to send; says whether there was one."""
    done: str = await connection.execute("DELETE FROM sources WHERE workspace = $1 AND name = $2", workspace, name)
    return done != "DELETE 0"


async def list_sources(connection: Connection, workspace: int | None = None) -> list[Source]:
    """The sources of a workspace, or of all."""
    rows = await connection.fetch(
        "SELECT s.id, workspace, s.name, kind, public, key_hash, hint, secret FROM sources s "
        "JOIN workspaces w ON w.id = workspace WHERE $1::smallint IS NULL OR workspace = $1 ORDER BY s.id",
        workspace,
    )
    found = [(Source(*own), secret) for *own, secret in rows]
    return [each._replace(signing=signing_secret(secret, each.id)) if each.public else each for each, secret in found]


async def read_signing(connection: Connection, workspace: int, name: str) -> str:
    """Give the signing secret of the source of this name; "" where it has none."""
    return next((each.signing for each in await list_sources(connection, workspace) if each.name == name), "")


def signing_secret(secret: bytes, source: int) -> str:
    """Derive what signs the user ids of a source. ``secret``: its workspace's. It stays the same when the source gets a new key."""
    return show(digest("signed user ids", source, key=secret))


async def list_scopes(connection: Connection) -> dict[int, list[str]]:
    """What sources may that have scopes of their own, by id."""
    return {row[0]: row[1] for row in await connection.fetch("SELECT id, scopes FROM sources WHERE scopes IS NOT NULL")}


async def list_disabled(connection: Connection) -> set[int]:
    """The sources that are switched off, by id."""
    return {row[0] for row in await connection.fetch("SELECT id FROM sources WHERE disabled")}


async def list_makers(connection: Connection) -> dict[int, str]:
    """Who made sources, or gave them their key last, where that is known: by id."""
    return dict(await connection.fetch("SELECT id, made_by FROM sources WHERE made_by <> ''"))


async def mark_used(connection: Connection, sources: list[int]) -> None:
    """Remember that the sources sent something just now; to be called once a minute, not once a request."""
    await connection.execute("UPDATE sources SET last_used = now() WHERE id = ANY($1::integer[])", sources)


def draw_credential(kind: Kind) -> str:
    """Draw a credential of the form its wire format expects."""
    if kind == "track":
        return f"{_letters(10)}:{_letters(20)}"
    return _letters(32)


def _letters(count: int) -> str:
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    return "".join(alphabet[byte % 32] for byte in os.urandom(count))
