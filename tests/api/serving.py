"""The real application on a real server, and what it put into the log."""

import asyncio
import json
import os
import signal
import socket
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx

from tests.conftest import Database
from tidings.api import make
from tidings.app.serve import answers, serve
from tidings.database.access import create_source, create_workspace
from tidings.database.pool import Pool, open_pool
from tidings.kernel.records import Record, decode
from tidings.processor import Worker
from tidings.settings import Settings

KEY = "an installation's key, for tests alone"


@dataclass(frozen=True)
class Server:
    """``url`` without a slash at the end; ``track_login``: site id and key of the Track API; ``workspace``: its id."""

    url: str
    database: Database
    workspace: int
    write_key: str
    public_key: str
    track_login: tuple[str, str]
    app_key: str
    client: httpx.AsyncClient

    async def records(self) -> list[Record]:
        """What stands in the log, in its order."""
        rows = await self.database.fetch("SELECT body FROM log ORDER BY xid, seq")
        return [decode(row["body"]) for row in rows]

    async def post(self, path: str, body: Any, key: str | None = None, **more: Any) -> httpx.Response:
        """Send JSON with a write key (the secret one by default, none with "")."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = dict(more.pop("headers", {}))
        if key != "":
            headers.setdefault("Authorization", basic(key or self.write_key))
        return await self.client.post(path, content=content, headers=headers, **more)

    async def track(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """Call the Track API."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return await self.client.request(method, path, content=content, auth=self.track_login, **more)

    async def ask(self, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        """Call what an app key may."""
        headers = {"Authorization": f"Bearer {self.app_key}"}
        return await self.client.request(method, path, headers=headers, **more)


def basic(user: str, password: str = "") -> str:
    """Print Basic authorization."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def free_port() -> int:
    """Give a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def serving(
    database: Database, *, apart: bool = False, working: bool = False, **settings: Any
) -> AsyncIterator[Server]:
    """Serve the application on a database, with a key of each kind. ``apart``: in a process of its own, as it runs in production.
    ``working``: with a worker, so that what is sent is applied to people. ``settings`` as in `tidings.settings.Settings`.
    """
    async with database.pool.acquire() as connection:
        workspace = (await create_workspace(connection, "production")).id
        write_key = await create_source(connection, workspace, "server", "write_key")
        public_key = await create_source(connection, workspace, "site", "write_key", public=True)
        track = await create_source(connection, workspace, "track", "track")
        app_key = await create_source(connection, workspace, "app", "app")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    chosen = {"port": port, "url": url, "rate_limit": 100_000, "key": KEY, **settings}
    site, _, key = track.partition(":")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context((_apart if apart else _here)(database, chosen))
        if working:
            await stack.enter_async_context(worked(database))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=30))
        yield Server(url, database, workspace, write_key, public_key, (site, key), app_key, client)


async def close(pool: Pool) -> None:
    """Close a pool once what is still under way has ended: who looked at a page takes their leave after the connection is gone."""
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            await pool.close()


@asynccontextmanager
async def _here(database: Database, settings: dict[str, Any]) -> AsyncIterator[None]:
    pool, stop = await open_pool(database.url, name="tidings api", largest=8), asyncio.Event()
    running = asyncio.create_task(serve(make(pool, Settings(**settings)), "127.0.0.1", settings["port"], stop))
    try:
        while not await answers("127.0.0.1", settings["port"]):
            assert not running.done(), running
            await asyncio.sleep(0.01)
        yield
    finally:
        stop.set()
        await running
        await close(pool)


@asynccontextmanager
async def worked(database: Database) -> AsyncIterator[None]:
    """Have a worker for a while."""
    pool = await open_pool(database.url, name="tidings worker", largest=8)
    worker = Worker(pool, database.url, Settings())
    running = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await running
        await close(pool)


@asynccontextmanager
async def _apart(database: Database, settings: dict[str, Any]) -> AsyncIterator[None]:
    given = {f"TIDINGS_{name.upper()}": str(value) for name, value in settings.items()}
    environment = {**os.environ, **given, "TIDINGS_DATABASE_URL": database.url}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tidings.app.api", env=environment)
    try:
        while not await answers("127.0.0.1", settings["port"]):
            assert process.returncode is None
            await asyncio.sleep(0.01)
        yield
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 20) == 0
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
