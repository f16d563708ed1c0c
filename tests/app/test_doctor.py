"""The doctor names what is wrong and how to mend it."""

import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any

import asyncpg
import pytest

from tests.conftest import Database, named
from tidings.app.doctor import Check, doctor
from tidings.channels import secrets
from tidings.database import access
from tidings.database.embedded import Embedded
from tidings.database.migrate import migrate
from tidings.database.pool import connect
from tidings.delivery.delivery import Plan
from tidings.delivery.store import plan
from tidings.kernel.effects import Planned
from tidings.kernel.ids import digest
from tidings.log import append
from tidings.log.leases import take

FORMATS = {"record": 1}


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


@pytest.fixture(scope="module")
def durable() -> Iterator[str]:
    """The address of a server that waits for the disk, as the suite's own does not."""
    folder = Path(tempfile.mkdtemp(prefix="tidings-test-"))
    server = Embedded(folder, memory=256 << 20)
    try:
        yield server.start()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def lasting(durable: str, anyio_backend: object) -> AsyncIterator[Database]:
    """A migrated database on it."""
    name = f"tidings_{token_hex(6)}"
    connection = await asyncpg.connect(durable)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
        await migrate(named(durable, name))
        async with asyncpg.create_pool(named(durable, name), min_size=0, max_size=4) as pool:
            yield Database(named(durable, name), pool)
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


async def examine(url: str) -> dict[str, Check]:
    return by_name(await doctor(FORMATS, {"TIDINGS_DATABASE_URL": url}, None))


async def test_well_installation_is_told_so(lasting: Database) -> None:
    worker = await asyncpg.connect(lasting.url)
    await take(worker, "worker", 64)
    workspace = await access.create_workspace(worker, "production")
    await access.create_source(worker, workspace.id, "web", "write_key")
    assert (await examine(lasting.url))["api"].mend.startswith("start one with `tidings api`")
    api = await connect(lasting.url, name="tidings api")
    checks = await examine(lasting.url)
    assert {name: check.well for name, check in checks.items()} == dict.fromkeys(checks, True)
    assert not any(check.mend for check in checks.values())
    await api.close()
    await worker.close()


async def test_wrong_settings_come_first() -> None:
    checks = await doctor(FORMATS, {"TIDINGS_PORT": "x"}, None)
    assert [check.name for check in checks] == ["settings"]
    assert "TIDINGS_PORT=8000" in checks[0].mend


@pytest.mark.parametrize(
    ("line", "says"), [("no setting", "this line is no setting"), ("TIDINGS_PROT=1", "TIDINGS_PROT is no setting")]
)
async def test_a_wrong_setting_says_where_it_stands(tmp_path: Path, line: str, says: str) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text(f"\n{line}\n")
    (check,) = await doctor(FORMATS, {}, dotenv)
    assert check.says == f"{dotenv}:2:1: {says}"


@pytest.mark.parametrize(
    ("change", "mend"), [("/no_such_database", "createdb"), ("?host=/no/such/folder", "check that the server runs")]
)
async def test_unreachable_database(postgres: str, change: str, mend: str) -> None:
    before, _, query = postgres.partition("?")
    url = before.rpartition("/")[0] + change + "?" + query if change[0] == "/" else before + change
    check = (await examine(url))["database"]
    assert check.well is False
    assert mend in check.mend


async def test_temporary_tables_that_were_taken_away(lasting: Database) -> None:
    name = await lasting.fetchval("SELECT current_database()")
    await lasting.execute(
        f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC; CREATE ROLE {name}_poor IN ROLE pg_read_all_data"
    )
    check = (await examine(f"{lasting.url}&role={name}_poor"))["database"]
    assert check.well is False
    assert check.mend == f"GRANT TEMPORARY ON DATABASE {name} TO {name}_poor"
    await lasting.execute(f"GRANT TEMPORARY ON DATABASE {name} TO {name}_poor")
    assert (await examine(f"{lasting.url}&role={name}_poor"))["database"].well
    await lasting.execute(f"DROP OWNED BY {name}_poor; DROP ROLE {name}_poor")


async def test_nothing_running_in_the_data_folder(tmp_path: Path) -> None:
    check = by_name(await doctor(FORMATS, {"TIDINGS_DATA": str(tmp_path / "none")}, None))["database"]
    assert check.well is False
    assert "tidings up" in check.mend


async def test_missing_and_newer_tables(empty_database: str) -> None:
    assert "tidings migrate" in (await examine(empty_database))["tables"].mend
    await migrate(empty_database, formats={"record": 9})
    assert "update" in (await examine(empty_database))["tables"].mend


async def test_idle_installation_says_what_is_missing(database: Any) -> None:
    async with database.pool.acquire() as connection:
        await append(connection, [(5, b"x")])
        await connection.execute("UPDATE log SET stamp = stamp - 3600000000")
    checks = await examine(database.url)
    assert "tidings worker" in checks["worker"].mend
    assert "partition 5 is 1 hour behind" in checks["lag"].says
    assert checks["keys"].well is False


async def test_messages_that_nobody_sends_are_named(database: Any) -> None:
    assert (await examine(database.url))["delivery"].well is True
    planned = Planned(digest("d"), digest("r"), "hello", 1, "s", "hello", "email", due=1, expires=0)
    async with database.pool.acquire() as connection:
        await plan(connection, [Plan(3, 1, digest("p"), planned)])
    check = (await examine(database.url))["delivery"]
    assert check.well is False
    assert "nobody sends it" in check.says
    assert "tidings deliver" in check.mend


async def test_secrets_that_are_named_and_not_set(database: Any) -> None:
    step = {"id": "tell", "webhook": "https://example.com/", "secret": "TIDINGS_SECRET_TEAM"}
    branch = {"id": "which", "branch": [{"if": "plan is known", "steps": [step]}]}
    body = {
        "settings": {"channels": {"webhook": {"provider": "http", "secret_env": "TIDINGS_SECRET_SIGN"}}},
        "journeys": {
            "calls": {"status": "live", "version": 1, "document": {"steps": [step, branch]}},
            "over": {"status": "stopped", "version": 1, "document": {"steps": [{**step, "secret": "GONE"}]}},
        },
    }
    async with database.pool.acquire() as connection:
        own = await access.create_workspace(connection, "production")
        await connection.execute(
            "INSERT INTO definitions (workspace, number, body, made_at) VALUES ($1, 1, $2, 0)", own.id, json.dumps(body)
        )

    async def said(**environment: str) -> list[str]:
        checks = await doctor(FORMATS, {"TIDINGS_DATABASE_URL": database.url, **environment}, None)
        return [check.says for check in checks if check.name == "secrets"]

    signs, calls = await said()
    assert signs.startswith("production: TIDINGS_SECRET_SIGN, which the channel webhook asks for, is set neither")
    assert calls.startswith("production: TIDINGS_SECRET_TEAM, which the journey calls asks for, is set neither")
    assert await said(TIDINGS_SECRET_SIGN="x", TIDINGS_SECRET_TEAM="y") == ["all that are named are there"]
    (theirs,) = await said(
        TIDINGS_SECRET_SIGN="x", TIDINGS_SECRET_TEAM="y", TIDINGS_WORKSPACE_SECRETS="production: TIDINGS_SECRET_T*"
    )
    assert theirs == "production: TIDINGS_SECRET_SIGN, which the channel webhook asks for, is none of this workspace"
    async with database.pool.acquire() as connection:
        await secrets.keep(connection, own.id, "TIDINGS_SECRET_SIGN", "x", bytes(32), "ann@example.com")
    assert [each.partition(",")[0] for each in await said()] == ["production: TIDINGS_SECRET_TEAM"]


async def test_mail_servers_in_networks_that_are_not_opened(database: Any) -> None:
    async with database.pool.acquire() as connection:
        for name, host in (("production", "127.0.0.1"), ("staging", "no-such-host.invalid")):
            own = await access.create_workspace(connection, name)
            body = {"settings": {"channels": {"email": {"provider": "smtp", "host": host}}}}
            await connection.execute(
                "INSERT INTO definitions (workspace, number, body, made_at) VALUES ($1, 1, $2, 0)",
                own.id,
                json.dumps(body),
            )

    async def said(**environment: str) -> list[tuple[str, str]]:
        checks = await doctor(FORMATS, {"TIDINGS_DATABASE_URL": database.url, **environment}, None)
        return [(check.says, check.mend) for check in checks if check.name == "mail"]

    shut, unknown = await said()
    assert shut[0].startswith("the mail server of production: 127.0.0.1 may not be reached")
    assert "TIDINGS_MAIL_NETWORKS" in shut[1]
    assert (unknown[0].startswith("the mail server of staging: "), "`host`" in unknown[1]) == (True, True)
    assert await said(TIDINGS_MAIL_NETWORKS="127.0.0.1") == [unknown]
    await database.execute("DELETE FROM definitions WHERE workspace <> (SELECT min(id) FROM workspaces)")
    assert await said(TIDINGS_MAIL_NETWORKS="127.0.0.0/8") == [("mail servers stand where they may be reached", "")]


async def test_session_that_holds_back_the_log_is_named(database: Any) -> None:
    blocking = await asyncpg.connect(database.url, server_settings={"application_name": "report tool"})
    transaction = blocking.transaction()
    await transaction.start()
    await append(blocking, [(0, b"x")])
    check = by_name(await doctor(FORMATS, {"TIDINGS_DATABASE_URL": database.url}, None, patience=0))["horizon"]
    assert check.well is False
    assert f"session {blocking.get_server_pid()} (report tool" in check.says
    assert f"pg_terminate_backend({blocking.get_server_pid()})" in check.mend
    await transaction.rollback()
    await blocking.close()
