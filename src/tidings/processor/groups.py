"""Groups: a document each in a partition of its own, its members as rows, and the news that members are told in chunks."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from tidings import log
from tidings.database.pool import Connection
from tidings.kernel.ids import digest, home_of
from tidings.kernel.records import SYSTEM, GroupChanged, Record, encode
from tidings.processor.force import Force

Key = tuple[int, int, str, str]
"""(partition, workspace, type, key)."""
CHUNK: Final = 500
"""Members told in one transaction."""
LARGEST: Final = 32 * 1024
"""Bytes all attributes of a group may take."""
_FORMAT: Final = b"\x01"


class Group(Struct):
    """``told``: the last member told of this version (b"": none yet, None: all). ``gone``: deleted."""

    version: int
    attributes: dict[str, Any]
    created: int
    told: bytes | None = None
    gone: bool = False


async def load(connection: Connection, keys: Sequence[Key]) -> dict[Key, Group]:
    """Read groups."""
    rows = await connection.fetch(
        "SELECT g.partition, g.workspace, g.type, g.key, g.version, g.attributes, g.created_at, g.told "
        "FROM unnest($1::smallint[], $2::smallint[], $3::text[], $4::text[]) AS asked(p, w, t, k) "
        "JOIN groups g ON g.partition = asked.p AND g.workspace = asked.w AND g.type = asked.t AND g.key = asked.k",
        [key[0] for key in keys],
        [key[1] for key in keys],
        [key[2] for key in keys],
        [key[3] for key in keys],
    )
    return {(row[0], row[1], row[2], row[3]): Group(row[4], _read(row[5]), row[6], row[7]) for row in rows}


async def write(
    connection: Connection, groups: Mapping[Key, Group], members: Mapping[tuple[int, int, str, str, bytes], bool]
) -> None:
    """Write groups, and who joined (True) or left (False)."""
    standing = [(key, group) for key, group in sorted(groups.items()) if not group.gone or group.told is not None]
    if standing:
        await connection.execute(
            """
            INSERT INTO groups (partition, workspace, type, key, version, attributes, created_at, told)
            SELECT * FROM unnest($1::smallint[], $2::smallint[], $3::text[], $4::text[], $5::integer[], $6::bytea[], $7::bigint[],
                                 $8::bytea[])
            ON CONFLICT (partition, workspace, type, key) DO UPDATE
            SET version = excluded.version, attributes = excluded.attributes, told = excluded.told
            """,
            [key[0] for key, _ in standing],
            [key[1] for key, _ in standing],
            [key[2] for key, _ in standing],
            [key[3] for key, _ in standing],
            [group.version for _, group in standing],
            [b"" if group.gone else _FORMAT + msgspec.msgpack.encode(group.attributes) for _, group in standing],
            [group.created for _, group in standing],
            [group.told for _, group in standing],
        )
    for key, is_member in sorted(members.items()):
        if is_member:
            await connection.execute("INSERT INTO members VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING", *key)
        else:
            await connection.execute(
                "DELETE FROM members WHERE partition = $1 AND workspace = $2 AND type = $3 AND key = $4 AND person = $5",
                *key,
            )


async def forget(connection: Connection, people: Sequence[bytes]) -> None:
    """Forget in which groups people were."""
    await connection.execute("DELETE FROM members WHERE person = ANY($1::bytea[])", list(people))


def _read(data: bytes) -> dict[str, Any]:
    if not data:
        return {}
    if data[:1] != _FORMAT:
        raise ValueError(f"group format {data[:1]!r} is not known to this version")
    found: dict[str, Any] = msgspec.msgpack.decode(data[1:])
    return found


def changed(group: Group | None, values: Mapping[str, Any], now: int) -> tuple[Group, set[str]]:
    """Merge attributes into a group (null removes); gives the new version and the names that changed. Raises ValueError: too large."""
    before = {} if group is None or group.gone else group.attributes
    after = {name: value for name, value in {**before, **values}.items() if value is not None}
    names = {name for name in values if before.get(name) != after.get(name)}
    if names and len(msgspec.msgpack.encode(after)) > LARGEST:
        raise ValueError(f"the group's attributes would take more than {LARGEST // 1024} kB")
    if group is None:
        return Group(1, after, now), names
    if not names and not group.gone:
        return group, names
    return Group(group.version + 1, after, group.created, group.told), names


def news(key: Key, group: Group, named: frozenset[str], people: Sequence[bytes], now: int) -> list[tuple[int, Record]]:
    """Make the records that tell people of a group's attributes: one for each home, with its partition."""
    homes: dict[int, list[bytes]] = {}
    for person in people:
        homes.setdefault(home_of(person), []).append(person)
    attributes = {name: value for name, value in group.attributes.items() if name in named}
    return [
        (
            home,
            Record(
                id=digest("group news", *key, group.version, home, *there),
                workspace=key[1],
                source=0,
                trust=SYSTEM,
                who=(),
                time=now,
                received=now,
                body=GroupChanged(key[2], key[3], group.version, attributes, there, group.gone),
                hops=1,
            ),
        )
        for home, there in sorted(homes.items())
    ]


async def waiting(connection: Connection, partitions: Sequence[int]) -> bool:
    """Whether any group has news for its members."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM groups WHERE partition = ANY($1::smallint[]) AND told IS NOT NULL)",
        list(partitions),
    )
    return found


async def tell(connection: Connection, partitions: Sequence[int], force: Force, now: int) -> int:
    """Tell the next members of one group its news, in a transaction of its own; gives how many groups are still to be told.

    The caller's lease must be held in the same transaction.
    """
    rows = await connection.fetch(
        "SELECT partition, workspace, type, key, version, attributes, created_at, told FROM groups "
        "WHERE partition = ANY($1::smallint[]) AND told IS NOT NULL ORDER BY partition, workspace, type, key LIMIT 2 FOR UPDATE",
        list(partitions),
    )
    if not rows:
        return 0
    row = rows[0]
    key: Key = (row[0], row[1], row[2], row[3])
    group = Group(row[4], _read(row[5]), row[6], row[7], gone=not row[5])
    people = [
        found[0]
        for found in await connection.fetch(
            "SELECT person FROM members WHERE partition = $1 AND workspace = $2 AND type = $3 AND key = $4 AND person > $5 "
            "ORDER BY person LIMIT $6",
            *key,
            group.told,
            CHUNK,
        )
    ]
    await force.know(connection, [key[1]])
    named = force.of(key[0], key[1]).group_attributes.get(key[2], frozenset())
    records = news(key, group, named, people, now)
    if records:
        await log.append(connection, [(home, encode(record)) for home, record in records])
    if len(people) == CHUNK:
        await connection.execute(
            "UPDATE groups SET told = $5 WHERE partition = $1 AND workspace = $2 AND type = $3 AND key = $4",
            *key,
            people[-1],
        )
        return len(rows)
    if group.gone:
        for table in ("members", "groups"):
            await connection.execute(
                f"DELETE FROM {table} WHERE partition = $1 AND workspace = $2 AND type = $3 AND key = $4", *key
            )
    else:
        await connection.execute(
            "UPDATE groups SET told = NULL WHERE partition = $1 AND workspace = $2 AND type = $3 AND key = $4", *key
        )
    return len(rows) - 1


async def tell_all(connection: Connection, partition: int, workspace: int) -> None:
    """Let every group of a partition tell its members anew: rules have come to read other attributes."""
    await connection.execute(
        "UPDATE groups SET version = version + 1, told = ''::bytea WHERE partition = $1 AND workspace = $2",
        partition,
        workspace,
    )
