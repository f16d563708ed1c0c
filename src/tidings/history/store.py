"""History's SQL. Rows are written by binary COPY and never changed; they go by person (deletion) or by age (retention).

A person is (partition, id) here: the rows of somebody absorbed by a merge stay where they are, and who reads passes both.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from tidings.database.pool import Connection
from tidings.history.kinds import BESIDE

COLUMNS: Final = ("partition", "kind", "person", "time", "received", "place", "name", "id", "body")
"""What is read of a row. What stands beside its body, ``context``, is read where somebody looks at it: in timelines and in exports."""
ORDER: Final = "h.received, h.place, h.seq NULLS FIRST, h.ctid"
"""As rows were applied; those written before they had a number come first."""
SLICES: Final = 16
"""The partitions are stored in as many tables, four in each: what one background scan reads at a time."""
_EARLIEST: Final = -(1 << 62)
_LATEST: Final = 1 << 62

Who = tuple[int, bytes]


class Entry(NamedTuple):
    """One row. ``kind``: see `history.kinds`. ``time``: when it happened; ``received``: when it was accepted; microseconds.
    ``place``: the person's inputs applied up to and with this one. ``id``: 16 bytes of the record or effect. ``body``: its stored form,
    ``context``: that of what the record's message said beside it, where that is anything and was asked for."""

    partition: int
    kind: int
    person: bytes
    time: int
    received: int
    place: int
    name: str
    id: bytes
    body: bytes
    context: bytes | None = None


class Spot(NamedTuple):
    """Where a row stands in a timeline: by its time, and among those of one moment as they were applied. ``seq``: -1 where it was written
    before rows had a number."""

    time: int
    received: int
    place: int
    seq: int
    id: bytes


class Ask(NamedTuple):
    """A question about one person (``people``: they and whom they absorbed): the newest ``newest`` rows of the kind and name with
    ``after`` <= time < ``until``, a place below ``before`` (None: any) and received later than ``applied``."""

    people: tuple[Who, ...]
    kind: int
    name: str
    after: int | None = None
    until: int | None = None
    before: int | None = None
    newest: int = 1000
    applied: int | None = None


class Fact(NamedTuple):
    """An answer's row."""

    time: int
    id: bytes
    body: bytes


class Count(NamedTuple):
    """What `newest` counts: rows of the kind and name, of ``since`` and later (None: all); ``keep``: how many it gives of each person."""

    kind: int
    name: str
    since: int | None
    keep: int


async def write(connection: Connection, entries: Iterable[Entry]) -> None:
    """Append rows, in the transaction of the connection."""
    await connection.copy_records_to_table("history", columns=Entry._fields, records=entries)


async def times(connection: Connection, asks: Sequence[Ask]) -> list[list[Fact]]:
    """Answer many questions in one query; each answer in ascending order of (time, id)."""
    rows = [(n, ask, who) for n, ask in enumerate(asks) for who in ask.people]
    answers: list[list[Fact]] = [[] for _ in asks]
    if not rows:
        return answers
    found = await connection.fetch(
        _TIMES,
        [n for n, _, _ in rows],
        [who[0] for _, _, who in rows],
        [who[1] for _, _, who in rows],
        [ask.kind for _, ask, _ in rows],
        [ask.name for _, ask, _ in rows],
        [_EARLIEST if ask.after is None else ask.after for _, ask, _ in rows],
        [_LATEST if ask.until is None else ask.until for _, ask, _ in rows],
        [_LATEST if ask.before is None else ask.before for _, ask, _ in rows],
        [ask.newest for _, ask, _ in rows],
        [_EARLIEST if ask.applied is None else ask.applied for _, ask, _ in rows],
    )
    for n, time, id, body in found:
        answers[n].append(Fact(time, id, body))
    for n, answer in enumerate(answers):
        answer.sort()
        del answer[: max(0, len(answer) - asks[n].newest)]
    return answers


async def events(
    connection: Connection, asked: Sequence[tuple[tuple[Who, ...], tuple[int, bytes]]]
) -> list[bytes | None]:
    """Read what single rows say: for each (people, (time, id)) the body of the row that one of them has, or None."""
    rows = [(n, who, time, id) for n, (people, (time, id)) in enumerate(asked) for who in people]
    answers: list[bytes | None] = [None] * len(asked)
    if not rows:
        return answers
    for n, body in await connection.fetch(
        "SELECT a.n, h.body FROM unnest($1::integer[], $2::smallint[], $3::bytea[], $4::bigint[], $5::bytea[]) "
        "AS a(n, partition, person, time, id) JOIN history h ON h.partition = a.partition AND h.person = a.person "
        "AND h.time = a.time AND h.id = a.id",
        [n for n, _, _, _ in rows],
        [who[0] for _, who, _, _ in rows],
        [who[1] for _, who, _, _ in rows],
        [time for _, _, time, _ in rows],
        [id for _, _, _, id in rows],
    ):
        answers[n] = body
    return answers


async def of_person(
    connection: Connection,
    people: Sequence[Who],
    *,
    kinds: Sequence[int] | None = None,
    name: str | None = None,
    limit: int = 100,
) -> list[Entry]:
    """Give the newest rows of a `timeline`; ``name``: only those of this name."""
    return [entry for _, entry in await timeline(connection, people, kinds=kinds, name=name, limit=limit)]


async def timeline(
    connection: Connection,
    people: Sequence[Who],
    *,
    behind: Spot | None = None,
    kinds: Sequence[int] | None = None,
    name: str | None = None,
    oldest: bool = False,
    limit: int = 100,
) -> list[tuple[Spot, Entry]]:
    """Read what happened to people, all of it (but marks for replays) or of some kinds, the newest first or with ``oldest`` the other way
    round. Of one moment, what was applied later is the newer: what follows from something stands behind it.

    ``behind``: the spot of the last row of the page before; ``people``: with whom they absorbed."""
    found = await connection.fetch(
        _OLDEST_FIRST if oldest else _NEWEST_FIRST,
        [partition for partition, _ in people],
        [person for _, person in people],
        *(behind or Spot(_EARLIEST if oldest else _LATEST, 0, 0, 0, b"")),
        None if kinds is None else list(kinds),
        limit,
        name,
    )
    return [(Spot(row[3], row[4], row[5], row[10], row[7]), Entry(*row[:10])) for row in found]


async def between(
    connection: Connection,
    whose: Sequence[tuple[int, Who]],
    after: int,
    until: int,
    *,
    kinds: Sequence[int],
    name: str = "",
    behind: tuple[int, int, bytes] | None = None,
    limit: int = 1000,
    beside: bool = False,
) -> list[tuple[int, Entry]]:
    """Read what happened to many within a time, ``after`` <= time < ``until``, by (number, time, id), each row with its number; and with
    ``beside`` its ``context``.

    ``whose``: a number for each person, the same for whom they absorbed; ``behind``: number, time and id of the last row of the page
    before.
    """
    number, time, id = behind or (-1, 0, b"")
    columns = (*COLUMNS, "context") if beside else COLUMNS
    found = await connection.fetch(
        f"SELECT w.n, {', '.join(f'h.{name}' for name in columns)} "
        "FROM unnest($1::integer[], $2::smallint[], $3::bytea[]) AS w(n, p, o) "
        "JOIN history h ON h.partition = w.p AND h.person = w.o AND h.time >= $4 AND h.time < $5 "
        "WHERE h.kind = ANY($6::smallint[]) AND ($7 = '' OR h.name = $7) AND (w.n, h.time, h.id) > ($8, $9::bigint, $10::bytea) "
        "ORDER BY w.n, h.time, h.id LIMIT $11",
        [n for n, _ in whose],
        [partition for _, (partition, _) in whose],
        [person for _, (_, person) in whose],
        *(after, until, list(kinds), name, number, time, id, limit),
    )
    return [(row[0], Entry(*row[1:])) for row in found]


async def applied(
    connection: Connection,
    people: Sequence[Who],
    until: int,
    kinds: Sequence[int] | None = None,
    named: Sequence[tuple[int, str]] = (),
) -> list[Entry]:
    """Everything that was applied to people up to a moment, in the order it was applied; or with ``kinds`` what is of these, and
    beside them of the (kind, name) ``named``."""
    chosen = (
        ""
        if kinds is None
        else "AND (h.kind = ANY($4) OR (h.kind, h.name) IN (SELECT * FROM unnest($5::smallint[], $6::text[])))"
    )
    found = await connection.fetch(
        f"SELECT {', '.join(f'h.{name}' for name in COLUMNS)} FROM unnest($1::smallint[], $2::bytea[]) AS w(p, o) "
        f"JOIN history h ON h.partition = w.p AND h.person = w.o AND h.received <= $3 {chosen} ORDER BY {ORDER}",
        [partition for partition, _ in people],
        [person for _, person in people],
        until,
        *(() if kinds is None else (list(kinds), [kind for kind, _ in named], [name for _, name in named])),
    )
    return [Entry(*row) for row in found]


async def is_known(connection: Connection, people: Sequence[Who], until: int) -> bool:
    """Whether anything was applied to people up to a moment."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM unnest($1::smallint[], $2::bytea[]) AS w(p, o) "
        "JOIN history h ON h.partition = w.p AND h.person = w.o AND h.received <= $3)",
        [partition for partition, _ in people],
        [person for _, person in people],
        until,
    )
    return found


async def rows_at(
    connection: Connection, places: Sequence[tuple[int, bytes, int, bytes]], kinds: Sequence[int]
) -> dict[tuple[int, bytes, int, bytes], Entry]:
    """Read single rows by (partition, person, time, id), of these kinds; those that are not there are left out."""
    found = await connection.fetch(
        f"SELECT {', '.join(f'h.{name}' for name in COLUMNS)} "
        "FROM unnest($1::smallint[], $2::bytea[], $3::bigint[], $4::bytea[]) AS k(p, o, t, i) "
        "JOIN history h ON h.partition = k.p AND h.person = k.o AND h.time = k.t AND h.id = k.i AND h.kind = ANY ($5::smallint[])",
        [place[0] for place in places],
        [place[1] for place in places],
        [place[2] for place in places],
        [place[3] for place in places],
        list(kinds),
    )
    return {(row[0], row[2], row[3], row[7]): Entry(*row) for row in found}


async def scan(
    connection: Connection,
    slice: int,
    kinds: Sequence[int],
    names: Sequence[str],
    *,
    after: Who | None = None,
    since: int | None = None,
    only: Sequence[int] | None = None,
    bodies: bool = True,
    chunk: int = 5000,
) -> AsyncGenerator[list[Entry]]:
    """Stream the rows of the kinds and names of everybody in a slice (partitions 4*slice to 4*slice+3), by person, then time.

    ``after``: begin behind this person, to resume. ``since``: rows of that time and later only; ``only``: of
    these partitions. ``bodies`` False: rows without what they say, which sort faster. One sequential pass over the slice's table
    and one sort, in a reading transaction of its own: it holds back nobody, and is not bound by the limit for one statement.
    """
    empty = "''::bytea"
    async with _reading(connection):
        cursor = await connection.cursor(
            f"SELECT {', '.join(COLUMNS[:-1])}, {'body' if bodies else empty} FROM history_{int(slice)} "
            "WHERE kind = ANY($1::smallint[]) AND name = ANY($2::text[]) AND time >= $3 AND (partition, person) > ($4, $5) "
            "AND ($6::smallint[] IS NULL OR partition = ANY($6)) "
            "ORDER BY partition, person, time, id",
            list(kinds),
            list(names),
            _EARLIEST if since is None else since,
            -1 if after is None else after[0],
            b"" if after is None else after[1],
            None if only is None else list(only),
        )
        while found := await cursor.fetch(chunk):
            yield [Entry(*row) for row in found]


async def newest(
    connection: Connection, slice: int, counts: Sequence[Count], after: Mapping[int, bytes], *, chunk: int = 1000
) -> AsyncGenerator[list[tuple[bytes, int, bytes]]]:
    """Stream the newest times of everybody in a slice who has rows that are counted: (person, index of the count, times), by person.

    ``after``: which partitions of the slice, each from behind a person on. ``times``: 16 bytes each, the microseconds as a signed number,
    the most significant byte first, and 8 bytes of the row's id; in no order. One pass over the slice's table, in a transaction like
    `scan`'s; nothing of a row leaves the database but its time.
    """
    since = [_EARLIEST if each.since is None else each.since for each in counts]
    async with _reading(connection):
        cursor = await connection.cursor(
            _NEWEST.format(slice=int(slice)),
            [each.kind for each in counts],
            [each.name for each in counts],
            since,
            [each.keep for each in counts],
            list(after),
            list(after.values()),
            min(since),
        )
        while found := await cursor.fetch(chunk):
            yield [(row[0], row[1], row[2]) for row in found]


@asynccontextmanager
async def _reading(connection: Connection) -> AsyncIterator[None]:
    """A reading transaction for long: it holds back nobody, and is not bound by the limit for one statement."""
    async with connection.transaction(readonly=True):
        await connection.execute(
            "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = '5min'; SET LOCAL work_mem = '64MB'"
        )
        yield


async def delete(connection: Connection, people: Sequence[Who]) -> int:
    """Forget people; gives how many rows went."""
    gone = 0
    for partition, person in people:
        done = await connection.execute("DELETE FROM history WHERE partition = $1 AND person = $2", partition, person)
        gone += _count(done)
    return gone


async def forget_before(connection: Connection, slice: int, workspace: int, border: int, *, chunk: int = 5000) -> int:
    """Retention: drop up to ``chunk`` rows of a slice that happened to a workspace's people before ``border``; gives how many.

    Call it until it gives 0.
    """
    done = await connection.execute(
        f"DELETE FROM history_{int(slice)} WHERE ctid = ANY(ARRAY("
        f"SELECT h.ctid FROM history_{int(slice)} h WHERE h.time < $1 AND (EXISTS "
        "(SELECT FROM people p WHERE p.partition = h.partition AND p.id = h.person AND p.workspace = $3) OR EXISTS "
        "(SELECT FROM links l WHERE l.partition = h.partition AND l.person = h.person AND l.workspace = $3)) LIMIT $2))",
        border,
        chunk,
        workspace,
    )
    return _count(done)


def _count(done: str) -> int:
    """The number in a command's tag, as in ``DELETE 3``."""
    return int(done.rpartition(" ")[2])


_TIMES = """
SELECT a.n, h.time, h.id, h.body
FROM unnest($1::integer[], $2::smallint[], $3::bytea[], $4::smallint[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[],
            $9::integer[], $10::bigint[]) AS a(n, partition, person, kind, name, after, until, before, newest, applied)
CROSS JOIN LATERAL (
    SELECT h.time, h.id, h.body FROM history h
    WHERE h.partition = a.partition AND h.person = a.person AND h.kind = a.kind AND h.name = a.name
      AND h.time >= a.after AND h.time < a.until AND h.place < a.before AND h.received > a.applied
    ORDER BY h.time DESC, h.id DESC
    LIMIT a.newest
) h
"""

_NEWEST = """
SELECT person, n, string_agg(said, ''::bytea)
FROM (
    SELECT h.partition, h.person, a.n::integer - 1 AS n, int8send(h.time) || substring(h.id FOR 8) AS said, a.keep,
           row_number() OVER (PARTITION BY h.partition, h.person, a.n ORDER BY h.time DESC, h.id DESC) AS back
    FROM history_{slice} h
    JOIN unnest($1::smallint[], $2::text[], $3::bigint[], $4::integer[]) WITH ORDINALITY AS a(kind, name, since, keep, n)
      ON h.kind = a.kind AND h.name = a.name AND h.time >= a.since
    JOIN unnest($5::smallint[], $6::bytea[]) AS p(partition, after) ON h.partition = p.partition AND h.person > p.after
    WHERE h.kind = ANY($1) AND h.name = ANY($2) AND h.time >= $7
) counted
WHERE back <= keep
GROUP BY partition, person, n
ORDER BY partition, person, n
"""

_SPOT: Final = ("h.time", "h.received", "h.place", "coalesce(h.seq, -1)", "h.id")
_TIMELINE: Final = f"""
SELECT {", ".join(f"h.{name}" for name in COLUMNS)}, h.context, coalesce(h.seq, -1)
FROM unnest($1::smallint[], $2::bytea[]) AS w(partition, person)
CROSS JOIN LATERAL (
    SELECT * FROM history h
    WHERE h.partition = w.partition AND h.person = w.person
      AND ({", ".join(_SPOT)}) {{behind}} ($3::bigint, $4::bigint, $5::bigint, $6::bigint, $7::bytea)
      AND (($8::smallint[] IS NULL AND h.kind NOT IN {BESIDE}) OR h.kind = ANY($8)) AND ($10::text IS NULL OR h.name = $10)
    ORDER BY {{order}}
    LIMIT $9
) h
ORDER BY {{order}}
LIMIT $9
"""
_OLDEST_FIRST: Final = _TIMELINE.format(behind=">", order=", ".join(_SPOT))
_NEWEST_FIRST: Final = _TIMELINE.format(behind="<", order=", ".join(f"{each} DESC" for each in _SPOT))
