"""What a build counted of people it passed over, until something touches them.

A new counter concerns everybody who did what it counts, but moves only a few of them. To write a million documents for the others would be
most of what a new segment costs. So their times stand here, a few dozen bytes each, and go into the document with whatever touches it
next; who is not here did none of it. Written by builds under the lease of the partition, only for documents that are older.

Stored form: a format byte, then MessagePack: counter key -> times, 16 bytes each (microseconds, 8 bytes of the record's id), ascending.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from tidings.database.pool import Connection
from tidings.database.staged import each, stage
from tidings.kernel.ids import home_of
from tidings.people.document import Time

FORMAT: Final = b"\x01"
Row = tuple[int, bytes, int, bytes]
_TIME: Final = struct.Struct(">q8s")
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(dict[bytes, bytes])


def row(person: bytes, number: int, counters: Iterable[tuple[bytes, Sequence[Time]]]) -> Row:
    """Give a row of the table: what was counted for definitions."""
    packed = {key: b"".join(_TIME.pack(time, id) for time, id in times) for key, times in counters}
    return home_of(person), person, number, FORMAT + _encoder.encode(packed)


def times(packed: bytes) -> list[Time]:
    """Read times, 16 bytes each; gives them ascending."""
    return sorted(_TIME.iter_unpack(packed))


async def write(connection: Connection, workspace: int, number: int, rows: Sequence[Row]) -> None:
    """Write rows, in a transaction that holds the partition's lease: of those who are there, and not built for the definitions yet."""
    await stage(connection, "passed", ("partition", "person", "number", "counters"), rows)
    await connection.execute(
        "INSERT INTO passed (partition, person, number, counters) SELECT n.partition, n.person, n.number, n.counters "
        "FROM new_passed n JOIN people p ON p.partition = n.partition AND p.id = n.person "
        "WHERE p.workspace = $1 AND p.built < $2 ON CONFLICT (partition, person, number) DO NOTHING",
        workspace,
        number,
    )


async def of(connection: Connection, people: Iterable[bytes]) -> dict[bytes, dict[bytes, list[Time]]]:
    """Give what stands here of people, by counter; of what was counted twice, the later. Those of whom there is nothing are left out."""
    found: dict[bytes, dict[bytes, list[Time]]] = {}
    for person, counters in await connection.fetch(
        f"SELECT r.person, r.counters FROM {each('$1')} AS asked "
        "JOIN passed r ON r.partition = get_byte(asked.id, 0) % 64 AND r.person = asked.id ORDER BY r.person, r.number",
        b"".join(people),
    ):
        found.setdefault(person, {}).update(_read(counters))
    return found


async def forget(connection: Connection, people: Iterable[bytes]) -> None:
    """Drop what stands here of people: it is in their documents, or they are gone."""
    await connection.execute(
        f"DELETE FROM passed r USING {each('$1')} AS asked "
        "WHERE r.partition = get_byte(asked.id, 0) % 64 AND r.person = asked.id",
        b"".join(people),
    )


def _read(data: bytes) -> Mapping[bytes, list[Time]]:
    if data[:1] != FORMAT:
        raise ValueError(f"format {data[:1]!r} of counted times is not known to this version")
    return {key: times(packed) for key, packed in _decoder.decode(memoryview(data)[1:]).items()}
