"""The catalog: every event and attribute seen, with types, counts, when first and last, and a few examples."""

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, Literal, NamedTuple

import msgspec

from tidings.database.pool import Connection
from tidings.kernel.storable import storable
from tidings.kernel.times import DAY

TEXT, NUMBER, TRUTH, LIST, OBJECT, NOTHING = 1, 2, 4, 8, 16, 32
NAMES: Final = {TEXT: "text", NUMBER: "number", TRUTH: "true or false", LIST: "list", OBJECT: "object", NOTHING: "null"}
"""Types are bits, since one attribute may have had several."""
EXAMPLES: Final = 32
"""Of each attribute, at most, by one worker."""
PROPERTIES: Final = 100
"""Attributes of one event looked at; more are not told apart."""
_LONGEST: Final = 80
_WHOLE: Final = 1000
"""Characters of a list or an object that is kept whole, to be read."""
_DEEP: Final = 3
_WORD: Final = re.compile(r"[^\W\d]\w*")
_BIT: Final[dict[type, int]] = {
    str: TEXT,
    int: NUMBER,
    float: NUMBER,
    bool: TRUTH,
    list: LIST,
    dict: OBJECT,
    type(None): NOTHING,
}
Key = tuple[int, str, str, str]
_Shape = tuple[int, str, str, tuple[str, ...], tuple[type, ...]]


class Seen(NamedTuple):
    """One line of the catalog. ``kind``: track, page, screen, message, person, or a group's type. ``property`` "": the event itself."""

    kind: str
    name: str
    property: str
    types: list[str]
    times: int
    first: int
    last: int
    example: str


class Tally:
    """What a worker has seen since it last wrote. Events of one shape (name, and names and types of properties) are counted together, and
    taken apart only when they are written."""

    def __init__(self) -> None:
        self._shapes: dict[_Shape, list[Any]] = {}

    def __len__(self) -> int:
        return len(self._shapes)

    def see(self, workspace: int, kind: str, name: str, values: Mapping[str, Any], now: int, whose: bytes) -> None:
        """Count one event with its properties, or with ``name`` "" one set of attributes. ``whose``: the person they are of, or b""."""
        shape = (workspace, kind, name, tuple(values), tuple(map(type, values.values())))
        seen = self._shapes.get(shape)
        if seen is None:
            self._shapes[shape] = [1, now, now, list(islice(values.values(), PROPERTIES)), whose]
        else:
            seen[0] += 1
            seen[2] = now

    def _lines(self) -> dict[Key, list[Any]]:
        """Give for each event and property: types, times, first, last, an example, and of whom it is (None: there is none)."""
        lines: dict[Key, list[Any]] = {}
        for (workspace, kind, name, properties, types), (times, first, last, values, whose) in self._shapes.items():
            told = [
                (property, _BIT.get(type, 0), value)
                for property, type, value in zip(properties, types, values, strict=False)
            ]
            if name:
                told.append(("", 0, None))
            for property, bit, value in told:
                own = None if value is None else whose  # a null is no example
                line = lines.setdefault(
                    (workspace, kind, storable(name), storable(property)), [0, 0, first, last, value, own]
                )
                if line[5] is None:
                    line[4:] = value, own
                line[0] |= bit
                line[1] += times
                line[2] = min(line[2], first)
                line[3] = max(line[3], last)
        return lines

    async def write(self, connection: Connection, buckets: Sequence[int]) -> None:
        """Add it to the catalog. ``buckets``: partitions only this worker holds. Clear it after the commit.

        A row keeps one example, and each value goes to the row of its own bucket: so those that come again stand beside each other.
        """
        items = sorted(self._lines().items())
        await self._write_days(connection, buckets[0], items)
        examples = [_example(line[4]) if key[3] and line[5] is not None else "" for key, line in items]
        await connection.execute(
            """
            INSERT INTO catalog AS c (bucket, workspace, kind, name, property, types, count, first, last, example, whose)
            SELECT s.bucket, s.workspace, s.kind, s.name, s.property, s.types, s.count, s.first, s.last,
                   CASE WHEN w.sensitive THEN '' ELSE s.example END, s.whose
            FROM unnest($1::smallint[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::bigint[], $8::bigint[],
                        $9::bigint[], $10::text[], $11::bytea[])
                 AS s (bucket, workspace, kind, name, property, types, count, first, last, example, whose)
            LEFT JOIN catalog_words w ON w.workspace = s.workspace AND w.kind = s.kind AND w.name = s.name AND w.property = s.property
            ON CONFLICT (bucket, workspace, kind, name, property) DO UPDATE SET types = c.types | excluded.types,
                count = c.count + excluded.count, first = least(c.first, excluded.first), last = greatest(c.last, excluded.last),
                example = CASE WHEN excluded.whose IS NULL THEN c.example ELSE excluded.example END,
                whose = coalesce(excluded.whose, c.whose)
            """,
            [buckets[(zlib.crc32(each.encode()) >> 8) % len(buckets) if each else 0] for each in examples],
            [key[0] for key, _ in items],
            [key[1] for key, _ in items],
            [key[2] for key, _ in items],
            [key[3] for key, _ in items],
            [line[0] for _, line in items],
            [line[1] for _, line in items],
            [line[2] for _, line in items],
            [line[3] for _, line in items],
            examples,
            [line[5] for _, line in items],
        )

    async def _write_days(self, connection: Connection, bucket: int, items: list[tuple[Key, list[Any]]]) -> None:
        """Count events on the day they were last seen: a tally is written every few seconds at the latest."""
        days = [(*key[:3], line[3] // DAY, line[1]) for key, line in items if not key[3]]
        if days:
            await connection.execute(
                "INSERT INTO catalog_days AS c (bucket, workspace, kind, name, day, count) "
                "SELECT $1, * FROM unnest($2::smallint[], $3::text[], $4::text[], $5::integer[], $6::bigint[]) "
                "ON CONFLICT (bucket, workspace, kind, name, day) DO UPDATE SET count = c.count + excluded.count",
                bucket,
                *map(list, zip(*days, strict=True)),
            )

    def forget(self, workspace: int) -> None:
        """Drop the examples of a workspace that were not written yet: one may be of somebody who was deleted."""
        for shape, seen in self._shapes.items():
            if shape[0] == workspace:
                seen[3:] = [None] * len(seen[3]), None

    def clear(self) -> None:
        """Begin anew."""
        self._shapes.clear()


def _example(value: Any) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return shortened(storable(text), _WHOLE if isinstance(value, dict | list) else _LONGEST)


def shortened(example: str, most: int = _LONGEST) -> str:
    """Cut an example to what is shown of it."""
    return example if len(example) <= most else example[: most - 1] + "…"


What = Literal["", "events", "attributes"]
_WHAT: Final[Mapping[What, str]] = {
    "": "",
    "events": "AND property = '' AND kind IN ('track', 'page', 'screen') ",
    "attributes": "AND property <> '' AND kind NOT IN ('track', 'page', 'screen', 'message') ",
}


async def read(
    connection: Connection, workspace: int, what: What = "", of: tuple[str, str] | None = None
) -> list[Seen]:
    """Read the catalog of a workspace, by kind and name: the whole, only the events without their properties, or only the attributes of
    people and groups. ``of``: only that event (kind, name) with its properties."""
    rows = await connection.fetch(
        "SELECT kind, name, property, bit_or(types), sum(count)::bigint, min(first), max(last), max(example) FROM catalog "
        f"WHERE workspace = $1 {_WHAT[what]}AND ($2::text IS NULL OR kind = $2 AND name = $3) "
        "GROUP BY kind, name, property ORDER BY kind, name, property",
        workspace,
        *(of or (None, None)),
    )
    return [
        Seen(row[0], row[1], row[2], [name for bit, name in NAMES.items() if row[3] & bit], *tuple(row)[4:])
        for row in rows
    ]


async def forget(connection: Connection, workspace: int, people: Sequence[bytes]) -> None:
    """Drop the examples that are of these people, and those that are older than it is known of whom."""
    await connection.execute(
        "UPDATE catalog SET example = '' WHERE workspace = $1 AND example <> '' AND (whose IS NULL OR whose = ANY($2::bytea[]))",
        workspace,
        list(people),
    )


async def forget_gone(connection: Connection, buckets: Sequence[int]) -> None:
    """Drop the examples of whoever is no more: another worker may have written one down after `forget`, which it had seen before."""
    await connection.execute(
        """
        UPDATE catalog c SET example = '' FROM (
            SELECT DISTINCT whose, CASE WHEN whose <> '' THEN get_byte(whose, 0) END AS home FROM catalog
            WHERE bucket = ANY($1::smallint[]) AND example <> ''
        ) w WHERE c.bucket = ANY($1::smallint[]) AND c.whose = w.whose AND w.home IS NOT NULL
            AND NOT EXISTS (SELECT FROM people p WHERE p.partition = w.home AND p.id = w.whose)
            AND NOT EXISTS (SELECT FROM links l WHERE l.partition = w.home AND l.person = w.whose AND l.ended_at IS NULL)
        """,
        list(buckets),
    )


async def forget_days(connection: Connection, buckets: Sequence[int], before: int) -> None:
    """Forget how often events were seen on days before ``before`` (days since 1970)."""
    await connection.execute(
        "DELETE FROM catalog_days WHERE bucket = ANY($1::smallint[]) AND day < $2", list(buckets), before
    )


async def days(connection: Connection, workspace: int, since: int) -> dict[tuple[str, str], dict[int, int]]:
    """Give how often each event (kind, name) was seen on each day from ``since`` (days since 1970) on."""
    rows = await connection.fetch(
        "SELECT kind, name, day, sum(count)::bigint FROM catalog_days WHERE workspace = $1 AND day >= $2 GROUP BY kind, name, day",
        workspace,
        since,
    )
    found: dict[tuple[str, str], dict[int, int]] = {}
    for kind, name, day, count in rows:
        found.setdefault((kind, name), {})[day] = count
    return found


class Words(NamedTuple):
    """What a team wrote about an event or attribute. ``hidden``: left out where names are offered; ``sensitive``: no example is kept."""

    description: str = ""
    hidden: bool = False
    sensitive: bool = False


NO_WORDS: Final = Words()


async def words(connection: Connection, workspace: int) -> dict[tuple[str, str, str], Words]:
    """Read them by (kind, name, property)."""
    rows = await connection.fetch(
        "SELECT kind, name, property, description, hidden, sensitive FROM catalog_words WHERE workspace = $1", workspace
    )
    return {tuple(row)[:3]: Words(*tuple(row)[3:]) for row in rows}


def veiled(
    said: Mapping[str, Any], kind: str, name: str, words: Mapping[tuple[str, str, str], Words]
) -> dict[str, Any]:
    """Give properties or attributes as they may be looked at: in place of what is sensitive stands the word."""
    return {
        key: "sensitive" if (own := words.get((kind, name, key))) is not None and own.sensitive else value
        for key, value in said.items()
    }


async def write_words(connection: Connection, workspace: int, key: tuple[str, str, str], words: Words) -> None:
    """Write them down; where it is sensitive now, forget the examples there are."""
    await connection.execute(
        "INSERT INTO catalog_words (workspace, kind, name, property, description, hidden, sensitive) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (workspace, kind, name, property) DO UPDATE "
        "SET description = excluded.description, hidden = excluded.hidden, sensitive = excluded.sensitive",
        workspace,
        *key,
        *words,
    )
    if words.sensitive:
        await connection.execute(
            "UPDATE catalog SET example = '' WHERE workspace = $1 AND kind = $2 AND name = $3 AND property = $4",
            workspace,
            *key,
        )


class Spoken(NamedTuple):
    """A line of the catalog for who writes rules: as `Seen`, with several examples."""

    kind: str
    name: str
    property: str
    types: list[str]
    times: int
    examples: list[str]


async def spoken(connection: Connection, workspace: int, examples: int) -> list[Spoken]:
    """Read the catalog of a workspace, but for what is hidden, with so many examples of each at most."""
    rows = await connection.fetch(
        "SELECT kind, name, property, bit_or(types), sum(count)::bigint, "
        "(array_agg(DISTINCT example) FILTER (WHERE example <> ''))[1:$2] FROM catalog c WHERE workspace = $1 "
        "AND NOT EXISTS (SELECT FROM catalog_words w WHERE w.workspace = c.workspace AND w.kind = c.kind AND w.name = c.name "
        "AND w.property IN (c.property, '') AND w.hidden) GROUP BY kind, name, property",
        workspace,
        examples,
    )
    return [
        Spoken(row[0], row[1], row[2], [name for bit, name in NAMES.items() if row[3] & bit], row[4], row[5] or [])
        for row in rows
    ]


def within(types: Sequence[str], example: str, deep: int = _DEEP) -> Iterator[tuple[str, list[str], str]]:
    """Give (path, types, example) of what an object has in it, as far as its example tells: ``city`` and ``geo.lat`` of an address."""
    found = _read(example) if "object" in types else None
    for name, value in found.items() if isinstance(found, dict) else ():
        if not _WORD.fullmatch(name):
            continue
        bit, text = _BIT.get(type(value), NOTHING), _example(value)
        yield name, [NAMES[bit]], text
        if deep > 1:
            for path, inner, shown in within([NAMES[bit]], text, deep - 1):
                yield f"{name}.{path}", inner, shown


def _read(example: str) -> Any:
    try:
        return msgspec.json.decode(example)
    except msgspec.DecodeError:
        return None


def example(line: Seen) -> Any:
    """Give the example of an attribute as it was sent, as far as its text tells."""
    if "object" in line.types or "list" in line.types:
        found = _read(line.example)
        if isinstance(found, dict | list):
            return found
    if "number" in line.types:
        try:
            number = float(line.example)
        except ValueError:
            return line.example
        return int(number) if number.is_integer() else number
    if "true or false" in line.types and line.example in ("true", "false"):
        return line.example == "true"
    return line.example
