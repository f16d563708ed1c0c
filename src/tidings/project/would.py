"""Whom a publish could take in: how many people match a journey that is to come before it is in force, counted or from a sample."""

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from msgspec import Struct

from tidings import events, journeys, segments
from tidings.database.pool import Connection, Pool
from tidings.journeys.kinds import TriggerKind
from tidings.kernel.ids import PARTITIONS
from tidings.people.document import Person
from tidings.project.intake import check
from tidings.project.matching import Matched, Matcher, everybody, matching
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
    now = time.time_ns() // 1000
    if not (named := trigger.segments()):
        return await _sampled(everybody(pool, workspace, _ByTrigger(trigger), now, whole=False))
    name = named[0][0]
    known, coming = before.get("segments", {}), body.get("segments", {})
    if known.get(name) == coming[name]:
        async with pool.acquire() as connection:
            members: int = await connection.fetchval(
                "SELECT count(*) FROM memberships WHERE partition = ANY($1::smallint[]) AND workspace = $2 AND segment = $3",
                list(range(PARTITIONS)),
                workspace,
                name,
            )
        return members, members, members
    derived = events.derived(body.get("events", {}))
    segment = segments.read(coming[name], derived)
    if segment.rule is None or segment.compiled is None:
        return 0, 0, 0  # kept by hand, and new
    if any(known.get(other) != coming.get(other) for other in segment.compiled.segments):
        return None, None, None
    return await _sampled(matching(pool, Matcher(workspace, segment.rule, derived), now, whole=False))


async def _sampled(answers: AsyncGenerator[Matched]) -> tuple[int, int, int]:
    last = Matched(0, 0, 0, 0, 0, ())
    async with aclosing(answers) as found:
        async for each in found:
            last = each
    about = round(last.holding * last.of / last.looked) if last.looked else 0
    return about, last.low, last.high


class _ByTrigger:
    """Whether a trigger matches, asked of many."""

    def __init__(self, trigger: TriggerKind) -> None:
        self._trigger = trigger

    async def holding(self, connection: Connection, people: Sequence[Person], now: int) -> list[Person]:
        """Give those of whom it is true at ``now``."""
        return [each for each in people if self._trigger.matches(each.attributes, {}, now)]
