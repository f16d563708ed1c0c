"""Deliveries as CSV: all of a list, by the list's filters."""

from collections.abc import AsyncIterator
from typing import Final

from litestar import get
from litestar.response import Stream

from tidings.api import shown
from tidings.api.csv_lines import csv_lines
from tidings.api.deliveries.narrowed import NARROWED, Narrowed, wanted
from tidings.api.here import Here
from tidings.api.permit import may
from tidings.delivery import listing
from tidings.delivery.delivery import OUTCOMES
from tidings.delivery.listing import Wanted
from tidings.people.listing import called
from tidings.teams import audit

_PAGE: Final = 500
_SAYS: Final = ("due", "state", "reason", "channel", "template", "journey", "version", "step", "topic", "person")


@get("/deliveries/export", guards=[may("deliveries:read")], dependencies=NARROWED, media_type="text/csv")
async def export_deliveries(here: Here, narrowed: Narrowed) -> Stream:
    """Stream deliveries as CSV, the latest due first: how each stands, whom it is for, and when what became of it."""
    async with here.pool.acquire() as connection:
        asked = await wanted(connection, here, narrowed)
        filters = {name: text for name in Narrowed.__struct_fields__ if (text := getattr(narrowed, name))}
        await audit.note(connection, here.workspace.id, here.actor, "exported", "deliveries", "", after=filters)
    headers = {"content-disposition": 'attachment; filename="deliveries.csv"', "x-accel-buffering": "no"}
    return Stream(_lines(here, asked), media_type="text/csv", headers=headers)


async def _lines(here: Here, asked: Wanted | None) -> AsyncIterator[bytes]:
    yield csv_lines([["delivery", *_SAYS, "to", *OUTCOMES]])
    before: tuple[int, bytes] | None = None
    while asked is not None:
        async with here.pool.acquire() as connection:
            rows = await listing.listed(connection, here.workspace.id, asked, before=before, limit=_PAGE)
            names = await called(connection, [each.person for each in rows if not each.recipient])
        said = [shown.message(each, names.get(each.person, "")) for each in rows]
        if said:
            yield csv_lines([_cells(each) for each in said])
            before = (rows[-1].due, rows[-1].id)
        if len(rows) < _PAGE:
            return


def _cells(each: shown.Message) -> list[str]:
    own = [str(getattr(each, name)) for name in _SAYS]
    return [each.id, *own, each.recipient or each.whom, *(each.outcomes.get(name, "") for name in OUTCOMES)]
