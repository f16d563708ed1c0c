"""Home: what is live, what changed lately, what needs a look; and how far a new workspace has been set up."""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from litestar import get
from msgspec import Struct

from tidings.api.here import Here
from tidings.api.permit import may
from tidings.database.pool import Connection, one_moment
from tidings.history import curves
from tidings.history.curves import Point
from tidings.kernel.times import DAY, show_iso
from tidings.people import standing
from tidings.project import approval, store
from tidings.project.looks import COUNTED, Look, find
from tidings.teams import sources
from tidings.teams import store as teams
from tidings.teams.account import tidy


class Start(Struct):
    """How far a workspace has been set up. ``sender``: there is one; ``confirmed``: somebody opened the link mailed to it. ``carried``: a
    provider carries email; ``mailbox``: it is the one that sends nothing. ``brand``: its address and name are known."""

    source: bool
    event: bool
    sender: bool
    confirmed: bool
    carried: bool
    mailbox: bool
    brand: bool
    journey: bool
    team: bool


class LiveJourney(Struct):
    """A journey that is live or paused: who is in it now, and what it did in the last seven days, day by day (UTC)."""

    journey: str
    name: str
    status: str
    inside: int
    entered: int
    sent: int
    days: list[int]


class Changed(Struct):
    """Definitions that came into force. ``note``: what for, in the author's words. ``what``: what differs, in words."""

    number: int
    at: str
    author: str
    approver: str
    note: str
    what: list[str]


class Home(Struct):
    """All of it. ``people``: how many are known, counted to 10,001 at most."""

    start: Start
    journeys: list[LiveJourney]
    changes: list[Changed]
    looks: list[Look]
    people: int


@get("/home", guards=[may("journeys:read")])
async def read_home(here: Here) -> Home:
    """Say what is live, what changed, what needs a look, and how far the workspace has been set up."""
    today = time.time_ns() // 1000 // DAY
    async with one_moment(here.pool) as connection:
        in_force = await store.newest(connection, here.workspace.id)
        points = await curves.daily(connection, here.workspace.id, today - 7, COUNTED)
        counted = await standing.inside(connection, here.workspace.id)
        inside = {
            id: counted.get(id, 0)
            for id, entry in in_force.body.get("journeys", {}).items()
            if entry["status"] in ("live", "paused", "closed")
        }
        people = await connection.fetchval(
            "SELECT count(*) FROM (SELECT FROM people WHERE workspace = $1 LIMIT 10001) AS p", here.workspace.id
        )
        start = await _start(connection, here, in_force.body)
        looks = await find(connection, here.workspace.id, in_force.body, points, today)
        changes = await _changes(connection, here.workspace.id, in_force.number)
    waits = await approval.requests(here.pool, here.workspace.id)
    mine = [each for each in waits if each.asked_by != here.actor.name]
    if mine and "journeys:approve" in here.permissions:
        says = f"{len(mine)} {'request waits' if len(mine) == 1 else 'requests wait'} for approval"
        looks.insert(0, Look("approval", "approval", says, "Somebody wants this to be live.", "settings/approvals"))
    return Home(start, _live(in_force.body, points, inside, today), changes, looks, people)


def _live(body: Mapping[str, Any], points: Sequence[Point], inside: Mapping[str, int], today: int) -> list[LiveJourney]:
    days: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for point in points:
        days[point.journey, point.what][point.day] += point.times
    found = []
    for id, count in inside.items():
        entry, span = body["journeys"][id], range(today - 6, today + 1)
        entered = [days[id, "entered"][day] for day in span]
        sent = sum(days[id, "sent"][day] for day in span)
        name = entry["document"].get("name") or id
        found.append(LiveJourney(id, name, entry["status"], count, sum(entered), sent, entered))
    return sorted(found, key=lambda each: (each.status != "live", -each.entered, each.name))


async def _start(connection: Connection, here: Here, body: Mapping[str, Any]) -> Start:
    settings = body.get("settings") or {}
    sending = [each for each in await sources.listed(connection, here.workspace.id) if each["kind"] != "app"]
    seen = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM catalog WHERE workspace = $1 AND kind IN ('track', 'page', 'screen'))",
        here.workspace.id,
    )
    addresses = [tidy(each["email"]) for each in (settings.get("senders") or {}).values()]
    confirmed = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM confirmed_senders WHERE workspace = $1 AND email = ANY($2::text[]))",
        here.workspace.id,
        addresses,
    )
    carrier = (settings.get("channels") or {}).get("email", {}).get("provider", "")
    brand = settings.get("brand") or {}
    return Start(
        bool(sending),
        bool(seen),
        bool(addresses),
        bool(confirmed),
        bool(carrier),
        carrier == "mailbox",
        bool(brand.get("address")),
        any(entry["status"] != "stopped" for entry in body.get("journeys", {}).values()),
        len(await teams.members(connection, here.workspace.id)) > 1,
    )


async def _changes(connection: Connection, workspace: int, number: int) -> list[Changed]:
    heads = await store.heads(connection, workspace, range(max(1, number - 5), number + 1))
    return [
        Changed(each, show_iso(head.made_at), head.author, head.approver, head.note, list(head.changes))
        for each, head in sorted(heads.items(), reverse=True)
    ]
