"""Where runs stand: one small row for each run that rests at a step, written in the commit of the batch that left it there.

Documents say the same; but nobody can open a million of them to answer how many people wait at a step, and who. A row is written where
a run has come to rest elsewhere than before, so whoever passes ten steps in one moment costs one row.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from tidings.database.pool import Connection
from tidings.kernel.ids import PARTITIONS, home_of
from tidings.people.document import Person, Run

Key = tuple[int, int, str, str, bytes]
"""(partition, workspace, journey, step, run)."""
_HOMES: Final = list(range(PARTITIONS))


class Stand(NamedTuple):
    """Somebody at a step: on which version of the journey, and since when."""

    run: bytes
    person: bytes
    version: int
    since: int


class Change(NamedTuple):
    """What a commit writes: rows that are no longer so, and rows that are so now (key, version, person, since)."""

    left: list[Key]
    came: list[tuple[Key, int, bytes, int]]


Runs = Sequence[Run]
Counts = dict[str, dict[int, int]]
"""Step -> version they are on -> how many."""


def change(before: Mapping[bytes, tuple[int, Runs]], after: Mapping[bytes, Person]) -> Change:
    """Compare where runs stood with where they stand: person -> (workspace, runs), and who is there now."""
    left: list[Key] = []
    came: list[tuple[Key, int, bytes, int]] = []
    for id, (workspace, runs) in before.items():
        person = after.get(id)
        now: Runs = person.runs if person is not None else ()
        if not runs and not now:
            continue
        home = home_of(id)
        stood = {run.id: run for run in runs if run.ended is None}
        for run in now:
            if run.ended is not None:
                continue
            old = stood.pop(run.id, None)
            if old is not None:
                if (old.step, old.version, old.arrived) == (run.step, run.version, run.arrived):
                    continue
                if old.step != run.step:
                    left.append((home, workspace, old.journey, old.step, old.id))
            came.append(((home, workspace, run.journey, run.step, run.id), run.version, id, run.arrived))
        left += [(home, workspace, run.journey, run.step, run.id) for run in stood.values()]
    return Change(left, came)


async def write(connection: Connection, change: Change) -> None:
    """Write a change, inside the batch's transaction."""
    if change.left:
        await connection.execute(
            "DELETE FROM standing s USING unnest($1::smallint[], $2::smallint[], $3::text[], $4::text[], $5::bytea[]) "
            "AS gone(h, w, j, s, r) WHERE s.partition = gone.h AND s.workspace = gone.w AND s.journey = gone.j "
            "AND s.step = gone.s AND s.run = gone.r",
            *map(list, zip(*change.left, strict=True)),
        )
    if change.came:
        keys = list(map(list, zip(*(key for key, _, _, _ in change.came), strict=True)))
        await connection.execute(
            "INSERT INTO standing (partition, workspace, journey, step, run, version, person, since) "
            "SELECT * FROM unnest($1::smallint[], $2::smallint[], $3::text[], $4::text[], $5::bytea[], $6::integer[], "
            "$7::bytea[], $8::bigint[]) ON CONFLICT (partition, workspace, journey, step, run) DO UPDATE "
            "SET version = excluded.version, person = excluded.person, since = excluded.since",
            *keys,
            [version for _, version, _, _ in change.came],
            [person for _, _, person, _ in change.came],
            [since for _, _, _, since in change.came],
        )


# What screens and commands read


async def counts(connection: Connection, workspace: int, journey: str) -> Counts:
    """Count the runs of a journey: step -> version they are on -> how many. Step "" are those before its door."""
    rows = await connection.fetch(
        "SELECT step, version, count(*) FROM standing WHERE partition = ANY($1::smallint[]) AND workspace = $2 "
        "AND journey = $3 GROUP BY step, version ORDER BY step, version",
        _HOMES,
        workspace,
        journey,
    )
    found: Counts = {}
    for step, version, count in rows:
        found.setdefault(step, {})[version] = count
    return found


async def inside(connection: Connection, workspace: int) -> dict[str, int]:
    """Count the runs inside each journey; those before its door are not."""
    rows = await connection.fetch(
        "SELECT journey, count(*) FROM standing WHERE partition = ANY($1::smallint[]) AND workspace = $2 AND step <> '' GROUP BY journey",
        _HOMES,
        workspace,
    )
    return dict(rows)


async def at(
    connection: Connection, workspace: int, journey: str, step: str, *, after: bytes | None = None, limit: int = 50
) -> list[tuple[str, Stand]]:
    """List who stands at a step, a page at a time: (cursor, who). ``after``: the cursor of the page before's last, read by `cursor`.

    The order is that of partitions and run ids: it means nothing, and stays the same while people come and go.
    """
    home, run = (after[0], after[1:]) if after is not None else (0, b"")
    rows = await connection.fetch(
        "SELECT w.* FROM unnest($1::smallint[]) AS held(p) CROSS JOIN LATERAL ("
        "SELECT partition, run, person, version, since FROM standing WHERE partition = held.p AND workspace = $2 "
        "AND journey = $3 AND step = $4 AND (held.p > $5 OR run > $6) ORDER BY run LIMIT $7) w "
        "ORDER BY w.partition, w.run LIMIT $7",
        [each for each in _HOMES if each >= home],
        workspace,
        journey,
        step,
        home,
        run,
        limit,
    )
    return [(f"{row[0]:02x}{row[1].hex()}", Stand(row[1], row[2], row[3], row[4])) for row in rows]


def cursor(text: str) -> bytes:
    """Read a cursor that `at` gave; raises ValueError where it is none."""
    found = bytes.fromhex(text)
    if not found or found[0] >= PARTITIONS:
        raise ValueError("it is no cursor of a list of people")
    return found


async def documents(
    connection: Connection, workspace: int, journey: str, after: tuple[int, bytes], limit: int = 500
) -> list[tuple[int, bytes, bytes]]:
    """Read who is inside a journey, a page at a time in the order of keys: (partition, person, stored document)."""
    rows = await connection.fetch(
        "SELECT p.partition, p.id, p.doc FROM people p WHERE (p.partition, p.id) > ($3, $4) AND EXISTS (SELECT FROM standing s "
        "WHERE s.partition = p.partition AND s.workspace = $1 AND s.journey = $2 AND s.person = p.id) "
        "ORDER BY p.partition, p.id LIMIT $5",
        workspace,
        journey,
        *after,
        limit,
    )
    return [tuple(row) for row in rows]
