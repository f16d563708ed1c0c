"""What a backtest reads: one snapshot of history and people, a partition at a time, in transactions that only read. SQL."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

from msgspec import Struct

from tidings.channels import registry
from tidings.database.pool import Connection, connect
from tidings.history import ORDER, kinds
from tidings.kernel.ids import home_of
from tidings.kernel.records import Identifier
from tidings.people import document
from tidings.people.document import Person
from tidings.simulate.account import Window
from tidings.simulate.row import Row
from tidings.simulate.side import Side

ALWAYS: Final = (
    kinds.ATTRIBUTES,
    kinds.GROUP,
    kinds.CONSENT,
    kinds.DEVICE,
    kinds.LINK,
    kinds.STARTS,
    kinds.CHAIN,
    kinds.ANSWERED,
)
PAGE: Final = 5000
"""Rows fetched at once."""
_COLUMNS: Final = "h.person, h.kind, h.time, h.received, h.place, h.name, h.id, h.body"
_ORDER: Final = f"ORDER BY h.person, {ORDER}"


class Interest(Struct, frozen=True):
    """Which rows concern the journey: all of some kinds, of others those of these names. ``end``: applied up to then. ``beside``: with
    what events say beside their properties."""

    names: tuple[tuple[int, str], ...]
    end: int
    always: tuple[int, ...] = ALWAYS
    beside: bool = False

    @property
    def columns(self) -> str:
        """What is read of a row."""
        return f"{_COLUMNS}, h.context" if self.beside else _COLUMNS

    @classmethod
    def of(cls, sides: Sequence[Side], end: int) -> "Interest":
        """Give what all sides together need."""
        found: set[tuple[int, str]] = set()
        for side in sides:
            found |= {(kinds.EVENTS[kind], name) for kind, name in side.events}
            found |= {(kinds.MEMBERSHIP, name) for name in side.by_hand}
            for kind in (kinds.MOVED, kinds.ENTER, kinds.TAKEN):
                found |= {(kind, journey) for journey in side.played}
            found |= {(kinds.BEFELL, name) for name in side.befalling}
            if side.snapshot.limits or any(kind == "message" for kind, _ in side.events):
                found |= {(kinds.MESSAGE, f"received {channel}") for channel in registry()}
        return cls(tuple(sorted(found)), end)

    @classmethod
    def spreading(cls, sides: Sequence[Side], end: int) -> "Interest":
        """Give what tells which events befell groups: what they are made of, who was in which group, and whose steps let them happen."""
        found = {(kinds.EVENTS[kind], name) for side in sides for kind, name in side.anew_of}
        found |= {(kinds.MOVED, journey) for side in sides for journey in side.trackers}
        return cls(
            tuple(sorted(found)),
            end,
            (kinds.GROUP, kinds.LINK, kinds.STARTS),
            beside=True,
        )


class Known(NamedTuple):
    """Of somebody whose rows do not tell when they gained their identifiers: since when they are there, and what they are called."""

    since: int
    identifiers: Sequence[Identifier]


class Merged(NamedTuple):
    """Somebody absorbed. ``root``: who they are today; ``depth``: by how many merges."""

    person: bytes
    root: bytes
    depth: int


@asynccontextmanager
async def reading(url: str, snapshot: str = "") -> AsyncIterator[Connection]:
    """Open a transaction that only reads, of a snapshot that another exported (or of a new one)."""
    connection = await connect(url, name="tidings backtest", statement_seconds=0, idle_seconds=0)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            if snapshot:
                await connection.execute(f"SET TRANSACTION SNAPSHOT {_quoted(snapshot)}")
            await connection.execute("SET LOCAL work_mem = '64MB'")
            yield connection
    finally:
        await connection.close()


async def export(connection: Connection) -> str:
    """Let others read the same snapshot, as long as this transaction lasts."""
    found: str = await connection.fetchval("SELECT pg_export_snapshot()")
    return found


async def population(connection: Connection, partition: int, workspace: int) -> list[bytes]:
    """Give the people of the workspace who live in a partition."""
    rows = await connection.fetch(
        "SELECT id FROM people WHERE partition = $1 AND workspace = $2 ORDER BY id", partition, workspace
    )
    return [row[0] for row in rows]


async def count_people(connection: Connection, workspace: int) -> int:
    """How many people the workspace has."""
    found: int = await connection.fetchval("SELECT count(*) FROM people WHERE workspace = $1", workspace)
    return found


async def count_partition(connection: Connection, partition: int) -> int:
    """How many people live in a partition, of whichever workspace."""
    found: int = await connection.fetchval("SELECT count(*) FROM people WHERE partition = $1", partition)
    return found


async def merged(connection: Connection, partition: int, workspace: int) -> list[Merged]:
    """Give all who were absorbed into people of a partition, through however many merges."""
    rows = await connection.fetch(_MERGED, partition, workspace)
    return [Merged(*row) for row in rows]


async def parted(connection: Connection, workspace: int) -> frozenset[bytes]:
    """Give everybody a merge of whom was undone."""
    rows = await connection.fetch(
        "SELECT person, into_person FROM links WHERE workspace = $1 AND ended_at IS NOT NULL", workspace
    )
    return frozenset(person for row in rows for person in row)


async def rows_of_partition(
    connection: Connection, partition: int, interest: Interest, only: Sequence[bytes] | None
) -> AsyncIterator[list[Row]]:
    """Stream the rows of everybody in a partition (``only``: of these), by person and in the order they were applied."""
    cursor = await connection.cursor(
        f"SELECT {interest.columns} FROM history_{partition // 4} h WHERE h.partition = $1 AND {_CONCERNS} "
        f"AND ($6::bytea[] IS NULL OR h.person = ANY($6)) {_ORDER}",
        partition,
        *_arguments(interest),
        None if only is None else list(only),
    )
    while found := await cursor.fetch(PAGE):
        yield [Row(*row) for row in found]


async def rows_of(connection: Connection, people: Iterable[bytes], interest: Interest) -> dict[bytes, list[Row]]:
    """Read the rows of some people, wherever they lived, in the same order."""
    wanted = sorted(people)
    found: dict[bytes, list[Row]] = {person: [] for person in wanted}
    rows = await connection.fetch(
        f"SELECT {interest.columns} FROM unnest($1::smallint[], $6::bytea[]) AS w(partition, person) "
        f"JOIN history h ON h.partition = w.partition AND h.person = w.person WHERE {_CONCERNS} {_ORDER}",
        [home_of(person) for person in wanted],
        *_arguments(interest),
        wanted,
    )
    for row in rows:
        found[row[0]].append(Row(*row))
    return found


async def known(connection: Connection, people: Iterable[bytes]) -> dict[bytes, Known]:
    """Give since when people are there, and what they are called."""
    found = await documents(connection, people)
    return {id: Known(person.created, person.identifiers) for id, person in found.items()}


async def documents(connection: Connection, people: Iterable[bytes]) -> dict[bytes, Person]:
    """Give the documents of people, also those kept of who was absorbed."""
    wanted = sorted(people)
    rows = await connection.fetch(
        "SELECT p.doc FROM unnest($1::smallint[], $2::bytea[]) AS w(partition, id) JOIN people p USING (partition, id) "
        "UNION ALL SELECT l.doc FROM unnest($1::smallint[], $2::bytea[]) AS w(partition, person) "
        "JOIN links l USING (partition, person) WHERE l.ended_at IS NULL AND l.doc IS NOT NULL",
        [home_of(person) for person in wanted],
        wanted,
    )
    found = [document.decode(row[0]) for row in rows]
    return {person.id: person for person in found}


async def suppressed(connection: Connection, workspace: int) -> Mapping[tuple[str, bytes], tuple[int, str]]:
    """Give the suppressed addresses: (channel, hash) -> (since, why)."""
    rows = await connection.fetch(
        "SELECT channel, address, since, reason FROM address_suppressions WHERE workspace = $1", workspace
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


async def fates(
    connection: Connection, partition: int, workspace: int, journey: str, window: Window
) -> dict[bytes, str]:
    """Give what really became of the journey's messages to people of a partition, in the words of a rehearsal."""
    rows = await connection.fetch(
        "SELECT id, state FROM deliveries WHERE home = $1 AND workspace = $2 AND journey = $3 AND due BETWEEN $4 AND $5",
        partition,
        workspace,
        journey,
        window.start,
        window.end,
    )
    words = {"planned": "waiting", "attempting": "sent", "bounced": "sent", "unknown": "sent"}
    return {row[0]: words.get(row[1], row[1]) for row in rows}


def _arguments(interest: Interest) -> list[Any]:
    return [
        interest.end,
        list(interest.always),
        [kind for kind, _ in interest.names],
        [name for _, name in interest.names],
    ]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_CONCERNS = """h.received <= $2 AND (h.kind = ANY($3::smallint[])
    OR (h.kind, h.name) IN (SELECT * FROM unnest($4::smallint[], $5::text[])))"""

_MERGED = """
WITH RECURSIVE tree AS (
    SELECT l.partition, l.person, l.into_person AS root, 1 AS depth FROM links l
    WHERE l.into_partition = $1 AND l.workspace = $2 AND l.ended_at IS NULL
      AND NOT EXISTS (SELECT FROM links up WHERE up.partition = l.into_partition AND up.person = l.into_person AND up.ended_at IS NULL)
    UNION ALL
    SELECT l.partition, l.person, tree.root, tree.depth + 1 FROM tree
    JOIN links l ON l.into_partition = tree.partition AND l.into_person = tree.person AND l.ended_at IS NULL
)
SELECT person, root, depth FROM tree
"""
