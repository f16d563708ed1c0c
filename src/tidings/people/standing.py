"""Where runs stand, and whom a date will start: one small row for each, written in the commit of the batch that left it so.

Documents say the same; but nobody can open a million of them to answer how many people wait at a step, and who. A row is written where
a run has come to rest elsewhere than before, so whoever passes ten steps in one moment costs one row. ``wake`` is the run's timer, by which
is counted what lies ahead; ``parked`` is the fault that it stands still at, "" for all but a few.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from tidings.database.pool import Connection
from tidings.kernel.ids import PARTITIONS, home_of
from tidings.people.document import Run

Key = tuple[int, int, str, str, bytes]
"""(partition, workspace, journey, step, run)."""
_HOMES: Final = list(range(PARTITIONS))


class Stand(NamedTuple):
    """Somebody at a step: on which version of the journey, and since when."""

    run: bytes
    person: bytes
    version: int
    since: int


class Stood(NamedTuple):
    """Where somebody's runs stand, or stood before a batch, and what dates are to start."""

    workspace: int
    runs: Sequence[Run] = ()
    dates: Mapping[str, int] = {}


class Change(NamedTuple):
    """What a commit writes: rows that are no longer so, and rows that are so now (key, version, person, since, wake, parked).

    ``undated``: (partition, person, journey) that no date starts any more; ``dated``: (partition, workspace, person, journey, when)."""

    left: list[Key]
    came: list[tuple[Key, int, bytes, int, int | None, str]]
    undated: list[tuple[int, bytes, str]]
    dated: list[tuple[int, int, bytes, str, int]]


Counts = dict[str, dict[int, int]]
"""Step -> version they are on -> how many."""


def change(before: Mapping[bytes, Stood], after: Mapping[bytes, Stood]) -> Change:
    """Compare what was with what is, of each person who changed; who is not there any more is not in ``after``."""
    found = Change([], [], [], [])
    for id, stood in before.items():
        stand = after.get(id, Stood(stood.workspace))
        if stood.runs or stand.runs:
            _moved(found, id, stood, stand)
        if stood.dates or stand.dates:
            _dated(found, id, stood, stand)
    return found


def _moved(found: Change, id: bytes, stood: Stood, stand: Stood) -> None:
    home, workspace = home_of(id), stood.workspace
    before = {run.id: run for run in stood.runs if run.ended is None}
    for run in stand.runs:
        if run.ended is not None:
            continue
        old = before.pop(run.id, None)
        if old is not None:
            if (old.step, old.version, old.arrived, old.wake) == (run.step, run.version, run.arrived, run.wake) and (
                old.parked == run.parked
            ):
                continue
            if old.step != run.step:
                found.left.append((home, workspace, old.journey, old.step, old.id))
        key = (home, workspace, run.journey, run.step, run.id)
        found.came.append((key, run.version, id, run.arrived, run.wake, run.parked))
    found.left.extend((home, workspace, run.journey, run.step, run.id) for run in before.values())


def _dated(found: Change, id: bytes, stood: Stood, stand: Stood) -> None:
    home, now = home_of(id), stand.dates
    found.undated.extend((home, id, journey) for journey in stood.dates if journey not in now)
    found.dated.extend(
        (home, stood.workspace, id, journey, at) for journey, at in now.items() if stood.dates.get(journey) != at
    )


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
        keys = list(map(list, zip(*(each[0] for each in change.came), strict=True)))
        await connection.execute(
            "INSERT INTO standing (partition, workspace, journey, step, run, version, person, since, wake, parked) "
            "SELECT * FROM unnest($1::smallint[], $2::smallint[], $3::text[], $4::text[], $5::bytea[], $6::integer[], "
            "$7::bytea[], $8::bigint[], $9::bigint[], $10::text[]) ON CONFLICT (partition, workspace, journey, step, run) DO UPDATE "
            "SET version = excluded.version, person = excluded.person, since = excluded.since, wake = excluded.wake, "
            "parked = excluded.parked",
            *keys,
            *map(list, zip(*(each[1:] for each in change.came), strict=True)),
        )
    if change.undated:
        await connection.execute(
            "DELETE FROM coming c USING unnest($1::smallint[], $2::bytea[], $3::text[]) AS gone(h, p, j) "
            "WHERE c.partition = gone.h AND c.person = gone.p AND c.journey = gone.j",
            *map(list, zip(*change.undated, strict=True)),
        )
    if change.dated:
        await connection.execute(
            "INSERT INTO coming (partition, workspace, person, journey, at) SELECT * FROM unnest($1::smallint[], $2::smallint[], "
            "$3::bytea[], $4::text[], $5::bigint[]) ON CONFLICT (partition, person, journey) DO UPDATE SET at = excluded.at",
            *map(list, zip(*change.dated, strict=True)),
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
    connection: Connection,
    workspace: int,
    journey: str,
    step: str,
    *,
    after: bytes | None = None,
    limit: int = 50,
    only: Sequence[bytes] | None = None,
) -> list[tuple[str, Stand]]:
    """List who stands at a step, a page at a time: (cursor, who). ``after``: the cursor of the page before's last, read by `cursor`;
    ``only``: of these people alone, None of all.

    The order is that of partitions and run ids: it means nothing, and stays the same while people come and go.
    """
    home, run = (after[0], after[1:]) if after is not None else (0, b"")
    rows = await connection.fetch(
        "SELECT w.* FROM unnest($1::smallint[]) AS held(p) CROSS JOIN LATERAL ("
        "SELECT partition, run, person, version, since FROM standing WHERE partition = held.p AND workspace = $2 "
        "AND journey = $3 AND step = $4 AND (held.p > $5 OR run > $6) AND ($8::bytea[] IS NULL OR person = ANY($8)) "
        "ORDER BY run LIMIT $7) w "
        "ORDER BY w.partition, w.run LIMIT $7",
        [each for each in _HOMES if each >= home],
        workspace,
        journey,
        step,
        home,
        run,
        limit,
        only,
    )
    return [(f"{row[0]:02x}{row[1].hex()}", Stand(row[1], row[2], row[3], row[4])) for row in rows]


async def everywhere(
    connection: Connection,
    workspace: int,
    journey: str,
    *,
    after: bytes | None = None,
    limit: int = 50,
    only: Sequence[bytes] | None = None,
) -> list[tuple[str, str, Stand]]:
    """List who stands at any step of a journey, in the same way: (cursor, step, who). Those before its door are not inside."""
    home, run, step = (after[0], after[1:17], after[17:].decode()) if after is not None else (0, b"", "")
    rows = await connection.fetch(
        "SELECT w.* FROM unnest($1::smallint[]) AS held(p) CROSS JOIN LATERAL ("
        "SELECT partition, step, run, person, version, since FROM standing WHERE partition = held.p AND workspace = $2 "
        "AND journey = $3 AND step <> '' AND (held.p > $4 OR (step, run) > ($5, $6)) "
        "AND ($8::bytea[] IS NULL OR person = ANY($8)) ORDER BY step, run LIMIT $7) w "
        "ORDER BY w.partition, w.step, w.run LIMIT $7",
        [each for each in _HOMES if each >= home],
        workspace,
        journey,
        home,
        step,
        run,
        limit,
        only,
    )
    return [(f"{row[0]:02x}{(row[2] + row[1].encode()).hex()}", row[1], Stand(*row[2:])) for row in rows]


def cursor(text: str) -> bytes:
    """Read a cursor that `at` or `everywhere` gave; raises ValueError where it is none."""
    found = bytes.fromhex(text)
    if not found or found[0] >= PARTITIONS:
        raise ValueError("it is no cursor of a list of people")
    return found


# Who stands still at a fault


class Parked(NamedTuple):
    """Somebody who does. ``since``: when the run arrived at the step (microseconds); ``fault``: in words."""

    run: bytes
    person: bytes
    journey: str
    step: str
    version: int
    since: int
    fault: str


class Fault(NamedTuple):
    """How many runs stand still at a step for one reason."""

    journey: str
    step: str
    fault: str
    runs: int


class Which(NamedTuple):
    """Which of them are meant; "" and b"": all."""

    journey: str = ""
    step: str = ""
    fault: str = ""
    run: bytes = b""


_WHICH: Final = (
    "workspace = $1 AND parked <> '' AND ($2 = '' OR journey = $2) AND ($3 = '' OR step = $3) "
    "AND ($4 = '' OR parked = $4) AND ($5::bytea = '' OR run = $5)"
)
_LATEST: Final = (1 << 62, b"")
_EARLIEST: Final = (-1, b"")


async def parked(
    connection: Connection,
    workspace: int,
    which: Which,
    *,
    after: tuple[int, bytes] | None = None,
    limit: int = 50,
    oldest: bool = False,
    only: Sequence[bytes] | None = None,
) -> list[Parked]:
    """List them, whoever came to the step last first, or ``oldest``: who came first. ``after``: (since, run) of the page before's last;
    ``only``: of these people. Reads the rows of those who stand still, and no others."""
    beyond, order, begin = (">", "", _EARLIEST) if oldest else ("<", "DESC", _LATEST)
    rows = await connection.fetch(
        f"SELECT run, person, journey, step, version, since, parked FROM standing WHERE {_WHICH} "
        f"AND (since, run) {beyond} ($6, $7) AND ($9::bytea[] IS NULL OR person = ANY($9)) ORDER BY since {order}, run {order} LIMIT $8",
        workspace,
        *which,
        *(after or begin),
        limit,
        only,
    )
    return [Parked(*row) for row in rows]


async def faults(connection: Connection, workspace: int, which: Which, limit: int) -> list[Fault]:
    """Count them by journey, step and fault, the most frequent first."""
    rows = await connection.fetch(
        f"SELECT journey, step, parked, count(*) FROM standing WHERE {_WHICH} GROUP BY journey, step, parked "
        "ORDER BY count(*) DESC, journey, step, parked LIMIT $6",
        workspace,
        *which,
        limit,
    )
    return [Fault(*row) for row in rows]


async def still(connection: Connection, workspace: int, journeys: Sequence[str], most: int) -> dict[str, int]:
    """Count those of each journey, up to ``most``."""
    rows = await connection.fetch(
        "SELECT j, (SELECT count(*) FROM (SELECT FROM standing WHERE workspace = $1 AND journey = j AND parked <> '' LIMIT $3) "
        "AS found) FROM unnest($2::text[]) AS asked(j)",
        workspace,
        list(journeys),
        most,
    )
    return dict(rows)


# What lies ahead


class Timers(NamedTuple):
    """How many timers of a sort go off on a day: ``day`` counts from 0 at the first edge, ``at`` is the middle of their moments.
    ``step`` and ``version`` are "" and 0 for those of dates."""

    journey: str
    step: str
    version: int
    day: int
    people: int
    at: int


async def timers(connection: Connection, workspace: int, edges: Sequence[int], most: int) -> list[Timers]:
    """Count the timers of runs, the earliest ``most``, between edges of days (microseconds, ascending); what is overdue is of the first."""
    rows = await connection.fetch(
        "SELECT journey, step, version, greatest(width_bucket(wake, $2::bigint[]) - 1, 0), count(*), avg(wake)::bigint FROM ("
        "SELECT journey, step, version, wake FROM standing WHERE workspace = $1 AND wake < $3 ORDER BY wake LIMIT $4) s "
        "GROUP BY 1, 2, 3, 4",
        workspace,
        list(edges[:-1]),
        edges[-1],
        most,
    )
    return [Timers(*row) for row in rows]


async def dates(connection: Connection, workspace: int, edges: Sequence[int], most: int) -> list[Timers]:
    """Count whom a date or a schedule will start, in the same way: the next time of each person and journey."""
    rows = await connection.fetch(
        "SELECT journey, '', 0, greatest(width_bucket(at, $2::bigint[]) - 1, 0), count(*), avg(at)::bigint FROM ("
        "SELECT journey, at FROM coming WHERE workspace = $1 AND at < $3 ORDER BY at LIMIT $4) c GROUP BY 1, 4",
        workspace,
        list(edges[:-1]),
        edges[-1],
        most,
    )
    return [Timers(*row) for row in rows]


async def some_dated(
    connection: Connection, workspace: int, journey: str, until: int, limit: int, most: int
) -> list[bytes]:
    """Give some of those whom a date or a schedule will start, of the earliest ``most``, always the same; ids are random behind their
    partition, so they are like the others."""
    rows = await connection.fetch(
        "SELECT person FROM (SELECT person FROM coming WHERE workspace = $1 AND journey = $2 AND at < $3 ORDER BY at LIMIT $5) c "
        "ORDER BY substr(person, 2), person LIMIT $4",
        workspace,
        journey,
        until,
        limit,
        most,
    )
    return [row[0] for row in rows]


async def at_steps(
    connection: Connection, workspace: int, steps: Sequence[tuple[str, str]], most: int
) -> dict[tuple[str, str], int]:
    """Count who stands at these (journey, step), up to ``most`` at each."""
    rows = await connection.fetch(
        "SELECT j, s, (SELECT count(*) FROM (SELECT FROM standing WHERE partition = ANY($1::smallint[]) AND workspace = $2 "
        "AND journey = j AND step = s LIMIT $5) AS found) FROM unnest($3::text[], $4::text[]) AS asked(j, s)",
        _HOMES,
        workspace,
        [journey for journey, _ in steps],
        [step for _, step in steps],
        most,
    )
    return {(row[0], row[1]): row[2] for row in rows}
