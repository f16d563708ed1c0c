"""``up``, ``api``, ``worker``, ``deliver``, ``migrate``, ``doctor``: run an installation, and look after it."""

from importlib import import_module
from typing import Annotated

import uvloop
from cyclopts import Parameter
from msgspec.structs import replace
from rich.markup import escape

from tidings.app import role
from tidings.app.doctor import doctor as look
from tidings.app.formats import FORMATS
from tidings.app.logs import configure
from tidings.app.serve import Taken
from tidings.cli import show
from tidings.cli.asking import AsJson
from tidings.cli.installation import installation
from tidings.database import embedded
from tidings.database.version import newest
from tidings.settings import Settings, load
from tidings.teams import store as teams
from tidings.teams.key import installation_key, setup_code


def up(
    *,
    with_demo: Annotated[
        bool,
        Parameter(
            name="--demo", negative="", help="Add a workspace with people who use a made-up product, and the mailbox."
        ),
    ] = False,
) -> int:
    """Run everything on this machine: PostgreSQL (unless TIDINGS_DATABASE_URL names one), API, worker and delivery.

    Stops in order at Ctrl-C; what was accepted is not lost, whenever it is stopped.
    """
    from tidings.app.up import up as run_all
    from tidings.cli import demo

    settings = load()
    configure(settings.log_level)
    if with_demo:
        settings = replace(settings, development=True)
    try:
        run_all(settings, ready=demo.begin if with_demo else _greet)
    except Taken as fault:
        show.refuse(str(fault))
    return show.DONE


def api() -> int:
    """Run one API process: takes events, serves pages."""
    return _role("api")


def worker() -> int:
    """Run one worker: applies events to people and moves them through journeys."""
    return _role("worker")


def deliver() -> int:
    """Run one delivery process: hands messages to providers."""
    return _role("deliver")


async def migrate(*, json: AsJson = False) -> int:
    """Bring the database's tables to this program's version. Processes of older versions then refuse to work."""
    from tidings.app.up import prepare

    settings = load()
    configure(settings.log_level)
    url = settings.database_url or embedded.address(settings.data)
    if url is not None:
        await prepare(url)
    else:
        with embedded.running(settings.data) as server:
            await prepare(server.url)
    if json:
        show.show_json({"version": newest()})
    else:
        show.say(f"[green]✓[/] the tables are at version {newest()}")
    return show.DONE


async def doctor(*, json: AsJson = False) -> int:
    """Say what is wrong with this installation, and how to mend it."""
    checks = await look(FORMATS)
    if json:
        show.show_json([{"name": c.name, "well": c.well, "says": c.says, "mend": c.mend} for c in checks])
    else:
        for check in checks:
            mark = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[dim]?[/]"}[check.well]
            show.say(f"{mark} {check.name:10} {escape(check.says)}")
            if check.mend:
                show.say(f"    [dim]→ {escape(check.mend)}[/]")
    return show.REFUSED if any(check.well is False for check in checks) else show.DONE


def _role(name: str) -> int:
    """Run one process; only its own module is loaded, since the others' would cost every command their time."""
    settings = load()
    configure(settings.log_level)
    work: role.Work = getattr(import_module(f"tidings.app.{name}"), name)
    try:
        uvloop.run(role.run(name, work, settings))
    except Taken as fault:
        show.refuse(str(fault))
    return show.DONE


async def _greet(settings: Settings) -> None:
    mailbox = "To see what channels with the provider `mailbox` keep, start with TIDINGS_DEVELOPMENT=yes."
    if settings.development:
        mailbox = f"Mailbox: [bold]{escape(settings.url)}/mailbox[/]"
    show.say(
        f"[green]✓[/] [bold]Tidings is up[/] at [bold]{escape(settings.url)}[/]\n{await _first(settings)}  {mailbox}\n"
        "  Next: [bold]tidings init my-project[/], then [bold]tidings apply my-project[/]; Ctrl-C stops."
    )


async def _first(settings: Settings) -> str:
    """How to make the first account, where nobody has one: the code shows that one may look at what this process prints."""
    async with installation(settings) as here, here.pool.acquire() as connection:
        if await teams.any_account(connection):
            return ""
    code = setup_code(installation_key(settings))
    return f"  Make the first account: [bold]{escape(settings.url)}/login#{code}[/] (set-up code [bold]{code}[/])\n"
