"""Home: what is live, what changed lately, what needs a look; and how far a new workspace has been set up."""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from litestar import get
from msgspec import Struct

from tidings.api.here import Here
from tidings.api.permit import may
from tidings.database.pool import Connection
from tidings.history import curves
from tidings.history.curves import Point
from tidings.kernel.times import DAY, show_iso
from tidings.people import rejected, standing
from tidings.project import approval, store
from tidings.teams import store as teams
from tidings.teams.account import tidy

_LOOK: Final = 200
"""The newest messages of a channel by which its provider is judged."""
_FAILING: Final = 0.2
_BOUNCING: Final = 0.03
_COMPLAINING: Final = 0.001
_ENOUGH: Final = 50
"""Messages below which a rate says nothing."""
_USUAL: Final = 5
"""Entries on a day, on average over a week, below which a day without any says nothing."""


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


class Look(Struct):
    """Something that needs a look. ``grave``: messages are lost or people annoyed. ``place``: where in the app, below the workspace."""

    kind: str
    says: str
    hint: str
    place: str
    grave: bool = False


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
    async with here.pool.acquire() as connection:
        in_force = await store.newest(connection, here.workspace.id)
        points = await curves.daily(
            connection, here.workspace.id, today - 7, ("entered", "sent", "bounced", "complained")
        )
        inside = {
            id: sum(sum(own.values()) for own in (await standing.counts(connection, here.workspace.id, id)).values())
            for id, entry in in_force.body.get("journeys", {}).items()
            if entry["status"] in ("live", "paused", "closed")
        }
        people = await connection.fetchval(
            "SELECT count(*) FROM (SELECT FROM people WHERE workspace = $1 LIMIT 10001) AS p", here.workspace.id
        )
        start = await _start(connection, here, in_force.body)
        looks = [
            *await _providers(connection, here.workspace.id),
            *_quiet(in_force.body, points, today),
            *_rates(points),
            *await _waiting(connection, here),
        ]
        changes = await _changes(connection, here.workspace.id, in_force.number)
    waits = await approval.requests(here.pool, here.workspace.id)
    mine = [each for each in waits if each.asked_by != here.actor.name]
    if mine and "journeys:approve" in here.permissions:
        says = f"{len(mine)} {'request waits' if len(mine) == 1 else 'requests wait'} for approval"
        looks.insert(0, Look("approval", says, "Somebody wants this to be live.", "settings/approvals"))
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
    sources = [each for each in await teams.sources(connection, here.workspace.id) if each["kind"] != "app"]
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
        bool(sources),
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
    shown = list(range(number, max(0, number - 6), -1))
    heads = await store.heads(connection, workspace, shown)
    bodies = {each: await store.numbered(connection, workspace, each) for each in range(number, max(0, number - 7), -1)}
    found = []
    for each in shown:
        head, after, before = heads.get(each), bodies.get(each), bodies.get(each - 1)
        if head is None or after is None:
            continue
        what = _differs(before.body if before else {}, after.body) if before or each == 1 else []
        found.append(Changed(each, show_iso(head.made_at), head.author, head.approver, head.note, what))
    return found


def _differs(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Name what differs, at most a handful."""
    found = []
    for kind, word in (("journeys", "journey"), ("segments", "segment"), ("templates", "template")):
        old, new = before.get(kind, {}), after.get(kind, {})
        for name in sorted({*old, *new}):
            if name not in old:
                found.append(f"{word} {name} is new")
            elif name not in new:
                found.append(f"{word} {name} was removed")
            elif kind == "journeys" and old[name].get("status") != new[name].get("status"):
                found.append(f"{word} {name} is {new[name]['status']}")
            elif (old[name].get("document") or old[name].get("text") or old[name]) != (
                new[name].get("document") or new[name].get("text") or new[name]
            ):
                found.append(f"{word} {name} changed")
    if (before.get("settings") or {}) != (after.get("settings") or {}):
        found.append("settings changed")
    return found if len(found) <= 5 else [*found[:4], f"and {len(found) - 4} more"]


async def _providers(connection: Connection, workspace: int) -> list[Look]:
    """Channels whose newest messages were refused by their provider more often than not, with the last reason."""
    rows = await connection.fetch(
        "SELECT channel, state, reason FROM deliveries WHERE workspace = $1 AND due <= $2 "
        "AND state IN ('sent', 'failed', 'unknown', 'planned') ORDER BY due DESC, id DESC LIMIT $3",
        workspace,
        time.time_ns() // 1000,
        _LOOK,
    )
    found = []
    for channel in sorted({row["channel"] for row in rows}):
        own = [row for row in rows if row["channel"] == channel]
        bad = [
            row for row in own if row["state"] in ("failed", "unknown") or (row["state"] == "planned" and row["reason"])
        ]
        if len(bad) >= 3 and len(bad) / len(own) >= _FAILING:
            says = f"{len(bad)} of the last {len(own)} {channel} messages could not be sent"
            found.append(Look("provider", says, bad[0]["reason"], f"deliveries?channel={channel}", grave=True))
    return found


def _quiet(body: Mapping[str, Any], points: Sequence[Point], today: int) -> list[Look]:
    """Live journeys that people entered every day, and that nobody entered yesterday or today."""
    entered: dict[str, Counter[int]] = defaultdict(Counter)
    for point in points:
        if point.what == "entered":
            entered[point.journey][point.day] += point.times
    found = []
    for id, entry in sorted(body.get("journeys", {}).items()):
        usual = sum(entered[id][day] for day in range(today - 7, today - 1)) / 6
        if entry["status"] == "live" and usual >= _USUAL and not entered[id][today] and not entered[id][today - 1]:
            name = entry["document"].get("name") or id
            says = f"Nobody has entered {name} since the day before yesterday"
            hint = f"About {usual:,.0f} people did on each day before. Does its event still come in?"
            found.append(Look("quiet", says, hint, f"journeys/{id}"))
    return found


def _rates(points: Sequence[Point]) -> list[Look]:
    counts: Counter[str] = Counter()
    for point in points:
        counts[point.what] += point.times
    sent, found = counts["sent"], []
    if sent >= _ENOUGH and counts["bounced"] / sent >= _BOUNCING:
        says = f"{counts['bounced'] / sent:.1%} of the week's messages bounced"
        hint = "Above 3 % mail providers begin to distrust you. Look where these addresses come from."
        found.append(Look("bounces", says, hint, "deliveries?state=bounced", grave=True))
    if sent >= 1000 and counts["complained"] / sent >= _COMPLAINING:
        says = f"{counts['complained']} of {sent:,} recipients called a message spam this week"
        found.append(Look("complaints", says, "Write to fewer people, or less often.", "reports", grave=True))
    return found


async def _waiting(connection: Connection, here: Here) -> list[Look]:
    reasons = await rejected.reasons(connection, here.workspace.id)
    count = sum(each[1] for each in reasons)
    if not count:
        return []
    says = f"{count:,} {'record' if count == 1 else 'records'} could not be applied"
    return [Look("rejected", says, f"Most often: {reasons[0][0]}", "data/rejected")]
