"""``rejected``: records that were accepted and could not be applied."""

import time
from typing import Annotated, Any

from cyclopts import Parameter

from tidings.cli import show
from tidings.cli.asking import AsJson, WorkspaceName, Yes, agreed
from tidings.cli.installation import workspace_of
from tidings.database.access import list_sources
from tidings.database.pool import Connection
from tidings.kernel.records import Event
from tidings.kernel.times import show_iso
from tidings.people import rejected
from tidings.people.rejected import Refused


async def show_all(
    *,
    limit: Annotated[int, Parameter(help="How many of the newest.")] = 50,
    before: Annotated[int | None, Parameter(help="Only those before this number: the next page.")] = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """List records that were accepted and could not be applied, the newest first, each with its reason."""
    async with workspace_of(workspace) as (own, connection):
        found, _ = await rejected.page(connection, own.id, before=before, limit=limit)
        sources = {source.id: source.name for source in await list_sources(connection, own.id)}
    lines = [_data(each, sources) for each in found]
    if json:
        show.show_json(lines)
    else:
        show.table(
            ("number", "at", "source", "what", "who", "replayed", "reason"),
            [tuple(line.values()) for line in lines],
            "no record was rejected",
        )
    return show.DONE


async def replay(
    *numbers: Annotated[int, Parameter(help="Their numbers, as `tidings rejected list` shows them.")],
    all: Annotated[bool, Parameter(name="--all", negative="", help="All that were not replayed yet.")] = False,
    yes: Yes = False,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Put rejected records into the log once more, as if they had just been received. What still can't be applied is listed again."""
    if bool(numbers) == all:
        show.refuse("which records are meant?", "give their numbers, or --all")
    async with workspace_of(workspace) as (own, connection):
        chosen = list(numbers) if numbers else await _waiting(connection, own.id)
        if all and chosen and not yes and not agreed(f"Replay {len(chosen)} records?"):
            return show.REFUSED
        now = time.time_ns() // 1000
        count = await rejected.replay(connection, own.id, chosen, now, waiting=all) if chosen else 0
    if json:
        show.show_json({"replayed": count})
    elif count or not chosen:
        show.say(f"[green]✓[/] {count} put into the log once more")
    if not all and (missing := len(set(chosen)) - count):
        which = "this number names" if len(chosen) == 1 else f"{missing} of these numbers name"
        show.refuse(f"{which} no rejected record", "see `tidings rejected list`")
    return show.DONE


async def _waiting(connection: Connection, workspace: int) -> list[int]:
    found: list[int] = []
    page = rejected.Page([], 0)
    while page.next is not None:
        page = await rejected.page(
            connection, workspace, rejected.Wanted(waiting=True), before=page.next or None, limit=1000
        )
        found += [each.id for each in page.found]
    return found


def _data(each: Refused, sources: dict[int, str]) -> dict[str, Any]:
    body = each.record.body
    return {
        "number": each.id,
        "at": show_iso(each.at),
        "source": sources.get(each.source),
        "what": body.name if isinstance(body, Event) else type(body).__name__.lower(),
        "who": next((value for _, value in each.record.who), ""),
        "replayed": show_iso(each.replayed_at) if each.replayed_at is not None else None,
        "reason": each.reason,
    }
