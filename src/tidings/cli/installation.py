"""The installation a command speaks to: its settings, its database, the workspace that is meant."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from tidings.channels.secrets import owner_called
from tidings.cli.show import refuse
from tidings.database import embedded
from tidings.database.access import Workspace, list_workspaces
from tidings.database.pool import Connection, Pool, open_pool, shown
from tidings.database.version import newest, version
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.people.catalog import Seen
from tidings.people.catalog import read as read_catalog
from tidings.project.folder import SETTINGS, Project
from tidings.project.named import foreign
from tidings.project.read_toml import read_toml
from tidings.settings import Settings, load


@dataclass(frozen=True)
class Installation:
    """An open one."""

    settings: Settings
    pool: Pool

    async def workspace(self, name: str | None = None, folder: Path = Path(".")) -> Workspace:
        """Give the workspace of that name; without one the only one, or the one the folder's `tidings.toml` names."""
        async with self.pool.acquire() as connection:
            known = {workspace.name: workspace for workspace in await list_workspaces(connection)}
        wanted = name or _named_in(folder)
        if wanted in known:
            return known[wanted]
        if name is None and len(known) == 1:
            return next(iter(known.values()))
        if wanted is None:
            refuse("which workspace is meant?", f"add --workspace NAME; there are: {', '.join(known) or 'none'}")
        hint = did_you_mean(wanted, list(known)) or f"there are: {', '.join(known) or 'none'}"
        refuse(f"there is no workspace `{wanted}`", hint)


@asynccontextmanager
async def installation(settings: Settings | None = None) -> AsyncIterator[Installation]:
    """Open the database of this installation, which must be running and current."""
    settings = settings or load()
    url = settings.database_url or embedded.address(settings.data)
    if url is None:
        refuse(f"no PostgreSQL runs in {settings.data}", "start Tidings with `tidings up`, or set TIDINGS_DATABASE_URL")
    try:
        pool = await open_pool(url, name="tidings cli", smallest=1, largest=4)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        refuse(f"the database {shown(url)} can't be reached: {error}", "`tidings doctor` says more")
    try:
        async with pool.acquire() as connection:
            found = await version(connection)
        if found != newest():
            refuse(
                f"the tables are at version {found or 'none'}, this program needs {newest()}", "run `tidings migrate`"
            )
        yield Installation(settings, pool)
    finally:
        await pool.close()


@asynccontextmanager
async def workspace_of(name: str | None) -> AsyncIterator[tuple[Workspace, Connection]]:
    """Open the installation, and in it the workspace that is meant, with a connection to ask about it."""
    async with installation() as here:
        own = await here.workspace(name)
        async with here.pool.acquire() as connection:
            yield own, connection


async def catalog_of(here: Installation, name: str) -> Sequence[Seen]:
    """What a workspace has seen; of one that does not exist yet, nothing."""
    async with here.pool.acquire() as connection:
        for own in await list_workspaces(connection):
            if own.name == name:
                return await read_catalog(connection, own.id)
    return ()


async def foreign_in(here: Installation, project: Project, name: str) -> list[Problem]:
    """Warn of secrets that a project names and that are none of the workspace's."""
    async with here.pool.acquire() as connection:
        return foreign(project, await owner_called(connection, name), here.settings.workspace_secrets)


def _named_in(folder: Path) -> str | None:
    """The workspace that the project in a folder is for."""
    try:
        data, _ = read_toml((folder / SETTINGS).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, Invalid):
        return None
    name = data.get("workspace")
    return name if isinstance(name, str) else None
