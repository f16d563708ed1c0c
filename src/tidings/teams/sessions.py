"""Browsers that somebody is signed in with, and tries to sign in: their tables. Times are the database's own, in microseconds."""

import os
from collections.abc import Sequence
from secrets import token_urlsafe
from typing import Any, Final

from tidings.database.pool import Connection
from tidings.teams.account import IDLE, LONGEST, OVERLAP, ROTATED, TRIES, Session, Vouched
from tidings.teams.store import secret_hash

_NOW: Final = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_SESSION: Final = "id, account, csrf, agent, address, made_at, seen_at, rotated_at, issuer, client, domain"


async def open_session(
    connection: Connection, account: int, agent: str, address: str, vouched: Vouched | None = None
) -> tuple[str, Session]:
    """Sign in: gives the cookie's value, which is kept nowhere, and the session. ``vouched``: by whom, where no password was asked for."""
    cookie = token_urlsafe(32)
    row = await connection.fetchrow(
        f"INSERT INTO sessions (id, account, hash, csrf, agent, address, made_at, seen_at, rotated_at, issuer, client, domain) "
        f"VALUES ($1, $2, $3, $4, $5, $6, {_NOW}, {_NOW}, {_NOW}, $7, $8, $9) RETURNING {_SESSION}",
        os.urandom(16),
        account,
        secret_hash(cookie),
        token_urlsafe(24),
        agent[:200],
        address,
        *(vouched or (None, None, None)),
    )
    return cookie, _session(row)


async def find_session(connection: Connection, cookie: str) -> tuple[Session, str | None] | None:
    """Find the session of a cookie, and the new cookie where it is time for one. Notes, once a minute, that it was used."""
    hash = secret_hash(cookie)
    row = await connection.fetchrow(
        f"SELECT {_SESSION}, hash = $1 AS current, {_NOW} AS now FROM sessions WHERE hash = $1 "
        f"OR (former = $1 AND rotated_at > {_NOW} - {OVERLAP})",
        hash,
    )
    if row is None:
        return None
    session, now = _session(row), row["now"]
    if session.seen_at < now - IDLE or session.made_at < now - LONGEST:
        await close_session(connection, session.account, session.id)
        return None
    fresh = None
    if row["current"] and session.rotated_at < now - ROTATED:
        fresh = token_urlsafe(32)
        done = await connection.execute(
            "UPDATE sessions SET hash = $2, former = $3, rotated_at = $4, seen_at = $4 WHERE id = $1 AND hash = $3",
            session.id,
            secret_hash(fresh),
            hash,
            now,
        )
        fresh = fresh if done == "UPDATE 1" else None
    elif session.seen_at < now - 60_000_000:
        await connection.execute("UPDATE sessions SET seen_at = $2 WHERE id = $1", session.id, now)
    return session, fresh


async def listed(connection: Connection, account: int, vouched: Vouched | None = None) -> list[Session]:
    """List an account's sessions, the last used first; with ``vouched`` those of that provider alone."""
    rows = await connection.fetch(
        f"SELECT {_SESSION} FROM sessions WHERE account = $1 AND seen_at > {_NOW} - {IDLE} AND {_OF} ORDER BY seen_at DESC",
        account,
        *_provider(vouched),
    )
    return [_session(row) for row in rows]


async def close_session(connection: Connection, account: int, id: bytes, vouched: Vouched | None = None) -> bool:
    """Revoke a session of an account; says whether there was one. ``vouched`` as in `sessions`."""
    done: str = await connection.execute(
        f"DELETE FROM sessions WHERE account = $1 AND {_OF} AND id = $4", account, *_provider(vouched), id
    )
    return done != "DELETE 0"


async def close_others(connection: Connection, account: int, but: bytes, vouched: Vouched | None = None) -> int:
    """Revoke all sessions of an account but one. ``vouched`` as in `sessions`."""
    done: str = await connection.execute(
        f"DELETE FROM sessions WHERE account = $1 AND {_OF} AND id <> $4", account, *_provider(vouched), but
    )
    return int(done.split()[1])


async def close_all(connection: Connection, account: int) -> None:
    """Revoke all sessions of an account."""
    await connection.execute("DELETE FROM sessions WHERE account = $1", account)


_OF: Final = "($2::text IS NULL OR (issuer = $2 AND client = $3::text))"


def _provider(vouched: Vouched | None) -> tuple[str | None, str | None]:
    return (vouched.issuer, vouched.client) if vouched else (None, None)


def _session(row: Any) -> Session:
    said = (row["issuer"], row["client"], row["domain"])
    return Session(*row[:8])._replace(vouched=Vouched(*said) if said[0] is not None else None)


# Failed sign-ins


async def begin_try(connection: Connection, keys: Sequence[bytes], tries: Sequence[int]) -> int:
    """Count a try before anybody knows how it ends, so that many at once get no more than one after another. Gives 0, or where one of the
    keys has as many behind it as its number of tries, microseconds until there may be another; that one is not counted."""
    async with connection.transaction():
        rows = await connection.fetch(
            f"INSERT INTO failed_logins AS f (key, count, since) SELECT key, 1, {_NOW} FROM unnest($1::bytea[]) AS key ORDER BY key "
            f"ON CONFLICT (key) DO UPDATE SET count = CASE WHEN f.since < excluded.since - {TRIES[1]} THEN 1 ELSE f.count + 1 END, "
            f"since = CASE WHEN f.since < excluded.since - {TRIES[1]} THEN excluded.since ELSE f.since END "
            f"RETURNING f.key, f.count, greatest(1, f.since + {TRIES[1]} - {_NOW}) AS left",
            sorted(keys),
        )
        most = dict(zip(keys, tries, strict=True))
        wait: int = max((row["left"] for row in rows if row["count"] > most[row["key"]]), default=0)
        if wait:
            await give_back_try(connection, keys)
    await connection.execute(f"DELETE FROM failed_logins WHERE since < {_NOW} - {2 * TRIES[1]}")
    return wait


async def give_back_try(connection: Connection, keys: Sequence[bytes]) -> None:
    """Let a try that was counted be none: it did not fail."""
    await connection.execute(
        "UPDATE failed_logins SET count = count - 1 WHERE key = ANY ($1::bytea[]) AND count > 0", list(keys)
    )


async def forget_failures(connection: Connection, keys: Sequence[bytes]) -> None:
    """Begin to count anew."""
    await connection.execute("DELETE FROM failed_logins WHERE key = ANY ($1::bytea[])", list(keys))
