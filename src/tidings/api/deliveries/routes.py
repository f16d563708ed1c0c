"""Deliveries: the list with its filters, a message as an untrusted page, and sending again what did not arrive."""

import asyncio
from typing import Annotated

import msgspec
from litestar import Response, get
from litestar.params import Parameter
from msgspec import Struct

from tidings.api import shown
from tidings.api.deliveries.again import find_again, look_again, one_of, send_again, send_all_again
from tidings.api.deliveries.export import export_deliveries
from tidings.api.deliveries.narrowed import NARROWED, Narrowed, wanted
from tidings.api.here import Here, part
from tidings.api.permit import may
from tidings.api.person.routes import moment_of
from tidings.api.problem import Refusal
from tidings.content.message import Rendered
from tidings.delivery import store
from tidings.delivery.clock import wall_clock
from tidings.delivery.compose import Unready, anew, reading
from tidings.delivery.mailbox_pages import framed
from tidings.delivery.why import why
from tidings.delivery.workspaces import Workspaces
from tidings.people.listing import called
from tidings.settings import Settings

__all__ = ["export_deliveries", "find_again", "look_again", "send_again", "send_all_again"]


class Deliveries(Struct):
    """A page. ``next``: to be passed as ``before`` for the page after it; null on the last."""

    deliveries: list[shown.Message]
    next: str | None


class Told(shown.Message):
    """A delivery, and in sentences what became of it."""

    story: list[str]


class Content(Struct):
    """What a message says, part by part; what its channel has not is null."""

    subject: str | None
    title: str | None
    text: str | None
    html: str | None


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
        rows = await store.listed(connection, here.workspace.id, asked, before=cursor, limit=limit, oldest=oldest)
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
    told = shown.message(found, names.get(found.person, ""))
    return Told(**msgspec.structs.asdict(told), story=why(found, moment))


@get("/deliveries/{id:str}/content", guards=[may("deliveries:read")])
async def read_content(id: str, here: Here, settings: Settings) -> Content:
    """Read what a delivery says, made again for the person as they are now."""
    made = await _made(here, id, settings)
    return Content(made.subject, made.title, made.text, made.html)


@get("/journeys/{journey:str}/shadow", guards=[may("journeys:read")])
async def list_shadow(journey: str, here: Here) -> Shadowed:
    """List the newest messages that a journey in shadow would have sent."""
    async with here.pool.acquire() as connection:
        found = await store.in_shadow(connection, here.workspace.id, part(journey))
    return Shadowed([shown.message(each) for each in found])


@get("/deliveries/{id:str}/message", guards=[may("deliveries:read")], media_type="text/html")
async def read_message(id: str, here: Here, settings: Settings, images: bool = False) -> Response[bytes]:
    """Show a delivery's HTML, made again for the person as they are now, as a page that may do nothing; ``images``: load remote ones."""
    made = await _made(here, id, settings)
    if not made.html:
        raise Refusal(404, "This message has no HTML.")
    body, policy = framed(made.html, images, settings.shown)
    fields = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
    }
    return Response(body, media_type="text/html", headers=fields)


async def _made(here: Here, id: str, settings: Settings) -> Rendered:
    try:
        async with here.pool.acquire() as connection:
            found = await one_of(connection, here, id)
            made = await anew(connection, Workspaces(settings.pictures), found)
        if made is None:
            raise Refusal(404, "The person is gone.")
        return await asyncio.to_thread(reading, made, found, wall_clock())
    except Unready as error:
        raise Refusal(409, str(error)) from error


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
