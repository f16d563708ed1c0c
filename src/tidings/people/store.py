"""The tables of people, identifiers and memberships: what the processor loads and writes for a batch."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from tidings.database.pool import Connection
from tidings.database.staged import count as counted
from tidings.database.staged import each, stage
from tidings.kernel.ids import home_of
from tidings.kernel.storable import storable
from tidings.kernel.times import MINUTE
from tidings.people import document
from tidings.people.document import Person
from tidings.people.identity import bucket_of

Who = tuple[int, bytes]
Row = tuple[int, bytes, int, bytes, int, int, int | None, int, bool, str | None, str | None, str | None]
COLUMNS: Final = (
    "partition",
    "id",
    "workspace",
    "doc",
    "built",
    "created_at",
    "wake_at",
    "last_seen",
    "told",
    "email",
    "name",
    "known_id",
)
"""What `row` gives."""
DOCUMENT: Final = 3
WAKE: Final = 6
"""Where in it stand the document, and when time moves the person."""
_BESIDE: Final = "wake_at bigint, last_seen bigint NOT NULL, told boolean NOT NULL"
_EXAMPLE: Final = 200
_SELDOM: Final = 10 * MINUTE
"""An index over what each event changes makes each event dearer; so lists know when somebody was last seen to ten minutes."""


class Owned(Struct, frozen=True, gc=False):
    """An identifier's row. ``person`` None: a tombstone, which refuses what was received up to ``gone_at``, or all if ``suppressed``.
    ``grave``: what it has in common with all that was suppressed together with it."""

    person: bytes | None
    gone_at: int | None
    suppressed: bool
    grave: bytes | None = None


Stored = tuple[bytes, bytes, int, int]
"""A document as it stands: (person, document, workspace, the definitions it is built for)."""


# What the processor loads


async def owners(connection: Connection, keys: Sequence[bytes]) -> dict[bytes, Owned]:
    """Find whose identifiers these are, by key."""
    rows = await connection.fetch(
        f"SELECT i.key, i.person, i.gone_at, i.suppressed, i.grave FROM {each('$1')} AS asked "
        "JOIN identifiers i ON i.bucket = get_byte(asked.id, 0) % 64 AND i.key = asked.id",
        b"".join(keys),
    )
    return {row[0]: Owned(row[1], row[2], row[3], row[4]) for row in rows}


async def stored(connection: Connection, people: Sequence[bytes]) -> Sequence[Stored]:
    """Read people's documents by id, as they are stored; those that do not exist, or were absorbed, are left out."""
    rows: Sequence[Stored] = await connection.fetch(
        f"SELECT p.id, p.doc, p.workspace, p.built FROM {each('$1')} AS asked "
        "JOIN people p ON p.partition = get_byte(asked.id, 0) % 64 AND p.id = asked.id",
        b"".join(people),
    )
    return rows


async def documents(connection: Connection, people: Sequence[bytes]) -> dict[bytes, Person]:
    """Read people by id; those that do not exist, or were absorbed, are left out."""
    return {id: document.decode(doc) for id, doc, _, _ in await stored(connection, people)}


async def due(connection: Connection, partitions: Sequence[int], until: int, limit: int) -> list[bytes]:
    """Give people whom time moves up to ``until``, the earliest of each partition first."""
    rows = await connection.fetch(
        "SELECT w.person FROM unnest($1::smallint[]) AS held(p) CROSS JOIN LATERAL ("
        "SELECT person, wake_at FROM people_times WHERE partition = held.p AND wake_at <= $2 ORDER BY wake_at LIMIT $3) w "
        "ORDER BY w.wake_at LIMIT $3",
        list(partitions),
        until,
        limit,
    )
    return [row[0] for row in rows]


async def rest(connection: Connection, partitions: Sequence[int], until: int) -> None:
    """Let time no longer move whoever is due first, until their document is written again."""
    for person in await due(connection, partitions, until, 1):
        await connection.execute(
            "UPDATE people_times SET wake_at = NULL WHERE partition = $1 AND person = $2", home_of(person), person
        )


async def next_due(connection: Connection, partitions: Sequence[int]) -> int | None:
    """Give when time next moves anybody in the partitions."""
    found: int | None = await connection.fetchval(
        "SELECT min(w.wake_at) FROM unnest($1::smallint[]) AS held(p) CROSS JOIN LATERAL ("
        "SELECT wake_at FROM people_times WHERE partition = held.p AND wake_at IS NOT NULL ORDER BY wake_at LIMIT 1) w",
        list(partitions),
    )
    return found


# What the processor writes, inside its commit


async def lock(connection: Connection, people: Iterable[bytes]) -> set[bytes]:
    """Hold people's rows until the transaction ends, in the order of their keys; gives those that are there."""
    asked = sorted(set(people))
    rows = await connection.fetch(
        "SELECT p.id FROM people p JOIN unnest($1::smallint[], $2::bytea[]) AS asked(h, i) "
        "ON p.partition = asked.h AND p.id = asked.i ORDER BY p.partition, p.id FOR UPDATE OF p",
        [home_of(person) for person in asked],
        asked,
    )
    return {row[0] for row in rows}


async def write(connection: Connection, rows: Sequence[Row]) -> None:
    """Write documents, and beside them what is searched by: what `row` gave.

    The document's row is written without touching an index, as long as nobody's name changes; when time moves them and when they were
    last seen stand in a table of their own.
    """
    if not rows:
        return
    await stage(connection, "people", COLUMNS, rows, beside=_BESIDE)
    # The limit tells the planner how many rows there are. By the staged table's size it takes them for ten times as many, and reads
    # all people there are rather than find these by their keys.
    done = await connection.execute(
        "UPDATE people p SET doc = n.doc, built = n.built, email = CASE WHEN n.told THEN n.email ELSE p.email END, "
        "name = CASE WHEN n.told THEN n.name ELSE p.name END, known_id = CASE WHEN n.told THEN n.known_id ELSE p.known_id END "
        "FROM (SELECT * FROM new_people LIMIT $1) n WHERE p.partition = n.partition AND p.id = n.id",
        len(rows),
    )
    await connection.execute(
        "UPDATE people_times t SET wake_at = n.wake_at, seen = n.last_seen "
        "FROM (SELECT partition, id, wake_at, last_seen FROM new_people LIMIT $1) n WHERE t.partition = n.partition AND t.person = n.id "
        "AND (t.wake_at IS DISTINCT FROM n.wake_at OR n.last_seen - t.seen >= $2)",
        len(rows),
        _SELDOM,
    )
    if counted(done) < len(rows):
        await connection.execute(
            "WITH begun AS (INSERT INTO people (partition, id, workspace, doc, built, created_at, email, name, known_id) "
            "SELECT partition, id, workspace, doc, built, created_at, email, name, known_id FROM new_people n "
            "WHERE NOT EXISTS (SELECT FROM people p WHERE p.partition = n.partition AND p.id = n.id) RETURNING partition, id) "
            "INSERT INTO people_times (partition, person, workspace, wake_at, seen) "
            "SELECT n.partition, n.id, n.workspace, n.wake_at, n.last_seen FROM begun JOIN new_people n USING (partition, id)"
        )


def row(person: Person, told: bool = True) -> Row:
    """Give what is written of a person. ``told``: whether what they are called may have changed; else it stays as it is written."""
    email = name = known = None
    if told:
        email, known = document.identifier(person, "email"), document.identifier(person, "id")
        name = name_of(person)
    return (
        person.partition,
        person.id,
        person.workspace,
        document.encode(person),
        person.built,
        person.created,
        person.wake_at,
        person.last_seen,
        told,
        email and storable(email.lower()),
        name and storable(name),
        known and storable(known[:_EXAMPLE]),
    )


def _full(attributes: Mapping[str, Any]) -> str | None:
    first = attributes.get("first_name", attributes.get("firstName"))
    last = attributes.get("last_name", attributes.get("lastName"))
    if type(first) is str and type(last) is str:
        return f"{first} {last}"
    words = [word for word in (first, last) if isinstance(word, str)]
    return " ".join(words) or None


def name_of(person: Person) -> str | None:
    """Give what a person is called, if they said."""
    name = person.attributes.get("name") or _full(person.attributes)
    return name[:_EXAMPLE] if isinstance(name, str) else None


async def remove(connection: Connection, people: Sequence[bytes]) -> None:
    """Take people's rows away: their documents and times."""
    for table, column in (("people", "id"), ("people_times", "person")):
        await connection.execute(
            f"DELETE FROM {table} t USING unnest($1::smallint[], $2::bytea[]) AS gone(h, i) "
            f"WHERE t.partition = gone.h AND t.{column} = gone.i",
            [home_of(person) for person in people],
            list(people),
        )


async def take(connection: Connection, taken: Mapping[bytes, tuple[int, bytes]], gone: Mapping[bytes, int]) -> bool:
    """Give free identifiers to people: key -> (workspace, person). False where another process was quicker; then roll back.

    ``gone``: the tombstones that were seen, key -> received up to when; one that was set since makes it False too.
    """
    keys = sorted(taken)
    rows = await connection.fetch(
        """
        INSERT INTO identifiers AS i (bucket, key, workspace, partition, person, gone_at)
        SELECT * FROM unnest($1::smallint[], $2::bytea[], $3::smallint[], $4::smallint[], $5::bytea[], $6::bigint[])
        ON CONFLICT (bucket, key) DO UPDATE SET partition = excluded.partition, person = excluded.person
        WHERE i.person IS NULL AND NOT i.suppressed AND i.gone_at IS NOT DISTINCT FROM excluded.gone_at
        RETURNING 1
        """,
        [bucket_of(key) for key in keys],
        keys,
        [taken[key][0] for key in keys],
        [home_of(taken[key][1]) for key in keys],
        [taken[key][1] for key in keys],
        [gone.get(key) for key in keys],
    )
    return len(rows) == len(keys)


async def release(connection: Connection, keys: Iterable[bytes]) -> None:
    """Free identifiers: nobody has them then."""
    asked = sorted(keys)
    await connection.execute(
        "UPDATE identifiers i SET partition = NULL, person = NULL FROM unnest($1::smallint[], $2::bytea[]) AS freed(b, k) "
        "WHERE i.bucket = freed.b AND i.key = freed.k",
        [bucket_of(key) for key in asked],
        asked,
    )


async def pass_on(connection: Connection, moves: Sequence[tuple[bytes, bytes]]) -> None:
    """Let all identifiers of absorbed people name who carries on: (absorbed, into), in the order it happened."""
    for old, new in moves:
        await connection.execute(
            "UPDATE identifiers SET partition = $3, person = $4 WHERE partition = $1 AND person = $2",
            home_of(old),
            old,
            home_of(new),
            new,
        )


async def hand_back(connection: Connection, keys: Iterable[bytes], holder: bytes, person: bytes) -> None:
    """Let identifiers that ``holder`` has name ``person`` again."""
    asked = sorted(keys)
    await connection.execute(
        "UPDATE identifiers i SET partition = $3, person = $4 FROM unnest($1::smallint[], $2::bytea[]) AS back(b, k) "
        "WHERE i.bucket = back.b AND i.key = back.k AND i.person = $5",
        [bucket_of(key) for key in asked],
        asked,
        home_of(person),
        person,
        holder,
    )


async def entomb(connection: Connection, person: bytes, at: int, grave: bytes | None) -> None:
    """Leave tombstones where the person's identifiers were: what was received up to ``at`` is no longer accepted for them, and with a
    ``grave`` nothing is."""
    await connection.execute(
        "UPDATE identifiers SET partition = NULL, person = NULL, gone_at = greatest(gone_at, $3), "
        "suppressed = $4::bytea IS NOT NULL, grave = $4 WHERE partition = $1 AND person = $2",
        home_of(person),
        person,
        at,
        grave,
    )


async def bury(
    connection: Connection, workspace: int, keys: Iterable[bytes], at: int, suppressed: bool, grave: bytes | None
) -> None:
    """Accept nothing received up to ``at`` for identifiers, whether anybody has had them or not; nothing at all if ``suppressed``."""
    asked = sorted(keys)
    await connection.execute(
        "INSERT INTO identifiers AS i (bucket, key, workspace, gone_at, suppressed, grave) "
        "SELECT b, k, $3, $4, $5, $6 FROM unnest($1::smallint[], $2::bytea[]) AS named(b, k) "
        "ON CONFLICT (bucket, key) DO UPDATE SET gone_at = greatest(i.gone_at, excluded.gone_at), "
        "suppressed = i.suppressed OR excluded.suppressed, grave = coalesce(i.grave, excluded.grave)",
        [bucket_of(key) for key in asked],
        asked,
        workspace,
        at,
        suppressed,
        grave,
    )


async def dig_up(connection: Connection, workspace: int, keys: Iterable[bytes], graves: Iterable[bytes]) -> None:
    """Accept suppressed identifiers again, and all that were suppressed together with them."""
    asked = sorted(keys)
    await connection.execute(
        "UPDATE identifiers i SET suppressed = false, grave = NULL FROM unnest($1::smallint[], $2::bytea[]) AS named(b, k) "
        "WHERE i.bucket = named.b AND i.key = named.k AND i.suppressed",
        [bucket_of(key) for key in asked],
        asked,
    )
    if found := sorted(graves):
        await connection.execute(
            "UPDATE identifiers SET suppressed = false, grave = NULL WHERE workspace = $1 AND grave = ANY ($2)",
            workspace,
            found,
        )


async def move(connection: Connection, changes: Mapping[tuple[int, str, bytes], int | None]) -> None:
    """Write who entered (since when) or left (None) a segment: (workspace, segment, person) -> since."""
    left = [key for key, since in changes.items() if since is None]
    entered = [(key, since) for key, since in changes.items() if since is not None]
    if left:
        await connection.execute(
            "DELETE FROM memberships m USING unnest($1::smallint[], $2::smallint[], $3::text[], $4::bytea[]) AS gone(h, w, s, i) "
            "WHERE m.partition = gone.h AND m.workspace = gone.w AND m.segment = gone.s AND m.person = gone.i",
            [home_of(person) for _, _, person in left],
            [workspace for workspace, _, _ in left],
            [segment for _, segment, _ in left],
            [person for _, _, person in left],
        )
    if entered:
        await stage(
            connection,
            "memberships",
            ("partition", "workspace", "segment", "person", "since"),
            [(home_of(key[2]), *key, since) for key, since in entered],
        )
        await connection.execute(
            "INSERT INTO memberships (partition, workspace, segment, person, since) "
            "SELECT partition, workspace, segment, person, since FROM new_memberships "
            "ON CONFLICT (partition, workspace, segment, person) DO UPDATE SET since = excluded.since"
        )
