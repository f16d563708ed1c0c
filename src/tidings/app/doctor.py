"""The doctor: what is wrong with an installation, and how to mend it. It only looks."""

import asyncio
import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import httpcore
from msgspec import Struct

from tidings.channels.guard import Forbidden, Guard
from tidings.channels.secrets import AMEND, FIRST, Allotted, Owner
from tidings.database import clock, embedded
from tidings.database.pool import Connection, connect, shown
from tidings.database.version import OLDEST, Unfit, check_current, newest, version
from tidings.engine import Workspace
from tidings.kernel.ids import PARTITIONS
from tidings.kernel.problems import Invalid
from tidings.kernel.times import MINUTE, SECOND, Duration, show_duration
from tidings.processor.force import Unreadable, readable
from tidings.project.named import named
from tidings.settings import Settings, load, secrets

_SKEW = 2 * SECOND
_LAG = 5 * MINUTE
_DISK = 2 << 30
_PATIENCE = 5.0
"""Seconds to wait for a name server."""


class Check(Struct, frozen=True):
    """One thing looked at. ``mend``: what to do; empty where all is well. ``well`` None: it could not be looked at."""

    name: str
    well: bool | None
    says: str
    mend: str = ""


class Published(Struct, frozen=True):
    """The newest definitions of a workspace. ``first``: it is the oldest of all; ``stored``: names of its secrets; ``partitions``: in which
    the definitions are in force; ``age`` in microseconds."""

    id: int
    name: str
    secret: bytes
    first: bool
    number: int
    body: Mapping[str, Any]
    stored: Sequence[str]
    partitions: int
    age: Duration


async def doctor(
    formats: Mapping[str, int],
    environment: Mapping[str, str] | None = None,
    dotenv: Path | None = Path(".env"),
    *,
    patience: Duration = 30 * SECOND,
) -> list[Check]:
    """Look at everything, in the order in which faults follow from each other.

    ``formats``: what this program writes. ``patience``: how old a writing transaction may be, in microseconds.
    """
    try:
        settings = load(environment, dotenv)
    except Invalid as fault:
        return [
            Check("settings", False, str(replace(problem, hint="")), problem.hint or "correct it")
            for problem in fault.problems
        ]
    checks = [Check("settings", True, "all known and right"), _disk(settings)]
    url = settings.database_url or embedded.address(settings.data)
    if url is None:
        says = f"no PostgreSQL runs in {settings.data}"
        return [*checks, Check("database", False, says, "start Tidings with `tidings up`, or set TIDINGS_DATABASE_URL")]
    try:
        connection = await connect(url, name="tidings doctor")
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return [*checks, Check("database", False, f"{shown(url)} can't be reached: {error}", _way_in(error))]
    try:
        checks.append(await _server(connection))
        tables = await _tables(connection, formats)
        checks.append(tables)
        checks.append(await _clock(connection))
        checks.append(await _horizon(connection, patience))
        if await version(connection) is not None:
            published = await _published(connection)
            checks += [
                await _leases(connection),
                await _lag(connection),
                *_definitions(published),
                await _deliveries(connection),
                await _api(connection),
                await _keys(connection),
                *_secrets(published, secrets(environment, dotenv), settings.workspace_secrets),
                *await _mail_servers(published, settings.mail_networks),
            ]
    finally:
        await connection.close()
    return checks


def _disk(settings: Settings) -> Check:
    folder = settings.data
    while not folder.exists():
        folder = folder.resolve().parent
    free = shutil.disk_usage(folder).free
    says = f"{free / (1 << 30):.1f} GB free at {settings.data}"
    if free < _DISK:
        return Check("disk", False, says, "make room, or move the data folder and set TIDINGS_DATA to it")
    return Check("disk", True, says)


def _way_in(error: BaseException) -> str:
    if isinstance(error, asyncpg.InvalidPasswordError | asyncpg.InvalidAuthorizationSpecificationError):
        return "check the name and password in TIDINGS_DATABASE_URL"
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return "make the database with `createdb`, or correct its name at the end of TIDINGS_DATABASE_URL"
    if isinstance(error, asyncpg.TooManyConnectionsError):
        return "raise the server's max_connections, or lower TIDINGS_CONNECTIONS"
    return "check that the server runs, and the host and port in TIDINGS_DATABASE_URL"


async def _server(connection: Connection) -> Check:
    number = int(await connection.fetchval("SHOW server_version_num"))
    durable = [
        name
        for name in ("fsync", "full_page_writes", "synchronous_commit")
        if await connection.fetchval(f"SHOW {name}") == "off"
    ]
    says = f"PostgreSQL {number // 10000}.{number % 10000}"
    if number < OLDEST:
        return Check("database", False, says, f"use PostgreSQL {OLDEST // 10000} or newer")
    if durable:
        says = f"{says}, with {' and '.join(durable)} off: what was acknowledged may be lost in a crash"
        return Check("database", False, says, "turn it on in postgresql.conf and reload")
    if not await connection.fetchval("SELECT has_database_privilege(current_database(), 'TEMPORARY')"):
        role, name = await connection.fetchrow("SELECT current_user, current_database()")
        says = f"{says}, where {role} may make no temporary tables, which workers write by"
        return Check("database", False, says, f"GRANT TEMPORARY ON DATABASE {name} TO {role}")
    return Check("database", True, f"{says}, reached")


async def _tables(connection: Connection, formats: Mapping[str, int]) -> Check:
    try:
        await check_current(connection, formats)
    except Unfit as fault:
        says, _, mend = str(fault).rpartition("; ")
        return Check("tables", False, says, mend)
    return Check("tables", True, f"at version {newest()}")


async def _clock(connection: Connection) -> Check:
    before = time.time_ns() // 1000
    there = await clock.now(connection)
    after = time.time_ns() // 1000
    skew = max(before - there, there - after, 0)
    if skew > _SKEW:
        return Check(
            "clock",
            False,
            f"this machine's clock and the database's differ by {skew / SECOND:.1f} s",
            "synchronise both with NTP; what is due goes by the database's clock",
        )
    return Check("clock", True, "agrees with the database's")


async def _horizon(connection: Connection, patience: Duration) -> Check:
    """The oldest transaction that may still write: nothing written after it began can be read."""
    row = await connection.fetchrow(
        """
        SELECT pid, coalesce(usename, '?') AS who, coalesce(application_name, '') AS program, coalesce(state, '?') AS state,
               (extract(epoch FROM clock_timestamp() - xact_start) * 1000000)::bigint AS age, datname
        FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 1
        """
    )
    prepared = await connection.fetchrow("SELECT gid, prepared FROM pg_prepared_xacts ORDER BY prepared LIMIT 1")
    if prepared is not None:
        says = f"the prepared transaction {prepared['gid']!r} of {prepared['prepared']} holds back the log"
        return Check("horizon", False, says, f"run COMMIT PREPARED or ROLLBACK PREPARED '{prepared['gid']}'")
    if row is None or row["age"] is None or row["age"] < patience:
        return Check("horizon", True, "no transaction holds back the log")
    says = (
        f"session {row['pid']} ({row['program'] or row['who']}, {row['state']}, database {row['datname']}) holds back the log "
        f"for {_about(row['age'])}: nothing accepted since is applied"
    )
    return Check("horizon", False, says, f"end it: SELECT pg_terminate_backend({row['pid']})")


async def _leases(connection: Connection) -> Check:
    row = await connection.fetchrow(
        "SELECT count(*) FILTER (WHERE lease_until >= clock_timestamp()) AS held, count(*) AS all, "
        "count(DISTINCT lease_owner) FILTER (WHERE lease_until >= clock_timestamp()) AS owners FROM cursors"
    )
    says = f"{row['held']} of {row['all']} partitions are held, by {row['owners']} worker{'s' * (row['owners'] != 1)}"
    if row["held"] < row["all"]:
        return Check("worker", False, says, "start one with `tidings worker` (`tidings up` brings one)")
    return Check("worker", True, says)


async def _lag(connection: Connection) -> Check:
    row = await connection.fetchrow(
        """
        SELECT c.partition, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint - l.stamp AS age
        FROM cursors c CROSS JOIN LATERAL (
            SELECT stamp FROM log WHERE log.partition = c.partition AND (log.xid, log.seq) > (c.xid, c.seq) ORDER BY xid, seq LIMIT 1
        ) l ORDER BY l.stamp LIMIT 1
        """
    )
    if row is None or row["age"] < _LAG:
        return Check(
            "lag",
            True,
            "what was accepted is applied" if row is None else f"{max(row['age'], 0) / SECOND:.1f} s behind",
        )
    says = f"partition {row['partition']} is {_about(row['age'])} behind"
    return Check(
        "lag", False, says, "see `worker` and `horizon` above; if both are well, start another `tidings worker`"
    )


async def _published(connection: Connection) -> list[Published]:
    """The newest definitions of each workspace."""
    rows = await connection.fetch(
        f"""
        SELECT w.id, w.name, w.secret, w.{FIRST} AS first, d.number, d.body,
               array(SELECT s.name FROM secrets s WHERE s.workspace = w.id) AS stored,
               (SELECT count(*) FROM in_force f WHERE f.workspace = w.id AND f.number >= d.number) AS partitions,
               (extract(epoch FROM clock_timestamp()) * 1000000)::bigint - d.made_at AS age
        FROM workspaces w CROSS JOIN LATERAL (
            SELECT number, body, made_at FROM definitions WHERE workspace = w.id ORDER BY number DESC LIMIT 1
        ) d ORDER BY w.id
        """
    )
    return [Published(**{**row, "body": json.loads(row["body"])}) for row in rows]


def _definitions(published: Sequence[Published]) -> list[Check]:
    """Whether what was published is in force: workers pass over what they can't read."""
    found = []
    for each in published:
        says = f"definitions {each.number} of {each.name}"
        try:
            readable(Workspace(each.id, each.secret), each.number, each.body)
        except Unreadable as fault:
            mend = "correct them and apply again, or update this program; until then what was in force before stays so"
            found.append(Check("definitions", False, str(fault), mend))
            continue
        if each.partitions < PARTITIONS and each.age > _LAG:
            says = f"{says} are in force in {each.partitions} of {PARTITIONS} partitions only"
            found.append(Check("definitions", False, says, "see `worker` and `lag` above; else start the workers anew"))
    return found or [Check("definitions", True, "what was published is in force, or about to be")]


async def _deliveries(connection: Connection) -> Check:
    """The message that is due longest. (One that waits for quiet hours, a cap or another attempt is due when that is over.)"""
    age: int | None = await connection.fetchval(
        "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint - min(next_attempt) FROM deliveries WHERE state = 'planned'"
    )
    if age is None or age < _LAG:
        return Check("delivery", True, "no message waits that is due")
    says = f"a message is due since {_about(age)} and nobody sends it"
    return Check("delivery", False, says, "start a process with `tidings deliver` (`tidings up` brings one)")


async def _api(connection: Connection) -> Check:
    """Each API process keeps a session to hear of new keys."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tidings api'"
    )
    if not count:
        return Check(
            "api",
            False,
            "no API is connected: nobody takes events",
            "start one with `tidings api` (`tidings up` brings one)",
        )
    return Check("api", True, "connected")


def _about(age: Duration) -> str:
    """A duration in whole minutes where there are some, in seconds before."""
    unit = MINUTE if age >= 2 * MINUTE else SECOND
    return show_duration(max(age // unit, 1) * unit)


async def _keys(connection: Connection) -> Check:
    count = await connection.fetchval("SELECT count(*) FROM sources")
    if not count:
        return Check(
            "keys", False, "no source has a key: nothing can be sent in", "make one with `tidings source create NAME`"
        )
    return Check("keys", True, f"{count} source{'s' * (count != 1)}")


def _secrets(published: Sequence[Published], environment: Mapping[str, str], allotted: Allotted) -> list[Check]:
    """Whether each secret that settings or live journeys name is stored for the workspace, or stands in the environment and is its own."""
    found = []
    for each in published:
        owner = Owner(each.id, each.name, each.first, dict.fromkeys(each.stored, ""))
        journeys = each.body.get("journeys", {}).items()
        live = {id: entry["document"] for id, entry in journeys if entry["status"] == "live"}
        asked: dict[str, list[str]] = {}
        for mention in named(each.body.get("settings", {}).get("channels"), live):
            if mention.secret not in owner.sealed:
                where = f"the journey {mention.name}" if mention.name else f"the channel {mention.path[1]}"
                asked.setdefault(mention.secret, []).append(where)
        for name, places in asked.items():
            says = f"{owner.name}: {name}, which {' and '.join(sorted(set(places)))} asks for, is"
            if not owner.may_name(name, allotted):
                found.append(Check("secrets", False, f"{says} none of this workspace", AMEND))
            elif not environment.get(name):
                mend = "give its value under Settings, or set it in the environment of the processes that send, and start them anew"
                found.append(Check("secrets", False, f"{says} set neither in the app nor here", mend))
    return found or [Check("secrets", True, "all that are named are there")]


async def _mail_servers(published: Sequence[Published], networks: tuple[str, ...]) -> list[Check]:
    """Whether the mail servers that workspaces name have an address that may be reached."""
    guard = Guard(networks)
    asked: dict[str, list[str]] = {}
    for each in published:
        for table in (each.body.get("settings", {}).get("channels") or {}).values():
            if table.get("provider") == "smtp" and table.get("host"):
                asked.setdefault(table["host"], []).append(each.name)
    found = []
    for host, names in asked.items():
        of = f"the mail server of {' and '.join(dict.fromkeys(names))}"
        try:
            async with asyncio.timeout(_PATIENCE):
                await guard.addresses(host, 0)
        except Forbidden as error:
            found.append(Check("mail", False, f"{of}: {error}", "list its network in TIDINGS_MAIL_NETWORKS"))
        except httpcore.ConnectError as error:
            found.append(Check("mail", False, f"{of}: {error}", "correct `host` below `[channels.email]`"))
        except TimeoutError:
            found.append(Check("mail", None, f"{of}: no name server answered for {host}", "look at this machine's DNS"))
    if asked and not found:
        found.append(Check("mail", True, "mail servers stand where they may be reached"))
    return found
