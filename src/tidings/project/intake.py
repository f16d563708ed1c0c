"""Taking in people who match already: whom it would concern, begun, looked at and cancelled; the workers do it."""

import re
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final

from msgspec import Struct

from tidings import journeys
from tidings.database.pool import Connection, Pool
from tidings.journeys.kinds import TriggerKind
from tidings.kernel.ids import PARTITIONS
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.kernel.times import DAY, HOUR, MINUTE
from tidings.people import lookup
from tidings.people.document import Person
from tidings.project import store
from tidings.project.matching import Matched, everybody

_RATE: Final = re.compile(r"([1-9]\d{0,8}) per (minute|hour|day)")
_UNITS: Final = {"minute": MINUTE, "hour": HOUR, "day": DAY}


class Intake(Struct):
    """``matching``: how many match now, as `counted` says it with ``low`` and ``high``. ``rate``: as it was asked for, "" where it never
    was. ``handed``: people it has come past so far, of whom each comes in if nothing stands in their way. ``share``: of all people looked
    through, 0 to 1. ``ended``: microseconds, None while it goes on; ``why``: why before its end."""

    matching: int
    low: int
    high: int
    rate: str = ""
    handed: int = 0
    share: float = 0.0
    ended: int | None = None
    why: str = ""


def check(body: Mapping[str, Any], take_in: Mapping[str, str]) -> None:
    """See that journeys of a body can take people in at these rates (``1000 per hour``, ``all``). Raises Invalid."""
    for journey, rate in take_in.items():
        parse(rate)
        _trigger(body, journey)
        if body["journeys"][journey]["status"] != "live":
            raise Invalid([Problem(f"`{journey}` is not live, so nobody enters", "resume it first")])


async def begin(connection: Connection, workspace: int, number: int, take_in: Mapping[str, str]) -> None:
    """Begin, in the transaction behind the records that put definitions ``number`` in force, so that nobody comes between; what went
    before is forgotten. Raises Invalid where a journey takes people in already."""
    for journey, rate in take_in.items():
        done = await connection.execute(
            "INSERT INTO intakes (workspace, journey, since, at, number, each, rate) "
            "SELECT $1, $2, t.now, t.now, $3, $4, $5 FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now) t "
            "ON CONFLICT (workspace, journey) DO UPDATE SET since = excluded.since, at = excluded.at, number = excluded.number, "
            "each = excluded.each, rate = excluded.rate, partition = 0, person = '', handed = 0, ended = NULL, why = '' "
            "WHERE intakes.ended IS NOT NULL",
            workspace,
            journey,
            number,
            parse(rate),
            rate.strip(),
        )
        if done.endswith(" 0"):
            raise Invalid(
                [Problem(f"`{journey}` takes people in already", "cancel that first, or let it come to its end")]
            )


def parse(rate: str) -> int:
    """Give microseconds from one person to the next, 0 for ``all``; raises Invalid."""
    match = _RATE.fullmatch(rate.strip())
    if rate.strip() != "all" and match is None:
        raise Invalid([Problem(f"`{rate}` is no rate", "write for example `1000 per hour`, or `all`")])
    return max(1, _UNITS[match[2]] // int(match[1])) if match else 0


async def cancel(pool: Pool, workspace: int, journey: str) -> None:
    """End it; who is in stays in. Raises Invalid where nothing goes on."""
    async with pool.acquire() as connection:
        done = await connection.execute(
            "UPDATE intakes SET ended = $3, why = 'it was cancelled' WHERE workspace = $1 AND journey = $2 AND ended IS NULL",
            workspace,
            journey,
            time.time_ns() // 1000,
        )
    if done.endswith(" 0"):
        raise Invalid([Problem(f"`{journey}` takes nobody in at the moment")])


async def read(pool: Pool, workspace: int, journey: str) -> Intake:
    """Say how many match, and how far it is. Raises Invalid where the journey is unknown, or nobody can match its trigger."""
    async with pool.acquire() as connection:
        body = (await store.newest(connection, workspace)).body
        trigger = _trigger(body, journey)
        row = await connection.fetchrow(
            "SELECT rate, handed, partition, ended, why FROM intakes WHERE workspace = $1 AND journey = $2",
            workspace,
            journey,
        )
    found = Intake(*await counted(pool, workspace, trigger))
    if row is not None:
        found.rate, found.handed, partition, found.ended, found.why = row
        found.share = 1.0 if row["ended"] is not None and not row["why"] else partition / PARTITIONS
    return found


async def counted(pool: Pool, workspace: int, trigger: TriggerKind) -> tuple[int, int, int]:
    """Say how many match a trigger, and between which their number lies, 19 times out of 20: the same where they were counted. Of many
    people a sample is looked at."""
    if named := trigger.segments():
        async with pool.acquire() as connection:
            members = await lookup.count_in(connection, workspace, named[0][0])
        return members, members, members
    return await sampled(everybody(pool, workspace, _ByTrigger(trigger), time.time_ns() // 1000, whole=False))


async def sampled(answers: AsyncGenerator[Matched]) -> tuple[int, int, int]:
    """Give the last of what is answered: about how many, and between which that lies."""
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


def _trigger(body: Mapping[str, Any], journey: str) -> TriggerKind:
    known = body.get("journeys", {})
    if journey not in known:
        raise Invalid([Problem(f"there is no journey `{journey}`", did_you_mean(journey, list(known)) or "")])
    trigger = journeys.read(known[journey]["document"]).trigger
    if trigger.matches({}, {}, 0) is None:
        raise Invalid(
            [
                Problem(
                    f"nobody can match `{journey}` already: it starts from {trigger.says()}",
                    "that is for `segment: entered NAME`, and for `attribute` with `to`",
                )
            ]
        )
    return trigger
