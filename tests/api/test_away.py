"""The database is killed under load and comes back: what was answered 200 is there, whole; the rest was told to come again."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.api.serving import Server, serving
from tests.conftest import Database
from tidings.database.embedded import Embedded
from tidings.database.migrate import migrate
from tidings.database.pool import open_pool


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[tuple[Embedded, Database]]:
    """A PostgreSQL of this test's own, to be killed."""
    server = Embedded(tmp_path / "data", memory=256 << 20)
    try:
        url = server.start()
        await migrate(url)
        pool = await open_pool(url, name="tidings test", smallest=0)
        yield server, Database(url, pool)
        pool.terminate()
    finally:
        server.stop()


async def test_nothing_is_lost_or_half_when_the_database_is_killed(own: tuple[Embedded, Database]) -> None:
    postgres, database = own
    async with serving(database, apart=True) as server:
        kept: set[str] = set()
        told: list[httpx.Response] = []
        stop = asyncio.Event()
        senders = [asyncio.create_task(_send(server, n, kept, told, stop)) for n in range(8)]
        async with asyncio.timeout(60):
            while len(kept) < 100:
                await server.client.get("/")
            pid = postgres.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            while not told:
                await server.client.get("/")
            assert (await server.client.get("/healthz")).status_code == 503
            while postgres.pid is not None:
                await server.client.get("/")
            postgres.restart()
            before = len(kept)
            while len(kept) < before + 100:
                await server.client.get("/")
            stop.set()
            await asyncio.gather(*senders)
        assert {answer.status_code for answer in told} == {503}
        assert {answer.headers["retry-after"] for answer in told} == {"1"}
        assert told[0].json()["code"] == "unavailable"
        found = Counter(record.who[0][1] for record in await server.records())
        assert kept <= found.keys()
        assert {name: count for name, count in found.items() if count % 3} == {}


async def _send(server: Server, n: int, kept: set[str], told: list[httpx.Response], stop: asyncio.Event) -> None:
    """Send batches of three, each about one person, one after the other."""
    number = 0
    while not stop.is_set():
        number += 1
        name = f"{n}-{number}"
        batch = [{"type": "track", "userId": name, "event": "E", "messageId": f"{name}-{k}"} for k in range(3)]
        answer = await server.post("/v1/batch", {"batch": batch})
        if answer.status_code == 200:
            kept.add(name)
        else:
            told.append(answer)


async def test_a_frozen_database_is_answered_too(own: tuple[Embedded, Database]) -> None:
    """Nothing is closed, nothing answers: after a bound the sender is told to come again, and later all is well."""
    postgres, database = own
    async with serving(database, apart=True, answer_within=2) as server:
        event = {"userId": "u", "event": "E"}
        assert (await server.post("/v1/track", event)).status_code == 200
        postmaster = psutil.Process(postgres.pid)
        postmaster.suspend()
        frozen = [postmaster, *postmaster.children(recursive=True)]
        for process in frozen[1:]:
            process.suspend()
        answer = await server.post("/v1/track", event)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert (await server.client.get("/healthz")).status_code == 503
        for process in frozen:
            process.resume()
        async with asyncio.timeout(30):
            while (await server.post("/v1/track", event)).status_code != 200:
                pass
