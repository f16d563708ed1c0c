"""Records that were accepted and could not be applied: listed with their reason, and replayed on demand."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from tidings.database.pool import Connection
from tidings.kernel.ids import digest
from tidings.kernel.records import Record, decode, encode, home
from tidings.kernel.storable import storable
from tidings.log import append

WINDOW: Final = 20_000
"""Records that are looked at for a search, a reason or a source before it is answered what was found, and where to go on."""


class Refused(NamedTuple):
    """One entry. ``at``, ``replayed_at``: microseconds."""

    id: int
    workspace: int
    source: int
    at: int
    reason: str
    record: Record
    replayed_at: int | None


class Refusal(NamedTuple):
    """One to write. ``keys``: of the identifiers it names."""

    workspace: int
    source: int
    at: int
    reason: str
    keys: Sequence[bytes]
    record: Record


async def write(connection: Connection, refusals: Sequence[Refusal]) -> None:
    """Write entries, in the transaction of the connection."""
    await connection.copy_records_to_table(
        "rejected",
        columns=("workspace", "source", "at", "reason", "keys", "record"),
        records=[
            (each.workspace, each.source, each.at, storable(each.reason[:1000]), list(each.keys), encode(each.record))
            for each in refusals
        ],
    )


class Wanted(NamedTuple):
    """Which entries. ``reason``: in full, or as `reasons` gives it; ``waiting``: only those that were not replayed; ``q``: what the reason
    or a text of the record has in it, large or small letters alike."""

    reason: str = ""
    source: int = 0
    waiting: bool = False
    q: str = ""


class Page(NamedTuple):
    """``next``: to be passed as ``before`` for the page after it; None on the last."""

    found: list[Refused]
    next: int | None


ALL: Final = Wanted()


async def page(
    connection: Connection,
    workspace: int,
    wanted: Wanted = ALL,
    *,
    before: int | None = None,
    limit: int = 50,
    oldest: bool = False,
    window: int = WINDOW,
) -> Page:
    """List entries, the newest first, or with ``oldest`` the other way round. Where a reason, a source or words are asked for, so many
    entries are looked at (``window``): a page may have few, or none, and still not be the last."""
    values: list[Any] = [workspace]

    def value(given: Any) -> str:
        values.append(given)
        return f"${len(values)}"

    order, beyond = ("ASC", ">") if oldest else ("DESC", "<")
    where = "workspace = $1"
    if before is not None:
        where += f" AND id {beyond} {value(before)}"
    if wanted.waiting:
        where += " AND replayed_at IS NULL"
    end = None
    if wanted.reason or wanted.source or wanted.q:
        end = await connection.fetchval(
            f"SELECT id FROM rejected WHERE {where} ORDER BY id {order} OFFSET {window - 1:d} LIMIT 1", *values
        )
    if end is not None:
        where += f" AND id {'<=' if oldest else '>='} {value(end)}"
    if wanted.reason:
        given = value(wanted.reason)
        where += f" AND (kind = {given} OR reason = {given})"
    if wanted.source:
        where += f" AND source = {value(wanted.source)}"
    if wanted.q:
        text = value(wanted.q)
        # texts stand in a record as they are: `escape` writes out what is no plain letter, of both alike
        where += (
            f" AND (position(lower({text}) IN lower(reason)) > 0 OR "
            f"position(lower(encode(convert_to({text}, 'UTF8'), 'escape')) IN lower(encode(record, 'escape'))) > 0)"
        )
    rows = await connection.fetch(
        "SELECT id, workspace, source, at, reason, record, replayed_at FROM rejected "
        f"WHERE {where} ORDER BY id {order} LIMIT {limit:d}",
        *values,
    )
    found = [_refused(tuple(row)) for row in rows]
    return Page(found, found[-1].id if len(found) == limit else end)


async def reasons(connection: Connection, workspace: int) -> list[tuple[str, int, int]]:
    """Give (reason, how many were not replayed, when last) of what waits, the most frequent first; … stands for the values they name."""
    rows = await connection.fetch(
        "SELECT kind, count(*), max(at) FROM rejected WHERE workspace = $1 AND replayed_at IS NULL GROUP BY 1 "
        "ORDER BY 2 DESC, 3 DESC LIMIT 100",
        workspace,
    )
    return [tuple(row) for row in rows]


async def replay(connection: Connection, workspace: int, ids: Sequence[int], now: int, *, waiting: bool = False) -> int:
    """Put records into the log once more, as if they had just been received; gives how many. Unknown ids are passed over.
    ``waiting``: also those that were replayed already, by somebody else a moment ago."""
    async with connection.transaction():
        rows = await connection.fetch(
            "UPDATE rejected SET replayed_at = $3 WHERE workspace = $1 AND id = ANY($2::bigint[]) AND NOT ($4 AND replayed_at IS NOT NULL) "
            "RETURNING id, workspace, source, at, reason, record, replayed_at",
            workspace,
            list(ids),
            now,
            waiting,
        )
        entries = sorted((_refused(tuple(row)) for row in rows), key=lambda entry: entry.id)
        fresh = [
            msgspec.structs.replace(
                entry.record, id=digest("replay", entry.record.id, entry.id, now), received=now, hops=0
            )
            for entry in entries
        ]
        return await append(connection, [(home(record), encode(record)) for record in fresh])


async def forget(connection: Connection, workspace: int, keys: Sequence[bytes]) -> None:
    """Forget entries that name any of these identifiers."""
    await connection.execute("DELETE FROM rejected WHERE workspace = $1 AND keys && $2::bytea[]", workspace, list(keys))


def _refused(row: tuple[int, int, int, int, str, bytes, int | None]) -> Refused:
    id, workspace, source, at, reason, record, replayed_at = row
    return Refused(id, workspace, source, at, reason, decode(record), replayed_at)
