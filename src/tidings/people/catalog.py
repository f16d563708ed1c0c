"""The catalog: every event and attribute seen, with types, counts, when first and last, and an example."""

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec

from tidings.database.pool import Connection

TEXT, NUMBER, TRUTH, LIST, OBJECT, NOTHING = 1, 2, 4, 8, 16, 32
NAMES: Final = {TEXT: "text", NUMBER: "number", TRUTH: "true or false", LIST: "list", OBJECT: "object", NOTHING: "null"}
"""Types are bits, since one attribute may have had several."""
PROPERTIES: Final = 100
"""Attributes of one event looked at; more are not told apart."""
_LONGEST: Final = 80
_FORGOTTEN: Final = object()
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

    def see(self, workspace: int, kind: str, name: str, values: Mapping[str, Any], now: int) -> None:
        """Count one event with its properties, or with ``name`` "" one set of attributes."""
        shape = (workspace, kind, name, tuple(values), tuple(map(type, values.values())))
        seen = self._shapes.get(shape)
        if seen is None:
            self._shapes[shape] = [1, now, now, list(islice(values.values(), PROPERTIES))]
        else:
            seen[0] += 1
            seen[2] = now

    def _lines(self) -> dict[Key, list[Any]]:
        """Give for each event and property: types, times, first, last, an example."""
        lines: dict[Key, list[Any]] = {}
        for (workspace, kind, name, properties, types), (times, first, last, values) in self._shapes.items():
            told = [
                (property, _BIT.get(type, 0), value)
                for property, type, value in zip(properties, types, values, strict=False)
            ]
            if name:
                told.append(("", 0, None))
            for property, bit, value in told:
                line = lines.setdefault((workspace, kind, name, property), [0, 0, first, last, value])
                line[0] |= bit
                line[1] += times
                line[2] = min(line[2], first)
                line[3] = max(line[3], last)
        return lines

    async def write(self, connection: Connection, bucket: int) -> None:
        """Add it to the catalog. ``bucket``: a partition only this worker holds. Clear it after the commit."""
        items = sorted(self._lines().items())
        await connection.execute(
            """
            INSERT INTO catalog AS c (bucket, workspace, kind, name, property, types, count, first, last, example)
            SELECT $1, * FROM unnest($2::smallint[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::bigint[], $8::bigint[],
                                     $9::bigint[], $10::text[])
            ON CONFLICT (bucket, workspace, kind, name, property) DO UPDATE SET types = c.types | excluded.types,
                count = c.count + excluded.count, first = least(c.first, excluded.first), last = greatest(c.last, excluded.last),
                example = excluded.example
            """,
            bucket,
            [key[0] for key, _ in items],
            [key[1] for key, _ in items],
            [key[2] for key, _ in items],
            [key[3] for key, _ in items],
            [line[0] for _, line in items],
            [line[1] for _, line in items],
            [line[2] for _, line in items],
            [line[3] for _, line in items],
            [_example(line[4]) if key[3] else "" for key, line in items],
        )

    def forget(self, workspace: int) -> None:
        """Drop the examples of a workspace: one may be of somebody who was deleted."""
        for shape, seen in self._shapes.items():
            if shape[0] == workspace:
                seen[3] = [_FORGOTTEN] * len(seen[3])

    def clear(self) -> None:
        """Begin anew."""
        self._shapes.clear()


def _example(value: Any) -> str:
    if value is _FORGOTTEN:
        return ""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


async def read(connection: Connection, workspace: int) -> list[Seen]:
    """Read the whole catalog of a workspace, by kind and name."""
    rows = await connection.fetch(
        "SELECT kind, name, property, bit_or(types), sum(count)::bigint, min(first), max(last), max(example) FROM catalog "
        "WHERE workspace = $1 GROUP BY kind, name, property ORDER BY kind, name, property",
        workspace,
    )
    return [
        Seen(row[0], row[1], row[2], [name for bit, name in NAMES.items() if row[3] & bit], *tuple(row)[4:])
        for row in rows
    ]


class Spoken(NamedTuple):
    """A line of the catalog for who writes rules: as `Seen`, with several examples."""

    kind: str
    name: str
    property: str
    types: list[str]
    times: int
    examples: list[str]


async def spoken(connection: Connection, workspace: int, examples: int) -> list[Spoken]:
    """Read the whole catalog of a workspace with so many examples of each at most."""
    rows = await connection.fetch(
        "SELECT kind, name, property, bit_or(types), sum(count)::bigint, "
        "(array_agg(DISTINCT example) FILTER (WHERE example <> ''))[1:$2] FROM catalog "
        "WHERE workspace = $1 GROUP BY kind, name, property",
        workspace,
        examples,
    )
    return [
        Spoken(row[0], row[1], row[2], [name for bit, name in NAMES.items() if row[3] & bit], row[4], row[5] or [])
        for row in rows
    ]
