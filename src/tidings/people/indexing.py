"""The loop that brings attributes into the index of lists, or out of it, a portion of people at a time."""

import asyncio
from typing import Any, Final

from tidings.database.looking import keep_looking
from tidings.database.pool import Connection, Pool
from tidings.kernel.ids import PARTITIONS, home_of
from tidings.people import indexed

_PORTION: Final = 500
_LOOK: Final = 1.0
_MINE: Final = "id, workspace, name, state, place, horizon IS NOT NULL AS noted, horizon < pg_snapshot_xmin(pg_current_snapshot()) AS known"


async def indexing(pool: Pool, stop: asyncio.Event) -> None:
    """Work on what is marked or dropped until ``stop``."""
    await keep_looking(lambda: work(pool), _LOOK, "the index of attributes", stop)


async def work(pool: Pool) -> bool:
    """Do the next portion; says whether there was any. Two workers never do the same one."""
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(
            f"SELECT {_MINE} FROM indexed_attributes WHERE state <> 'ready' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
        )
        if row is None:
            return False
        if not row["noted"]:
            await connection.execute(
                "UPDATE indexed_attributes SET horizon = pg_current_xact_id() WHERE id = $1", row["id"]
            )
            return True
        if not row["known"]:
            return False  # somebody who may not know of it is still writing
        await (_dropping if row["state"] == "dropping" else _building)(connection, row)
        return True


async def _building(connection: Connection, row: Any) -> None:
    """Add the rows of the next people that no batch wrote meanwhile.

    They are held against being deleted, not against being written: whoever writes one waits for this commit at the row of the index.
    """
    if row["state"] == "marked":
        await connection.execute(
            "UPDATE indexed_attributes SET state = 'building', total = (SELECT count(*) FROM people WHERE workspace = $2) WHERE id = $1",
            row["id"],
            row["workspace"],
        )
    place: bytes = row["place"] or b"\x00"
    people = await connection.fetch(
        "SELECT id, doc FROM people WHERE partition = $1 AND workspace = $2 AND id > $3 ORDER BY id LIMIT $4 FOR KEY SHARE",
        home_of(place),
        row["workspace"],
        place,
        _PORTION,
    )
    keys = [(person, indexed.keys_of(doc, [(row["id"], row["name"])])[0][1]) for person, doc in people]
    await connection.execute(
        "INSERT INTO attribute_keys (partition, person, attribute, key) "
        "SELECT $1, n.person, $2, n.key FROM unnest($3::bytea[], $4::bytea[]) AS n (person, key) ON CONFLICT DO NOTHING",
        home_of(place),
        row["id"],
        [person for person, _ in keys],
        [key for _, key in keys],
    )
    ended = len(people) < _PORTION and home_of(place) == PARTITIONS - 1
    following = people[-1]["id"] if len(people) == _PORTION else bytes([min(home_of(place) + 1, PARTITIONS - 1)])
    await connection.execute(
        "UPDATE indexed_attributes SET place = $2, done = done + $3, state = CASE WHEN $4 THEN 'ready' ELSE state END WHERE id = $1",
        row["id"],
        following,
        len(people),
        ended,
    )


async def _dropping(connection: Connection, row: Any) -> None:
    gone = await connection.fetch(
        "DELETE FROM attribute_keys k USING (SELECT partition, person FROM attribute_keys WHERE attribute = $1 LIMIT $2) g "
        "WHERE k.partition = g.partition AND k.person = g.person AND k.attribute = $1 RETURNING 1",
        row["id"],
        _PORTION,
    )
    if len(gone) < _PORTION:
        await connection.execute("DELETE FROM indexed_attributes WHERE id = $1", row["id"])
