"""Leases: each partition is applied by one worker at a time, and a worker that lost one can commit nothing there.

A lease is a token on the partition's cursor row; it grows with every change of hands. The commit of a batch moves the cursor
only where the token, and the place it started from, are still its own, in the same transaction as everything else. Leases are
held by time, but not trusted to it: whoever takes one first ends the database session of the former holder, so that a
process frozen inside a transaction holds back neither its successor's row locks nor the log's horizon. Where that session is
gone already, its holder has died, and nobody waits for the time to pass.

Workers announce themselves; each aims at an equal share, gives up what is over it, and takes what is free.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import asyncpg

from tidings.database.pool import LEASE_SECONDS, Connection
from tidings.database.version import check_floors
from tidings.kernel.ids import PARTITIONS
from tidings.log.postgres import Cursor

CHANNEL: Final = "tidings_leases"
"""Notified when partitions come free."""
ABSENT_SECONDS: Final = LEASE_SECONDS
"""A worker not seen for so long gets no share."""
_LIVES: Final = """
EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = c.backend_pid AND (a.backend_start IS NULL OR a.backend_start = c.backend_start))
"""
"""Whether the session a lease was taken with is still there; that of another role may be hidden, and counts as there."""
_FREE: Final = f"(c.lease_owner IS NULL OR c.lease_until < clock_timestamp() OR NOT {_LIVES})"


class Lease(NamedTuple):
    """The right to apply one partition. ``cursor``, ``clock``: where it stood when the lease was taken."""

    partition: int
    token: int
    epoch: int
    cursor: Cursor
    clock: int


class Move(NamedTuple):
    """A partition's step forward within a batch: from where, to where, and its clock after it."""

    partition: int
    token: int
    start: Cursor
    end: Cursor
    clock: int


class Lost(Exception):
    """These partitions have passed to another worker: nothing of this batch may be committed."""

    def __init__(self, partitions: Iterable[int]) -> None:
        self.partitions = frozenset(partitions)
        super().__init__(f"lost the lease of partitions {sorted(self.partitions)}")


async def keep(
    connection: Connection, owner: str, held: Iterable[Lease], formats: Mapping[str, int] | None = None
) -> dict[int, Lease]:
    """Announce the worker, renew what it holds, give up what is over its share, take what is free up to it.

    ``formats``: the stored formats the worker knows (name -> number); where newer ones have been written it takes nothing and gets
    `Unfit`. Gives the leases held now. Call it between batches, about every third of `LEASE_SECONDS`, and when `CHANNEL` is heard, on the
    connection that commits the batches: that is the session a successor will end.
    """
    await check_floors(connection, formats or {})
    share = await announce(connection, owner)
    renewed = await renew(connection, owner, held)
    surplus = sorted(renewed)[share:]
    if surplus:
        await release(connection, owner, [renewed.pop(partition) for partition in surplus])
    if len(renewed) < share:
        renewed |= await take(connection, owner, share - len(renewed))
    return renewed


async def announce(connection: Connection, owner: str) -> int:
    """Say that the worker is there; gives how many partitions are its share."""
    workers: int = await connection.fetchval(
        f"""
        WITH gone AS (
            DELETE FROM workers WHERE owner IN (
                SELECT owner FROM workers WHERE seen < clock_timestamp() - $2 * interval '1 second' AND owner <> $1
                FOR UPDATE SKIP LOCKED)
        ), here AS (
            INSERT INTO workers (owner, seen) VALUES ($1, clock_timestamp())
            ON CONFLICT (owner) DO UPDATE SET seen = excluded.seen
        )
        SELECT 1 + count(*) FROM workers w WHERE owner <> $1 AND seen >= clock_timestamp() - $2 * interval '1 second'
            AND coalesce((SELECT bool_or({_LIVES}) FROM cursors c WHERE c.lease_owner = w.owner), true)
        """,
        owner,
        float(ABSENT_SECONDS),
    )
    return -(-PARTITIONS // workers)


async def take(connection: Connection, owner: str, count: int) -> dict[int, Lease]:
    """Take up to ``count`` partitions that nobody holds, ending the sessions of those who let them run out."""
    free = await connection.fetch(
        f"SELECT partition, backend_pid, backend_start FROM cursors c WHERE {_FREE} ORDER BY random() LIMIT $1",
        count,
    )
    if not free:
        return {}
    await _end_sessions(connection, {(row[1], row[2]) for row in free if row[1] is not None})
    taken = await connection.fetch(
        f"""
        UPDATE cursors c
        SET lease_owner = $1, lease_token = c.lease_token + 1, lease_until = clock_timestamp() + $3 * interval '1 second',
            backend_pid = pg_backend_pid(),
            backend_start = (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())
        FROM (
            SELECT partition FROM cursors c WHERE partition = ANY($2::smallint[]) AND {_FREE} FOR UPDATE SKIP LOCKED
        ) f
        WHERE c.partition = f.partition
        RETURNING c.partition, c.lease_token, c.epoch, c.xid, c.seq, c.clock
        """,
        owner,
        [row[0] for row in free],
        float(LEASE_SECONDS),
    )
    return {row[0]: Lease(row[0], row[1], row[2], Cursor(row[3], row[4]), row[5]) for row in taken}


async def renew(connection: Connection, owner: str, held: Iterable[Lease]) -> dict[int, Lease]:
    """Make the leases last again; gives those that are still held, with where they stand now."""
    leases = {lease.partition: lease for lease in held}
    if not leases:
        return {}
    kept = await connection.fetch(
        """
        UPDATE cursors c
        SET lease_until = clock_timestamp() + $4 * interval '1 second',
            backend_pid = pg_backend_pid(),
            backend_start = (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())
        FROM unnest($2::smallint[], $3::bigint[]) AS h(partition, token)
        WHERE c.partition = h.partition AND c.lease_token = h.token AND c.lease_owner = $1
        RETURNING c.partition, c.lease_token, c.epoch, c.xid, c.seq, c.clock
        """,
        owner,
        list(leases),
        [lease.token for lease in leases.values()],
        float(LEASE_SECONDS),
    )
    return {row[0]: Lease(row[0], row[1], row[2], Cursor(row[3], row[4]), row[5]) for row in kept}


async def release(connection: Connection, owner: str, held: Iterable[Lease]) -> None:
    """Give leases back, for others to take at once."""
    leases = list(held)
    if not leases:
        return
    await connection.execute(
        """
        UPDATE cursors c SET lease_owner = NULL, lease_until = NULL, backend_pid = NULL, backend_start = NULL
        FROM unnest($2::smallint[], $3::bigint[]) AS h(partition, token)
        WHERE c.partition = h.partition AND c.lease_token = h.token AND c.lease_owner = $1
        """,
        owner,
        [lease.partition for lease in leases],
        [lease.token for lease in leases],
    )
    await connection.execute(f"NOTIFY {CHANNEL}")


async def leave(connection: Connection, owner: str, held: Iterable[Lease]) -> None:
    """Give everything back and be gone: what a worker does last."""
    await connection.execute("DELETE FROM workers WHERE owner = $1", owner)
    await release(connection, owner, held)


async def fence(connection: Connection, tokens: Mapping[int, int]) -> None:
    """Inside a transaction: hold the leases (partition -> token) until its end. Raises `Lost`."""
    rows = await connection.fetch(
        """
        SELECT c.partition FROM cursors c
        JOIN unnest($1::smallint[], $2::bigint[]) AS h(partition, token) ON c.partition = h.partition AND c.lease_token = h.token
        WHERE c.lease_owner IS NOT NULL
        ORDER BY c.partition FOR NO KEY UPDATE OF c
        """,
        list(tokens),
        list(tokens.values()),
    )
    if len(rows) < len(tokens):
        raise Lost(set(tokens) - {row[0] for row in rows})


async def advance(connection: Connection, moves: Iterable[Move]) -> None:
    """Inside the batch's transaction: move the cursors, and renew their leases. Raises `Lost`; then roll back.

    It is a fence too: no other is needed. The earlier in the transaction, the less work is done in vain.
    """
    moves = sorted(moves)
    if not moves:
        return
    moved = await connection.fetch(
        """
        UPDATE cursors c
        SET xid = m.xid, seq = m.seq, clock = greatest(c.clock, m.clock), lease_until = clock_timestamp() + $8 * interval '1 second'
        FROM (
            SELECT m.* FROM cursors
            JOIN unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
                AS m(partition, token, from_xid, from_seq, xid, seq, clock) USING (partition)
            ORDER BY partition FOR NO KEY UPDATE OF cursors
        ) m
        WHERE c.partition = m.partition AND c.lease_token = m.token AND c.lease_owner IS NOT NULL
          AND c.xid = m.from_xid AND c.seq = m.from_seq
        RETURNING c.partition
        """,
        [move.partition for move in moves],
        [move.token for move in moves],
        [move.start.xid for move in moves],
        [move.start.seq for move in moves],
        [move.end.xid for move in moves],
        [move.end.seq for move in moves],
        [move.clock for move in moves],
        float(LEASE_SECONDS),
    )
    if len(moved) < len(moves):
        raise Lost({move.partition for move in moves} - {row[0] for row in moved})


async def _end_sessions(connection: Connection, sessions: Iterable[tuple[int, object]]) -> None:
    """End the sessions (process id, start) and wait until they are gone; a reused process id is left alone."""
    for pid, started in sessions:
        try:
            await connection.fetch(
                "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity "
                "WHERE pid = $1 AND backend_start = $2 AND pid <> pg_backend_pid()",
                pid,
                started,
            )
        except asyncpg.InsufficientPrivilegeError:
            continue  # another role's session: its own time limits have to do
