"""Records that were accepted and could not be applied: listed with their reason, and replayed on demand."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from tidings.database.pool import Connection
from tidings.kernel.ids import digest
from tidings.kernel.records import Record, decode, encode, home
from tidings.log import append

_KIND: Final = r"""regexp_replace(reason, '(?<![[:alnum:]])(''[^'']*''|"[^"]*"|`[^`]*`)(?![[:alnum:]])', '…', 'g')"""
"""A reason without the values it names: one for all whose email is taken."""


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
            (each.workspace, each.source, each.at, each.reason[:1000], list(each.keys), encode(each.record))
            for each in refusals
        ],
    )


async def newest(
    connection: Connection,
    workspace: int,
    *,
    before: int | None = None,
    limit: int = 50,
    reason: str = "",
    source: int = 0,
    waiting: bool = False,
    q: str = "",
    oldest: bool = False,
) -> list[Refused]:
    """List entries, the newest first, or with ``oldest`` the other way round; ``before``: the last id of the page before.

    ``reason``: in full, or as `reasons` gives it; ``waiting``: only those that were not replayed; ``q``: what the reason or a text of the
    record has in it, large or small letters alike."""
    rows = await connection.fetch(
        # texts stand in a record as they are: `escape` writes out what is no plain letter, of both alike
        "SELECT id, workspace, source, at, reason, record, replayed_at FROM rejected "
        f"WHERE workspace = $1 AND ($2::bigint IS NULL OR id {'>' if oldest else '<'} $2) AND ($4 = '' OR $4 IN (reason, {_KIND})) "
        "AND ($5 = 0 OR source = $5) AND NOT ($6 AND replayed_at IS NOT NULL) "
        "AND ($7 = '' OR position(lower($7) IN lower(reason)) > 0 OR position(lower(encode(convert_to($7, 'UTF8'), 'escape')) "
        "IN lower(encode(record, 'escape'))) > 0) "
        f"ORDER BY id {'' if oldest else 'DESC'} LIMIT $3",
        workspace,
        before,
        limit,
        reason,
        source,
        waiting,
        q,
    )
    return [_refused(tuple(row)) for row in rows]


async def reasons(connection: Connection, workspace: int) -> list[tuple[str, int, int]]:
    """Give (reason, how many were not replayed, when last) of what waits, the most frequent first; … stands for the values they name."""
    rows = await connection.fetch(
        f"SELECT {_KIND}, count(*), max(at) FROM rejected WHERE workspace = $1 AND replayed_at IS NULL GROUP BY 1 "
        "ORDER BY 2 DESC, 3 DESC LIMIT 100",
        workspace,
    )
    return [tuple(row) for row in rows]


async def replay(connection: Connection, workspace: int, ids: Sequence[int], now: int) -> int:
    """Put records into the log once more, as if they had just been received; gives how many. Unknown ids are passed over."""
    async with connection.transaction():
        rows = await connection.fetch(
            "UPDATE rejected SET replayed_at = $3 WHERE workspace = $1 AND id = ANY($2::bigint[]) "
            "RETURNING id, workspace, source, at, reason, record, replayed_at",
            workspace,
            list(ids),
            now,
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
