"""Somebody who forgot their password is let in by whoever runs the installation."""

import time
from pathlib import Path

import pytest

from tests.cli.conftest import Tidings
from tests.conftest import Database
from tidings.database.access import create_workspace
from tidings.kernel.times import HOUR, parse_iso
from tidings.settings import Settings
from tidings.teams import reset, sign_on, store
from tidings.teams.key import installation_key

ADA, KEY = "ada@example.com", "an installation's key, for tests alone"


async def member(database: Database, email: str, role: str, stored: str = "hashed") -> int:
    """Make an account a member of the first workspace; gives the workspace."""
    async with database.pool.acquire() as connection:
        workspace = await connection.fetchval("SELECT min(id) FROM workspaces")
        workspace = workspace or (await create_workspace(connection, "production")).id
        id = await store.add_account(connection, email, "Somebody", stored)
        await store.set_member(connection, workspace, id, role, vouched=not stored)
    return int(workspace)


async def test_a_link_is_printed_that_sets_a_new_password(
    tidings: Tidings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDINGS_KEY", KEY)
    monkeypatch.setenv("TIDINGS_URL", "https://tidings.example.com")
    workspace = await member(database, ADA, "owner")
    made = await tidings("account", "reset", "Ada@example.com", "--json")
    assert made.code == 0, made.err
    assert made.data["email"] == ADA
    address, _, secret = made.data["url"].partition("#")
    assert address == "https://tidings.example.com/password"
    until, now = parse_iso(made.data["until"]), time.time_ns() // 1000
    assert until is not None
    assert now < until <= now + HOUR
    async with database.pool.acquire() as connection:
        found = await reset.account_of(connection, installation_key(Settings(key=KEY)), secret, until - 1)
        assert found is not None
        assert found.email == ADA
        assert await reset.account_of(connection, installation_key(Settings(key=KEY)), secret, until) is None
    (entry,) = await database.fetch("SELECT workspace, actor, what, name FROM audit")
    assert (entry["workspace"], entry["what"], entry["name"]) == (workspace, "made a password link for", ADA)
    assert entry["actor"].startswith("command line (")
    said = await tidings("account", "reset", ADA)
    assert "✓ ada@example.com chooses a new password here; it works once, within an hour:" in said.out
    assert "    https://tidings.example.com/password#" in said.out


async def test_no_link_is_made_that_would_not_work(
    tidings: Tidings, database: Database, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = await member(database, ADA, "author")
    await member(database, "eve@example.com", "author", "")
    without = await tidings("account", "reset", ADA)
    assert (without.code, "the installation's key is not on this machine" in without.err) == (1, True)
    assert not (here / "data").exists(), "no other key is drawn"
    monkeypatch.setenv("TIDINGS_KEY", KEY)
    assert "nobody here signs in as `adda@example.com`" in (await tidings("account", "reset", "adda@example.com")).err
    assert "eve@example.com signs in with" in (await tidings("account", "reset", "eve@example.com")).err
    acme = sign_on.SignOn(
        workspace, b"x" * 16, "Acme", "https://id.example", "c", "", ["example.com"], None, False, True
    )
    async with database.pool.acquire() as connection:
        assert await sign_on.keep(connection, acme)
    refused = await tidings("account", "reset", ADA)
    assert (refused.code, "ada@example.com signs in with Acme: a password would open nothing" in refused.err) == (
        1,
        True,
    )
    assert not await database.fetchval("SELECT count(*) FROM audit")
