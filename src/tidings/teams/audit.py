"""The audit log: written on the connection, and so in the transaction, of the change it tells of."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from tidings.database.pool import Connection
from tidings.kernel.times import Instant


class Actor(NamedTuple):
    """Who changes something: an account (by email), or a key (by name; ``account`` None)."""

    account: int | None
    name: str


class Noted(NamedTuple):
    """One entry. ``what``: a verb in the past. ``kind`` and ``name``: of what.
    ``before``, ``after``: None where there was, or is, nothing."""

    id: int
    at: Instant
    actor: str
    what: str
    kind: str
    name: str
    before: Any
    after: Any


async def note(
    connection: Connection,
    workspace: int | None,
    actor: Actor,
    what: str,
    kind: str,
    name: str,
    *,
    before: Any = None,
    after: Any = None,
) -> None:
    """Write an entry. Never pass a secret: whoever may read the log sees both sides."""
    await connection.execute(
        "INSERT INTO audit (workspace, at, account, actor, what, kind, name, before, after) VALUES "
        "($1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, $2, $3, $4, $5, $6, $7, $8)",
        workspace,
        actor.account,
        actor.name,
        what,
        kind,
        name,
        _json(before),
        _json(after),
    )


async def note_account(
    connection: Connection,
    account: int,
    actor: Actor,
    what: str,
    kind: str,
    name: str,
    *,
    before: Any = None,
    after: Any = None,
) -> None:
    """Write an entry about an account itself, into the log of each workspace that it is a member of: who looks after one sees it there."""
    rows = await connection.fetch("SELECT workspace FROM team_members WHERE account = $1 ORDER BY workspace", account)
    for workspace in [row[0] for row in rows] or [None]:
        await note(connection, workspace, actor, what, kind, name, before=before, after=after)


async def forget(connection: Connection, workspace: int, people: Sequence[str]) -> None:
    """Forget what was changed about people, by their own ids; that it was, when and by whom stays."""
    await connection.execute(
        "UPDATE audit SET before = NULL, after = NULL WHERE workspace = $1 AND kind = 'person' AND name = ANY ($2::text[])",
        workspace,
        list(people),
    )


class Wanted(NamedTuple):
    """What of the log is asked for; "" and None: whatever. ``q``: a part of the actor or the name, or something named in ``called``: its
    kind, a space, its id. ``since`` (inclusive) and ``until`` (exclusive): between which it was written, in microseconds."""

    q: str = ""
    kind: str = ""
    what: str = ""
    actor: str = ""
    since: Instant | None = None
    until: Instant | None = None
    called: Sequence[str] = ()


async def newest(
    connection: Connection,
    workspace: int,
    wanted: Wanted,
    *,
    before: int | None = None,
    limit: int = 50,
    oldest: bool = False,
) -> list[Noted]:
    """Read a page, the newest first, or with ``oldest`` the other way round. ``before``: the last id of the page before."""
    rows = await connection.fetch(
        "SELECT id, at, actor, what, kind, name, before, after FROM audit WHERE workspace = $1 "
        f"AND ($2::bigint IS NULL OR id {'>' if oldest else '<'} $2) AND ($4 = '' OR kind = $4) "
        "AND ($5 = '' OR strpos(lower(actor || ' ' || name), lower($5)) > 0 "
        "OR replace(kind, 'draft of ', '') || ' ' || name = ANY ($10::text[])) AND ($6 = '' OR what = $6) "
        "AND ($7 = '' OR actor = $7) AND ($8::bigint IS NULL OR at >= $8) AND ($9::bigint IS NULL OR at < $9) "
        f"ORDER BY id {'' if oldest else 'DESC'} LIMIT $3",
        workspace,
        before,
        limit,
        wanted.kind,
        wanted.q,
        wanted.what,
        wanted.actor,
        wanted.since,
        wanted.until,
        list(wanted.called),
    )
    return [Noted(*row[:6], *map(_read, row[6:])) for row in rows]


async def words(connection: Connection, workspace: int) -> tuple[list[str], list[str], list[str]]:
    """Give who did something, what was done, and to what kinds of things: what the log can be narrowed to."""
    rows = await connection.fetch("SELECT DISTINCT actor, what, kind FROM audit WHERE workspace = $1", workspace)
    actors, whats, kinds = (sorted({row[n] for row in rows}) for n in range(3))
    return actors, whats, kinds


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def _read(text: str | None) -> Any:
    return None if text is None else msgspec.json.decode(text)
