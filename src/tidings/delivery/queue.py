"""The tables of deliveries as the workers use them: claim, attempt, settle, and take over from the dead.

A worker holds an advisory lock for as long as its session lives, so that others can tell at once when it is gone.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import structlog
from msgspec import Struct

from tidings.database.pool import Connection
from tidings.delivery import copies
from tidings.delivery.delivery import COLUMNS, JOURNEY, Delivery
from tidings.delivery.policy import Sent
from tidings.delivery.store import as_delivery, read_sends, write_sends
from tidings.kernel.storable import storable
from tidings.people import document
from tidings.people.document import Person

logger = structlog.get_logger(__name__)
_LOCKS: Final = 0x74696473
"""First half of the advisory lock of a worker; the second is the worker's number."""

Key = tuple[int, bytes]
Rated = tuple[int, str]
"""(workspace, what a rate is set for: a channel, or ``journey ID``)."""


class Attempt(Struct, frozen=True, kw_only=True):
    """What is written of a claimed delivery before its provider is called."""

    delivery: Delivery
    recipient: str
    address: bytes | None
    provider: str


class Settled(Struct, frozen=True, kw_only=True):
    """The end of an attempt, or of a claim that came to none. ``state`` planned: once more at ``next_attempt``.

    ``attempt``: number of the attempt it is about, so that a late answer to an older one changes nothing.
    """

    delivery: Delivery
    state: str
    attempt: int
    time: int
    reason: str = ""
    next_attempt: int = 0
    provider_id: str = ""


async def hold_lock(connection: Connection, worker: int) -> None:
    """Show for the life of the session that the worker lives."""
    await connection.execute("SELECT pg_advisory_lock($1::int, $2::int)", _LOCKS, worker)


class Waiting(NamedTuple):
    """What waits in one lane at one priority: when the first of it is due."""

    workspace: int
    channel: str
    priority: int
    due: int


async def waiting(connection: Connection) -> list[Waiting]:
    """Look what waits in which lanes, by leaps over the index: it costs as much as there are lanes, however much waits in each."""
    return [Waiting(*row) for row in await connection.fetch(_WAITING)]


_FIRST: Final = "SELECT workspace, channel, priority, next_attempt FROM deliveries WHERE state = 'planned'"
_ORDER: Final = "ORDER BY workspace, channel, priority, next_attempt LIMIT 1"
_WAITING: Final = f"""
WITH RECURSIVE heads AS (
    ({_FIRST} {_ORDER})
    UNION ALL
    SELECT following.* FROM heads h CROSS JOIN LATERAL (
        {_FIRST} AND (workspace, channel, priority) > (h.workspace, h.channel, h.priority) {_ORDER}
    ) AS following
)
SELECT workspace, channel, priority, next_attempt FROM heads
"""


async def take(connection: Connection, now: int, lanes: Sequence[tuple[Waiting, int]], limit: int) -> list[Delivery]:
    """Lock deliveries that are due: from these lanes in this order, of each at most so many. Others' claims are skipped."""
    rows = await connection.fetch(
        f"""
        SELECT found.* FROM unnest($3::smallint[], $4::text[], $5::smallint[], $6::int[]) AS lane(w, c, p, most), LATERAL (
            SELECT {COLUMNS} FROM deliveries
            WHERE state = 'planned' AND workspace = lane.w AND channel = lane.c AND priority = lane.p AND next_attempt <= $1
            ORDER BY next_attempt LIMIT lane.most FOR UPDATE SKIP LOCKED) AS found
        LIMIT $2
        """,
        now,
        limit,
        [lane.workspace for lane, _ in lanes],
        [lane.channel for lane, _ in lanes],
        [lane.priority for lane, _ in lanes],
        [most for _, most in lanes],
    )
    return [as_delivery(row) for row in rows]


async def people(connection: Connection, keys: Sequence[Key]) -> dict[Key, Person | None]:
    """Read people's documents, by (home, person); None where this version can't read one. Who is not there is left out."""
    keys = sorted(set(keys))
    rows = await connection.fetch(
        "SELECT p.partition, p.id, p.doc FROM unnest($1::smallint[], $2::bytea[]) AS asked(h, i) "
        "JOIN people p ON p.partition = asked.h AND p.id = asked.i",
        [home for home, _ in keys],
        [person for _, person in keys],
    )
    return {(row[0], row[1]): _person(row[2]) for row in rows}


def _person(data: bytes) -> Person | None:
    try:
        return document.decode(data)
    except ValueError:
        logger.exception("a person's document can't be read")
        return None


async def suppressions(
    connection: Connection, addresses: Sequence[tuple[int, str, bytes]]
) -> dict[tuple[int, str, bytes], str]:
    """Give why addresses are suppressed, for those that are, by (workspace, channel, address hash)."""
    rows = await connection.fetch(
        "SELECT s.workspace, s.channel, s.address, s.reason FROM unnest($1::smallint[], $2::text[], $3::bytea[]) AS a(w, c, h) "
        "JOIN address_suppressions s ON s.workspace = a.w AND s.channel = a.c AND s.address = a.h",
        [address[0] for address in addresses],
        [address[1] for address in addresses],
        [address[2] for address in addresses],
    )
    return {(row[0], row[1], row[2]): row[3] for row in rows}


async def lock_sends(connection: Connection, keys: Sequence[Key]) -> dict[Key, list[Sent]]:
    """Lock what people were sent, in the order of their keys; a person without a row gets one."""
    keys = sorted(set(keys))
    homes, ids = [home for home, _ in keys], [person for _, person in keys]
    await connection.execute(
        "INSERT INTO sends SELECT p, i, $3 FROM unnest($1::smallint[], $2::bytea[]) AS k(p, i) ON CONFLICT DO NOTHING",
        homes,
        ids,
        write_sends([]),
    )
    rows = await connection.fetch(
        "SELECT s.partition, s.person, s.recent FROM sends s JOIN unnest($1::smallint[], $2::bytea[]) AS k(p, i) "
        "ON s.partition = k.p AND s.person = k.i ORDER BY 1, 2 FOR UPDATE OF s",
        homes,
        ids,
    )
    return {(row[0], row[1]): read_sends(row[2]) for row in rows}


class Rival(NamedTuple):
    """A planned message that is due."""

    id: bytes
    journey: str
    template: str
    channel: str
    definitions: int


async def rivals(connection: Connection, keys: Sequence[Key], now: int) -> dict[Key, list[Rival]]:
    """Give what else of journeys waits for people and is due, by person; their sends are locked, so nobody decides about it meanwhile."""
    keys = sorted(set(keys))
    found: dict[Key, list[Rival]] = {}
    for home, person, *rival in await connection.fetch(
        "SELECT d.home, d.person, d.id, d.journey, d.template, d.channel, d.definitions "
        "FROM unnest($1::smallint[], $2::bytea[]) AS k(p, i) JOIN deliveries d ON d.home = k.p AND d.person = k.i "
        "WHERE d.state = 'planned' AND d.next_attempt <= $3 AND d.priority = $4",
        [home for home, _ in keys],
        [person for _, person in keys],
        now,
        JOURNEY,
    ):
        found.setdefault((home, person), []).append(Rival(*rival))
    return found


async def save_sends(connection: Connection, sends: Mapping[Key, list[Sent]]) -> None:
    """Write what people were sent; their rows are locked."""
    await connection.execute(
        "UPDATE sends s SET recent = k.r FROM unnest($1::smallint[], $2::bytea[], $3::bytea[]) AS k(p, i, r) "
        "WHERE s.partition = k.p AND s.person = k.i",
        [home for home, _ in sends],
        [person for _, person in sends],
        [write_sends(recent) for recent in sends.values()],
    )


async def give_back(connection: Connection, deliveries: Sequence[Delivery]) -> None:
    """Take back the reservations of deliveries that were not sent."""
    gone = {delivery.id for delivery in deliveries}
    keys = sorted({(delivery.home, delivery.person) for delivery in deliveries})
    rows = await connection.fetch(
        "SELECT s.partition, s.person, s.recent FROM sends s JOIN unnest($1::smallint[], $2::bytea[]) AS k(p, i) "
        "ON s.partition = k.p AND s.person = k.i ORDER BY 1, 2 FOR UPDATE OF s",
        [home for home, _ in keys],
        [person for _, person in keys],
    )
    changed = {}
    for home, person, recent in rows:
        sends = read_sends(recent)
        left = [sent for sent in sends if sent.id not in gone]
        if len(left) != len(sends):
            changed[(home, person)] = left
    if changed:
        await save_sends(connection, changed)


async def lock_rates(connection: Connection, lanes: Sequence[Rated]) -> dict[Rated, int]:
    """Lock from when on rate-limited channels and journeys take another message."""
    lanes = sorted(set(lanes))
    workspaces, channels = [workspace for workspace, _ in lanes], [channel for _, channel in lanes]
    await connection.execute(
        "INSERT INTO send_rates SELECT w, c, 0 FROM unnest($1::smallint[], $2::text[]) AS k(w, c) ON CONFLICT DO NOTHING",
        workspaces,
        channels,
    )
    rows = await connection.fetch(
        "SELECT r.workspace, r.channel, r.free_from FROM send_rates r JOIN unnest($1::smallint[], $2::text[]) AS k(w, c) "
        "ON r.workspace = k.w AND r.channel = k.c ORDER BY 1, 2 FOR UPDATE OF r",
        workspaces,
        channels,
    )
    return {(row[0], row[1]): row[2] for row in rows}


async def save_rates(connection: Connection, rates: Mapping[Rated, int]) -> None:
    """Write them; their rows are locked."""
    await connection.execute(
        "UPDATE send_rates r SET free_from = k.f FROM unnest($1::smallint[], $2::text[], $3::bigint[]) AS k(w, c, f) "
        "WHERE r.workspace = k.w AND r.channel = k.c",
        [workspace for workspace, _ in rates],
        [channel for _, channel in rates],
        list(rates.values()),
    )


async def begin(connection: Connection, worker: int, attempts: Sequence[Attempt], now: int) -> None:
    """Open the unknown window of claimed deliveries."""
    await connection.execute(
        """
        UPDATE deliveries d SET state = 'attempting', attempts = d.attempts + 1, claimed_by = $3, unknown_since = $4, reason = '',
               topic = k.t, recipient = k.r, address = k.a, provider = k.v
        FROM unnest($1::smallint[], $2::bytea[], $5::text[], $6::text[], $7::bytea[], $8::text[]) AS k(p, i, t, r, a, v)
        WHERE d.partition = k.p AND d.id = k.i
        """,
        [attempt.delivery.partition for attempt in attempts],
        [attempt.delivery.id for attempt in attempts],
        worker,
        now,
        [attempt.delivery.topic for attempt in attempts],
        [storable(attempt.recipient)[:500] for attempt in attempts],
        [attempt.address for attempt in attempts],
        [attempt.provider for attempt in attempts],
    )


async def put_back(connection: Connection, worker: int, deliveries: Sequence[Delivery]) -> None:
    """Plan again what was claimed by ``worker`` and never handed out; what is not claimed is left as it is. Call it in a transaction."""
    claimed = sorted(deliveries, key=lambda delivery: (delivery.partition, delivery.id))
    rows = await connection.fetch(
        "UPDATE deliveries d SET state = 'planned', attempts = k.a, unknown_since = NULL "
        "FROM unnest($2::smallint[], $3::bytea[], $4::smallint[]) AS k(p, i, a) WHERE d.partition = k.p AND d.id = k.i "
        "AND d.state = 'attempting' AND d.claimed_by = $1 AND d.attempts = k.a + 1 RETURNING d.id",
        worker,
        [delivery.partition for delivery in claimed],
        [delivery.id for delivery in claimed],
        [delivery.attempts for delivery in claimed],
    )
    ours = {row[0] for row in rows}
    back = [delivery for delivery in claimed if delivery.id in ours]
    if back:
        await give_back(connection, back)
        await copies.forget(connection, [(delivery.partition, delivery.id) for delivery in back])


async def decline(connection: Connection, settled: Sequence[Settled]) -> None:
    """Write claims that came to no attempt: held, refused, failed or cancelled. Their rows are locked."""
    await connection.execute(
        """
        UPDATE deliveries d SET state = k.s, reason = k.w, topic = k.t,
               next_attempt = CASE WHEN k.s = 'planned' THEN k.n ELSE d.next_attempt END,
               settled = CASE WHEN k.s = 'planned' THEN NULL ELSE k.at END,
               failed_at = CASE WHEN k.s = 'failed' THEN k.at ELSE d.failed_at END
        FROM unnest($1::smallint[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
             AS k(p, i, s, w, t, n, at)
        WHERE d.partition = k.p AND d.id = k.i
        """,
        [one.delivery.partition for one in settled],
        [one.delivery.id for one in settled],
        [one.state for one in settled],
        [storable(one.reason)[:2000] for one in settled],
        [one.delivery.topic for one in settled],
        [one.next_attempt for one in settled],
        [one.time for one in settled],
    )


async def settle(connection: Connection, worker: int, settled: Sequence[Settled]) -> set[Key]:
    """Write how attempts ended; gives the (partition, id) of those that were still this worker's to say. An outcome that a receipt has
    told before is counted at that time, which stays.

    An attempt that somebody took for lost and left *unknown* may still be settled by the worker that made it.
    """
    settled = sorted(settled, key=lambda one: (one.delivery.partition, one.delivery.id))
    rows = await connection.fetch(
        """
        UPDATE deliveries d SET state = k.s, reason = k.w, provider_id = k.v, settled = CASE WHEN k.s = 'planned' THEN NULL ELSE k.at END,
               next_attempt = CASE WHEN k.s = 'planned' THEN k.n ELSE d.next_attempt END,
               unknown_since = CASE WHEN k.s = 'unknown' THEN d.unknown_since END,
               sent_at = coalesce(d.sent_at, CASE WHEN k.s = 'sent' THEN k.at END),
               failed_at = coalesce(d.failed_at, CASE WHEN k.s = 'failed' THEN k.at END),
               bounced_at = coalesce(d.bounced_at, CASE WHEN k.s = 'bounced' THEN k.at END)
        FROM unnest($1::smallint[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::smallint[])
             AS k(p, i, s, w, v, n, at, a)
        WHERE d.partition = k.p AND d.id = k.i AND d.claimed_by = $9 AND d.attempts = k.a AND d.state IN ('attempting', 'unknown')
        RETURNING d.partition, d.id
        """,
        [one.delivery.partition for one in settled],
        [one.delivery.id for one in settled],
        [one.state for one in settled],
        [storable(one.reason)[:2000] for one in settled],
        [storable(one.provider_id)[:500] for one in settled],
        [one.next_attempt for one in settled],
        [one.time for one in settled],
        [one.attempt for one in settled],
        worker,
    )
    return {(row[0], row[1]) for row in rows}


async def adopt(connection: Connection, worker: int, now: int, patience: int, limit: int = 500) -> list[Delivery]:
    """Lock attempts whose worker is gone, or that are older than ``patience`` microseconds whoever made them; the caller settles them.

    Call it in a transaction.
    """
    rows = await connection.fetch(
        "SELECT DISTINCT claimed_by FROM deliveries WHERE state = 'attempting' AND claimed_by <> $1", worker
    )
    dead = [
        row[0]
        for row in rows
        if await connection.fetchval("SELECT pg_try_advisory_xact_lock($1::int, $2::int)", _LOCKS, row[0])
    ]
    found = await connection.fetch(
        f"SELECT {COLUMNS} FROM deliveries WHERE state = 'attempting' AND (claimed_by = ANY ($1) OR unknown_since < $2) "
        "ORDER BY partition, id LIMIT $3 FOR UPDATE SKIP LOCKED",
        dead,
        now - patience,
        limit,
    )
    return [as_delivery(row) for row in found]


async def release(connection: Connection, settled: Sequence[Settled]) -> None:
    """Write what becomes of adopted attempts. Their rows are locked."""
    await connection.execute(
        """
        UPDATE deliveries d SET state = k.s, reason = k.w, next_attempt = CASE WHEN k.s = 'planned' THEN k.n ELSE d.next_attempt END,
               settled = CASE WHEN k.s = 'planned' THEN NULL ELSE k.at END
        FROM unnest($1::smallint[], $2::bytea[], $3::text[], $4::text[], $5::bigint[], $6::bigint[]) AS k(p, i, s, w, n, at)
        WHERE d.partition = k.p AND d.id = k.i
        """,
        [one.delivery.partition for one in settled],
        [one.delivery.id for one in settled],
        [one.state for one in settled],
        [storable(one.reason)[:2000] for one in settled],
        [one.next_attempt for one in settled],
        [one.time for one in settled],
    )
