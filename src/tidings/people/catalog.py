"""The catalog: every event and attribute seen, with types, counts, when first and last, and an example."""

from collections.abc import Mapping
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
    """What a worker has seen since it last wrote."""

    def __init__(self) -> None:
        self._lines: dict[Key, list[Any]] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def see(self, workspace: int, kind: str, name: str, values: Mapping[str, Any], now: int) -> None:
        """Count one event with its properties, or with ``name`` "" one set of attributes."""
        lines = self._lines
        if name:
            line = lines.get((workspace, kind, name, ""))
            if line is None:
                line = lines[(workspace, kind, name, "")] = [0, 0, now, now, None]
            line[1] += 1
            line[3] = now
        for index, (key, value) in enumerate(values.items()):
            if index == PROPERTIES:
                break
            line = lines.get((workspace, kind, name, key))
            if line is None:
                line = lines[(workspace, kind, name, key)] = [0, 0, now, now, value]
            line[0] |= _BIT.get(type(value), 0)
            line[1] += 1
            line[3] = now

    async def write(self, connection: Connection, bucket: int) -> None:
        """Add it to the catalog. ``bucket``: a partition only this worker holds. Clear it after the commit."""
        items = sorted(self._lines.items())
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
        for key, line in self._lines.items():
            if key[0] == workspace:
                line[4] = _FORGOTTEN

    def clear(self) -> None:
        """Begin anew."""
        self._lines.clear()


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
