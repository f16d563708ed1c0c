"""Copies: each message as it was handed over, kept beside its delivery.

A copy is written in the commit that claims the delivery, before its provider is called: whatever becomes of that call, there it stands what
the reader got, or may have got. Another attempt replaces it. It holds what a message is made of and not the finished bytes, which follow
from it. What all messages of a template have in common stands once, as a *stem*: the template's compiled source, with nobody's values in
it. Copies are compressed with the stem as the dictionary, which leaves little more than what is the person's own.
"""

import zlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from tidings.channels.mailbox import read_headers
from tidings.channels.provider import Outgoing
from tidings.content import mime
from tidings.content.message import Message as Compiled
from tidings.database.pool import Connection
from tidings.delivery.delivery import Delivery
from tidings.kernel.ids import digest
from tidings.kernel.storable import storable_data

_HEAD: Final = b"\x01"
_WINDOW: Final = 32 << 10
"""As far back as a dictionary reaches."""
_LEVEL: Final = 3
"""Beyond it a copy takes half as long again to make, and is hardly smaller."""
_OWN: Final = b"\r\nMIME-Version: 1.0\r\n"
"""Where a mail's own headers end."""
HIDDEN: Final = "••••••"
"""What stands for a value that is not kept."""
_SECRET: Final = ("auth", "token", "secret", "key", "password", "cookie", "signature")


_TWICE: Final = (("title", "url"), ("headers", "subject", "from", "reply_to"))
"""Fields that stand elsewhere in a copy: of what is no mail, of a mail."""


class Stem(Struct, frozen=True):
    """What all messages of a compiled template have in common. ``id``: a hash of it."""

    id: bytes
    body: bytes


class Copy(Struct, frozen=True):
    """A message as it was handed over. ``at``: when it was made, in microseconds.

    ``head``: the lines of a mail's own headers, as they were sent; ``headers``: of other requests, those that may hold a secret hidden.
    ``mail_from`` and ``rcpt_to``: a mail's envelope. ``fields``: the channel's own.
    """

    at: int
    to: tuple[str, ...]
    subject: str
    text: str
    html: str
    fields: dict[str, Any] = {}
    headers: dict[str, str] = {}
    head: bytes = b""
    mail_from: str = ""
    rcpt_to: tuple[str, ...] = ()

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Headers as a reader sees them, in their order."""
        return read_headers(self.head + b"\r\n") if self.head else list(self.headers.items())

    @property
    def source(self) -> bytes:
        """A mail's bytes as its server got them; empty for what is no mail."""
        return self.head + mime.build((), self.text, self.html or None) if self.head else b""


class _Stored(Struct, frozen=True, array_like=True):
    """How a copy is stored, behind a format byte and compressed; fields are only appended. Texts are bytes of UTF-8, as they were sent."""

    to: tuple[str, ...]
    subject: bytes
    text: bytes
    html: bytes
    fields: dict[str, Any]
    headers: dict[str, str]
    head: bytes
    mail_from: str
    rcpt_to: tuple[str, ...]


class Row(Struct, frozen=True):
    """A row to write. ``stem``: the id of the one it is compressed with; None: it stands for itself."""

    delivery: Delivery
    stem: bytes | None
    body: bytes


def stem_of(compiled: Compiled) -> Stem:
    """Give a template's stem."""
    source = (compiled.html.source if compiled.html else "") + compiled.text.source + compiled.subject.source
    body = source.encode("utf-8", "replace")[-_WINDOW:]
    return Stem(digest("stem", body), body)


def row(delivery: Delivery, outgoing: Outgoing, stem: Stem | None) -> Row:
    """Make the row of a message. ``stem``: one that is stored already."""
    kept = _Stored(
        to=tuple(dict.fromkeys(recipient.address for recipient in outgoing.recipients if recipient.address)),
        subject=outgoing.subject.encode("utf-8", "replace"),
        text=outgoing.text.encode("utf-8", "replace"),
        html=outgoing.html.encode("utf-8", "replace"),
        fields={
            name: value
            for name, value in outgoing.fields.items()
            if name not in _TWICE[bool(outgoing.mail_from)] and value
        },
        headers={name: HIDDEN if _is_secret(name) else value for name, value in outgoing.headers.items()},
        head=outgoing.message.partition(_OWN)[0] + b"\r\n" if outgoing.mail_from else b"",
        mail_from=outgoing.mail_from,
        rcpt_to=outgoing.rcpt_to,
    )
    try:
        data = msgspec.msgpack.encode(kept)
    except UnicodeEncodeError:
        data = msgspec.msgpack.encode(msgspec.convert(storable_data(msgspec.to_builtins(kept)), _Stored))
    packer = (
        zlib.compressobj(_LEVEL, wbits=-15, zdict=stem.body)
        if stem and stem.body
        else zlib.compressobj(_LEVEL, wbits=-15)
    )
    return Row(delivery, stem.id if stem and stem.body else None, _HEAD + packer.compress(data) + packer.flush())


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRET)


async def keep(connection: Connection, rows: Sequence[Row], now: int) -> None:
    """Write copies, in the transaction that claims their deliveries."""
    await connection.execute(
        "INSERT INTO copies (partition, id, workspace, at, stem, body) "
        "SELECT p, i, w, $4, s, b FROM unnest($1::smallint[], $2::bytea[], $3::smallint[], $5::bytea[], $6::bytea[]) AS k(p, i, w, s, b) "
        "ON CONFLICT (partition, id) DO UPDATE SET at = excluded.at, stem = excluded.stem, body = excluded.body",
        [row.delivery.partition for row in rows],
        [row.delivery.id for row in rows],
        [row.delivery.workspace for row in rows],
        now,
        [row.stem for row in rows],
        [row.body for row in rows],
    )


async def keep_stem(connection: Connection, workspace: int, stem: Stem) -> None:
    """Write a stem; commit it before a row names it."""
    await connection.execute(
        "INSERT INTO copy_stems (workspace, id, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        workspace,
        stem.id,
        stem.body,
    )


async def read(connection: Connection, delivery: Delivery) -> Copy | None:
    """Read what was handed over of a delivery; None where nothing was yet, or it is not kept."""
    if not delivery.attempts and delivery.state != "shadow":
        return None
    found = await connection.fetchrow(
        "SELECT c.at, c.body, s.body AS stem FROM copies c LEFT JOIN copy_stems s ON s.workspace = c.workspace AND s.id = c.stem "
        "WHERE c.partition = $1 AND c.id = $2",
        delivery.partition,
        delivery.id,
    )
    return _unpacked(found["at"], found["body"], found["stem"] or b"") if found else None


def _unpacked(at: int, body: bytes, stem: bytes) -> Copy:
    if body[:1] != _HEAD:
        raise ValueError(f"copy format {body[:1]!r} is not known to this version")
    packer = zlib.decompressobj(wbits=-15, zdict=stem) if stem else zlib.decompressobj(wbits=-15)
    kept = msgspec.msgpack.decode(packer.decompress(body[1:]), type=_Stored)
    return Copy(
        at=at,
        to=kept.to,
        subject=kept.subject.decode(),
        text=kept.text.decode(),
        html=kept.html.decode(),
        fields=kept.fields,
        headers=kept.headers,
        head=kept.head,
        mail_from=kept.mail_from,
        rcpt_to=kept.rcpt_to,
    )


async def forget(connection: Connection, deliveries: Sequence[tuple[int, bytes]]) -> None:
    """Forget the copies of deliveries, by (partition, id)."""
    await connection.execute(
        "DELETE FROM copies c USING unnest($1::smallint[], $2::bytea[]) AS gone(p, i) WHERE c.partition = gone.p AND c.id = gone.i",
        [partition for partition, _ in deliveries],
        [id for _, id in deliveries],
    )


async def forget_before(
    connection: Connection, partitions: range, workspace: int, border: int, *, chunk: int = 5000
) -> int:
    """Retention: forget up to ``chunk`` copies of a workspace that were made before ``border``; gives how many. Deliveries stay."""
    done = await connection.execute(
        "DELETE FROM copies WHERE ctid = ANY(ARRAY(SELECT c.ctid FROM copies c WHERE c.workspace = $1 AND c.at < $2 "
        "AND c.partition >= $3 AND c.partition < $4 ORDER BY c.at LIMIT $5))",
        workspace,
        border,
        partitions.start,
        partitions.stop,
        chunk,
    )
    return int(done.rpartition(" ")[2])
