"""The real application on a real server, and what it put into the log."""

import asyncio
import json
import socket
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.conftest import Database
from tidings.api import make
from tidings.app.serve import answers, serve
from tidings.database.access import create_source, create_workspace
from tidings.database.pool import open_pool
from tidings.kernel.records import Record, decode
from tidings.settings import Settings


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
async def serving(database: Database, workspace: str = "production", **settings: Any) -> AsyncIterator[Server]:
    """Serve the application on a database, with a key of each kind; ``settings`` as in `tidings.settings.Settings`."""
    async with database.pool.acquire() as connection:
        own = await create_workspace(connection, workspace)
        names = ("server", "site", "track", "app")
        await connection.execute("DELETE FROM sources WHERE workspace = $1 AND name = ANY($2::text[])", own.id, names)
        write_key = await create_source(connection, own.id, "server", "write_key")
        public_key = await create_source(connection, own.id, "site", "write_key", public=True)
        track = await create_source(connection, own.id, "track", "track")
        app_key = await create_source(connection, own.id, "app", "app")
    port, stop = free_port(), asyncio.Event()
    url = f"http://127.0.0.1:{port}"
    pool = await open_pool(database.url, name="tidings api", largest=8)
    chosen = Settings(**{"port": port, "url": url, "rate_limit": 100_000, **settings})
    running = asyncio.create_task(serve(make(pool, chosen), "127.0.0.1", port, stop))
    try:
        while not await answers("127.0.0.1", port):
            assert not running.done(), running
            await asyncio.sleep(0.01)
        site, _, key = track.partition(":")
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            yield Server(url, database, own.id, write_key, public_key, (site, key), app_key, client)
    finally:
        stop.set()
        await running
        pool.terminate()
