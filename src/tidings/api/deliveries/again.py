"""Sending again what did not arrive: one delivery, or all of a list; what would happen is told before it does."""

from collections import Counter

from litestar import get, post
from msgspec import Struct

from tidings.api.deliveries.narrowed import NARROWED, Narrowed, wanted
from tidings.api.here import Here, part
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.database.pool import Connection
from tidings.delivery import again, store
from tidings.delivery.again import Found
from tidings.delivery.clock import wall_clock
from tidings.delivery.delivery import Delivery
from tidings.delivery.outlook import Outlook, outlook
from tidings.delivery.workspaces import Workspaces
from tidings.settings import Settings
from tidings.teams import audit


class Repeatable(Struct):
    """Whether a delivery can be sent again, or ``why`` not. ``unsure``: it may have arrived, so whoever asks says so. ``present``: it is
    made with the template as it is now, since it could not be made. ``outlook``: how it would fare now, with either content."""

    can: bool
    why: str
    unsure: bool
    present: bool
    outlook: Outlook | None = None
    outlook_present: Outlook | None = None


class SendAgain(Struct):
    """``present``: with the template as it is now, or not; without it, only what could not be made. ``unsure``: also what may have
    arrived."""

    present: bool | None = None
    unsure: bool = False


class AllAgain(Struct):
    """What of a list can be sent again: ``sure`` did not arrive, of ``unsure`` nobody knows. ``states``: how they ended, ``reasons``: the
    commonest of why. ``more``: there is more than can be sent again in one go. ``mark``: goes back with the request to do it."""

    sure: int
    unsure: int
    states: dict[str, int]
    reasons: list[tuple[str, int]]
    more: bool
    mark: str


class SendAllAgain(Narrowed, kw_only=True):
    """Filters as those of the list. ``mark``: what was shown; no more than that is sent."""

    mark: str
    present: bool | None = None
    unsure: bool = False


class SentAgain(Struct):
    """How many were asked for."""

    count: int


@get("/deliveries/{id:str}/again", guards=[may("deliveries:read")])
async def look_again(id: str, here: Here, settings: Settings) -> Repeatable:
    """Say whether a delivery can be sent again, and how that would go now."""
    now = wall_clock()
    async with here.pool.acquire() as connection:
        found = await one_of(connection, here, id)
        said = Repeatable(
            not (why := again.hindrance(found, now)), why, again.is_unsure(found), again.never_made(found)
        )
        if said.can:
            said.outlook, said.outlook_present = [
                await outlook(connection, Workspaces(settings.pictures), found, present, now)
                for present in (False, True)
            ]
    return said


@post("/deliveries/{id:str}/again", guards=[may("deliveries:edit")], status_code=202)
async def send_again(id: str, data: SendAgain, here: Here) -> SentAgain:
    """Send a delivery again, as a new one; consent, suppression and limits are asked again. Asked twice, it is sent once."""
    now = wall_clock()
    async with here.pool.acquire() as connection:
        found = await one_of(connection, here, id)
        if found.again_as:
            return SentAgain(0)
        if why := again.hindrance(found, now):
            raise Refusal(409, f"This can't be sent again: {why}.", code="not_again")
        if again.is_unsure(found) and not data.unsure:
            hint = "Send `unsure: true` to send it all the same."
            raise Refusal(409, "Nobody knows whether this arrived: sent again, it may come twice.", hint, code="unsure")
        async with connection.transaction():
            said = {"template": found.template, "state": found.state, "present": _present(found, data.present)}
            await audit.note(
                connection, here.workspace.id, here.actor, "sent again", "delivery", found.public, after=said
            )
            await again.ask(connection, [found], now, here.actor.name, data.present)
    return SentAgain(1)


@get("/deliveries/again", guards=[may("deliveries:read")], dependencies=NARROWED)
async def find_again(here: Here, narrowed: Narrowed) -> AllAgain:
    """Count what of a list can be sent again, by the list's filters."""
    now = wall_clock()
    async with here.pool.acquire() as connection:
        found = await _all(connection, here, narrowed, now, now)
    both = [*found.sure, *found.unsure]
    return AllAgain(
        sure=len(found.sure),
        unsure=len(found.unsure),
        states=dict(Counter(each.state for each in both)),
        reasons=Counter(each.reason[:200] for each in both).most_common(5),
        more=found.more,
        mark=f"{now}-{len(found.sure)}-{len(found.unsure)}",
    )


@post("/deliveries/again", guards=[may("deliveries:edit")], status_code=202)
async def send_all_again(data: SendAllAgain, here: Here) -> SentAgain:
    """Send again what was shown of a list and can be: what came to its end since then is left out, and no more than was counted is sent."""
    now = wall_clock()
    shown_at, sure, unsure = _mark(data.mark, now)
    async with here.pool.acquire() as connection:
        found = await _all(connection, here, data, now, shown_at)
        chosen = [*found.sure, *(found.unsure if data.unsure else [])]
        if len(found.sure) > sure or len(found.unsure) > unsure:
            raise Refusal(409, "There is more to send again than was shown.", "Look at it once more.", code="changed")
        if not chosen:
            raise Refusal(409, "Nothing of this list can be sent again any more.", code="nothing")
        filters = {name: text for name in Narrowed.__struct_fields__ if (text := getattr(data, name))}
        said = {"filters": filters, "count": len(chosen), "unsure": data.unsure, "present": data.present}
        name = f"{len(chosen)} deliveries"
        async with connection.transaction():
            await audit.note(connection, here.workspace.id, here.actor, "sent again", "delivery", name, after=said)
            await again.ask(connection, chosen, now, here.actor.name, data.present)
    return SentAgain(len(chosen))


async def one_of(connection: Connection, here: Here, id: str) -> Delivery:
    """Give a delivery of the caller's workspace by its public id."""
    found = await store.fetch(connection, part(id))
    if found is None or found.workspace != here.workspace.id:
        raise Refusal(404, "There is no such delivery.")
    return found


async def _all(connection: Connection, here: Here, narrowed: Narrowed, now: int, ended: int) -> Found:
    asked = await wanted(connection, here, narrowed)
    return await again.find(connection, here.workspace.id, asked, now, ended) if asked else Found([], [], False)


def _mark(text: str, now: int) -> tuple[int, int, int]:
    try:
        at, sure, unsure = map(int, text.split("-"))
    except ValueError:
        at, sure, unsure = now + 1, 0, 0
    if not 0 <= at <= now:
        raise Refusal(400, "`mark` is not the `mark` of a count.")
    return at, sure, unsure


def _present(found: Delivery, present: bool | None) -> bool:
    return again.never_made(found) if present is None else present
