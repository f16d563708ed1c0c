"""What a message says: as it was handed over, or made again where that is not kept; its HTML as an untrusted page."""

import asyncio
from typing import Any, NamedTuple

from litestar import Response, get
from msgspec import Struct

from tidings.api.deliveries.again import one_of
from tidings.api.framed import frame
from tidings.api.here import Here
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.content.message import Rendered
from tidings.delivery import copies
from tidings.delivery.clock import wall_clock
from tidings.delivery.compose import Unready, anew, reading
from tidings.delivery.copies import Copy
from tidings.delivery.delivery import Delivery
from tidings.delivery.links import harmless
from tidings.delivery.why import reads
from tidings.delivery.workspaces import Workspaces
from tidings.kernel.times import show_iso
from tidings.settings import Settings


class Content(Struct):
    """What a message says, part by part; what its channel has not is null. ``sent``: it is what was handed over, at ``made``; else it is
    made again with what is known now. ``says``: the same in a sentence. ``headers``: of a mail or a request, in their order; ``details``:
    what else its channel took. Who may not edit people is shown where links lead, and not the links that act in their reader's name.
    """

    sent: bool
    made: str | None
    says: str
    to: list[str]
    subject: str | None
    title: str | None
    text: str | None
    html: str | None
    headers: list[tuple[str, str]]
    details: dict[str, Any]


class _Found(NamedTuple):
    """A delivery and what it says: what was handed over, or else what it is when it is made again."""

    delivery: Delivery
    copy: Copy | None
    made: Rendered | None


@get("/deliveries/{id:str}/content", guards=[may("deliveries:read")])
async def read_content(id: str, here: Here, settings: Settings) -> Content:
    """Read what a delivery says: as it was sent, or made again with what is known now where that is not kept."""
    found = await _found(here, id, settings)
    if found.made is not None:
        made = found.made
        return Content(
            sent=False,
            made=None,
            says=reads(found.delivery, None),
            to=[],
            subject=made.subject,
            title=made.title,
            text=made.text,
            html=made.html,
            headers=[],
            details={},
        )
    assert found.copy is not None
    copy, secret = found.copy, here.workspace.secret
    text, html, lines = copy.text, copy.html, copy.lines
    if "people:edit" not in here.permissions:
        text, html = harmless(text, secret), harmless(html, secret, is_html=True)
        lines = [(name, harmless(value, secret)) for name, value in lines]
    return Content(
        sent=True,
        made=show_iso(copy.at),
        says=reads(found.delivery, copy.at),
        to=list(copy.to),
        subject=copy.subject if copy.head else None,
        title=None if copy.head else copy.subject,
        text=text,
        html=html or None,
        headers=lines,
        details=copy.fields,
    )


@get("/deliveries/{id:str}/message", guards=[may("deliveries:read")], media_type="text/html")
async def read_message(id: str, here: Here, settings: Settings, images: bool = False) -> Response[bytes]:
    """Show a delivery's HTML as a page that may do nothing: as it was sent, but that its links count nothing and act in nobody's name.
    ``images``: load remote ones."""
    found = await _found(here, id, settings)
    html = found.made.html if found.made is not None else ""
    if found.copy is not None:
        html = harmless(found.copy.html, here.workspace.secret, is_html=True)
    if not html:
        raise Refusal(404, "This message has no HTML.")
    return frame(html, images, settings)


async def _found(here: Here, id: str, settings: Settings) -> _Found:
    try:
        async with here.pool.acquire() as connection:
            delivery = await one_of(connection, here, id)
            if (copy := await copies.read(connection, delivery)) is not None:
                return _Found(delivery, copy, None)
            made = await anew(connection, Workspaces(settings.pictures), delivery)
        if made is None:
            raise Refusal(404, "The person is gone.")
        return _Found(delivery, None, await asyncio.to_thread(reading, made, delivery, wall_clock()))
    except Unready as error:
        raise Refusal(409, str(error)) from error
