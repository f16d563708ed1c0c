"""How a message would fare if it went out now: what policy, people and template say, with nothing locked, written or sent."""

import asyncio
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tidings.channels.provider import Outgoing
from tidings.database.pool import Connection
from tidings.delivery import compose, queue
from tidings.delivery.claim import composed, look
from tidings.delivery.delivery import Delivery
from tidings.delivery.facts import facts
from tidings.delivery.policy import Hold, Refuse, decide
from tidings.delivery.queue import Settled
from tidings.delivery.store import sends_of
from tidings.delivery.workspaces import Workspaces


class Outlook(Struct, frozen=True):
    """What would become of it, and why ("" where it is sent)."""

    does: Literal["send", "wait", "refuse", "fail"]
    why: str = ""


async def outlook(
    connection: Connection, workspaces: Workspaces, delivery: Delivery, present: bool, now: int
) -> Outlook:
    """Say how a delivery would fare that is sent again now. ``present``: with the template as it is now."""
    await workspaces.refresh(connection, [(delivery.workspace, delivery.definitions)])
    newest = workspaces.newest(delivery.workspace)
    person = (await queue.people(connection, [(delivery.home, delivery.person)])).get((delivery.home, delivery.person))
    if newest is None or person is None:
        return Outlook("fail", "the person is gone")
    lasts = delivery.expires - delivery.due if delivery.expires else 0
    delivery = replace(
        delivery,
        due=now,
        next_attempt=now,
        expires=now + lasts if lasts else 0,
        definitions=newest.number if present else delivery.definitions,
    )
    pinned = workspaces.at(delivery.workspace, delivery.definitions)
    if pinned is not None and not compose.is_made(pinned, delivery.template):
        pinned.made[delivery.template] = await asyncio.to_thread(compose.compiled, pinned, delivery.template)
    case = look(delivery, person, workspaces, now)
    if isinstance(case, Settled):
        return Outlook("fail", case.reason)
    addresses = [(*case.lane, hash) for hash in case.hashes if hash]
    closed = await queue.suppressions(connection, addresses) if addresses else {}
    open_to = [n for n, hash in enumerate(case.hashes) if (*case.lane, hash) not in closed]
    suppressed = "" if open_to or not case.hashes else closed[*case.lane, case.hashes[0]]
    case.recipients = [case.recipients[n] for n in open_to]
    known = facts(
        delivery,
        person,
        newest,
        case.configured.channel,
        case.message,
        reachable=bool(case.recipients or suppressed),
        suppressed=suppressed,
        limits=case.limits,
    )
    match decide(known, await sends_of(connection, case.key), now):
        case Refuse(reason=reason):
            return Outlook("refuse", reason)
        case Hold(reason=reason):
            return Outlook("wait", reason)
    event = (await compose.events(connection, [(delivery, case.message)])).get(delivery.id)
    made = composed(case, event, "", now)
    return Outlook("send") if isinstance(made, Outgoing) else Outlook("fail", made.reason)
