"""The log in PostgreSQL: append by COPY, read each partition in the order of (transaction id, sequence).

Order. Sequence numbers are not drawn in the order in which transactions become visible, so a reader that remembers only the last
number it saw skips rows that were written earlier and committed later. Two things together cure it: rows are read only
below the snapshot's xmin, under which no transaction is running any more, and they are ordered by transaction id first. What
comes after a cursor then only ever grows at the end.

Time. A worker may fire a timer that no row brought along only when no row with an earlier stamp can still turn up. A row's stamp
is taken after its transaction id was assigned, and ids are assigned in order. So each read draws an id of its own as a
sample: what comes after that id carries later stamps than the moment of the read. Once a snapshot's xmin has reached the
sample, every row with a stamp up to its moment is visible. (xmax would not do: it says what has finished, and ids beyond it may
long be assigned.) This needs no look at other sessions, and holds for whoever writes. An id drawn without writing costs no flush.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

import asyncpg

from tidings.database.pool import Connection

CHANNEL: Final = "tidings_log"
_made: Final = tuple.__new__
"""What `Row._make` does, for a third of it: so many of them are made that it counts."""
_BYTES: Final = 16 << 20
"""Bodies of one read, about: what a batch may take of a worker's memory."""


class Cursor(NamedTuple):
    """The place of the last row applied in a partition."""

    xid: int
    seq: int


class Row(NamedTuple):
    """One record as stored. ``stamp``: when the database took it, in microseconds."""

    partition: int
    xid: int
    seq: int
    stamp: int
    body: bytes


class Batch(NamedTuple):
    """What one read gave.

    ``rows``: by partition, each partition's in order. ``full``: partitions that reached their limit, where more may follow at once.
    ``through``: in a partition that is not full, every row with a stamp up to this instant has now been read (0: not known yet).
    ``now``: the database's clock when it was asked; only where that has been put back are there stamps ahead of it.
    """

    rows: list[Row]
    full: frozenset[int]
    through: int
    now: int


async def append(connection: Connection, rows: Iterable[tuple[int, bytes]], *, quiet: bool = False) -> int:
    """Append (partition, record) pairs; gives their number. Durable when the transaction is: at once, outside of one.

    Readers are woken with the commit inside a transaction, and right after it outside of one. (A notice queued before the
    commit would have all committing sessions wait for each other.) With ``quiet`` the caller sees to it, by `wake`.
    """
    rows = list(rows)
    if not rows:
        return 0
    await connection.copy_records_to_table("log", columns=("partition", "body"), records=rows)
    if quiet:
        return len(rows)
    if connection.is_in_transaction():
        await connection.execute(f"NOTIFY {CHANNEL}")
    else:
        await wake(connection)
    return len(rows)


async def wake(connection: Connection) -> None:
    """Tell the readers that there are new rows. A lost call costs time, not rows: readers also look by themselves."""
    await connection.execute(f"NOTIFY {CHANNEL}")


async def listen(connection: asyncpg.Connection, callback: Callable[[], None]) -> None:
    """Call ``callback`` whenever rows were appended; the connection must be one's own, not a pool's."""

    def heard(*_: Any) -> None:
        callback()

    await connection.add_listener(CHANNEL, heard)


class Reader:
    """Reads on from given cursors, sharing a batch fairly: busy partitions get what quiet ones leave.

    It keeps no place of its own; what it remembers between reads (shares, samples of the clock) only makes them quicker.
    """

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._average = 0.0
        self._samples: deque[tuple[int, int]] = deque(maxlen=1000)
        self._through = 0
        self.held = 0
        """For how long the same transaction, somebody's, has stayed open and hidden what came after it, in microseconds."""

    async def read(self, connection: Connection, cursors: Mapping[int, Cursor], limit: int = 2000) -> Batch:
        """Read at most about ``limit`` rows after the cursors. Call it outside of a transaction."""
        if not cursors:
            return Batch([], frozenset(), 0, 0)
        partitions = list(cursors)
        shares = self._shares(partitions, limit)
        found = await connection.fetch(
            _READ,
            partitions,
            [cursor[0] for cursor in cursors.values()],
            [cursor[1] for cursor in cursors.values()],
            shares,
        )
        now, drawn, xmin = found[0][5:]
        rows = [_made(Row, row[:5]) for row in found if row[0] is not None]
        counts = dict.fromkeys(partitions, 0)
        size = 0
        for partition, _, _, _, body in rows:
            counts[partition] += 1
            size += len(body)
        if rows:
            self._average = size / len(rows)
        self._counts = counts
        full = frozenset(p for p, share in zip(partitions, shares, strict=True) if counts[p] >= share)
        return Batch(rows, full, min(now, self._seen(now, drawn, xmin)), now)

    def _shares(self, partitions: list[int], limit: int) -> list[int]:
        limit = max(1, min(limit, int(_BYTES / max(self._average, 1))))
        base = max(1, limit // len(partitions))
        wanted = [max(base, 2 * self._counts.get(p, 0)) for p in partitions]
        total = sum(wanted)
        return [max(1, want * limit // total) for want in wanted] if total > limit else wanted

    def _seen(self, now: int, drawn: int, xmin: int) -> int:
        self._samples.append((now, drawn))
        while self._samples and self._samples[0][1] <= xmin:
            self._through = max(self._through, self._samples.popleft()[0])
        self.held = now - self._samples[0][0] if self._samples else 0
        return self._through


_READ = """
SELECT r.partition, r.xid, r.seq, r.stamp, r.body, h.now, h.drawn, h.xmin
FROM (
    SELECT (extract(epoch FROM statement_timestamp()) * 1000000)::bigint AS now,
           base + pg_current_xact_id()::text::bigint AS drawn,
           base + pg_snapshot_xmin(s)::text::bigint AS xmin
    FROM log_epoch, pg_current_snapshot() AS s
) AS h
LEFT JOIN LATERAL log_read($1::smallint[], $2::bigint[], $3::bigint[], $4::integer[], h.xmin) AS r ON true
"""
