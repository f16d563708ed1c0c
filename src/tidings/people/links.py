"""Merges as they stand in the database: dated links from who was absorbed to who carries on."""

from collections.abc import Sequence
from typing import NamedTuple

from tidings.database.pool import Connection
from tidings.kernel.ids import home_of


class Link(NamedTuple):
    """A merge that stands: who was absorbed, into whom, since when; the absorbed document and the trace, for parting."""

    person: bytes
    into: bytes
    at: int
    doc: bytes
    trace: bytes | None


async def followed(connection: Connection, people: Sequence[bytes]) -> dict[bytes, bytes]:
    """Give who carries on for each of these who was absorbed, through however many merges; who was not is not in it."""
    rows = await connection.fetch(
        """
        WITH RECURSIVE chain AS (
            SELECT asked.i AS absorbed, l.into_partition, l.into_person, 1 AS length
            FROM unnest($1::smallint[], $2::bytea[]) AS asked(h, i)
            JOIN links l ON l.partition = asked.h AND l.person = asked.i AND l.ended_at IS NULL
            UNION ALL
            SELECT chain.absorbed, l.into_partition, l.into_person, chain.length + 1
            FROM chain JOIN links l ON l.partition = chain.into_partition AND l.person = chain.into_person AND l.ended_at IS NULL
            WHERE chain.length < 1000
        )
        SELECT DISTINCT ON (absorbed) absorbed, into_person FROM chain ORDER BY absorbed, length DESC
        """,
        [home_of(person) for person in people],
        list(people),
    )
    return {row[0]: row[1] for row in rows}


async def absorbed(connection: Connection, people: Sequence[bytes], *, met: bool = False) -> dict[bytes, list[bytes]]:
    """Give whom people absorbed, at any remove; their rows of history are read along. People who absorbed nobody are left out.

    ``met``: leave out whose document is still on its way to the survivor, who has not lived through the merge until it arrives.
    """
    rows = await connection.fetch(
        """
        WITH RECURSIVE tree AS (
            SELECT asked.i AS survivor, l.partition, l.person
            FROM unnest($1::smallint[], $2::bytea[]) AS asked(h, i)
            JOIN links l ON l.into_partition = asked.h AND l.into_person = asked.i AND l.ended_at IS NULL
                AND (l.trace IS NOT NULL OR NOT $3)
            UNION
            SELECT tree.survivor, l.partition, l.person
            FROM tree JOIN links l ON l.into_partition = tree.partition AND l.into_person = tree.person AND l.ended_at IS NULL
                AND (l.trace IS NOT NULL OR NOT $3)
        )
        SELECT survivor, person FROM tree
        """,
        [home_of(person) for person in people],
        list(people),
        met,
    )
    found: dict[bytes, list[bytes]] = {}
    for survivor, person in rows:
        found.setdefault(survivor, []).append(person)
    return found


async def link_of(connection: Connection, person: bytes) -> Link | None:
    """Read the standing merge that absorbed a person."""
    row = await connection.fetchrow(
        "SELECT person, into_person, at, doc, trace FROM links WHERE partition = $1 AND person = $2 AND ended_at IS NULL",
        home_of(person),
        person,
    )
    return Link(*row) if row else None


async def of_survivor(connection: Connection, person: bytes) -> list[Link]:
    """Read the standing merges by which a person absorbed others themselves, the newest first."""
    rows = await connection.fetch(
        "SELECT person, into_person, at, doc, trace FROM links WHERE into_partition = $1 AND into_person = $2 AND ended_at IS NULL "
        "ORDER BY at DESC, person",
        home_of(person),
        person,
    )
    return [Link(*row) for row in rows]


async def join(
    connection: Connection, workspace: int, links: Sequence[Link], ended: Sequence[tuple[bytes, int]] = ()
) -> None:
    """Write merges, and when others were undone: (absorbed, at)."""
    await connection.executemany(
        "UPDATE links SET ended_at = $3, doc = NULL, trace = NULL WHERE partition = $1 AND person = $2 AND ended_at IS NULL",
        [(home_of(person), person, at) for person, at in ended],
    )
    await connection.executemany(
        "INSERT INTO links (partition, person, at, workspace, into_partition, into_person, doc, trace) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            (home_of(link.person), link.person, link.at, workspace, home_of(link.into), link.into, link.doc, link.trace)
            for link in links
        ],
    )


async def keep_trace(connection: Connection, person: bytes, trace: bytes) -> None:
    """Write down what the survivor of a merge had before, once both documents have met."""
    await connection.execute(
        "UPDATE links SET trace = $3 WHERE partition = $1 AND person = $2 AND ended_at IS NULL",
        home_of(person),
        person,
        trace,
    )


async def forget_links(connection: Connection, people: Sequence[bytes]) -> None:
    """Forget merges that people were part of."""
    for person in people:
        await connection.execute(
            "DELETE FROM links WHERE (partition = $1 AND person = $2) OR (into_partition = $1 AND into_person = $2)",
            home_of(person),
            person,
        )
