"""People as screens and commands look them up."""

from collections.abc import Iterable

from tidings.database.pool import Connection
from tidings.kernel.ids import PARTITIONS, home_of
from tidings.kernel.ids import read as read_id
from tidings.kernel.records import Identifier
from tidings.people import document
from tidings.people.document import Person
from tidings.people.identity import key_of
from tidings.people.links import followed
from tidings.people.store import Who, owners


async def find(connection: Connection, workspace: int, kind: str, value: str) -> Who | None:
    """Find a person by an identifier (kinds as in `kernel.records`), merges followed; gives (partition, id)."""
    return (await known(connection, workspace, [(kind, value)])).get((kind, value))


async def known(connection: Connection, workspace: int, identifiers: Iterable[Identifier]) -> dict[Identifier, Who]:
    """Find people as `find` does, of however many identifiers in a few questions; those that nobody has are left out."""
    named = list(dict.fromkeys(identifiers))
    people: dict[Identifier, bytes] = {}
    by_key = [own for own in named if own[0] != "cio_id"]
    if by_key:
        secret = await connection.fetchval("SELECT secret FROM workspaces WHERE id = $1", workspace)
        keys = {own: key_of(secret, *own) for own in by_key} if secret is not None else {}
        owned = await owners(connection, list(keys.values()))
        people = {own: person for own, key in keys.items() if key in owned and (person := owned[key].person)}
    ids = {own: id for own in named if own[0] == "cio_id" and (id := read_id(own[1])) is not None}
    if ids:
        heirs = await followed(connection, list(ids.values()))
        ids = {own: heirs.get(id, id) for own, id in ids.items()}
        rows = await connection.fetch(
            "SELECT p.id FROM unnest($1::smallint[], $2::bytea[]) AS w (h, i) "
            "JOIN people p ON p.partition = w.h AND p.id = w.i WHERE p.workspace = $3",
            [home_of(id) for id in ids.values()],
            list(ids.values()),
            workspace,
        )
        there = {row[0] for row in rows}
        people |= {own: id for own, id in ids.items() if id in there}
    return {own: (home_of(person), person) for own, person in people.items()}


async def search(connection: Connection, workspace: int, text: str, *, limit: int = 50) -> list[Who]:
    """Find people by whatever the text may be: any identifier exactly, or the beginning of an email."""
    found = [await find(connection, workspace, kind, text) for kind in ("id", "email", "anonymous_id", "cio_id")]
    people = [who for who in found if who is not None]
    rows = await connection.fetch(
        'SELECT partition, id FROM people WHERE workspace = $1 AND (email COLLATE "C") >= $2 AND (email COLLATE "C") < $3 '
        'ORDER BY (email COLLATE "C") LIMIT $4',
        workspace,
        text.lower(),
        text.lower() + chr(0x10FFFF),
        limit,
    )
    return list(dict.fromkeys([*people, *((row[0], row[1]) for row in rows)]))[:limit]


async def fetch(connection: Connection, partition: int, person: bytes) -> Person | None:
    """Read one person."""
    doc = await connection.fetchval("SELECT doc FROM people WHERE partition = $1 AND id = $2", partition, person)
    return document.decode(doc) if doc else None


async def portion(connection: Connection, workspace: int, partition: int, after: bytes, limit: int) -> list[Person]:
    """Read people of a partition in the order of their ids, from behind one on."""
    rows = await connection.fetch(
        "SELECT doc FROM people WHERE partition = $1 AND id > $2 AND workspace = $3 ORDER BY id LIMIT $4",
        partition,
        after,
        workspace,
        limit,
    )
    return [document.decode(row[0]) for row in rows]


async def counts(connection: Connection, workspace: int) -> dict[str, int]:
    """Give how many people are in each segment."""
    rows = await connection.fetch(
        "SELECT segment, count(*) FROM memberships WHERE workspace = $1 GROUP BY segment", workspace
    )
    return {row[0]: row[1] for row in rows}


async def count_in(connection: Connection, workspace: int, segment: str) -> int:
    """Give how many people are in one segment."""
    found: int = await connection.fetchval(
        "SELECT count(*) FROM memberships WHERE partition = ANY($1::smallint[]) AND workspace = $2 AND segment = $3",
        list(range(PARTITIONS)),
        workspace,
        segment,
    )
    return found


async def some_in(connection: Connection, workspace: int, segment: str, limit: int) -> dict[bytes, int]:
    """Give some who are in a segment, with since when."""
    rows = await connection.fetch(
        "SELECT person, since FROM memberships WHERE partition = ANY($1::smallint[]) AND workspace = $2 AND segment = $3 LIMIT $4",
        list(range(PARTITIONS)),
        workspace,
        segment,
        limit,
    )
    return dict(map(tuple, rows))


async def count(connection: Connection, workspace: int) -> int:
    """Give how many people there are."""
    found: int = await connection.fetchval("SELECT count(*) FROM people WHERE workspace = $1", workspace)
    return found


def keys(secret: bytes, identifiers: Iterable[Identifier]) -> list[bytes]:
    """Give the keys of identifiers."""
    return [key_of(secret, kind, value) for kind, value in identifiers if kind != "cio_id"]
