"""``approval``: what waits to be approved, and approving it."""

from typing import Annotated

from cyclopts import Parameter
from msgspec import to_builtins
from rich.markup import escape

from tidings.cli import planned, show
from tidings.cli.asking import AsJson, WorkspaceName
from tidings.cli.flight import flight_data
from tidings.cli.installation import installation
from tidings.kernel.actor import APPROVE, Actor
from tidings.kernel.times import show_iso
from tidings.project import approval

Number = Annotated[int, Parameter(help="The request's number.")]


async def show_all(*, workspace: WorkspaceName = None, json: AsJson = False) -> int:
    """List what waits for approval."""
    async with installation() as here:
        own = await here.workspace(workspace)
        found = await approval.requests(here.pool, own.id)
    rows = [(each.id, each.asked_by, show_iso(each.asked_at), each.note) for each in found]
    columns = ("number", "asked by", "asked", "note")
    if json:
        show.show_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        show.table(columns, rows, "nothing waits for approval")
    return show.DONE


async def look(number: Number, *, workspace: WorkspaceName = None, json: AsJson = False) -> int:
    """Show what a request would put in force, what becomes of people inside, who would be taken in, and its hash."""
    async with installation() as here:
        own = await here.workspace(workspace)
        found = await approval.look(here.pool, own.id, number)
    hash = found.request.hash.hex()
    if json:
        data = planned.plan_data(found.plan, {each.journey: flight_data(each) for each in found.flights})
        matching = to_builtins(found.matching)
        show.show_json({"number": number, "hash": hash, **data, "statuses": list(found.statuses), "matching": matching})
    else:
        planned.show_plan(found.plan, {each.journey: each for each in found.flights}, open=False)
        for line in found.statuses:
            show.say(escape(line))
        planned.show_would(found.matching)
        show.say(f"asked by {escape(found.request.asked_by)}; approve it with --hash {hash}")
    return show.DONE


async def give(
    number: Number,
    *,
    hash: Annotated[str, Parameter(help="The hash that `show` printed.")],
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Approve a request, and put it in force."""
    async with installation() as here:
        own = await here.workspace(workspace)
        applied = await approval.approve(here.pool, own.id, number, hash=hash, actor=_approver())
    if json:
        show.show_json({"number": applied.number})
    else:
        show.say(f"[green]✓[/] approved: definitions {applied.number} are in force")
    return show.DONE


async def decline(number: Number, *, workspace: WorkspaceName = None, json: AsJson = False) -> int:
    """Decline a request."""
    async with installation() as here:
        own = await here.workspace(workspace)
        await approval.decline(here.pool, own.id, number, actor=_approver())
    if json:
        show.show_json({"request": number, "declined": True})
    else:
        show.say(f"[green]✓[/] {number} is declined")
    return show.DONE


def _approver() -> Actor:
    return Actor(show.operator().id, frozenset({APPROVE}))
