"""Who stands behind a number of a journey: the moves and the messages that were counted, the newest first, a page at a time. SQL.

Moves lie in history by journey and time; the numbers say in which hours there are any, so only these are read. Messages lie by journey and
step, and which runs reached a goal by it. What is read is what was counted, one line each; of people who were deleted, and of history
that is older than the workspace keeps, only the numbers are left.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from tidings.database.pool import Connection
from tidings.history import kinds
from tidings.history.numbers import Number, rolled, span
from tidings.kernel.effects import Moved
from tidings.kernel.ids import PARTITIONS, home_of
from tidings.kernel.times import DAY, HOUR

OUTCOMES: Final = (
    "sent",
    "delivered",
    "opened",
    "fetched",
    "clicked",
    "bounced",
    "complained",
    "unsubscribed",
    "failed",
    "dropped",
)
MOST_HOURS: Final = 48
"""Hours looked through by one query."""
SCANNED: Final = 20_000
"""Messages of a step looked through for one page."""
_MOVED: Final = msgspec.msgpack.Decoder(Moved)
PARTS: Final[Mapping[str, tuple[str, Callable[[Moved], bool]]]] = {
    "entered_control": ("entered", lambda move: move.control),
    "entered_treated": ("entered", lambda move: not move.control),
    "drawn": ("branched", lambda move: bool(move.drawn)),
}
"""Numbers that count some moves of a sort: of which, and which of them."""


class Behind(NamedTuple):
    """One that was counted. ``home`` and ``person``: whose it is; ``at``: when, microseconds; ``why``: in words; ``step``: where, of a
    message (``delivery``: its partition and id)."""

    home: int
    person: bytes
    version: int
    at: int
    why: str
    step: str = ""
    delivery: tuple[int, bytes] | None = None


class Page(NamedTuple):
    """``after``: to be passed on for the page after it; None on the last."""

    found: list[Behind]
    after: bytes | None


class Asked(Struct, frozen=True):
    """Which of those counted, and which page of them. ``since`` and ``until``: as for `numbers.read`; ``reason``: only those whose reason
    begins so; ``after``: the cursor of the page before; ``only``: of these people alone, None of all."""

    workspace: int
    journey: str
    version: int | None = None
    since: int | None = None
    until: int | None = None
    reason: str = ""
    after: bytes | None = None
    limit: int = 50
    only: Sequence[bytes] | None = None


async def moves(
    connection: Connection, asked: Asked, step: str | None, whats: Sequence[str], hours: Sequence[Number]
) -> Page:
    """List moves at a step (None: at any). ``hours``: the numbers of these ``whats``, or of what they are `PARTS` of, by hour."""
    limit = asked.limit
    begun = _cursor(asked.after)
    wanted = sorted(_ranges(hours, asked.since, asked.until), reverse=True)
    homes = range(PARTITIONS) if asked.only is None else {home_of(each) for each in asked.only}
    if begun is not None:
        wanted = [(start, min(end, begun[0] + 1)) for start, end in wanted if start <= begun[0]]
    found: list[tuple[tuple[int, bytes], Behind]] = []
    while wanted and len(found) <= limit:
        taken, wanted, lacking = wanted[:MOST_HOURS], wanted[MOST_HOURS:], limit + 1 - len(found)
        rows = await connection.fetch(
            _MOVES,
            list(homes),
            [start for start, _ in taken],
            [end for _, end in taken],
            asked.journey,
            asked.workspace,
            b"" if step is None else mark("step", step),
            [mark("what", whole_of(what)) for what in whats],
            *(begun if begun is not None else (1 << 62, b"")),
            *(lacking, asked.version is not None),
            b"" if asked.version is None else mark("version", asked.version),
            asked.only,
        )
        for row in rows:
            move = _MOVED.decode(memoryview(row["body"])[1:])
            if _counts(move, step, whats, asked.version) and move.why.startswith(asked.reason):
                one = Behind(row["partition"], row["person"], move.version, row["time"], move.why)
                found.append(((row["time"], row["id"]), one))
        if len(rows) == lacking and len(found) <= limit:  # some of them were not meant after all: go on behind the last
            begun = (rows[-1]["time"], rows[-1]["id"])
            wanted = [*((start, min(end, begun[0] + 1)) for start, end in taken if start <= begun[0]), *wanted]
    more = len(found) > limit
    found = found[:limit]
    return Page([one for _, one in found], _packed(*found[-1][0]) if more else None)


async def messages(connection: Connection, asked: Asked, steps: Sequence[str], outcome: str) -> Page:
    """List messages of these steps with an outcome. A page may be short of its limit though there is one after it."""
    if outcome not in OUTCOMES:
        raise ValueError(f"`{outcome}` is no outcome of messages")
    due, place = _cursor(asked.after) or (1 << 62, b"\xff" * 18)
    rows = await connection.fetch(
        _MESSAGES.format(outcome=outcome, counted=_DROPPED if outcome == "dropped" else _TRIED),
        asked.workspace,
        asked.journey,
        list(steps),
        due,
        int.from_bytes(place[:2], "big") & 0x7FFF,
        place[2:],
        SCANNED,
        asked.only,
    )
    found: list[Behind] = []
    for n, row in enumerate(rows):
        at = row["at"]
        if (
            at is not None
            and asked.version in (None, row["version"])
            and (asked.since is None or at - at % span(at) >= asked.since)
            and (asked.until is None or at - at % span(at) < asked.until)
            and row["reason"].startswith(asked.reason)
        ):
            whose = (row["home"], row["person"], row["version"], at, row["reason"], row["step"])
            found.append(Behind(*whose, (row["partition"], row["id"])))
            if len(found) == asked.limit and n + 1 < len(rows):
                return Page(found, _placed(row))
    return Page(found, _placed(rows[-1]) if len(rows) == SCANNED else None)


async def goals(connection: Connection, asked: Asked, goal: bytes, step: str = "", part: str = "") -> Page:
    """List runs that reached a goal; ``part``: only those of the control group or those who get marketing (`control`, `treated`), or those
    whom the step drew to go on, or held out (`drawn`, `held_out`). ``step``: else only those for which its message is credited."""
    rows = await connection.fetch(
        _GOALS,
        *(asked.workspace, asked.journey, goal),
        *(_cursor(asked.after) or (1 << 62, b"")),
        *(step, part, asked.version, asked.since, asked.until, asked.reason),
        *(DAY, HOUR, rolled(time.time_ns() // 1000), asked.limit + 1, asked.only),
    )
    found = [
        Behind(home_of(row["person"]), row["person"], row["version"], row["at"], row["why"])
        for row in rows[: asked.limit]
    ]
    more = len(rows) > asked.limit
    return Page(found, _packed(rows[asked.limit - 1]["at"], rows[asked.limit - 1]["run"]) if more else None)


class Reason(Struct, frozen=True):
    """How many messages of a step were not sent for the same reason; ``what``: dropped or failed. Moments are left out of ``why``, and what
    follows them."""

    step: str
    what: str
    why: str
    count: int


async def reasons(connection: Connection, asked: Asked, steps: Sequence[str]) -> list[Reason]:
    """Say why messages of these steps were not sent, the most frequent first; of people who were deleted nothing is left to say."""
    rows = await connection.fetch(
        _REASONS,
        *(asked.workspace, asked.journey, list(steps), asked.version, asked.since, asked.until),
        *(DAY, HOUR, rolled(time.time_ns() // 1000), asked.limit),
    )
    return [Reason(*row) for row in rows]


def whole_of(what: str) -> str:
    """The move that it is a part of; what is no part is whole."""
    return PARTS[what][0] if what in PARTS else what


def mark(name: str, value: str | int) -> bytes:
    """The bytes by which a stored move says something: a row that says it holds them."""
    return msgspec.msgpack.encode(name) + msgspec.msgpack.encode(value)


def _placed(row: Mapping[str, Any]) -> bytes:
    partition: int = row["partition"]
    return _packed(row["due"], partition.to_bytes(2, "big") + row["id"])


def _counts(move: Moved, step: str | None, whats: Sequence[str], version: int | None) -> bool:
    if step not in (None, move.step) or version not in (None, move.version):
        return False
    return any(move.what == whole_of(what) and (what not in PARTS or PARTS[what][1](move)) for what in whats)


def _ranges(hours: Sequence[Number], since: int | None, until: int | None) -> set[tuple[int, int]]:
    """Where there are any: hours, and days where hours were rolled up."""
    asked = {n.hour for n in hours if (since is None or n.hour >= since) and (until is None or n.hour < until)}
    days = {hour for hour in asked if hour % DAY == 0 and span(hour) == DAY}
    return {(day, day + DAY) for day in days} | {
        (hour, hour + HOUR) for hour in asked - days if hour - hour % DAY not in days
    }


def _packed(time: int, id: bytes) -> bytes:
    return (time + (1 << 62)).to_bytes(8, "big") + id


def _cursor(after: bytes | None) -> tuple[int, bytes] | None:
    if after is None:
        return None
    if len(after) < 9:
        raise ValueError("it is no cursor of a list of people")
    return int.from_bytes(after[:8], "big") - (1 << 62), after[8:]


_MOVES: Final = f"""
SELECT m.* FROM unnest($1::smallint[]) AS held(p) CROSS JOIN unnest($2::bigint[], $3::bigint[]) AS r(start, over) CROSS JOIN LATERAL (
    SELECT h.partition, h.person, h.time, h.id, h.body FROM history h
    WHERE h.partition = held.p AND h.kind = {kinds.MOVED} AND h.name = $4 AND h.time >= r.start AND h.time < r.over
    AND (h.time, h.id) < ($8, $9) AND position($6::bytea IN h.body) > 0
    AND EXISTS (SELECT FROM unnest($7::bytea[]) AS w(mark) WHERE position(w.mark IN h.body) > 0)
    AND (NOT $11 OR position($12::bytea IN h.body) > 0) AND ($13::bytea[] IS NULL OR h.person = ANY($13))
    AND (EXISTS (SELECT FROM people p WHERE p.partition = h.partition AND p.id = h.person AND p.workspace = $5)
        OR EXISTS (SELECT FROM links l WHERE l.partition = h.partition AND l.person = h.person AND l.workspace = $5))
    ORDER BY h.time DESC, h.id DESC LIMIT $10
) m ORDER BY m.time DESC, m.id DESC LIMIT $10
"""
_GOALS: Final = """
SELECT c.person, c.run, c.version, c.at, c.why FROM conversions c
WHERE c.workspace = $1 AND c.journey = $2 AND c.goal = $3 AND (c.at, c.run) < ($4, $5)
AND CASE $7 WHEN 'drawn' THEN $6 = ANY(c.drawn) WHEN 'held_out' THEN c.held = $6 ELSE $6 = '' OR $6 = ANY(c.steps) END
AND ($7 NOT IN ('control', 'treated') OR c.control = ($7 = 'control')) AND ($8::integer IS NULL OR c.version = $8)
AND ($9::bigint IS NULL OR c.at - c.at % (CASE WHEN c.at < $14 THEN $12::bigint ELSE $13 END) >= $9)
AND ($10::bigint IS NULL OR c.at - c.at % (CASE WHEN c.at < $14 THEN $12::bigint ELSE $13 END) < $10)
AND starts_with(c.why, $11) AND ($16::bytea[] IS NULL OR c.person = ANY($16))
AND (EXISTS (SELECT FROM people p WHERE p.partition = get_byte(nullif(c.person, ''), 0) % 64 AND p.id = c.person AND p.workspace = $1)
    OR EXISTS (SELECT FROM links l WHERE l.partition = get_byte(nullif(c.person, ''), 0) % 64 AND l.person = c.person AND l.workspace = $1))
ORDER BY c.at DESC, c.run DESC LIMIT $15
"""
_TRIED: Final = "(d.sent_at IS NOT NULL OR d.failed_at IS NOT NULL OR d.bounced_at IS NOT NULL)"
_DROPPED: Final = "d.dropped_at IS NOT NULL"
_MESSAGES: Final = """
SELECT m.* FROM unnest($3::text[]) AS own(step) CROSS JOIN LATERAL (
    SELECT d.partition, d.id, d.home, d.person, d.version, d.step, d.due, d.reason, d.{outcome}_at AS at FROM deliveries d
    WHERE d.workspace = $1 AND d.journey = $2 AND d.step = own.step
    AND {counted} AND ($8::bytea[] IS NULL OR d.person = ANY($8))
    AND (d.due, d.partition, d.id) < ($4, $5, $6) ORDER BY d.due DESC, d.partition DESC, d.id DESC LIMIT $7
) m ORDER BY m.due DESC, m.partition DESC, m.id DESC LIMIT $7
"""
_SPAN: Final = "at % (CASE WHEN at < $9 THEN $7::bigint ELSE $8 END)"
_REASONS: Final = f"""
SELECT step, what, why, count(*) FROM (
    SELECT d.step, 'dropped' AS what, d.dropped_at AS at, d.reason FROM deliveries d
    WHERE d.workspace = $1 AND d.journey = $2 AND d.step = ANY($3) AND ($4::integer IS NULL OR d.version = $4) AND {_DROPPED}
    UNION ALL
    SELECT d.step, 'failed', d.failed_at, d.reason FROM deliveries d
    WHERE d.workspace = $1 AND d.journey = $2 AND d.step = ANY($3) AND ($4::integer IS NULL OR d.version = $4) AND {_TRIED}
    AND d.failed_at IS NOT NULL
) unsent CROSS JOIN LATERAL (
    SELECT regexp_replace(reason, '( (at|until|from))? [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T.*$', '') AS cut
) said CROSS JOIN LATERAL (SELECT CASE cut WHEN '' THEN 'whoever sends for us reported it' ELSE cut END AS why) told
WHERE ($5::bigint IS NULL OR at - {_SPAN} >= $5) AND ($6::bigint IS NULL OR at - {_SPAN} < $6)
GROUP BY step, what, why ORDER BY count(*) DESC, step, what, why LIMIT $10
"""
