"""Backtests as they are kept: asked for, running, done. SQL."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from tidings.database.pool import Connection
from tidings.kernel.ids import read as read_id
from tidings.kernel.ids import show
from tidings.kernel.times import show_iso
from tidings.simulate.measure import Sample

LOST: Final = 600_000_000
"""Microseconds without a sign after which a running backtest is one whose process is gone."""
PAGE: Final = 1000


class Backtest(Struct):
    """``id`` as text. ``state``: running, done, cancelled or failed (``reason`` says why). ``done`` of ``parts`` slices are played.

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
        "DELETE FROM backtest_samples b WHERE backtest = $1 AND NOT EXISTS "
        "(SELECT FROM people p WHERE p.partition = get_byte(b.person, 0) % 64 AND p.id = b.person)",
        id,
    )
    await connection.execute(
        "UPDATE backtests SET state = $2, result = $3, reason = $4 WHERE id = $1 AND state = 'running'",
        id,
        state,
        None if result is None else msgspec.json.encode(result).decode(),
        reason,
    )


async def cancel(connection: Connection, workspace: int, id: bytes) -> bool:
    """Let it stop at the next slice; False where it does not run."""
    done = await connection.execute(
        "UPDATE backtests SET state = 'cancelled' WHERE id = $1 AND workspace = $2 AND state = 'running'", id, workspace
    )
    return str(done).endswith(" 1")


async def remove(connection: Connection, workspace: int, id: bytes) -> bool:
    """Forget one; False where there is none."""
    done = await connection.execute("DELETE FROM backtests WHERE id = $1 AND workspace = $2", id, workspace)
    return str(done).endswith(" 1")


async def newest(connection: Connection, workspace: int, limit: int = 50) -> list[Backtest]:
    """List the newest, without their results."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS}, NULL FROM backtests WHERE workspace = $1 ORDER BY made_at DESC LIMIT $2", workspace, limit
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
        "SELECT body FROM backtest_samples WHERE backtest = $1 AND side = $2 ORDER BY person", id, side
    )
    return [msgspec.msgpack.decode(row[0], type=Sample) for row in rows]


async def people(connection: Connection, id: bytes) -> AsyncIterator[tuple[str, list[list[list[Any]]]]]:
    """Stream what would have happened to each: (person, a list a side of [when, what, step, template, why])."""
    after = b""
    while rows := await connection.fetch(
        "SELECT person, body FROM backtest_people WHERE backtest = $1 AND person > $2 ORDER BY person LIMIT $3",
        id,
        after,
        PAGE,
    ):
        for person, body in rows:
            yield show(person), msgspec.msgpack.decode(body)
        after = rows[-1][0]


async def keep_people(connection: Connection, id: bytes, people: Sequence[tuple[bytes, bytes]]) -> None:
    """Keep what would have happened to people, of those who are still there."""
    await connection.copy_records_to_table(
        "backtest_people", columns=("backtest", "person", "body"), records=[(id, *row) for row in people]
    )


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
    result = None if row[11] is None else msgspec.json.decode(row[11])
    asked = msgspec.json.decode(row[9])
    return Backtest(
        show(row[0]), row[1], row[2], show_iso(row[3]), row[4], state, row[7], row[8], asked, result, reason
    )


_NOW: Final = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_COLUMNS: Final = f"id, workspace, journey, made_at, made_by, state, {_NOW} - alive_at, done, parts, asked, reason"
