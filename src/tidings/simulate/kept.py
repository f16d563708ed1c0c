"""Backtests and simulations as they are kept: asked for, running, done. SQL.

One that is asked for over HTTP waits here with its job; a process of its own takes the oldest, one at a time in the whole installation.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from tidings.database.pool import Connection, Pool
from tidings.kernel.ids import read as read_id
from tidings.kernel.ids import show
from tidings.kernel.times import show_iso
from tidings.people import listing
from tidings.simulate.measure import Sample
from tidings.simulate.occasions import Occasion

LOST: Final = 600_000_000
"""Microseconds without a sign after which a running backtest is one whose process is gone."""
SILENT: Final = 60_000_000
"""The same for one that was asked for over HTTP: whoever runs it gives a sign every few seconds."""
TRIES: Final = 2
"""How often one is begun, where the process that does it goes away."""
PAGE: Final = 1000
_OF_PEOPLE: Final = ("backtest_people", "backtest_samples")


class Backtest(Struct):
    """``id`` as text. ``kind``: backtest or simulation. ``state``: waiting, running, done, cancelled or failed (``reason`` says why).
    ``done`` of ``parts`` slices (or made-up people) are played.

    ``asked``: what was asked for: days, sample, the two sides. ``result``: see `backtest.Result`, when done.
    """

    id: str
    workspace: int
    journey: str
    made_at: str
    made_by: str
    state: str
    done: int
    parts: int
    asked: dict[str, Any]
    result: dict[str, Any] | None
    reason: str
    kind: str = "backtest"


async def ask(
    connection: Connection,
    id: bytes,
    workspace: int,
    kind: str,
    journey: str,
    by: str,
    parts: int,
    asked: Mapping[str, Any],
    job: bytes,
) -> None:
    """Write down that one is asked for; it waits until `claim` gives it to somebody."""
    await connection.execute(
        f"INSERT INTO backtests (id, workspace, kind, journey, made_at, made_by, state, alive_at, parts, asked, job) "
        f"VALUES ($1, $2, $3, $4, {_NOW}, $5, 'waiting', {_NOW}, $6, $7, $8)",
        id,
        workspace,
        kind,
        journey,
        by,
        parts,
        msgspec.json.encode(asked).decode(),
        job,
    )


async def unfinished(connection: Connection, workspace: int) -> int:
    """Count those of a workspace that wait or run."""
    found: int = await connection.fetchval(
        f"SELECT count(*) FROM backtests WHERE workspace = $1 AND (state = 'waiting' OR state = 'running' AND "
        f"alive_at > {_NOW} - {LOST})",
        workspace,
    )
    return found


async def claim(connection: Connection) -> bytes | None:
    """Take the one that waits longest, where none of them runs anywhere; gives its id. One whose process is gone waits again first."""
    async with connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock(hashtext('tidings rehearsals'))"):
            return None
        lost = await connection.fetch(
            f"SELECT id FROM backtests WHERE state = 'running' AND job IS NOT NULL AND alive_at < {_NOW} - {SILENT}"
        )
        for row in lost:
            await _again(connection, row[0])
        found: bytes | None = await connection.fetchval(
            f"UPDATE backtests SET state = 'running', alive_at = {_NOW}, done = 0, tries = tries + 1 WHERE id = "
            "(SELECT id FROM backtests WHERE state = 'waiting' ORDER BY made_at LIMIT 1) "
            "AND NOT EXISTS (SELECT FROM backtests WHERE state = 'running' AND job IS NOT NULL) RETURNING id"
        )
        return found


async def job(connection: Connection, id: bytes) -> tuple[int, bytes] | None:
    """Read the workspace and the job of one that runs."""
    row = await connection.fetchrow(
        "SELECT workspace, job FROM backtests WHERE id = $1 AND state = 'running' AND job IS NOT NULL", id
    )
    return (row[0], row[1]) if row else None


async def let_go(connection: Connection, id: bytes) -> None:
    """Let one that did not come to its end be begun anew by somebody else, or fail where that has happened too often."""
    async with connection.transaction():
        await _again(connection, id)


async def _again(connection: Connection, id: bytes) -> None:
    state: str | None = await connection.fetchval(
        "UPDATE backtests SET state = CASE WHEN tries < $2 THEN 'waiting' ELSE 'failed' END, done = 0, "
        "reason = CASE WHEN tries < $2 THEN '' ELSE 'the process that ran it went away each time' END, "
        "job = CASE WHEN tries < $2 THEN job END WHERE id = $1 AND state = 'running' RETURNING state",
        id,
        TRIES,
    )
    if state is not None:
        await _forget_people(connection, id)
        await forget_occasions(connection, id)


async def forget_cancelled(connection: Connection, id: bytes) -> None:
    """Forget what was kept of people by one that was cancelled: who is deleted while it runs is looked for only at its end."""
    if await connection.fetchval("SELECT state = 'cancelled' FROM backtests WHERE id = $1", id):
        await _forget_people(connection, id)


async def _forget_people(connection: Connection, id: bytes) -> None:
    for table in _OF_PEOPLE:
        await connection.execute(f"DELETE FROM {table} WHERE backtest = $1", id)


async def begin(
    connection: Connection, id: bytes, workspace: int, journey: str, by: str, parts: int, asked: Mapping[str, Any]
) -> None:
    """Write down that one runs."""
    await connection.execute(
        f"INSERT INTO backtests (id, workspace, journey, made_at, made_by, state, alive_at, parts, asked) "
        f"VALUES ($1, $2, $3, {_NOW}, $4, 'running', {_NOW}, $5, $6)",
        id,
        workspace,
        journey,
        by,
        parts,
        msgspec.json.encode(asked).decode(),
    )


async def alive(connection: Connection, id: bytes) -> bool:
    """Give a sign that it is being worked on; False where somebody cancelled it."""
    found = await connection.fetchval(
        f"UPDATE backtests SET alive_at = {_NOW} WHERE id = $1 AND state = 'running' RETURNING true", id
    )
    return bool(found)


async def progress(connection: Connection, id: bytes, done: int) -> bool:
    """Say how far it is; False where somebody cancelled it."""
    found: bool = await connection.fetchval(
        f"UPDATE backtests SET done = $2, alive_at = {_NOW} WHERE id = $1 AND state = 'running' RETURNING true",
        id,
        done,
    )
    return bool(found)


async def end(
    connection: Connection, id: bytes, state: str, result: Mapping[str, Any] | None, reason: str = ""
) -> None:
    """Write down what it came to. Who was deleted while it ran is left out."""
    await connection.execute(
        "DELETE FROM backtest_people b WHERE backtest = $1 AND NOT EXISTS "
        "(SELECT FROM people p WHERE p.partition = get_byte(b.person, 0) % 64 AND p.id = b.person)",
        id,
    )
    await connection.execute(
        "DELETE FROM backtest_samples b USING backtests t WHERE b.backtest = $1 AND t.id = $1 AND t.kind = 'backtest' AND NOT EXISTS "
        "(SELECT FROM people p WHERE p.partition = get_byte(b.person, 0) % 64 AND p.id = b.person)",
        id,
    )
    await connection.execute(
        "UPDATE backtests SET state = $2, result = $3, reason = $4, job = NULL WHERE id = $1 AND state = 'running'",
        id,
        state,
        None if result is None else msgspec.json.encode(result).decode(),
        reason,
    )


async def cancel(connection: Connection, workspace: int, id: bytes) -> bool:
    """Let it stop at the next slice, or not begin; False where it neither runs nor waits."""
    done = await connection.execute(
        "UPDATE backtests SET state = 'cancelled', job = NULL WHERE id = $1 AND workspace = $2 AND state IN ('waiting', 'running')",
        id,
        workspace,
    )
    return str(done).endswith(" 1")


async def remove(connection: Connection, workspace: int, id: bytes) -> bool:
    """Forget one; False where there is none."""
    done = await connection.execute("DELETE FROM backtests WHERE id = $1 AND workspace = $2", id, workspace)
    return str(done).endswith(" 1")


async def newest(
    connection: Connection, workspace: int, limit: int = 50, journey: str = "", before: bytes | None = None
) -> list[Backtest]:
    """List the newest (of a journey, "": of all), without their results. ``before``: the last of the page before."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS}, NULL FROM backtests WHERE workspace = $1 AND ($3 = '' OR journey = $3) AND ($4::bytea IS NULL OR "
        "(made_at, id) < (SELECT made_at, id FROM backtests WHERE id = $4)) ORDER BY made_at DESC, id DESC LIMIT $2",
        workspace,
        limit,
        journey,
        before,
    )
    return [_backtest(row) for row in rows]


async def read(connection: Connection, workspace: int, id: str) -> Backtest | None:
    """Read one, with its result."""
    key = read_id(id)
    row = key and await connection.fetchrow(
        f"SELECT {_COLUMNS}, result FROM backtests WHERE id = $1 AND workspace = $2", key, workspace
    )
    return _backtest(row) if row else None


async def samples(connection: Connection, id: bytes, side: int) -> list[Sample]:
    """Give messages of a side as they would have read."""
    rows = await connection.fetch(
        "SELECT body FROM backtest_samples WHERE backtest = $1 AND side = $2 ORDER BY person, body", id, side
    )
    return [msgspec.msgpack.decode(row[0], type=Sample) for row in rows]


async def people(pool: Pool, id: bytes) -> AsyncIterator[tuple[str, str, list[list[list[Any]]]]]:
    """Stream what would have happened to each: (person, what they are called today, a list a side of [when, what, step, template, why]).
    No connection is held while somebody takes their time to read."""
    after, full = b"", True
    while full:
        async with pool.acquire() as connection:
            rows = await connection.fetch(
                "SELECT person, body FROM backtest_people WHERE backtest = $1 AND person > $2 ORDER BY person LIMIT $3",
                *(id, after, PAGE),
            )
            names = await listing.called(connection, [row[0] for row in rows])
        for person, body in rows:
            yield show(person), names.get(person, ""), msgspec.msgpack.decode(body)
            after = person
        full = len(rows) == PAGE


async def keep_people(connection: Connection, id: bytes, people: Sequence[tuple[bytes, bytes]]) -> None:
    """Keep what would have happened to people, of those who are still there."""
    await connection.copy_records_to_table(
        "backtest_people", columns=("backtest", "person", "body"), records=[(id, *row) for row in people]
    )


async def keep_occasions(connection: Connection, id: bytes, occasions: Sequence[Occasion]) -> None:
    """Keep what befalls groups, for as long as people are played."""
    await connection.copy_records_to_table(
        "backtest_occasions",
        columns=("backtest", "side", "type", "key", "at", "id", "event", "body"),
        records=[(id, *occasion) for occasion in occasions],
    )


async def occasions(connection: Connection, id: bytes, groups: Sequence[tuple[str, str]]) -> list[Occasion]:
    """Read what befalls groups, in order."""
    rows = await connection.fetch(
        "SELECT o.side, o.type, o.key, o.at, o.id, o.event, o.body FROM unnest($2::text[], $3::text[]) AS w(type, key) "
        "JOIN backtest_occasions o ON o.backtest = $1 AND o.type = w.type AND o.key = w.key ORDER BY o.at, o.id",
        id,
        [type for type, _ in groups],
        [key for _, key in groups],
    )
    return [Occasion(*row) for row in rows]


async def forget_occasions(connection: Connection, id: bytes) -> None:
    """Forget what befell groups."""
    await connection.execute("DELETE FROM backtest_occasions WHERE backtest = $1", id)


async def keep_samples(connection: Connection, id: bytes, side: int, samples: Sequence[Sample]) -> None:
    """Keep messages as they would have read."""
    rows = [(id, side, read_id(sample.person), msgspec.msgpack.encode(sample)) for sample in samples]
    await connection.copy_records_to_table(
        "backtest_samples", columns=("backtest", "side", "person", "body"), records=rows
    )


def _backtest(row: Any) -> Backtest:
    state, reason = row[5], row[10]
    if state == "running" and row[6] > LOST:
        state, reason = "failed", "the process that ran it is gone"
    result = None if row[12] is None else msgspec.json.decode(row[12])
    asked = msgspec.json.decode(row[9])
    made = (row[1], row[2], show_iso(row[3]), row[4])
    return Backtest(show(row[0]), *made, state, row[7], row[8], asked, result, reason, row[11])


_NOW: Final = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_COLUMNS: Final = (
    f"id, workspace, journey, made_at, made_by, state, {_NOW} - alive_at, done, parts, asked, reason, kind"
)


async def forget_one(connection: Connection, before: int, chunk: int = 5000) -> bool:
    """Forget the oldest rehearsal that was asked for before a moment and is over, in small steps; False where there is none."""
    id = await connection.fetchval(
        "SELECT id FROM backtests WHERE made_at < $1 AND state NOT IN ('waiting', 'running') ORDER BY made_at LIMIT 1",
        before,
    )
    if id is None:
        return False
    for table in _OF_PEOPLE:
        gone = f"DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE backtest = $1 LIMIT $2))"
        while not str(await connection.execute(gone, id, chunk)).endswith(" 0"):
            pass
    await connection.execute("DELETE FROM backtests WHERE id = $1", id)
    return True
