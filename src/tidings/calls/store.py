"""The table of calls. Written by the processor in its own commit; claimed and settled by callers.

A caller holds an advisory lock for as long as its session lives, so that others can tell at once when it is gone.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from tidings.calls.call import Call, Plan
from tidings.database.pool import Connection
from tidings.delivery import stopping
from tidings.delivery.delivery import Cancel
from tidings.kernel.ids import home_of
from tidings.kernel.storable import storable
from tidings.kernel.times import HOUR, MINUTE

__all__ = ["Plan"]
CHANNEL: Final = "tidings_calls"
_LOCKS: Final = 0x63616C6C
"""First half of the advisory lock of a caller; the second is the caller's number."""
_PATIENCE: Final = 5 * MINUTE
"""No call takes that long: one that is older was ended by somebody who could not write it down."""
_AHEAD: Final = MINUTE // 2
_LATELY: Final = HOUR
"""How long after its end a stop is looked at."""
_COLUMNS: Final = (
    "partition, id, workspace, person, journey, step, kind, request, definitions, sure, until, attempts AS attempt, "
    "due, next_attempt"
)
_GOES_ON: Final = (
    "NOT EXISTS (SELECT FROM sending_stops s WHERE s.workspace = calls.workspace AND s.resumed_at IS NULL)"
)
"""Where all sending is stopped nobody outside is asked either."""


async def plan(connection: Connection, plans: Sequence[Plan]) -> None:
    """Write calls that steps asked for; one that is there already stays as it is. After the commit, call `wake`."""
    if not plans:
        return
    rows = [
        (
            one.partition,
            one.effect.id,
            one.workspace,
            one.person,
            one.effect.run,
            one.effect.journey,
            one.effect.step,
            one.effect.kind,
            msgspec.msgpack.encode(one.effect.request),
            one.definitions,
            one.effect.sure,
            one.effect.due,
            one.effect.until,
        )
        for one in sorted(plans, key=lambda one: (one.partition, one.effect.id))
    ]
    await connection.execute(
        "INSERT INTO calls (partition, id, workspace, person, run, journey, step, kind, request, definitions, sure, due, until, "
        "next_attempt, patience) SELECT *, u.due, u.until - u.due FROM unnest($1::smallint[], $2::bytea[], $3::smallint[], $4::bytea[], "
        "$5::bytea[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::int[], $11::bool[], $12::bigint[], $13::bigint[]) "
        "AS u (partition, id, workspace, person, run, journey, step, kind, request, definitions, sure, due, until) "
        "ON CONFLICT DO NOTHING",
        *map(list, zip(*rows, strict=True)),
    )


async def wake(connection: Connection) -> None:
    """Tell the callers that there is something to do. Outside of a transaction: a notice inside one makes commits wait in line."""
    await connection.execute(f"NOTIFY {CHANNEL}")


async def cancel(connection: Connection, cancels: Iterable[Cancel]) -> None:
    """Cancel what runs that ended have asked for and nobody claimed yet."""
    ended = [(each.partition, each.run, each.reason, each.time) for each in cancels if each.run is not None]
    if ended:
        await connection.execute(
            "UPDATE calls c SET state = 'cancelled', reason = e.why, settled = e.at, request = '' "
            "FROM unnest($1::smallint[], $2::bytea[], $3::text[], $4::bigint[]) AS e (p, r, why, at) "
            "WHERE c.partition = e.p AND c.run = e.r AND c.state = 'planned'",
            *map(list, zip(*ended, strict=True)),
        )


async def unasked(connection: Connection, people: Sequence[bytes]) -> set[bytes]:
    """Give the runs of people of which a call was cancelled before anybody made it."""
    rows = await connection.fetch(
        "SELECT DISTINCT run FROM unnest($1::smallint[], $2::bytea[]) AS w(p, i) "
        "JOIN calls c ON c.partition = w.p AND c.person = w.i WHERE c.state = 'cancelled'",
        [home_of(person) for person in people],
        list(people),
    )
    return {row[0] for row in rows}


async def delete(connection: Connection, people: Sequence[tuple[int, bytes]]) -> None:
    """Forget the calls of people, by home partition and id."""
    await connection.execute(
        "DELETE FROM calls c USING unnest($1::smallint[], $2::bytea[]) AS g (p, i) WHERE c.partition = g.p AND c.person = g.i",
        [home for home, _ in people],
        [person for _, person in people],
    )


async def hold_lock(connection: Connection, caller: int) -> None:
    """Show for the life of the session that the caller lives."""
    await connection.execute("SELECT pg_advisory_lock($1::int, $2::int)", _LOCKS, caller)


async def claim(connection: Connection, caller: int, now: int, limit: int) -> list[Call]:
    """Take calls that are due: from this commit on nobody else makes them, and whether they were made is not known.

    A stop of all sending waits for claims that are being made, and is seen by those after it.
    """
    asking = await connection.fetch(
        "SELECT DISTINCT workspace FROM (SELECT workspace FROM calls WHERE state = 'planned' AND next_attempt <= $1 "
        f"AND {_GOES_ON} ORDER BY next_attempt LIMIT $2) due",
        now,
        limit,
    )
    if not asking:
        return []
    workspaces = [row[0] for row in asking]
    await stopping.share(connection, workspaces)
    rows = await connection.fetch(
        "WITH due AS (SELECT partition, id FROM calls WHERE state = 'planned' AND next_attempt <= $2 "
        f"AND workspace = ANY($4::smallint[]) AND {_GOES_ON} ORDER BY next_attempt LIMIT $3 FOR UPDATE SKIP LOCKED) "
        "UPDATE calls c SET state = 'calling', claimed_by = $1, unknown_since = $2, attempts = attempts + 1 "
        f"FROM due WHERE c.partition = due.partition AND c.id = due.id RETURNING {_columns('c')}",
        caller,
        now,
        limit,
        workspaces,
    )
    return [_call(row) for row in rows]


async def stops(connection: Connection, now: int) -> bool:
    """Say whether `postpone` has anything to look for: a stop of all sending that stands, or ended lately."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM sending_stops WHERE resumed_at IS NULL OR resumed_at > $1::bigint - $2::bigint)",
        now,
        _LATELY,
    )
    return found


async def postpone(connection: Connection, now: int, limit: int = 500) -> list[tuple[int, bytes, int, bytes, int]]:
    """Let calls that a stop of all sending holds take longer: while it stands, always for `_AHEAD` at least; once it has ended, for as long
    again as they might from the beginning. Gives (partition, id, workspace, person, until) of those that were not so before.

    Called more often than every `_AHEAD` while there are `stops`, so the runs that wait hear of it before their time is up.
    """
    rows = await connection.fetch(
        "WITH held AS (SELECT c.partition, c.id, CASE WHEN s.resumed_at IS NULL THEN $1 + greatest(c.patience, 2 * $2) "
        "ELSE s.resumed_at + c.patience END AS until FROM sending_stops s JOIN calls c ON c.workspace = s.workspace "
        "AND c.state IN ('planned', 'calling') WHERE CASE WHEN s.resumed_at IS NULL THEN c.until < $1 + $2 "
        "ELSE s.resumed_at > $1 - $3 AND c.due < s.resumed_at AND c.until > s.stopped_at AND c.until < s.resumed_at + c.patience END "
        "ORDER BY s.resumed_at NULLS FIRST, c.partition, c.id LIMIT $4 FOR UPDATE OF c SKIP LOCKED), "
        "longest AS (SELECT partition, id, max(until) AS until FROM held GROUP BY partition, id) "
        "UPDATE calls c SET until = l.until FROM longest l WHERE c.partition = l.partition AND c.id = l.id "
        "RETURNING c.partition, c.id, c.workspace, c.person, c.until",
        now,
        _AHEAD,
        _LATELY,
        limit,
    )
    return [tuple(row) for row in rows]


async def hold(connection: Connection, calls: Sequence[Call], until: int) -> None:
    """Put claimed calls back, untried, for later."""
    await connection.execute(
        "UPDATE calls c SET state = 'planned', attempts = attempts - 1, next_attempt = $3, claimed_by = NULL "
        "FROM unnest($1::smallint[], $2::bytea[]) AS k (p, i) WHERE c.partition = k.p AND c.id = k.i",
        [call.partition for call in calls],
        [call.id for call in calls],
        until,
    )


async def settle(connection: Connection, caller: int, call: Call, state: str, reason: str, now: int) -> bool:
    """Write a call's end (``done``, ``failed``), or with ``planned`` that it is tried again at ``now``; False where it is no longer ours.

    What was asked is forgotten with the end; what came back stands in the person's history.
    """
    found = await connection.fetchval(
        "UPDATE calls SET state = $4::text, reason = $5, next_attempt = $6::bigint, "
        "settled = CASE WHEN $4::text = 'planned' THEN NULL ELSE $6::bigint END, "
        "request = CASE WHEN $4::text = 'planned' THEN request ELSE '' END "
        "WHERE partition = $1 AND id = $2 AND state = 'calling' AND claimed_by = $3 AND attempts = $7 RETURNING true",
        call.partition,
        call.id,
        caller,
        state,
        storable(reason)[:2000],
        now,
        call.attempt,
    )
    return bool(found)


async def adopt(connection: Connection, caller: int, now: int, limit: int = 100) -> list[Call]:
    """Take over calls whose caller is gone, and any that are older than `_PATIENCE`; the caller of this settles them as lost."""
    rows = await connection.fetch(
        "SELECT DISTINCT claimed_by FROM calls WHERE state = 'calling' AND claimed_by <> $1", caller
    )
    dead = [
        row[0]
        for row in rows
        if await connection.fetchval("SELECT pg_try_advisory_xact_lock($1::int, $2::int)", _LOCKS, row[0])
    ]
    found = await connection.fetch(
        "WITH left_behind AS (SELECT partition, id FROM calls WHERE state = 'calling' "
        "AND (claimed_by = ANY ($2) OR unknown_since < $4) "
        "ORDER BY partition, id LIMIT $3 FOR UPDATE SKIP LOCKED) UPDATE calls c SET claimed_by = $1 FROM left_behind l "
        f"WHERE c.partition = l.partition AND c.id = l.id RETURNING {_columns('c')}",
        caller,
        dead,
        limit,
        now - _PATIENCE,
    )
    return [_call(row) for row in found]


async def next_due(connection: Connection) -> int | None:
    """When the next call is due that may be made."""
    found: int | None = await connection.fetchval(
        f"SELECT next_attempt FROM calls WHERE state = 'planned' AND {_GOES_ON} ORDER BY next_attempt LIMIT 1"
    )
    return found


async def tidy(connection: Connection, before: int, limit: int = 1000) -> int:
    """Remove ends older than that; gives how many."""
    done = await connection.execute(
        "DELETE FROM calls WHERE (partition, id) IN (SELECT partition, id FROM calls WHERE settled < $1 LIMIT $2)",
        before,
        limit,
    )
    return int(done.rpartition(" ")[2])


def _columns(table: str) -> str:
    return ", ".join(f"{table}.{name.strip()}" for name in _COLUMNS.split(","))


def _call(row: Any) -> Call:
    return Call(**{**row, "request": msgspec.msgpack.decode(row["request"])})
