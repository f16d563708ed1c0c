"""What needs somebody's look: judged by few and recent rows, so that it may be asked often. Home shows it, and people are told."""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from tidings.database.pool import Connection
from tidings.history.curves import Point
from tidings.journeys import ramp as ramps
from tidings.kernel.times import DAY, to_datetime
from tidings.people import catalog, rejected, standing

COUNTED: Final = ("entered", "sent", "bounced", "complained")
"""What is to be counted of the last seven days, for `find`."""
_LOOK: Final = 200
"""The newest messages of a channel by which its provider is judged."""
_FAILING: Final = 0.2
_BOUNCING: Final = 0.03
_COMPLAINING: Final = 0.001
_ENOUGH: Final = 50
"""Messages below which a small rate says nothing."""
_FEW: Final = 3
"""Bounces that say something of few messages, where they are a fifth."""
_MANY: Final = 10_000
"""People beyond which it does not matter how many there are."""
_USUAL: Final = 5
"""Entries on a day, on average over a week, below which a day without any says nothing."""


class Kind(Struct):
    """A kind of what needs a look. ``grave``: messages are lost or people annoyed, whichever one it is."""

    name: str
    title: str
    about: str
    grave: bool = False


KINDS: Final = (
    Kind("provider", "A provider refuses messages", "A fifth of a channel's newest messages could not be sent", True),
    Kind("bounces", "Mail bounces", "3 % of the week's messages came back, or of fewer than 50 a fifth", True),
    Kind("complaints", "People call messages spam", "More than 0.1 % of the week's recipients did", True),
    Kind("ramp", "A ramp stopped by itself", "A version that was let on step by step did worse than it may", True),
    Kind("quiet", "Nobody enters a live journey any more", "People did every day, until the day before yesterday"),
    Kind("parked", "People stand still in a journey", "At a fault, since yesterday"),
    Kind("rejected", "Records could not be applied", "They wait for somebody to mend and replay them"),
    Kind("approval", "Somebody asks for approval", "A change waits until somebody else has looked at it"),
)
"""All of them, the grave ones first. A look's key begins with its kind."""


class Look(Struct):
    """Something that needs a look. ``kind`` is the name of one of `KINDS`. ``key`` tells it from others, for as long as it lasts.
    ``hint`` may name people's data: it is for the app alone. ``grave``: messages are lost or people annoyed. ``place``: where in the app,
    below the workspace."""

    kind: str
    key: str
    says: str
    hint: str
    place: str
    grave: bool = False


async def find(
    connection: Connection, workspace: int, body: Mapping[str, Any], points: Sequence[Point], today: int
) -> list[Look]:
    """Find all of it, the grave first. ``body``: the definitions in force; ``points``: what was `COUNTED` in the week before ``today``,
    a day since 1970."""
    found = [
        *await _providers(connection, workspace),
        *_ramps(body),
        *await _parked(connection, workspace, body),
        *await _quiet(connection, workspace, body, points, today),
        *_rates(points),
        *await _waiting(connection, workspace),
    ]
    return sorted(found, key=lambda look: not look.grave)


def _ramps(body: Mapping[str, Any]) -> list[Look]:
    """Ramps that stopped by themselves."""
    found = []
    for id, entry in sorted(body.get("journeys", {}).items()):
        ramp = ramps.read(entry)
        if ramp is not None and ramp.stopped and entry["status"] == "paused":
            says = f"The ramp of {entry['document'].get('name') or id} was stopped, and the journey is paused"
            found.append(Look("ramp", f"ramp:{id}", says, ramp.why, f"journeys/{id}", grave=True))
    return found


async def _parked(connection: Connection, workspace: int, body: Mapping[str, Any]) -> list[Look]:
    """Journeys in which people stand still at a fault."""
    journeys = body.get("journeys", {})
    still = await standing.still(connection, workspace, sorted(journeys), _MANY + 1)
    found = []
    for id, count in sorted(still.items()):
        if count:
            many = f"more than {_MANY:,}" if count > _MANY else f"{count:,}"
            name = journeys[id]["document"].get("name") or id
            says = f"{many[:1].upper()}{many[1:]} {'person stands' if count == 1 else 'people stand'} still at a fault in {name}"
            hint = "See what stopped them, mend it, and let them try again."
            found.append(Look("parked", f"parked:{id}", says, hint, f"parked?journey={id}"))
    return found


async def _providers(connection: Connection, workspace: int) -> list[Look]:
    """Channels whose newest messages were refused by their provider, or could not be made, with the last reason. What is only held back
    (quiet hours, a pause) was never tried, and says nothing. Where the provider is not reached at all it is mended in the settings."""
    rows = await connection.fetch(
        "SELECT channel, state, reason, attempts FROM deliveries WHERE workspace = $1 AND due <= $2 "
        "AND state IN ('sent', 'failed', 'unknown', 'planned') ORDER BY due DESC, id DESC LIMIT $3",
        workspace,
        time.time_ns() // 1000,
        _LOOK,
    )
    found = []
    rows = [row for row in rows if row["state"] != "planned" or row["attempts"]]
    for channel in sorted({row["channel"] for row in rows}):
        own = [row for row in rows if row["channel"] == channel]
        bad = [
            row for row in own if row["state"] in ("failed", "unknown") or (row["state"] == "planned" and row["reason"])
        ]
        away = sum(row["state"] != "failed" for row in bad)
        place = "settings/sending" if 2 * away > len(bad) else f"deliveries?channel={channel}&state=failed"
        if len(bad) >= 3 and len(bad) / len(own) >= _FAILING:
            says = f"{len(bad)} of the last {len(own)} {channel} messages could not be sent"
            found.append(
                Look(
                    "provider",
                    f"provider:{channel}",
                    says,
                    bad[0]["reason"],
                    place,
                    grave=True,
                )
            )
    return found


async def _quiet(
    connection: Connection, workspace: int, body: Mapping[str, Any], points: Sequence[Point], today: int
) -> list[Look]:
    found = quiet(body, points, today)
    came = await catalog.days(connection, workspace, today - 7) if found else {}
    looks = []
    for id, usual in found:
        document = body["journeys"][id]["document"]
        says = f"Nobody has entered {document.get('name') or id} since the day before yesterday"
        hint = f"About {usual:,.0f} people did on each day before. {still_comes(document, body, came, today)}"
        looks.append(Look("quiet", f"quiet:{id}", says, hint, f"journeys/{id}"))
    return looks


def quiet(body: Mapping[str, Any], points: Sequence[Point], today: int) -> list[tuple[str, float]]:
    """Live journeys that people entered every day, with how many did, and that nobody entered yesterday or today."""
    entered: dict[str, Counter[int]] = defaultdict(Counter)
    for point in points:
        if point.what == "entered":
            entered[point.journey][point.day] += point.times
    found = []
    for id, entry in sorted(body.get("journeys", {}).items()):
        usual = sum(entered[id][day] for day in range(today - 7, today - 1)) / 6
        if entry["status"] == "live" and usual >= _USUAL and not entered[id][today] and not entered[id][today - 1]:
            found.append((id, usual))
    return found


def still_comes(
    document: Mapping[str, Any], body: Mapping[str, Any], came: Mapping[tuple[str, str], Mapping[int, int]], today: int
) -> str:
    """Say whether the event that starts a journey still comes in, and so where to look. ``came``: how often events did, by day."""
    event = (document.get("trigger") or {}).get("event")
    if not event or event in body.get("events", {}):  # derived events are not counted
        return "Look at what starts it, and at who is let in."
    days = came.get(("track", event), {})
    if times := sum(count for day, count in days.items() if day >= today - 1):
        return f"“{event}” still comes in, {times:,} {'time' if times == 1 else 'times'} since yesterday: look at its conditions."
    last = f"since {to_datetime(max(days) * DAY):%-d %B}" if days else "for a week"
    return f"“{event}” has not come in {last}: look at the source it comes from."


def _rates(points: Sequence[Point]) -> list[Look]:
    counts: Counter[str] = Counter()
    for point in points:
        counts[point.what] += point.times
    sent, found = counts["sent"], []
    bounced = counts["bounced"]
    tried = max(sent, bounced)  # what is refused as it is handed over was never sent
    many = tried >= _ENOUGH and bounced / tried >= _BOUNCING
    if many or (bounced >= _FEW and bounced >= tried * _FAILING):
        says = f"{100 * bounced / tried:.1f} % of the week's messages bounced"
        hint = "Above 3 % mail providers begin to distrust you. Look where these addresses come from."
        found.append(Look("bounces", "bounces", says, hint, "deliveries?state=bounced", grave=True))
    if sent >= 1000 and counts["complained"] / sent >= _COMPLAINING:
        says = f"{counts['complained']} of {sent:,} recipients called a message spam this week"
        found.append(
            Look("complaints", "complaints", says, "Write to fewer people, or less often.", "reports", grave=True)
        )
    return found


async def _waiting(connection: Connection, workspace: int) -> list[Look]:
    reasons = await rejected.reasons(connection, workspace)
    count = sum(each[1] for each in reasons)
    if not count:
        return []
    says = f"{count:,} {'record' if count == 1 else 'records'} could not be applied"
    return [Look("rejected", "rejected", says, f"Most often: {reasons[0][0]}", "data/rejected")]
