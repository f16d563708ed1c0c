"""``source``: who may send events, and with which key."""

from typing import Annotated, Literal

from cyclopts import Parameter
from rich.markup import escape

from tidings.cli import show
from tidings.cli.asking import AsJson, WorkspaceName, Yes, agreed
from tidings.cli.installation import installation, workspace_of
from tidings.database.access import create_source, list_sources, read_signing, remove_source

Name = Annotated[str, Parameter(help="The source's name.")]


async def show_all(*, workspace: WorkspaceName = None, json: AsJson = False) -> int:
    """List the sources. Keys are stored as hashes: only their last characters can be shown."""
    async with workspace_of(workspace) as (own, connection):
        sources = await list_sources(connection, own.id)
    rows = [(s.name, s.kind, "public" if s.public else "secret", f"…{s.hint}") for s in sources]
    if json:
        show.show_json([dict(zip(("name", "kind", "trust", "key"), row, strict=True)) for row in rows])
    else:
        show.table(("name", "kind", "trust", "key"), rows, "no sources; make one with `tidings source create NAME`")
    return show.DONE


async def create(
    name: Name,
    *,
    kind: Annotated[
        Literal["write_key", "track", "app"],
        Parameter(help="write_key: Segment and Pipelines; track: Customer.io Track; app: App API."),
    ] = "write_key",
    public: Annotated[bool, Parameter(negative="", help="The key stands in page source, so it may do little.")] = False,
    credential: Annotated[str | None, Parameter(help="A key you already have; drawn at random without it.")] = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Make a source, and print its key: the only time it can be seen."""
    if public and kind != "write_key":
        show.refuse(f"a key of kind {kind} can't be public", "leave out --public, or use --kind write_key")
    async with workspace_of(workspace) as (own, connection):
        try:
            key = await create_source(connection, own.id, name, kind, public=public, credential=credential)
        except ValueError as error:
            show.refuse(str(error), "see `tidings source list`")
        signing = await read_signing(connection, own.id, name)
    if json:
        made = {"name": name, "kind": kind, "trust": "public" if public else "secret", "key": key}
        show.show_json(made | {"signing_secret": signing} if signing else made)
    else:
        show.say(f"[green]✓[/] {escape(name)} may send to {escape(own.name)} with this key, shown only now:\n")
        show.plain(f"    {key}\n")
        if signing:
            show.say("Your server signs user ids with this secret, so that pages may say more of whom they name:\n")
            show.plain(f"    {signing}\n")
    return show.DONE


async def remove(name: Name, *, yes: Yes = False, workspace: WorkspaceName = None, json: AsJson = False) -> int:
    """Take a source's key away, at once and for good."""
    async with installation() as here:
        own = await here.workspace(workspace)
        if not yes and not agreed(f"Take {name}'s key away?"):
            return show.REFUSED
        async with here.pool.acquire() as connection:
            if not await remove_source(connection, own.id, name):
                show.refuse(f"there is no source `{name}`", "see `tidings source list`")
    if json:
        show.show_json({"name": name, "removed": True})
    else:
        show.say(f"[green]✓[/] {escape(name)} may send no more")
    return show.DONE
