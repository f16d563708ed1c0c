"""Deliveries: the list with its filters, what a message says, and sending again what did not arrive."""

from typing import Annotated

import msgspec
from litestar import get
from litestar.params import Parameter
from msgspec import Struct

from tidings.api import shown
from tidings.api.deliveries.again import find_again, look_again, one_of, send_again, send_all_again
from tidings.api.deliveries.content import read_content, read_message
from tidings.api.deliveries.export import export_deliveries
from tidings.api.deliveries.narrowed import NARROWED, Narrowed, wanted
from tidings.api.here import Here, part
from tidings.api.permit import may
from tidings.api.person.routes import moment_of
from tidings.api.problem import Refusal
from tidings.delivery import listing, stopping
from tidings.delivery.why import why
from tidings.people.listing import called

__all__ = [
    "export_deliveries",
    "find_again",
    "look_again",
    "read_content",
    "read_message",
    "send_again",
    "send_all_again",
]


class Deliveries(Struct):
    """A page. ``next``: to be passed as ``before`` for the page after it; null on the last."""

    deliveries: list[shown.Message]
    next: str | None


class Told(shown.Message):
    """A delivery, and in sentences what became of it."""

    story: list[str]


class Shadowed(Struct):
    """Messages that were not sent, because their journey is in shadow."""

    deliveries: list[shown.Message]


@get("/deliveries", guards=[may("deliveries:read")], dependencies=NARROWED)
async def list_deliveries(
    here: Here,
    narrowed: Narrowed,
    before: str = "",
    limit: Annotated[int, Parameter(ge=1, le=1000)] = 50,
    oldest: bool = False,
) -> Deliveries:
    """List deliveries, the latest due first, or with ``oldest`` the other way round."""
    cursor = _cursor(before)
    async with here.pool.acquire() as connection:
        asked = await wanted(connection, here, narrowed)
        if asked is None:
            return Deliveries([], None)
        rows = await listing.listed(connection, here.workspace.id, asked, before=cursor, limit=limit, oldest=oldest)
        names = await called(connection, [each.person for each in rows if not each.recipient])
    more = f"{rows[-1].due}-{rows[-1].id.hex()}" if len(rows) == limit else None
    return Deliveries([shown.message(each, names.get(each.person, "")) for each in rows], more)


@get("/deliveries/{id:str}", guards=[may("deliveries:read")])
async def read_delivery(id: str, here: Here, at: str = "") -> Told:
    """Read a delivery, with its story; ``at``: the story as of a moment of the past, ISO 8601 (left out: now)."""
    moment = moment_of(at)
    async with here.pool.acquire() as connection:
        found = await one_of(connection, here, id)
        names = await called(connection, [] if found.recipient else [found.person])
        stopped = await stopping.standing(connection, here.workspace.id, moment)
    told = shown.message(found, names.get(found.person, ""))
    return Told(**msgspec.structs.asdict(told), story=why(found, moment, stopped))


@get("/journeys/{journey:str}/shadow", guards=[may("journeys:read")])
async def list_shadow(journey: str, here: Here) -> Shadowed:
    """List the newest messages that a journey in shadow would have sent."""
    async with here.pool.acquire() as connection:
        found = await listing.in_shadow(connection, here.workspace.id, part(journey))
    return Shadowed([shown.message(each) for each in found])


def _cursor(text: str) -> tuple[int, bytes] | None:
    if not text:
        return None
    due, _, id = text.partition("-")
    try:
        found = (int(due), bytes.fromhex(id))
    except ValueError:
        found = (1 << 63, b"")
    if abs(found[0]) >= 1 << 62 or not found[1]:
        raise Refusal(400, "`before` is not the `next` of a page.")
    return found
