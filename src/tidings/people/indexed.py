"""Attributes that a workspace marks as *indexed*: lists of people are sorted and searched by them at any size.

Theory. Beside the documents stands a row for each person and indexed attribute, with the value as bytes that sort as values do.
The worker writes it in the commit that writes the document. Marking one makes the worker read everybody once, in portions, and
add the rows that nobody wrote meanwhile. It begins once every transaction that may not know of the mark is over: it notes its
own number, and waits until all up to it are finished. What it adds is never newer than what a batch writes, so the batch's row
wins in either order.
"""

import re
import struct
from collections.abc import Sequence
from math import isfinite
from typing import Any, Final, NamedTuple

import msgspec

from tidings.database.pool import Connection
from tidings.kernel.ids import home_of
from tidings.people.store import Row

MOST: Final = 10
"""Attributes of one workspace that may be indexed: each costs a row and two entries a person."""
LONGEST: Final = 80
"""Signs of a text that count; texts alike up to there stand in no order."""
NONE: Final = b"\xff"
"""The key of who lacks the attribute, or whose value (a list, an object) has no order."""
_NUMBER, _TEXT, _TRUTH = b"\x01", b"\x02", b"\x03"

_SPELT: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DIGITS: Final = 64
_LARGEST: Final = 1e308


class Indexed(NamedTuple):
    """``state``: marked, building, ready or dropping. ``done`` of ``total`` people are read."""

    name: str
    state: str
    done: int
    total: int


class _Head(msgspec.Struct, array_like=True):
    """The beginning of a person's document, up to the attributes."""

    id: msgspec.Raw
    workspace: int
    partition: int
    created: int
    first: msgspec.Raw
    identifiers: msgspec.Raw
    attributes: dict[str, Any] = {}


_heads: Final = msgspec.msgpack.Decoder(_Head)


def key_of(value: Any) -> bytes:
    """Give the key of a value: numbers and texts that spell one first, then texts without regard to case, then false and true."""
    if isinstance(value, bool):
        return _TRUTH + bytes([value])
    number = value if isinstance(value, int | float) else None
    if isinstance(value, str) and len(value) <= _DIGITS and _SPELT.fullmatch(value.strip()):
        number = float(value)
    if number is not None and abs(number) < _LARGEST and isfinite(number):
        return _NUMBER + _ordered(float(number))
    if isinstance(value, str) and value:
        return _TEXT + value.casefold()[:LONGEST].encode(errors="replace")
    return NONE


def _ordered(number: float) -> bytes:
    bits: int = struct.unpack(">Q", struct.pack(">d", number + 0.0))[0]
    return (bits ^ (0xFFFFFFFFFFFFFFFF if bits >> 63 else 1 << 63)).to_bytes(8)


def span(text: str) -> tuple[bytes, bytes]:
    """Give between which keys (the second excluded) the values stand that a search means: ``pro``, ``pro*`` (texts that begin so) or
    ``10..20`` (from the one to the other, either of which may be missing)."""
    text = text.strip()
    if text.endswith("*"):
        low = _TEXT + text[:-1].strip().casefold()[:LONGEST].encode(errors="replace")
        return low, low + NONE
    first, dots, last = text.partition("..")
    if dots:
        low = key_of(first.strip()) if first.strip() else key_of(last.strip())[:1]
        high = key_of(last.strip()) if last.strip() else low[:1] + NONE
        return low, high + b"\x00"
    low = key_of({"true": True, "false": False}.get(text, text))
    return low, low + b"\x00"


async def listed(connection: Connection, workspace: int) -> list[Indexed]:
    """Read what is indexed, by name."""
    rows = await connection.fetch(
        "SELECT name, state, done, total FROM indexed_attributes WHERE workspace = $1 ORDER BY name, id", workspace
    )
    return [Indexed(*row) for row in rows]


async def ready(connection: Connection, workspace: int, name: str) -> int | None:
    """Give the number of an attribute that can be listed by, or None."""
    found: int | None = await connection.fetchval(
        "SELECT id FROM indexed_attributes WHERE workspace = $1 AND name = $2 AND state = 'ready'", workspace, name
    )
    return found


async def mark(connection: Connection, workspace: int, name: str) -> bool:
    """Let an attribute be indexed from now on; False where the workspace has as many as it may. In a transaction."""
    await connection.execute("SELECT 1 FROM workspaces WHERE id = $1 FOR UPDATE", workspace)
    others = await connection.fetchval(
        "SELECT count(*) FROM indexed_attributes WHERE workspace = $1 AND name <> $2", workspace, name
    )
    if others >= MOST:
        return False
    await connection.execute(
        "INSERT INTO indexed_attributes (workspace, name) VALUES ($1, $2) ON CONFLICT DO NOTHING", workspace, name
    )
    return True


async def drop(connection: Connection, workspace: int, name: str) -> bool:
    """Let it be indexed no more; its rows go in the background. False where it was not."""
    done = await connection.execute(
        "UPDATE indexed_attributes SET state = 'dropping', horizon = NULL WHERE workspace = $1 AND name = $2 AND state <> 'dropping'",
        workspace,
        name,
    )
    return str(done).endswith(" 1")


async def write(connection: Connection, rows: Sequence[Row]) -> None:
    """Write the keys of people whose documents (what `people.store.row` gave) are written in this transaction."""
    asked = await connection.fetch("SELECT workspace, id, name FROM indexed_attributes WHERE state <> 'dropping'")
    if not asked:
        return
    names: dict[int, list[tuple[int, str]]] = {}
    for workspace, id, name in asked:
        names.setdefault(workspace, []).append((id, name))
    concerned = [row for row in rows if row[2] in names]
    await put(connection, [(row[1], keys_of(row[3], names[row[2]])) for row in concerned])


async def put(connection: Connection, people: Sequence[tuple[bytes, Sequence[tuple[int, bytes]]]]) -> None:
    """Write people's keys, in the order of people: (attribute, key) of each. Rows that say so already are left alone."""
    keys = [(home_of(person), person, attribute, key) for person, own in people for attribute, key in own]
    if keys:
        await connection.execute(
            "INSERT INTO attribute_keys (partition, person, attribute, key) "
            "SELECT * FROM unnest($1::smallint[], $2::bytea[], $3::integer[], $4::bytea[]) AS n (partition, person, attribute, key) "
            "WHERE NOT EXISTS (SELECT FROM attribute_keys k WHERE k.partition = n.partition AND k.person = n.person "
            "AND k.attribute = n.attribute AND k.key = n.key) "
            "ON CONFLICT (partition, person, attribute) DO UPDATE SET key = excluded.key",
            *map(list, zip(*keys, strict=True)),
        )


async def remove(connection: Connection, people: Sequence[bytes]) -> None:
    """Take people's keys away."""
    await connection.execute(
        "DELETE FROM attribute_keys k USING unnest($1::smallint[], $2::bytea[]) AS gone(h, i) "
        "WHERE k.partition = gone.h AND k.person = gone.i",
        [home_of(person) for person in people],
        list(people),
    )


def keys_of(doc: bytes, names: Sequence[tuple[int, str]]) -> list[tuple[int, bytes]]:
    """Give (attribute, key) for each of the attributes, from a stored document."""
    attributes = _heads.decode(memoryview(doc)[1:]).attributes
    return [(id, key_of(attributes.get(name))) for id, name in names]
