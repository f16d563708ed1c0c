"""Keys are in memory and follow the database at once: made, revoked, turned public, and still there after the database was away."""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.api.serving import Server
from tidings.api import keys
from tidings.api.keys import Keys
from tidings.database.access import LONGEST, create_source, remove_source
from tidings.ingest.request import basic
from tidings.kernel.records import PUBLIC

EVENT = {"userId": "u", "event": "Paid"}
STRICT = {"X-Strict-Mode": "1"}


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Ask until it holds: a notice is on its way."""
    async with asyncio.timeout(10):
        while not await holds():
            await asyncio.sleep(0.01)


async def test_a_new_key_works_and_a_removed_one_does_not(server: Server) -> None:
    async with server.database.pool.acquire() as connection:
        key = await create_source(connection, server.workspace, "new", "write_key")

        async def accepted() -> bool:
            return (await server.post("/v1/track", EVENT, key=key, headers=STRICT)).status_code == 200

        async def refused() -> bool:
            return (await server.post("/v1/track", EVENT, key=key, headers=STRICT)).status_code == 401

        await until(accepted)
        await remove_source(connection, server.workspace, "new")
        await until(refused)
        assert (await server.post("/v1/track", EVENT)).status_code == 200
        await remove_source(connection, server.workspace, "app")

        async def locked_out() -> bool:
            return (await server.ask("/api/catalog")).status_code == 401

        await until(locked_out)


async def test_a_key_works_from_its_first_request_on(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_SOUGHT", 0.0)
    await server.database.execute("ALTER TABLE sources DISABLE TRIGGER USER")  # the notice comes late
    for n in range(10):
        async with server.database.pool.acquire() as connection, connection.transaction():
            key = await create_source(connection, server.workspace, f"new {n}", ("write_key", "app")[n % 2])
        if n % 2:
            bearer = {"Authorization": f"Bearer {key}"}
            assert (await server.client.get("/api/catalog", headers=bearer)).status_code == 200
        else:  # answered with 200 whatever the key
            await server.post("/v1/track", {**EVENT, "messageId": f"m{n}"}, key=key)
    assert {record.message_id for record in await server.records()} == {f"m{n}" for n in range(0, 10, 2)}


async def test_the_first_use_of_each_is_seen_at_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async with server.database.pool.acquire() as connection:
        one, other = [await create_source(connection, server.workspace, name, "write_key") for name in ("one", "other")]
    write, others = keys.mark_used, [other]

    async def meanwhile(*given: Any) -> None:
        """Write one down; the other comes while that is under way."""
        while others:
            await server.post("/v1/track", EVENT, key=others.pop())
        await write(*given)

    async def used() -> bool:
        count = "SELECT count(*) FROM sources WHERE name IN ('one', 'other') AND last_used IS NOT NULL"
        return bool(await server.database.fetchval(count) == 2)

    monkeypatch.setattr(keys, "mark_used", meanwhile)
    assert not await used()
    await server.post("/v1/track", EVENT, key=one)
    await until(used)


async def test_a_credential_longer_than_there_is_any_fills_nothing(server: Server) -> None:
    async with server.database.pool.acquire() as connection:
        with pytest.raises(ValueError, match="at most"):
            await create_source(connection, server.workspace, "long", "write_key", credential="x" * (LONGEST + 1))
        longest = await create_source(connection, server.workspace, "long", "track", credential="x:" * (LONGEST // 2))
        known = Keys(server.database.pool)
        await known._read(connection)
    assert known.find(longest) is not None
    assert known.find(longest + "x") is None
    assert list(known._found) == [longest]
    login = b64encode(longest.encode()).decode()
    assert basic({"authorization": f"Basic {login}"}) == ("x", longest[2:])
    assert basic({"authorization": f"Basic {'eDp4' * 1000}"}) is None


async def test_a_key_turned_public_is_public_from_then_on(server: Server) -> None:
    await server.database.execute("UPDATE sources SET public = true WHERE name = 'server'")

    async def is_public() -> bool:
        await server.post("/v1/track", EVENT)
        return (await server.records())[-1].trust == PUBLIC

    await until(is_public)


async def test_keys_are_followed_again_after_their_connection_was_cut(server: Server) -> None:
    cut = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'tidings api'"
    )
    assert await server.database.fetchval(cut) > 0
    async with server.database.pool.acquire() as connection:
        key = await create_source(connection, server.workspace, "new", "write_key")

    async def accepted() -> bool:
        return (await server.post("/v1/track", EVENT, key=key, headers=STRICT)).status_code == 200

    await until(accepted)
