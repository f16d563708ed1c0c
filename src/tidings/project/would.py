"""Whom a publish could take in: how many people match a journey that is to come before it is in force, counted or from a sample."""

import time
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from tidings import events, journeys, segments
from tidings.database.pool import Pool
from tidings.journeys.kinds import TriggerKind
from tidings.project.intake import check, counted, sampled
from tidings.project.matching import Matcher, matching
from tidings.project.store import NOBODY_IN


class Would(Struct, frozen=True):
    """People who match a journey already. ``low`` and ``high``: between which their number lies, 19 times out of 20, the same where they
    were counted; None where nobody can tell before a segment that is new with it is built. ``rate``: at which they are taken in, "" they
    stay outside."""

    journey: str
    people: int | None
    low: int | None
    high: int | None
    rate: str = ""

    def says(self) -> str:
        """All of it in words."""
        if self.people is None:
            who = "how many people match already is known once its segment is built"
        else:
            about = (
                f"{self.people:,}"
                if self.low == self.high
                else f"about {self.people:,} ({self.low:,} to {self.high:,})"
            )
            who = f"{about} {'person matches' if self.people == 1 else 'people match'} already"
        if self.rate:
            return f"{who}; they are taken in, {'at once' if self.rate == 'all' else self.rate}"
        return f"{who}; they stay outside"


async def would(
    pool: Pool,
    workspace: int,
    before: Mapping[str, Any],
    body: Mapping[str, Any],
    take_in: Mapping[str, str] = NOBODY_IN,
) -> list[Would]:
    """Count who matches already: of journeys that ``take_in`` names, and of those that are new or begin otherwise than ``before``.

    Raises Invalid for rates and journeys nobody can be taken in by.
    """
    check(body, take_in)
    old = before.get("journeys", {})
    found = []
    for id, entry in sorted(body.get("journeys", {}).items()):
        document = entry["document"]
        is_new = id not in old or old[id]["document"].get("trigger") != document.get("trigger")
        if id not in take_in and (not is_new or entry["status"] != "live"):
            continue
        trigger = journeys.read(document).trigger
        if trigger.matches({}, {}, 0) is not None:
            people, low, high = await _count(pool, workspace, trigger, before, body)
            found.append(Would(id, people, low, high, take_in.get(id, "")))
    return found


async def _count(
    pool: Pool, workspace: int, trigger: TriggerKind, before: Mapping[str, Any], body: Mapping[str, Any]
) -> tuple[int | None, int | None, int | None]:
    named = trigger.segments()
    known, coming = before.get("segments", {}), body.get("segments", {})
    if not named or known.get(name := named[0][0]) == coming[name]:
        return await counted(pool, workspace, trigger)
    derived = events.in_force(body)
    segment = segments.read(coming[name], derived)
    if segment.rule is None or segment.compiled is None:
        return 0, 0, 0  # kept by hand, and new
    if any(known.get(other) != coming.get(other) for other in segment.compiled.segments):
        return None, None, None
    now = time.time_ns() // 1000
    return await sampled(matching(pool, Matcher(workspace, segment.rule, derived), now, whole=False))
