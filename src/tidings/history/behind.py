"""Who stands behind a number of a journey: the moves and the messages that were counted, the newest first, a page at a time. SQL.

Moves lie in history by journey and time; the numbers say in which hours there are any, so only these are read. Messages lie by journey and
step. What is read is what was counted, one line each; of people who were deleted, and of history that is older than the workspace
keeps, only the numbers are left.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from tidings.database.pool import Connection
from tidings.history import kinds
from tidings.history.numbers import Number, span
from tidings.kernel.effects import Moved
from tidings.kernel.ids import PARTITIONS
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
)
MOST_HOURS: Final = 48
"""Hours looked through by one query."""
SCANNED: Final = 20_000
"""Messages of a step looked through for one page."""
_MOVED: Final = msgspec.msgpack.Decoder(Moved)
_CONTROL: Final = "_control"


class Behind(NamedTuple):
    """One that was counted. ``home`` and ``person``: whose it is; ``at``: when, microseconds; ``why``: in words; ``delivery``: of a message
    (partition, id)."""

    home: int
    person: bytes
    version: int
    at: int
    why: str
    delivery: tuple[int, bytes] | None = None


class Page(NamedTuple):
    """``after``: to be passed on for the page after it; None on the last."""

    found: list[Behind]
    after: bytes | None


async def moves(
    connection: Connection,
    workspace: int,
    journey: str,
    step: str,
    whats: Sequence[str],
    hours: Sequence[Number],
    *,
    version: int | None = None,
    since: int | None = None,
    until: int | None = None,
    reason: str = "",
    after: bytes | None = None,
    limit: int = 50,
) -> Page:
    """List moves at a step. ``hours``: the numbers of these ``whats``, by hour; ``since`` and ``until`` as for `numbers.read`; ``reason``:
    only those whose reason begins so."""
    begun = _cursor(after)
    wanted = sorted(_ranges(hours, since, until), reverse=True)
    if begun is not None:
        wanted = [(start, min(end, begun[0] + 1)) for start, end in wanted if start <= begun[0]]
    found: list[tuple[tuple[int, bytes], Behind]] = []
    while wanted and len(found) <= limit:
        taken, wanted, lacking = wanted[:MOST_HOURS], wanted[MOST_HOURS:], limit + 1 - len(found)
        rows = await connection.fetch(
            _MOVES,
            list(range(PARTITIONS)),
            [start for start, _ in taken],
            [end for _, end in taken],
            journey,
            workspace,
            _place(step, whats),
            [_mark("what", what.removesuffix(_CONTROL)) for what in whats],
            *(begun if begun is not None else (1 << 62, b"")),
            *(lacking, version is not None),
            b"" if version is None else _mark("version", version),
        )
        for row in rows:
            move = _MOVED.decode(memoryview(row["body"])[1:])
            if _counts(move, step, whats, version) and move.why.startswith(reason):
                one = Behind(row["partition"], row["person"], move.version, row["time"], move.why)
                found.append(((row["time"], row["id"]), one))
        if len(rows) == lacking and len(found) <= limit:  # some of them were not meant after all: go on behind the last
            begun = (rows[-1]["time"], rows[-1]["id"])
            wanted = [*((start, min(end, begun[0] + 1)) for start, end in taken if start <= begun[0]), *wanted]
    more = len(found) > limit
    found = found[:limit]
    return Page([one for _, one in found], _packed(*found[-1][0]) if more else None)


async def messages(
    connection: Connection,
    workspace: int,
    journey: str,
    step: str,
    outcome: str,
    *,
    version: int | None = None,
    since: int | None = None,
    until: int | None = None,
    after: bytes | None = None,
    limit: int = 50,
) -> Page:
    """List messages of a step with an outcome. A page may be short of ``limit`` though there is one after it."""
    if outcome not in OUTCOMES:
        raise ValueError(f"`{outcome}` is no outcome of messages")
    due, place = _cursor(after) or (1 << 62, b"\xff" * 18)
    rows = await connection.fetch(
        _MESSAGES.format(outcome=outcome),
        workspace,
        journey,
        step,
        due,
        int.from_bytes(place[:2], "big") & 0x7FFF,
        place[2:],
        SCANNED,
    )
    found: list[Behind] = []
    for n, row in enumerate(rows):
        at = row["at"]
        if (
            at is not None
            and version in (None, row["version"])
            and (since is None or at - at % span(at) >= since)
            and (until is None or at - at % span(at) < until)
        ):
            found.append(
                Behind(row["home"], row["person"], row["version"], at, row["reason"], (row["partition"], row["id"]))
            )
            if len(found) == limit and n + 1 < len(rows):
                return Page(found, _placed(row))
    return Page(found, _placed(rows[-1]) if len(rows) == SCANNED else None)


def _placed(row: Mapping[str, Any]) -> bytes:
    partition: int = row["partition"]
    return _packed(row["due"], partition.to_bytes(2, "big") + row["id"])


def _counts(move: Moved, step: str, whats: Sequence[str], version: int | None) -> bool:
    if move.what == "converted" and (not step or any(step == credited for credited, _ in move.credited)):
        return "converted" in whats and version in (None, move.version)
    if move.step != step or move.what == "converted" or version not in (None, move.version):
        return False
    return move.what in whats or (move.control and move.what + _CONTROL in whats)


def _ranges(hours: Sequence[Number], since: int | None, until: int | None) -> set[tuple[int, int]]:
    """Where there are any: hours, and days where hours were rolled up."""
    asked = {n.hour for n in hours if (since is None or n.hour >= since) and (until is None or n.hour < until)}
    days = {hour for hour in asked if hour % DAY == 0 and span(hour) == DAY}
    return {(day, day + DAY) for day in days} | {
        (hour, hour + HOUR) for hour in asked - days if hour - hour % DAY not in days
    }


def _place(step: str, whats: Sequence[str]) -> bytes:
    """What a move says of its step. Of a goal that was reached, it is a step that is credited, or any."""
    if "converted" not in whats:
        return _mark("step", step)
    return msgspec.msgpack.encode(step) if step else b""


def _mark(name: str, value: str | int) -> bytes:
    """The bytes by which a stored move says something: a row that says it holds them."""
    return msgspec.msgpack.encode(name) + msgspec.msgpack.encode(value)


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
    AND (NOT $11 OR position($12::bytea IN h.body) > 0)
    AND (EXISTS (SELECT FROM people p WHERE p.partition = h.partition AND p.id = h.person AND p.workspace = $5)
        OR EXISTS (SELECT FROM links l WHERE l.partition = h.partition AND l.person = h.person AND l.workspace = $5))
    ORDER BY h.time DESC, h.id DESC LIMIT $10
) m ORDER BY m.time DESC, m.id DESC LIMIT $10
"""
_MESSAGES: Final = """
SELECT partition, id, home, person, version, due, reason, {outcome}_at AS at FROM deliveries
WHERE workspace = $1 AND journey = $2 AND step = $3 AND (sent_at IS NOT NULL OR failed_at IS NOT NULL)
AND (due, partition, id) < ($4, $5, $6) ORDER BY due DESC, partition DESC, id DESC LIMIT $7
"""
