"""``up --demo``: the demo's workspace put in force, its people let in, and what to look at printed."""

import asyncio
import os
import shutil
import sys
import threading
from contextlib import suppress
from importlib.resources import as_file, files
from pathlib import Path
from random import Random
from typing import Final

from rich.markup import escape

from tidings.cli import show
from tidings.cli.installation import installation
from tidings.database.access import Kind, Workspace, create_source, create_workspace
from tidings.database.pool import Pool
from tidings.demo.stream import email, stream
from tidings.kernel.ids import digest
from tidings.kernel.ids import show as show_id
from tidings.project import store
from tidings.project.apply import apply
from tidings.project.body import canonical
from tidings.project.drift import plain
from tidings.project.folder import Project, read_folder
from tidings.project.store import Said
from tidings.settings import Settings
from tidings.teams import password
from tidings.teams import store as teams

LOGIN: Final = "demo@example.com"
"""Who signs in to the demo."""

KEYS: Final[dict[str, tuple[Kind, bool]]] = {
    "demo browser": ("write_key", True),
    "demo server": ("write_key", False),
    "demo app": ("app", False),
}
"""The demo's sources: kind, and whether the key is public."""


async def begin(settings: Settings) -> None:
    """Set the demo up, print where to look, and let people in until cancelled."""
    async with installation(settings) as here:
        async with here.pool.acquire() as connection:
            workspace = await create_workspace(connection, "demo")
            in_force = await store.newest(connection, workspace.id)
        if not in_force.number:  # what stands there since is somebody's own
            await apply(here.pool, workspace.id, project(), said=Said(plain(canonical(project()))))
        keys = await make_keys(here.pool, workspace)
        password = await make_login(here.pool, workspace)
    seed = Random().randrange(1 << 32)
    _print(settings, keys, email(seed, 0), password)
    stop = threading.Event()
    people = asyncio.create_task(
        asyncio.to_thread(stream, settings.url, keys["demo browser"], keys["demo server"], stop, seed)
    )
    try:
        await asyncio.shield(people)
    finally:
        stop.set()
        with suppress(asyncio.CancelledError):
            await people


def project() -> Project:
    """Read the demo's project, which comes with the program."""
    with as_file(files("tidings.demo") / "project") as folder:
        return read_folder(folder)


async def make_keys(pool: Pool, workspace: Workspace) -> dict[str, str]:
    """Make the demo's sources and give their keys: drawn from the workspace's secret, so that they stay the same."""
    keys = {name: show_id(digest("demo key", name, key=workspace.secret)) for name in KEYS}
    async with pool.acquire() as connection:
        for name, (kind, public) in KEYS.items():
            with suppress(ValueError):  # made by an earlier run
                await create_source(connection, workspace.id, name, kind, public=public, credential=keys[name])
    return keys


async def make_login(pool: Pool, workspace: Workspace) -> str | None:
    """Make the demo's login where nobody has an account yet; gives its password, None where it is not (or no longer) the demo's own."""
    chosen = show_id(digest("demo login", key=workspace.secret))[:12].lower()
    async with pool.acquire() as connection:
        if await teams.any_account(connection):
            found = await teams.account(connection, email=LOGIN)
            return chosen if found and await password.is_right(found.password, chosen) else None
    hashed = await password.hashed(chosen)
    async with pool.acquire() as connection, connection.transaction():
        await teams.alone(connection)
        id = None if await teams.any_account(connection) else await teams.add_account(connection, LOGIN, "Demo", hashed)
        if id is None:
            return None
        await teams.set_member(connection, workspace.id, id, "owner")
    return chosen


def _print(settings: Settings, keys: dict[str, str], first: str, password: str | None) -> None:
    url = settings.url
    login = f"sign in with {LOGIN} and {password}" if password else "sign in with your own account"
    show.say(f"""
[green]✓[/] [bold]Tidings is up, and people are using the demo's product.[/]

  web app     [bold]{escape(url)}[/]   {login}
  mailbox     [bold]{escape(url)}/mailbox[/]   what they get: mails, texts, pushes
  write key   {keys["demo server"]}   (secret: for servers)
              {keys["demo browser"]}   (public: for browsers)
  app key     {keys["demo app"]}   (reads people and messages)
              whoever reaches this port may look at the mailbox, without signing in

  [bold]Try:[/] open the mailbox; then ask why somebody got what they got:

      {escape(_program())} person why {first} onboarding --workspace demo

  Ctrl-C stops everything. A journey of your own: {escape(_own(url))}
""")


def _own(url: str) -> str:
    """Where to go on: pages are there in a clone alone."""
    page = Path("docs/tutorial.md")
    return f"ten minutes, {page}" if page.is_file() else f"{url}/demo/recipes, or `{_program()} init` for one in files"


def _program() -> str:
    """How this program was called, for whoever types it again."""
    called = Path(sys.argv[0])
    if called.name != "tidings":
        return "python -m tidings"
    return "tidings" if shutil.which("tidings") else os.path.relpath(called)
