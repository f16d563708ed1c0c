"""The tables of teams. Times are the database's own, in microseconds."""

import os
from collections.abc import Sequence
from hashlib import blake2b
from secrets import token_urlsafe
from typing import Any, Final

from tidings.database.pool import Connection
from tidings.teams.account import (
    IDLE,
    INVITED,
    LONGEST,
    OVERLAP,
    ROTATED,
    TRIES,
    Account,
    Invitation,
    Member,
    Session,
    Vouched,
)
from tidings.teams.permissions import Role

_NOW: Final = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_ACCOUNT: Final = "id, email, name, password, totp, totp_step"
_MEMBER: Final = "a.id, a.email, a.name, m.role, m.granted, m.refused, m.since, a.totp IS NOT NULL, m.vouched"
_SESSION: Final = "id, account, csrf, agent, address, made_at, seen_at, rotated_at, issuer, client, domain"
_INVITATION: Final = "id, workspace, email, role, made_by, made_at, until"


def secret_hash(secret: str) -> bytes:
    """Give what a cookie's or a link's secret is found by: it has 256 random bits, so a fast hash is enough."""
    return blake2b(secret.encode("utf-8", "surrogatepass"), digest_size=32).digest()


# Accounts


async def any_account(connection: Connection) -> bool:
    """Whether anybody has an account."""
    found: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM accounts)")
    return found


async def alone(connection: Connection) -> None:
    """Let nobody else set the installation up until the transaction ends."""
    await connection.execute("LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE")


async def add_account(connection: Connection, email: str, name: str, password: str) -> int | None:
    """Make an account (``password``: hashed); gives its id, None where the email has one."""
    made: int | None = await connection.fetchval(
        f"INSERT INTO accounts (email, name, password, made_at) VALUES ($1, $2, $3, {_NOW}) ON CONFLICT DO NOTHING RETURNING id",
        email,
        name,
        password,
    )
    return made


async def account(connection: Connection, *, email: str = "", id: int = 0) -> Account | None:
    """Read an account by its email or id."""
    row = await connection.fetchrow(f"SELECT {_ACCOUNT} FROM accounts WHERE email = $1 OR id = $2", email, id)
    return Account(*row) if row else None


async def rename(connection: Connection, id: int, name: str) -> None:
    """Change an account's name."""
    await connection.execute("UPDATE accounts SET name = $2 WHERE id = $1", id, name)


async def set_password(connection: Connection, id: int, password: str) -> None:
    """Change an account's password (hashed)."""
    await connection.execute("UPDATE accounts SET password = $2 WHERE id = $1", id, password)


async def set_first_password(connection: Connection, id: int, password: str) -> bool:
    """Give an account that has no password one (hashed); False where it has one by now."""
    done: str = await connection.execute(
        "UPDATE accounts SET password = $2 WHERE id = $1 AND password = ''", id, password
    )
    return done == "UPDATE 1"


async def set_totp(connection: Connection, id: int, secret: str | None, step: int, recovery: Sequence[bytes]) -> None:
    """Switch two-factor on, or off with None."""
    await connection.execute(
        "UPDATE accounts SET totp = $2, totp_step = $3, recovery = $4 WHERE id = $1", id, secret, step, list(recovery)
    )


async def seal_totp(connection: Connection, id: int, plain: str, sealed: str) -> None:
    """Put the sealed form of an account's two-factor secret in the place of the plain one."""
    await connection.execute("UPDATE accounts SET totp = $3 WHERE id = $1 AND totp = $2", id, plain, sealed)


async def use_step(connection: Connection, id: int, step: int) -> bool:
    """Use the code of a step up; False where it, or a later one, has been used."""
    done: str = await connection.execute(
        "UPDATE accounts SET totp_step = $2 WHERE id = $1 AND totp_step < $2", id, step
    )
    return done == "UPDATE 1"


async def use_recovery(connection: Connection, id: int, code: bytes) -> bool:
    """Use a recovery code up; False where it is none."""
    done: str = await connection.execute(
        "UPDATE accounts SET recovery = array_remove(recovery, $2) WHERE id = $1 AND $2 = ANY (recovery)", id, code
    )
    return done == "UPDATE 1"


# Sessions


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


async def sessions(connection: Connection, account: int, vouched: Vouched | None = None) -> list[Session]:
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


async def forget_failures(connection: Connection, key: bytes) -> None:
    """Begin to count anew."""
    await connection.execute("DELETE FROM failed_logins WHERE key = $1", key)


# Members


async def workspaces(connection: Connection, account: int) -> list[tuple[int, str, Member]]:
    """List the workspaces an account is a member of: id, name, what they are there."""
    rows = await connection.fetch(
        f"SELECT w.id, w.name, {_MEMBER} FROM team_members m JOIN workspaces w ON w.id = m.workspace JOIN accounts a ON a.id = m.account "
        "WHERE m.account = $1 ORDER BY w.name",
        account,
    )
    return [(row[0], row[1], Member(*row[2:])) for row in rows]


async def members(connection: Connection, workspace: int) -> list[Member]:
    """List a workspace's members by name."""
    rows = await connection.fetch(
        f"SELECT {_MEMBER} FROM team_members m JOIN accounts a ON a.id = m.account WHERE m.workspace = $1 ORDER BY lower(a.name), a.id",
        workspace,
    )
    return [Member(*row) for row in rows]


async def member(connection: Connection, workspace: int, account: int) -> Member | None:
    """Read what an account is in a workspace, and hold it there until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {_MEMBER} FROM team_members m JOIN accounts a ON a.id = m.account "
        "WHERE m.workspace = $1 AND m.account = $2 FOR UPDATE OF m",
        workspace,
        account,
    )
    return Member(*row) if row else None


async def set_member(
    connection: Connection,
    workspace: int,
    account: int,
    role: Role,
    granted: Sequence[str] = (),
    refused: Sequence[str] = (),
    *,
    vouched: bool = False,
) -> None:
    """Make an account a member, or change what it is. ``vouched``: it comes through the workspace's provider; of a member, nothing new."""
    await connection.execute("DELETE FROM team_removed WHERE workspace = $1 AND account = $2", workspace, account)
    await connection.execute(
        f"INSERT INTO team_members (workspace, account, role, granted, refused, since, vouched) VALUES ($1, $2, $3, $4, $5, {_NOW}, $6) "
        "ON CONFLICT (workspace, account) DO UPDATE SET role = excluded.role, granted = excluded.granted, refused = excluded.refused",
        workspace,
        account,
        role,
        list(granted),
        list(refused),
        vouched,
    )


async def let_in_by_password(connection: Connection, workspace: int, account: int) -> None:
    """Let a member who came through the provider in by password too."""
    await connection.execute(
        "UPDATE team_members SET vouched = false WHERE workspace = $1 AND account = $2", workspace, account
    )


async def remove_member(connection: Connection, workspace: int, account: int) -> None:
    """Take an account out of a workspace; its provider does not bring it back."""
    await connection.execute("DELETE FROM team_members WHERE workspace = $1 AND account = $2", workspace, account)
    await connection.execute("INSERT INTO team_removed VALUES ($1, $2) ON CONFLICT DO NOTHING", workspace, account)


async def was_removed(connection: Connection, workspace: int, account: int) -> bool:
    """Whether an account was taken out of a workspace, and did not come back since."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM team_removed WHERE workspace = $1 AND account = $2)", workspace, account
    )
    return found


async def owners(connection: Connection, workspace: int) -> list[int]:
    """List the owners of a workspace who get in by password, whatever becomes of a provider; and hold them there until the
    transaction ends."""
    rows = await connection.fetch(
        "SELECT m.account FROM team_members m JOIN accounts a ON a.id = m.account WHERE m.workspace = $1 AND m.role = 'owner' "
        "AND NOT m.vouched AND a.password <> '' ORDER BY m.account FOR UPDATE OF m",
        workspace,
    )
    return [row[0] for row in rows]


# Invitations


async def invite(connection: Connection, workspace: int, email: str, role: Role, by: str) -> tuple[str, Invitation]:
    """Invite somebody, in place of an earlier invitation: gives the link's secret, which is kept nowhere."""
    await connection.execute("DELETE FROM invitations WHERE workspace = $1 AND email = $2", workspace, email)
    secret = token_urlsafe(32)
    row = await connection.fetchrow(
        f"INSERT INTO invitations (id, hash, workspace, email, role, made_by, made_at, until) "
        f"VALUES ($1, $2, $3, $4, $5, $6, {_NOW}, {_NOW} + {INVITED}) RETURNING {_INVITATION}",
        os.urandom(16),
        secret_hash(secret),
        workspace,
        email,
        role,
        by,
    )
    return secret, Invitation(*row)


async def invitations(connection: Connection, workspace: int) -> list[Invitation]:
    """List invitations that can still be taken."""
    rows = await connection.fetch(
        f"SELECT {_INVITATION} FROM invitations WHERE workspace = $1 AND until > {_NOW} ORDER BY made_at DESC",
        workspace,
    )
    return [Invitation(*row) for row in rows]


async def invitation_of(connection: Connection, workspace: int, email: str) -> Invitation | None:
    """Find the open invitation of an address, and hold it until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {_INVITATION} FROM invitations WHERE workspace = $1 AND email = $2 AND until > {_NOW} FOR UPDATE",
        workspace,
        email,
    )
    return Invitation(*row) if row else None


async def invitation(connection: Connection, secret: str) -> Invitation | None:
    """Find the invitation of a link, and hold it until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {_INVITATION} FROM invitations WHERE hash = $1 AND until > {_NOW} FOR UPDATE", secret_hash(secret)
    )
    return Invitation(*row) if row else None


async def withdraw(connection: Connection, workspace: int, id: bytes) -> Invitation | None:
    """Take an invitation back, or use it up; gives it."""
    row = await connection.fetchrow(
        f"DELETE FROM invitations WHERE workspace = $1 AND id = $2 RETURNING {_INVITATION}", workspace, id
    )
    return Invitation(*row) if row else None


# Keys


async def sources(connection: Connection, workspace: int) -> list[Any]:
    """List a workspace's sources with when they were last used, the newest first."""
    return list(
        await connection.fetch(
            "SELECT id, name, kind, public, hint, scopes, made_by, disabled, sealed, "
            "(extract(epoch FROM created_at) * 1000000)::bigint AS made_at, "
            "(extract(epoch FROM last_used) * 1000000)::bigint AS used_at FROM sources WHERE workspace = $1 ORDER BY id DESC",
            workspace,
        )
    )


async def describe_source(
    connection: Connection, workspace: int, name: str, made_by: str, scopes: Sequence[str] | None, sealed: str | None
) -> None:
    """Write down who made a source, what it may, and its credential, sealed, where it may be shown again."""
    await connection.execute(
        "UPDATE sources SET made_by = $3, scopes = $4, sealed = $5 WHERE workspace = $1 AND name = $2",
        workspace,
        name,
        made_by,
        None if scopes is None else list(scopes),
        sealed,
    )


async def change_source(connection: Connection, workspace: int, id: int, name: str, disabled: bool) -> bool:
    """Rename a source, switch it off or on; False where the name is taken."""
    done: str = await connection.execute(
        "UPDATE sources s SET name = $3, disabled = $4 WHERE workspace = $1 AND id = $2 "
        "AND NOT EXISTS (SELECT FROM sources o WHERE o.workspace = $1 AND o.name = $3 AND o.id <> $2)",
        workspace,
        id,
        name,
        disabled,
    )
    return done == "UPDATE 1"


async def rotate_source(
    connection: Connection, workspace: int, id: int, hash: bytes, hint: str, sealed: str | None, by: str
) -> None:
    """Give a source another credential, which is ``by`` whom it is known now; the one before is void at once."""
    await connection.execute(
        "UPDATE sources SET key_hash = $3, hint = $4, sealed = $5, made_by = $6 WHERE workspace = $1 AND id = $2",
        workspace,
        id,
        hash,
        hint,
        sealed,
        by,
    )


async def remove_source(connection: Connection, workspace: int, id: int) -> None:
    """Take a source's right to send, and to ask."""
    await connection.execute("DELETE FROM sources WHERE workspace = $1 AND id = $2", workspace, id)
