"""Conversions: which runs reached their goal, and what of it adds up, by version, step, currency and hour.

They are counted in the commit that makes them true, each run once for each goal, whoever counts it and however often. A goal that was
edited is another goal, counted apart. What is older than `numbers.ROLLED` is added up by the day, as numbers per step are. The
row of each run says whose it was, and is forgotten with the history it is of: nobody can count it a second time then. The numbers stay.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from msgspec import Struct

from tidings.database.pool import Connection
from tidings.history.numbers import rolled
from tidings.kernel.effects import Moved
from tidings.kernel.ids import PARTITIONS
from tidings.kernel.times import DAY, HOUR

AGAIN: Final = PARTITIONS
"""The bucket of whoever counts goals again: no worker's."""
_BUCKETS: Final = list(range(PARTITIONS + 1))
_DRAWN, _HELD = "d", "h"
"""Arms of a step that draws: who went on, and who was held out."""


class Conversion(NamedTuple):
    """A run that reached a goal at ``at``. ``partition``: drawn by the run, so that it never moves; ``value``: millionths of
    ``currency`` ("": not told);
    ``steps``: whose messages are credited; ``person``: whose run it was; ``why``: in words;
    ``drawn``: steps that drew it to go on; ``held``: the one that held it out."""

    partition: int
    workspace: int
    journey: str
    goal: bytes
    run: bytes
    version: int
    control: bool
    at: int
    value: int
    currency: str
    steps: tuple[str, ...]
    person: bytes
    why: str
    drawn: tuple[str, ...] = ()
    held: str = ""


def drawn_of(move: Moved) -> tuple[tuple[str, ...], str]:
    """Which steps drew a run on that reached its goal, and which held it out, where it was."""
    held = move.step if move.step in move.drawn else ""
    return tuple(step for step in move.drawn if step != held), held


class Converted(Struct, frozen=True):
    """``step`` "" is the journey itself. ``hour`` 0 where hours were added up. ``value``: millionths."""

    version: int
    step: str
    control: bool
    currency: str
    hour: int
    count: int
    value: int


async def write(connection: Connection, conversions: Sequence[Conversion], bucket: int) -> None:
    """Write them, and add up those that are new, inside the transaction of the commit. ``bucket``: a partition only this worker holds.
    Of one that stands there from before it was written whose it was, that is told now."""
    if not conversions:
        return
    rows = sorted({each[:5]: each for each in conversions}.items())
    fresh = await connection.fetch(
        "INSERT INTO conversions AS c (partition, workspace, journey, goal, run, at, person, version, control, steps, why, drawn, held) "
        "SELECT p, w, j, g, r, at, who, v, arm, string_to_array(s, E'\\x1f'), why, string_to_array(d, E'\\x1f'), h FROM unnest("
        "$1::smallint[], $2::smallint[], $3::text[], $4::bytea[], $5::bytea[], $6::bigint[], $7::bytea[], $8::integer[], $9::boolean[], "
        "$10::text[], $11::text[], $12::text[], $13::text[]) AS n(p, w, j, g, r, at, who, v, arm, s, why, d, h) "
        "ON CONFLICT (partition, workspace, journey, goal, run) DO UPDATE SET "
        "at = excluded.at, person = excluded.person, version = excluded.version, control = excluded.control, steps = excluded.steps, "
        "why = excluded.why, drawn = excluded.drawn, held = excluded.held WHERE c.person IS NULL RETURNING journey, goal, run, xmax = 0",
        *map(list, zip(*(key for key, _ in rows), strict=True)),
        [each.at for _, each in rows],
        [each.person for _, each in rows],
        [each.version for _, each in rows],
        [each.control for _, each in rows],
        ["\x1f".join(each.steps) for _, each in rows],
        [each.why for _, each in rows],
        ["\x1f".join(each.drawn) for _, each in rows],
        [each.held for _, each in rows],
    )
    new = {tuple(row)[:3] for row in fresh if row[3]}
    counts: Counter[tuple[int, str, bytes, int, str, str, str, int]] = Counter()
    values: Counter[tuple[int, str, bytes, int, str, str, str, int]] = Counter()
    for _, each in rows:
        if (each.journey, each.goal, each.run) not in new:
            continue
        arm = "c" if each.control else "t"
        held = [(each.held, _HELD)] if each.held else []
        for step, by in (*((step, arm) for step in ("", *each.steps)), *((step, _DRAWN) for step in each.drawn), *held):
            key = (
                *(each.workspace, each.journey, each.goal, each.version, step),
                *(by, each.currency, each.at - each.at % HOUR),
            )
            counts[key] += 1
            values[key] += each.value
    if not counts:
        return
    keys = sorted(counts)
    await connection.execute(
        "INSERT INTO goal_numbers AS n (bucket, workspace, journey, goal, version, step, arm, currency, hour, count, value) "
        "SELECT $1, * FROM unnest($2::smallint[], $3::text[], $4::bytea[], $5::integer[], $6::text[], $7::text[], $8::text[], "
        "$9::bigint[], $10::bigint[], $11::numeric[]) ON CONFLICT (bucket, workspace, journey, goal, version, step, arm, currency, hour) "
        "DO UPDATE SET count = n.count + excluded.count, value = n.value + excluded.value",
        bucket,
        *map(list, zip(*keys, strict=True)),
        [counts[key] for key in keys],
        [values[key] for key in keys],
    )


async def read(
    connection: Connection,
    workspace: int,
    journey: str,
    goal: bytes | None,
    *,
    version: int | None = None,
    since: int | None = None,
    until: int | None = None,
    hourly: bool = False,
) -> list[Converted]:
    """Add up what was counted of a goal (None: of all the journey ever had), in the same way as `history.numbers.read`."""
    hour = "hour" if hourly else "0::bigint"
    rows = await connection.fetch(
        f"SELECT version, step, arm = 'c', currency, {hour} AS h, sum(count)::bigint, sum(value)::text FROM goal_numbers "
        "WHERE bucket = ANY($1::smallint[]) AND workspace = $2 AND journey = $3 AND ($4::bytea IS NULL OR goal = $4) "
        "AND ($5::integer IS NULL OR version = $5) AND ($6::bigint IS NULL OR hour >= $6) AND ($7::bigint IS NULL OR hour < $7) "
        "AND arm IN ('c', 't') GROUP BY version, step, arm, currency, h ORDER BY version, step, arm, currency, h",
        _BUCKETS,
        workspace,
        journey,
        goal,
        version,
        since,
        until,
    )
    return [
        Converted(number, step, control, currency, at, count, int(value))
        for number, step, control, currency, at, count, value in rows
    ]


async def by_draw(
    connection: Connection,
    workspace: int,
    journey: str,
    goal: bytes,
    *,
    version: int | None = None,
    since: int | None = None,
    until: int | None = None,
) -> dict[str, tuple[int, int]]:
    """Add up, in the same way, how many reached it of those whom each step drew to go on, and of those it held out."""
    rows = await connection.fetch(
        "SELECT step, coalesce(sum(count) FILTER (WHERE arm = $8), 0)::bigint, coalesce(sum(count) FILTER (WHERE arm = $9), 0)::bigint "
        "FROM goal_numbers WHERE bucket = ANY($1::smallint[]) AND workspace = $2 AND journey = $3 AND goal = $4 "
        "AND ($5::integer IS NULL OR version = $5) AND ($6::bigint IS NULL OR hour >= $6) AND ($7::bigint IS NULL OR hour < $7) "
        "AND arm IN ($8, $9) GROUP BY step",
        *(_BUCKETS, workspace, journey, goal, version, since, until, _DRAWN, _HELD),
    )
    return {step: (drawn, held) for step, drawn, held in rows}


async def roll(connection: Connection, buckets: Iterable[int], now: int) -> int:
    """Add hours that are older than `numbers.ROLLED` up into days, in buckets that only this worker holds; gives how many rows went.
    Whoever holds the first sees to the bucket of those who count again too: a row they add to meanwhile is added up with the next."""
    gone = 0
    for bucket in buckets:
        for own in (bucket, AGAIN) if bucket == 0 else (bucket,):
            gone += int(await connection.fetchval(_ROLL, own, rolled(now), DAY))
    return gone


async def forget(
    connection: Connection, partitions: Iterable[int], workspace: int, border: int, *, chunk: int = 5000
) -> int:
    """Forget which runs reached a goal before ``border`` (microseconds), up to ``chunk`` of them in partitions that only this worker holds;
    gives how many. What was counted stays as it is."""
    done = await connection.execute(
        "DELETE FROM conversions WHERE ctid = ANY(ARRAY(SELECT ctid FROM conversions WHERE partition = ANY($1::smallint[]) "
        "AND workspace = $2 AND at < $3 LIMIT $4))",
        list(partitions),
        workspace,
        border,
        chunk,
    )
    return int(done.rpartition(" ")[2])


async def delete(connection: Connection, people: Sequence[bytes]) -> None:
    """Forget whose runs these people's were; that they were counted stays."""
    await connection.execute(
        "UPDATE conversions SET person = '', why = '' WHERE person = ANY($1::bytea[])", list(people)
    )


_ROLL: Final = """
WITH gone AS (
    DELETE FROM goal_numbers WHERE bucket = $1 AND hour < $2 AND hour % $3 <> 0
    RETURNING workspace, journey, goal, version, step, arm, currency, hour, count, value
), added AS (
    INSERT INTO goal_numbers AS n (bucket, workspace, journey, goal, version, step, arm, currency, hour, count, value)
    SELECT $1, workspace, journey, goal, version, step, arm, currency, hour - hour % $3, sum(count), sum(value) FROM gone
    GROUP BY 2, 3, 4, 5, 6, 7, 8, 9
    ON CONFLICT (bucket, workspace, journey, goal, version, step, arm, currency, hour)
    DO UPDATE SET count = n.count + excluded.count, value = n.value + excluded.value
)
SELECT count(*) FROM gone
"""
