"""Secrets of a workspace: those given in the browser, sealed in the database, and the variables of the environment that it may name.

What is stored for a workspace comes before the environment: whoever replaced a password there means it. Variables belong to whoever runs
the installation, so one is read for a workspace only where it is the workspace's: who writes its settings and journeys
also says where a secret is sent.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from tidings.channels.provider import Missing
from tidings.database.pool import Connection
from tidings.kernel.times import Instant
from tidings.settings import SECRETS
from tidings.teams.key import WrongKey, seal, unseal

NAME: Final = re.compile(r"[A-Z][A-Z0-9_]{0,99}")
LARGEST: Final = 20_000
"""Characters of a secret: a service account's key is one."""
AMEND: Final = "give its value under Settings, or list it for the workspace in TIDINGS_WORKSPACE_SECRETS"


class Kept(NamedTuple):
    """A stored secret, without its value. ``hint``: its last characters, where it is long enough to spare them."""

    name: str
    hint: str
    made_by: str
    made_at: Instant


FIRST: Final = "id = (SELECT min(id) FROM workspaces)"
"""Whether a row of workspaces is the oldest, which may name what is listed for none."""

Allotted: TypeAlias = Mapping[str, Sequence[str]]
"""Workspace -> the variables it may name, as ``TIDINGS_WORKSPACE_SECRETS`` says."""


class Owner(NamedTuple):
    """A workspace whose secrets are asked for. ``first``: it is the oldest one. ``sealed``: what it stored, as it is stored."""

    id: int
    name: str
    first: bool
    sealed: Mapping[str, str]

    def has(self, name: str, allotted: Allotted) -> bool:
        """Whether a secret of that name is the workspace's: it stored one, or may name the variable."""
        return name in self.sealed or self.may_name(name, allotted)

    def may_name(self, variable: str, allotted: Allotted) -> bool:
        """Whether a variable of the environment is the workspace's: its list has it, or it is the first workspace, without a list, and
        the variable is a secret that no other's list has."""
        if self.name in allotted:
            return _lists(allotted[self.name], variable)
        return (
            self.first
            and variable.startswith(SECRETS)
            and not any(_lists(each, variable) for each in allotted.values())
        )


class Secrets(Mapping[str, str]):
    """What settings of a workspace may name: its stored secrets, unsealed when they are asked for, and its variables of the environment."""

    def __init__(
        self, owner: Owner, key: Callable[[], bytes] | None, environ: Mapping[str, str], allotted: Allotted
    ) -> None:
        self._owner, self._key, self._environ, self._allotted = owner, key, environ, allotted

    def __getitem__(self, name: str) -> str:
        if self._key is not None and name in self._owner.sealed:
            try:
                return unseal(self._key(), self._owner.sealed[name], _about(self._owner.id, name))
            except WrongKey:
                raise KeyError(name) from None
        if not self._owner.may_name(name, self._allotted):
            raise Missing(f"the secret {name} is none of the workspace {self._owner.name}: {AMEND}")
        return self._environ[name]

    def __iter__(self) -> Iterator[str]:
        named = (name for name in self._environ if self._owner.may_name(name, self._allotted))
        return iter({*self._owner.sealed, *named})

    def __len__(self) -> int:
        return sum(1 for _ in self)


async def keep(connection: Connection, workspace: int, name: str, value: str, key: bytes, by: str) -> None:
    """Store a secret, in place of an earlier one."""
    await connection.execute(
        "INSERT INTO secrets (workspace, name, sealed, hint, made_by, made_at) "
        "VALUES ($1, $2, $3, $4, $5, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) ON CONFLICT (workspace, name) "
        "DO UPDATE SET sealed = excluded.sealed, hint = excluded.hint, made_by = excluded.made_by, made_at = excluded.made_at",
        workspace,
        name,
        seal(key, value, _about(workspace, name)),
        value[-4:] if len(value) >= 16 else "",
        by,
    )


async def kept(connection: Connection, workspace: int) -> list[Kept]:
    """List what is stored, by name."""
    rows = await connection.fetch(
        "SELECT name, hint, made_by, made_at FROM secrets WHERE workspace = $1 ORDER BY name", workspace
    )
    return [Kept(*row) for row in rows]


async def owner_called(connection: Connection, name: str) -> Owner:
    """Give the workspace of a name; one that does not exist yet has stored nothing."""
    known = await connection.fetchval("SELECT id FROM workspaces WHERE name = $1", name)
    if known is not None:
        return await owner(connection, known)
    first: bool = await connection.fetchval("SELECT NOT EXISTS (SELECT FROM workspaces)")
    return Owner(0, name, first, {})


async def owner(connection: Connection, workspace: int) -> Owner:
    """Give a workspace with what it stored, for `Secrets`."""
    rows = await connection.fetch("SELECT name, sealed FROM secrets WHERE workspace = $1", workspace)
    row = await connection.fetchrow(f"SELECT name, {FIRST} AS first FROM workspaces WHERE id = $1", workspace)
    return Owner(workspace, row["name"], row["first"], dict(rows))


async def remove(connection: Connection, workspace: int, name: str) -> bool:
    """Forget a secret; says whether there was one."""
    done: str = await connection.execute("DELETE FROM secrets WHERE workspace = $1 AND name = $2", workspace, name)
    return done != "DELETE 0"


def _lists(names: Sequence[str], name: str) -> bool:
    return any(name.startswith(each[:-1]) if each.endswith("*") else name == each for each in names)


def _about(workspace: int, name: str) -> str:
    return f"secret {name} of workspace {workspace}"
