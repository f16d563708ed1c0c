"""Which way people went lately where a journey asks something: read from their moves, the newest few at each step; and how many were let
past a step, which the numbers say. SQL.

The numbers say in which hours anybody came by, so only these are read, and of each partition only a few moves: ids are random, so these
are like the others.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from tidings.database.pool import Connection
from tidings.history import kinds
from tidings.history.behind import mark
from tidings.kernel.effects import Moved
from tidings.kernel.ids import PARTITIONS
from tidings.kernel.times import DAY, HOUR

LATELY: Final = 30 * DAY
ENOUGH: Final = 200
"""People at a step that tell enough: older hours are left out."""
GONE: Final = ("branched", "passed")
"""Moves by which a run leaves where it was asked, and says why."""
_HOURS: Final = 24
_EACH: Final = 8
"""Of each partition and hour."""
_MOVED: Final = msgspec.msgpack.Decoder(Moved)


class Went(NamedTuple):
    """A way that somebody went: by which version, and why."""

    journey: str
    step: str
    version: int
    why: str


async def lately(
    connection: Connection, workspace: int, steps: Sequence[tuple[str, str]], now: int
) -> Mapping[Went, int]:
    """Count the newest ways that people went at these (journey, step)."""
    hours = await _hours(connection, workspace, steps, now)
    if not hours:
        return {}
    journeys, marks, starts = zip(*((journey, mark("step", step), hour) for journey, step, hour in hours), strict=True)
    rows = await connection.fetch(
        _WENT, *(list(journeys), list(marks), list(starts)), list(range(PARTITIONS)), workspace, HOUR, _EACH, _GONE
    )
    moves = (_MOVED.decode(memoryview(row[0])[1:]) for row in rows)
    return Counter(
        Went(move.journey, move.step, move.version, move.why)
        for move in moves
        if move.what in GONE and (move.journey, move.step) in steps
    )


async def skipped(
    connection: Connection, workspace: int, steps: Sequence[tuple[str, str]], now: int
) -> list[tuple[str, str, int, int, int]]:
    """Count who went through these (journey, step) and who was let past them, by version: (journey, step, version, through, past)."""
    rows = await connection.fetch(
        "SELECT journey, step, version, coalesce(sum(count) FILTER (WHERE what <> 'skipped'), 0)::bigint, "
        f"coalesce(sum(count) FILTER (WHERE what = 'skipped'), 0)::bigint {_LATELY} GROUP BY journey, step, version",
        *_asked(workspace, steps, now, (*GONE, "planned", "skipped")),
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


async def _hours(
    connection: Connection, workspace: int, steps: Sequence[tuple[str, str]], now: int
) -> list[tuple[str, str, int]]:
    """The newest hours in which people came by, as many as it takes."""
    rows = await connection.fetch(
        f"SELECT journey, step, hour, sum(count)::bigint {_LATELY} GROUP BY journey, step, hour ORDER BY hour DESC",
        *_asked(workspace, steps, now, GONE),
    )
    came, found = Counter[tuple[str, str]](), list[tuple[str, str, int]]()
    taken = Counter[tuple[str, str]]()
    for journey, step, hour, count in rows:
        place = (journey, step)
        if came[place] < ENOUGH and taken[place] < _HOURS:
            found.append((journey, step, hour))
            came[place] += count
            taken[place] += 1
    return found


def _asked(workspace: int, steps: Sequence[tuple[str, str]], now: int, whats: Sequence[str]) -> tuple[object, ...]:
    """What `_LATELY` is asked with."""
    journeys, names = [journey for journey, _ in steps], [step for _, step in steps]
    return list(range(PARTITIONS)), workspace, journeys, names, now - LATELY, list(whats)


_LATELY: Final = """
FROM step_numbers WHERE bucket = ANY($1::smallint[]) AND workspace = $2
AND (journey, step) IN (SELECT * FROM unnest($3::text[], $4::text[])) AND hour >= $5 AND what = ANY($6)
"""
_GONE: Final = [mark("what", what) for what in GONE]
_WENT: Final = f"""
SELECT m.body FROM unnest($1::text[], $2::bytea[], $3::bigint[]) AS asked(journey, step, start)
CROSS JOIN unnest($4::smallint[]) AS held(p) CROSS JOIN LATERAL (
    SELECT h.body FROM history h
    WHERE h.partition = held.p AND h.kind = {kinds.MOVED} AND h.name = asked.journey AND h.time >= asked.start AND h.time < asked.start + $6
    AND position(asked.step IN h.body) > 0 AND EXISTS (SELECT FROM unnest($8::bytea[]) AS w(mark) WHERE position(w.mark IN h.body) > 0)
    AND (EXISTS (SELECT FROM people p WHERE p.partition = h.partition AND p.id = h.person AND p.workspace = $5)
        OR EXISTS (SELECT FROM links l WHERE l.partition = h.partition AND l.person = h.person AND l.workspace = $5))
    ORDER BY h.time DESC LIMIT $7
) m
"""
