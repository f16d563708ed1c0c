"""Workspaces and sources: one of a name, a credential shown once, and a notice when something changes."""

import asyncio
from typing import Any

import asyncpg
import pytest

from tidings.database import access


async def test_workspace_is_made_once(database: Any) -> None:
    async with database.pool.acquire() as connection:
        first = await access.create_workspace(connection, "production")
        assert (first.id, len(first.secret)) == (1, 32)
        assert await access.create_workspace(connection, "production") == first
        assert (await access.create_workspace(connection, "staging")).id == 2
        assert [w.name for w in await access.list_workspaces(connection)] == ["production", "staging"]


async def test_source_is_found_by_its_credential_alone(database: Any) -> None:
    async with database.pool.acquire() as connection:
        workspace = await access.create_workspace(connection, "production")
        web = await access.create_source(connection, workspace.id, "web", "write_key", public=True)
        site = await access.create_source(connection, workspace.id, "server", "track")
        assert ":" in site
        sources = {source.key_hash: source for source in await access.list_sources(connection, workspace.id)}
        assert sources[access.hash_key(web)].public
        assert sources[access.hash_key(site)].hint == site[-4:]
        signing = sources[access.hash_key(web)].signing
        assert len(signing) == 26
        assert await access.read_signing(connection, workspace.id, "web") == signing
        assert [await access.read_signing(connection, workspace.id, name) for name in ("server", "none")] == ["", ""]
        await access.create_source(connection, workspace.id, "phones", "write_key", public=True)
        staging = await access.create_workspace(connection, "staging")
        await access.create_source(connection, staging.id, "web", "write_key", public=True)
        secrets = [each.signing for each in await access.list_sources(connection) if each.public]
        assert (len(set(secrets)), secrets[0]) == (3, signing)
        assert web not in str(await connection.fetch("SELECT * FROM sources"))
        with pytest.raises(ValueError, match="already exists"):
            await access.create_source(connection, workspace.id, "web", "write_key")
        with pytest.raises(ValueError, match="already exists"):
            await access.create_source(connection, workspace.id, "other", "write_key", credential=web)
        with pytest.raises(ValueError, match="at least 16"):
            await access.create_source(connection, workspace.id, "short", "write_key", credential="abc")
        assert await access.remove_source(connection, workspace.id, "web")
        assert not await access.remove_source(connection, workspace.id, "web")


async def test_changes_are_announced_but_use_is_not(database: Any) -> None:
    listening = await asyncpg.connect(database.url)
    heard: asyncio.Queue[str] = asyncio.Queue()
    await listening.add_listener(access.CHANNEL, lambda *_: heard.put_nowait("changed"))
    await listening.add_listener("mark", lambda *_: heard.put_nowait("mark"))
    async with database.pool.acquire() as connection:
        workspace = await access.create_workspace(connection, "production")
        await access.create_source(connection, workspace.id, "web", "write_key")
        assert await asyncio.wait_for(heard.get(), 5) == "changed"
        await access.mark_used(connection, [1])
        await connection.execute("NOTIFY mark")
        assert await asyncio.wait_for(heard.get(), 5) == "mark"
        await access.remove_source(connection, workspace.id, "web")
        assert await asyncio.wait_for(heard.get(), 5) == "changed"
    await listening.close()
