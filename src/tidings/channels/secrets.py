"""Secrets of a workspace that were given in the browser: sealed in the database, named by settings as environment variables are.

What is stored for a workspace comes before the environment: whoever replaced a password there means it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from tidings.database.pool import Connection
from tidings.kernel.times import Instant
from tidings.teams.key import WrongKey, seal, unseal

NAME: Final = re.compile(r"[A-Z][A-Z0-9_]{0,99}")
LARGEST: Final = 20_000
"""Characters of a secret: a service account's key is one."""


class Kept(NamedTuple):
    """A stored secret, without its value. ``hint``: its last characters, where it is long enough to spare them."""

    name: str
    hint: str
    made_by: str
    made_at: Instant


class Secrets(Mapping[str, str]):
    """What settings of a workspace may name: its stored secrets (``sealed``), unsealed when they are asked for, and the environment."""

    def __init__(
        self, workspace: int, sealed: Mapping[str, str], key: Callable[[], bytes] | None, environ: Mapping[str, str]
    ) -> None:
        self._workspace, self._sealed, self._key, self._environ = workspace, sealed, key, environ

    def __getitem__(self, name: str) -> str:
        if self._key is not None and name in self._sealed:
            try:
                return unseal(self._key(), self._sealed[name], _about(self._workspace, name))
            except WrongKey:
                raise KeyError(name) from None
        return self._environ[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._environ, **self._sealed})

    def __len__(self) -> int:
        return len({**self._environ, **self._sealed})


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


async def sealed(connection: Connection, workspace: int) -> dict[str, str]:
    """Give what is stored as it is stored, for `Secrets`."""
    return dict(await connection.fetch("SELECT name, sealed FROM secrets WHERE workspace = $1", workspace))


async def remove(connection: Connection, workspace: int, name: str) -> bool:
    """Forget a secret; says whether there was one."""
    done: str = await connection.execute("DELETE FROM secrets WHERE workspace = $1 AND name = $2", workspace, name)
    return done != "DELETE 0"


def _about(workspace: int, name: str) -> str:
    return f"secret {name} of workspace {workspace}"
