"""Deliveries as they are listed and counted: of a workspace, a person or a journey, narrowed, a page after the other."""

from collections.abc import Sequence
from typing import NamedTuple

from tidings.database.pool import Connection
from tidings.delivery.delivery import COLUMNS, JOURNEY, Delivery
from tidings.delivery.store import as_delivery


class Wanted(NamedTuple):
    """What a list of deliveries is narrowed to; "" and None leave a filter out. ``state``: what came back counts as `bounced`, also where a
    receipt said so days after it was sent. ``person``: (partition, id)."""

    state: str = ""
    channel: str = ""
    journey: str = ""
    template: str = ""
    person: tuple[int, bytes] | None = None


async def listed(
    connection: Connection,
    workspace: int,
    wanted: Wanted,
    *,
    before: tuple[int, bytes] | None = None,
    limit: int = 50,
    oldest: bool = False,
) -> list[Delivery]:
    """Read a workspace's deliveries, the latest due first, or the ``oldest``. ``before``: due and id of the last one of the page before."""
    beyond, order = (">", "due, id") if oldest else ("<", "due DESC, id DESC")
    home, who = wanted.person or (None, None)
    due, id = before or (None, None)
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM deliveries WHERE workspace = $1 "
        "AND ($2 = '' OR state = $2 OR $2 = 'bounced' AND bounced_at IS NOT NULL) AND ($3 = '' OR channel = $3) "
        "AND ($4 = '' OR journey = $4) AND ($5 = '' OR template = $5) AND ($6::smallint IS NULL OR (home = $6 AND person = $7)) "
        f"AND ($8::bigint IS NULL OR (due, id) {beyond} ($8, $9::bytea)) ORDER BY {order} LIMIT $10",
        workspace,
        *wanted[:4],
        home,
        who,
        due,
        id,
        limit,
    )
    return [as_delivery(row) for row in rows]


async def of_person(
    connection: Connection,
    partition: int,
    person: bytes,
    *,
    before: int | None = None,
    limit: int = 50,
    journey: str | None = None,
) -> list[Delivery]:
    """Read a person's deliveries, the newest first; ``before`` bounds their due time, for the next page; ``journey``: only those that it
    planned."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM deliveries WHERE home = $1 AND person = $2 AND ($3::bigint IS NULL OR due < $3) "
        "AND ($5::text IS NULL OR journey = $5 AND priority = $6) ORDER BY due DESC, next_attempt DESC LIMIT $4",
        partition,
        person,
        before,
        limit,
        journey,
        JOURNEY,
    )
    return [as_delivery(row) for row in rows]


async def waiting_of(connection: Connection, workspace: int, journey: str) -> int:
    """Count what a journey has planned and nobody has taken up."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM deliveries WHERE state = 'planned' AND workspace = $1 AND priority = $2 AND journey = $3",
        workspace,
        JOURNEY,
        journey,
    )
    return count


async def held(
    connection: Connection, workspace: int, edges: Sequence[int], most: int
) -> list[tuple[str, str, str, int, int]]:
    """Count what is planned and waits for its next attempt, between edges of days (microseconds, ascending; what is overdue is of the
    first): (journey, step, template, day from 0, how many)."""
    rows = await connection.fetch(
        "SELECT journey, step, template, greatest(width_bucket(next_attempt, $2::bigint[]) - 1, 0), count(*) FROM ("
        "SELECT journey, step, template, next_attempt FROM deliveries WHERE state = 'planned' AND workspace = $1 "
        "AND next_attempt < $3 LIMIT $4) d GROUP BY 1, 2, 3, 4",
        workspace,
        list(edges[:-1]),
        edges[-1],
        most,
    )
    return [tuple(row) for row in rows]


async def in_shadow(connection: Connection, workspace: int, journey: str, limit: int = 50) -> list[Delivery]:
    """Give the newest messages that a journey in shadow would have sent."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM deliveries WHERE workspace = $1 AND journey = $2 AND state = 'shadow' ORDER BY due DESC LIMIT $3",
        workspace,
        journey,
        limit,
    )
    return [as_delivery(row) for row in rows]


async def not_sent(connection: Connection, workspace: int, journey: str, limit: int = 10) -> list[tuple[str, str, int]]:
    """Give why messages of a journey failed or were refused: state, reason, and how many, the most first."""
    rows = await connection.fetch(
        "SELECT state, reason, count(*) FROM deliveries WHERE workspace = $1 AND journey = $2 AND state IN ('failed', 'refused') "
        "GROUP BY state, reason ORDER BY count(*) DESC LIMIT $3",
        workspace,
        journey,
        limit,
    )
    return [(state, reason, count) for state, reason, count in rows]


async def reached_at(connection: Connection, workspace: int, channel: str, address: bytes) -> list[bytes]:
    """Give the people who were sent something at an address (a hash) on the channel, by their ids."""
    rows = await connection.fetch(
        "SELECT DISTINCT person FROM deliveries WHERE address = $3 AND workspace = $1 AND channel = $2 LIMIT 100",
        workspace,
        channel,
        address,
    )
    return [row[0] for row in rows]
