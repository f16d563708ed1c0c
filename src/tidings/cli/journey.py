"""``journey``: the journeys in force, and who may enter them."""

from typing import Annotated, Literal

from cyclopts import App, Parameter
from rich.markup import escape

from tidings.cli import show
from tidings.cli.asking import AsJson, WorkspaceName, Yes, agreed
from tidings.cli.installation import installation
from tidings.cli.project import HERE, Folder, Preferred, put
from tidings.project import flight, status

Id = Annotated[str, Parameter(help="The journey's id.")]
_SAYS = {
    "pause": "is paused: nobody enters and nothing is sent, while time goes on",
    "resume": "is live",
    "close": "is closed: nobody enters, those inside finish",
    "stop": "is stopped: every run ends",
}


def register(app: App) -> None:
    """Add the commands."""
    group = App(
        name="journey", help="List, publish, pause, resume, close and stop journeys.", group="Journeys and people"
    )
    group.command(show_all, name="list")
    for command in (publish, pause, resume, close, stop):
        group.command(command)
    app.command(group)


async def show_all(*, workspace: WorkspaceName = None, json: AsJson = False) -> int:
    """List the journeys in force, with version, status and how many people are inside."""
    async with installation() as here:
        own = await here.workspace(workspace)
        known = await status.statuses(here.pool, own.id)
        inside = await flight.inside(here.pool, own.id)
    columns = ("id", "version", "status", "inside", "name")
    rows = [(id, version, state, inside.get(id, 0), name) for id, (version, state, name) in known.items()]
    if json:
        show.show_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        show.table(columns, rows, "no journeys are in force")
    return show.DONE


async def publish(
    journey: Id,
    path: Folder = HERE,
    *,
    yes: Yes = False,
    prefer: Preferred = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Put one journey of a project in force, with the messages and segments it is made of, and leave the rest as it is.

    Shows the plan and asks, like `apply`.
    """
    return await put(path, journey, yes, prefer, workspace, json)


async def pause(journey: Id, *, workspace: WorkspaceName = None, json: AsJson = False) -> int:
    """Let nobody in and send nothing, while time goes on."""
    return await _move(journey, "pause", workspace, json)


async def resume(
    journey: Id,
    *,
    held: Annotated[
        Literal["send", "skip", "shift"],
        Parameter(
            help="What becomes of what became due in the pause: it is sent, skipped, or everybody's waits are shifted by the pause."
        ),
    ] = "send",
    rate: Annotated[str, Parameter(help="How fast it is sent, such as `100 per minute`; else all at once.")] = "",
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Let people in and send again, after `pause` or `close`."""
    async with installation() as here:
        own = await here.workspace(workspace)
        count = await status.held_back(here.pool, own.id, journey)
    code = await _move(journey, "resume", workspace, json, held, rate)
    if count and not json:
        how = {"send": f"sent{f', {rate}' if rate else ''}", "skip": "skipped", "shift": "sent later by the pause"}[
            held
        ]
        show.say(
            f"{count} {'message was' if count == 1 else 'messages were'} held; what became due in the pause is {how}"
        )
    return code


async def close(journey: Id, *, workspace: WorkspaceName = None, json: AsJson = False) -> int:
    """Let nobody in; those inside finish."""
    return await _move(journey, "close", workspace, json)


async def stop(journey: Id, *, yes: Yes = False, workspace: WorkspaceName = None, json: AsJson = False) -> int:
    """End every run, after saying how many there are. It can't be undone."""
    async with installation() as here:
        own = await here.workspace(workspace)
        count = (await flight.inside(here.pool, own.id)).get(journey, 0)
    if not json:
        show.say(f"{count} {'person is' if count == 1 else 'people are'} inside {escape(journey)}")
    if not yes and not agreed("End every run?"):
        return show.REFUSED
    return await _move(journey, "stop", workspace, json)


async def _move(
    journey: str, command: str, workspace: str | None, json: bool, held: str = "send", rate: str = ""
) -> int:
    async with installation() as here:
        own = await here.workspace(workspace)
        applied = await status.move(here.pool, own.id, journey, command, held, rate)
    if json:
        state = status.MOVES[command][1]
        show.show_json({"id": journey, "status": state, "changed": applied.changed, "number": applied.number})
    else:
        already = "" if applied.changed else " (it was already)"
        show.say(f"[green]✓[/] {escape(journey)} {_SAYS[command]}{already}")
    return show.DONE
