"""The doorkeeper: lets those in who stand before a journey's door, first come first served, as many as its limits allow.

Whoever stands there is a row of `standing` at no step (whom a ramp still holds: on no version either, and left alone); a run that is let in
gets a record in its person's log, and a row here until that was applied. Both are read in one snapshot by one keeper at a time (a lock of
the database on the journey), so a limit is never passed, whoever of many workers looks. Within one partition the order is that of the log;
between two, that of their clocks.
"""

import json
import time
from collections.abc import Mapping
from typing import Any, Final

from tidings import journeys, log
from tidings.database.looking import keep_looking
from tidings.database.pool import Connection, Pool
from tidings.journeys.admission import FULL, Room, room
from tidings.journeys.limits import Limits
from tidings.kernel.ids import PARTITIONS, digest, home_of
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import SYSTEM, Admit, Record, encode
from tidings.kernel.times import SECOND

_LOOK: Final = 0.3
_MOST: Final = 2000
"""Runs that are let in by one transaction."""
_KEPT: Final = 3600 * SECOND
"""How long a row stays whose run is no longer at the door, at least."""


async def keep(pool: Pool) -> None:
    """Look after all doors until cancelled."""
    await keep_looking(lambda: look(pool, time.time_ns() // 1000), _LOOK, "the doors")


async def look(pool: Pool, now: int) -> bool:
    """Look at each door once; gives whether somebody was let in or sent away."""
    busy = False
    async with pool.acquire() as connection:
        for workspace, journey in await connection.fetch(_BEFORE):
            lock = int.from_bytes(digest("door", workspace, journey)[:8], "big", signed=True)
            async with connection.transaction():
                if await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", lock):
                    busy |= await _admit(connection, workspace, journey, now)
        if busy:
            await log.wake(connection)
    return busy


async def _admit(connection: Connection, workspace: int, journey: str, now: int) -> bool:
    """Let in whoever may come in. The journey's lock is held, so the statements see all that the keeper before wrote."""
    entry = await _entry(connection, workspace, journey)
    if entry is None or entry["status"] in ("paused", "stopped"):
        return False
    limits = journeys.read(entry["document"]).limits
    rate = limits.rate
    since = now - (rate.within if rate is not None else 0)
    times = rate.times if rate is not None else 0
    row = await connection.fetchrow(_STATE, workspace, journey, list(range(PARTITIONS)), since, times)
    assert row is not None
    inside, ever, lately = row
    found = room(limits, inside, lately or (), ever, now)
    closed = entry["status"] != "live"
    free = 0 if closed else min(found.free, _MOST)
    sends_away = closed or found.ever or (limits.over == "refuse" and found.free < _MOST)
    wanted = await connection.fetch(_WANT, workspace, journey, _MOST if sends_away else free)
    if not wanted:
        return False
    why = "the journey was closed" if closed else _full(limits, found)
    rows = [(run, person, index < free) for index, (run, person) in enumerate(wanted)]
    await connection.execute(
        "INSERT INTO admissions (workspace, journey, run, at, ok) SELECT $1, $2, r, $3, k FROM unnest($4::bytea[], $5::bool[]) AS u(r, k) "
        "ON CONFLICT DO NOTHING",
        workspace,
        journey,
        now,
        [run for run, _, _ in rows],
        [ok for _, _, ok in rows],
    )
    await connection.execute(_TIDY, workspace, journey, min(since, now - _KEPT))
    records = [
        Record(
            digest("admit", run),
            workspace,
            0,
            SYSTEM,
            (("cio_id", show_id(person)),),
            now,
            now,
            Admit(run, ok, "" if ok else why),
        )
        for run, person, ok in rows
    ]
    await log.append(
        connection,
        [(home_of(person), encode(record)) for (_, person, _), record in zip(rows, records, strict=True)],
        quiet=True,
    )
    return True


def _full(limits: Limits, found: Room) -> str:
    return f"{FULL}{found.why or limits.door()}"


async def _entry(connection: Connection, workspace: int, journey: str) -> Mapping[str, Any] | None:
    text = await connection.fetchval(
        "SELECT body -> 'journeys' -> $2 FROM definitions WHERE workspace = $1 ORDER BY number DESC LIMIT 1",
        workspace,
        journey,
    )
    found: Mapping[str, Any] | None = json.loads(text) if text else None
    return found


_FIRST_OF: Final = "SELECT workspace, journey FROM standing WHERE step = '' AND version > 0"
_BEFORE: Final = f"""
WITH RECURSIVE heads AS (
    ({_FIRST_OF} ORDER BY workspace, journey LIMIT 1)
    UNION ALL
    SELECT following.* FROM heads h CROSS JOIN LATERAL (
        {_FIRST_OF} AND (workspace, journey) > (h.workspace, h.journey) ORDER BY workspace, journey LIMIT 1
    ) AS following
)
SELECT workspace, journey FROM heads
"""
_STATE: Final = """
WITH coming AS (
    SELECT count(*) AS runs FROM admissions a WHERE a.workspace = $1 AND a.journey = $2 AND a.ok AND EXISTS (
        SELECT FROM standing s WHERE s.workspace = $1 AND s.journey = $2 AND s.step = '' AND s.run = a.run)
)
SELECT
    coming.runs + (SELECT count(*) FROM standing s
                   WHERE s.partition = ANY($3::smallint[]) AND s.workspace = $1 AND s.journey = $2 AND s.step <> ''),
    coming.runs + (SELECT coalesce(sum(n.count), 0)::bigint FROM step_numbers n
                   WHERE n.bucket = ANY($3::smallint[]) AND n.workspace = $1 AND n.journey = $2 AND n.what = 'entered'),
    (SELECT array_agg(newest.at ORDER BY newest.at) FROM (
        SELECT at FROM admissions a WHERE a.workspace = $1 AND a.journey = $2 AND a.ok AND a.at > $4 ORDER BY at DESC LIMIT $5) newest)
FROM coming
"""
"""One statement, so one snapshot: whoever is let in is on the way, or inside and counted, never both or neither."""
_WANT: Final = """
SELECT s.run, s.person FROM standing s WHERE s.workspace = $1 AND s.journey = $2 AND s.step = '' AND s.version > 0 AND NOT EXISTS (
    SELECT FROM admissions a WHERE a.workspace = $1 AND a.journey = $2 AND a.run = s.run)
ORDER BY s.since, s.run LIMIT $3
"""
_TIDY: Final = """
DELETE FROM admissions a WHERE a.workspace = $1 AND a.journey = $2 AND a.at < $3 AND NOT EXISTS (
    SELECT FROM standing s WHERE s.workspace = $1 AND s.journey = $2 AND s.step = '' AND s.run = a.run)
"""
