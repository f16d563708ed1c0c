"""Occasions: what befell a group, on its way to all its members, a page of them at a time.

An occasion is a row, written in the commit of the batch that found it. Its members are told in the order of their ids, each page in a
transaction with the place it has come to: so everybody is told once, whatever crashes, however many they are. News of the group's
attributes go before it in each page, so that a member who begins a run reads them. What befell one group is told in order; between
partitions and workspaces pages take turns, so that a group of a million holds nobody else up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from msgspec.structs import replace

from tidings import log
from tidings.database.pool import Connection
from tidings.engine.entry import befalls
from tidings.kernel.ids import digest, home_of, partition_of
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import SYSTEM, Befell, Group, GroupEvent, Record, encode, read_occasion
from tidings.processor import groups
from tidings.processor.batch import Batch
from tidings.processor.force import Force
from tidings.processor.groups import Key

PAGE: Final = 500
"""Members told in one transaction."""


async def event(batch: Batch, partition: int, record: Record) -> None:
    """A member did something that may matter to others of the group."""
    body = record.body
    assert isinstance(body, GroupEvent)
    home = partition_of(record.workspace, "group:" + body.type, body.key)
    if home not in batch.held:
        batch.forward(home, record)
        return
    definitions = batch.force.of(home, record.workspace)
    if any(befalls(version, body) for version in definitions.starts_by_group.get(body.type, ())):
        id = digest("occasion", record.id, body.type, body.key)
        befell = Befell(
            body.type, body.key, id, batch.now(home), body.event, body.properties, depth=body.depth, way=body.way
        )
        batch.out.occasions.append((home, record.workspace, befell))


def change(batch: Batch, key: Key, record: Record, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """A group has other attributes than before."""
    body = record.body
    assert isinstance(body, Group)
    if not record.starts or record.received - record.time > batch.force.age(key[0], key[1]):
        return  # what is imported, or came late, starts nothing
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    befell = Befell(
        body.type,
        body.key,
        digest("occasion", record.id, body.type, body.key),
        batch.now(key[0]),
        before={name: before[name] for name in names if name in before},
        after={name: after[name] for name in names if name in after},
    )
    definitions = batch.force.of(key[0], key[1])
    if any(befalls(version, befell) for version in definitions.starts_by_group.get(body.type, ())):
        batch.out.occasions.append((key[0], key[1], befell))


async def waiting(connection: Connection, partitions: Sequence[int]) -> bool:
    """Whether members are still to be told of anything."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM occasions WHERE partition = ANY($1::smallint[]))", list(partitions)
    )
    return found


@dataclass
class Turn:
    """Whose turn it was last."""

    partition: int = -1
    workspace: int = -1


async def tell(connection: Connection, partitions: Sequence[int], force: Force, now: int, turn: Turn) -> int:
    """Tell the next page of members of the oldest occasion of whose turn it is; gives how many are still to be told of, at most two.

    The caller's lease must be held in the same transaction.
    """
    rows = await connection.fetch(
        "SELECT partition, workspace, at, id, body, person FROM occasions WHERE partition = ANY($1::smallint[]) "
        "ORDER BY (partition, workspace) > ($2, $3) DESC, partition, workspace, at, id LIMIT 2 FOR UPDATE",
        list(partitions),
        turn.partition,
        turn.workspace,
    )
    if not rows:
        return 0
    partition, workspace, at, id, body, after = rows[0]
    turn.partition, turn.workspace = partition, workspace
    befell = read_occasion(body)
    key: Key = (partition, workspace, befell.type, befell.key)
    people = [
        row[0]
        for row in await connection.fetch(
            "SELECT person FROM members WHERE partition = $1 AND workspace = $2 AND type = $3 AND key = $4 AND person > $5 "
            "ORDER BY person LIMIT $6",
            *key,
            after,
            PAGE,
        )
    ]
    group = (await groups.load(connection, [key])).get(key)
    if people and group is not None:
        await force.know(connection, [workspace])
        named = force.of(partition, workspace).group_attributes.get(befell.type, frozenset())
        records = [*groups.news(key, group, named, people, now), *_records(key, befell, people)]
        await log.append(connection, [(home, encode(record)) for home, record in records])
    place = (partition, workspace, at, id)
    if len(people) == PAGE:
        await connection.execute(
            "UPDATE occasions SET person = $5 WHERE partition = $1 AND workspace = $2 AND at = $3 AND id = $4",
            *place,
            people[-1],
        )
        return len(rows)
    await connection.execute(
        "DELETE FROM occasions WHERE partition = $1 AND workspace = $2 AND at = $3 AND id = $4", *place
    )
    return len(rows) - 1


def _records(key: Key, befell: Befell, people: Sequence[bytes]) -> list[tuple[int, Record]]:
    homes: dict[int, list[bytes]] = {}
    for person in people:
        homes.setdefault(home_of(person), []).append(person)
    return [
        (
            home,
            Record(
                id=befell.occasion,
                workspace=key[1],
                source=0,
                trust=SYSTEM,
                who=(),
                time=befell.at,
                received=befell.at,
                body=replace(befell, people=there),
                hops=1,
            ),
        )
        for home, there in sorted(homes.items())
    ]


async def befall(batch: Batch, partition: int, record: Record) -> None:
    """What befell a group reaches members: each once, also where two of them have become one person meanwhile."""
    body = record.body
    assert isinstance(body, Befell)
    await batch.crowd.need(body.people)
    here: dict[bytes, bytes] = {}
    for id in body.people:
        person = batch.crowd.person(id)
        if person is None:
            continue
        if person.partition in batch.held:
            here[digest("befell", body.occasion, person.id)] = person.id
        else:
            batch.forward(person.partition, replace(record, body=replace(body, people=[person.id])))
    new = await batch.first(list(here))
    for once, id in here.items():
        if once in new:
            person = batch.crowd.people[id]
            one = replace(record, body=replace(body, people=[]), who=(("cio_id", show_id(person.id)),))
            batch.step(person.id, one, batch.now(person.partition))
