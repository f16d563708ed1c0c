"""The mailbox: a provider for every channel that keeps messages where people can look at them, and sends nothing.

It stands in the database, so that whichever process delivers, the web app and the tests read the same one.
"""

import email.policy
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from email.parser import BytesHeaderParser
from typing import Annotated, Any, Final

import asyncpg
import msgspec
from msgspec import Meta, Struct

from tidings.channels.provider import Accepted, Failed, Means, Outcome, Outgoing, Provider, Retry, Sender, Unknown
from tidings.database.pool import AWAY, Connection, Pool
from tidings.kernel.storable import storable, storable_data


class Summary(Struct, frozen=True):
    """A line of the list. ``at`` in microseconds; ``excerpt``: the beginning of the text."""

    id: int
    at: int
    channel: str
    delivery: str
    recipient: str
    subject: str
    excerpt: str


class Page(Struct, frozen=True):
    """Newest first. ``cursor``: what to ask with for older ones; None: there are none."""

    messages: list[Summary]
    cursor: int | None


class Kept(Struct, frozen=True):
    """A whole message. ``headers``: in their order, as a reader sees them; ``raw``: the finished bytes, where there are some."""

    id: int
    at: int
    channel: str
    delivery: str
    recipient: str
    subject: str
    text: str
    html: str
    fields: dict[str, Any]
    headers: list[tuple[str, str]]
    raw: bytes


async def keep(connection: Pool | Connection, outgoings: Sequence[Outgoing]) -> list[int]:
    """Keep messages, one for each recipient; gives the new ids, in order."""
    rows = [
        (
            outgoing.workspace,
            outgoing.channel,
            outgoing.delivery,
            storable(recipient.address),
            storable(outgoing.subject),
            storable(outgoing.text),
            storable(outgoing.html),
            _json(outgoing.fields),
            _json(outgoing.headers),
            outgoing.message,
        )
        for outgoing in outgoings
        for recipient in outgoing.recipients
    ]
    found = await connection.fetch(_KEEP, *map(list, zip(*rows, strict=True))) if rows else []
    return [row["id"] for row in found]


_KEEP: Final = """
INSERT INTO mailbox (workspace, channel, delivery, recipient, subject, text, html, fields, headers, raw)
SELECT * FROM unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::jsonb[],
    $9::jsonb[], $10::bytea[])
RETURNING id
"""


async def search(
    connection: Pool | Connection,
    workspace: int | None,
    query: str = "",
    *,
    channel: str = "",
    cursor: int | None = None,
    limit: int = 50,
) -> Page:
    """Give the messages in which each word of the query stands, in recipient, subject or text (tracked links left out, in whose
    codes any short word may stand). ``workspace`` None: of all."""
    words = [f"%{_escaped(word)}%" for word in storable(query).split()[:20]]
    rows = await connection.fetch(_SEARCH, workspace, words, channel, cursor, limit + 1)
    messages = [msgspec.convert(dict(row), Summary) for row in rows[:limit]]
    return Page(messages, messages[-1].id if len(rows) > limit else None)


_SEARCH: Final = r"""
SELECT id, at, channel, delivery, recipient, subject, left(text, 200) AS excerpt
FROM mailbox
WHERE ($1::smallint IS NULL OR workspace = $1)
    AND NOT EXISTS (
        SELECT FROM unnest($2::text[]) AS word
        WHERE NOT (recipient ILIKE word OR subject ILIKE word OR regexp_replace(text, '/t/[a-z]/\S+', '', 'g') ILIKE word)
    )
    AND ($3 = '' OR channel = $3)
    AND ($4::bigint IS NULL OR id < $4)
ORDER BY id DESC
LIMIT $5
"""


async def read(connection: Pool | Connection, workspace: int | None, id: int) -> Kept | None:
    """Give one message, or None. ``workspace`` None: whosesoever it is."""
    row = await connection.fetchrow(
        "SELECT * FROM mailbox WHERE id = $2 AND ($1::smallint IS NULL OR workspace = $1)", workspace, id
    )
    if row is None:
        return None
    raw, own = bytes(row["raw"]), msgspec.json.decode(row["headers"])
    return Kept(
        row["id"],
        row["at"],
        row["channel"],
        row["delivery"],
        row["recipient"],
        row["subject"],
        row["text"],
        row["html"],
        msgspec.json.decode(row["fields"]),
        list(own.items()) or (read_headers(raw) if raw else []),
        raw,
    )


async def delete(connection: Pool | Connection, deliveries: Sequence[str]) -> None:
    """Take away what was kept of deliveries, by their public ids."""
    await connection.execute("DELETE FROM mailbox WHERE delivery = ANY($1::text[])", list(deliveries))


async def clear(connection: Pool | Connection, workspace: int, *, newest: int = 0) -> int:
    """Remove a workspace's messages but the ``newest``; gives how many went."""
    done = await connection.execute(
        "DELETE FROM mailbox WHERE workspace = $1 AND id <= coalesce("
        "(SELECT id FROM mailbox WHERE workspace = $1 ORDER BY id DESC OFFSET $2 LIMIT 1), 0)",
        workspace,
        newest,
    )
    return int(done.rpartition(" ")[2])


class MailboxSettings(Struct, frozen=True):
    """``newest``: how many messages a workspace's mailbox holds; older ones go."""

    newest: Annotated[int, Meta(ge=1, le=1_000_000)] = 10_000


class Mailbox(Provider[MailboxSettings]):
    """Keeps instead of sending."""

    name = "mailbox"
    title = "Mailbox (for development)"
    Settings = MailboxSettings

    @asynccontextmanager
    async def open(self, settings: MailboxSettings, means: Means) -> AsyncIterator[Sender]:
        if means.pool is None:
            raise ValueError("the mailbox needs the database's pool")
        yield Keeper(means.pool, settings.newest)


class Keeper(Sender):
    at_once = 100

    def __init__(self, pool: Pool, newest: int) -> None:
        self._pool = pool
        self._newest = newest

    async def send(self, outgoing: Outgoing) -> Outcome:
        return (await self.send_many([outgoing]))[0]

    async def send_many(self, outgoings: Sequence[Outgoing]) -> list[Outcome]:
        try:
            connection = await self._pool.acquire(timeout=30)
        except AWAY as error:
            return [Retry(f"no connection to the database: {type(error).__name__}")] * len(outgoings)
        try:
            ids = await keep(connection, outgoings)
            if ids and ids[-1] // _TRIM != (ids[0] - 1) // _TRIM:
                for workspace in {outgoing.workspace for outgoing in outgoings}:
                    await clear(connection, workspace, newest=self._newest)
        except asyncpg.DataError as error:
            return [Failed(f"it cannot be kept: {error}")] * len(outgoings)
        except AWAY as error:
            return [Unknown(f"the database did not answer: {type(error).__name__}")] * len(outgoings)
        finally:
            await self._pool.release(connection)
        outcomes: list[Outcome] = []
        for outgoing in outgoings:
            outcomes.append(Accepted(str(ids[0])))
            ids = ids[len(outgoing.recipients) :]
        return outcomes


_TRIM: Final = 500
"""Look for what is too old each time the ids pass a multiple of this."""


def read_headers(raw: bytes) -> list[tuple[str, str]]:
    """Give a mail's headers, in their order, as a reader sees them."""
    parsed = BytesHeaderParser(policy=email.policy.default).parsebytes(raw)
    return [(name, str(value)) for name, value in parsed.items()]


def _json(value: object) -> str:
    return msgspec.json.encode(storable_data(value)).decode()


def _escaped(word: str) -> str:
    return word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
