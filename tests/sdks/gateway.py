"""A gateway before the server that loses answers: the request arrived, and who sent it is told 502."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.api.serving import free_port
from tidings.app.serve import answers, serve

_OWN = (b"host", b"content-length", b"connection", b"transfer-encoding")


class Gateway:
    """``url``: where it listens. ``lost``: answers to POST that it has lost; it loses the first ``losing``."""

    def __init__(self, target: httpx.AsyncClient, losing: int) -> None:
        self._target, self._losing = target, losing
        self.url = ""
        self.lost = 0

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while (message := await receive()).get("more_body"):
            body += message["body"]
        body += message.get("body", b"")
        path = scope["raw_path"].decode() + ("?" + scope["query_string"].decode() if scope["query_string"] else "")
        kept = [(name, value) for name, value in scope["headers"] if name not in _OWN]
        answer = await self._target.request(scope["method"], path, headers=kept, content=body)
        status, headers, content = answer.status_code, answer.headers.raw, answer.content
        if scope["method"] == "POST" and self.lost < self._losing:
            self.lost += 1
            status, headers, content = 502, [], b""
        passed = [(name.lower(), value) for name, value in headers if name.lower() not in _OWN]
        await send({"type": "http.response.start", "status": status, "headers": passed})
        await send({"type": "http.response.body", "body": content})


@asynccontextmanager
async def gateway(url: str, losing: int) -> AsyncIterator[Gateway]:
    """Run it before a server."""
    stop, port = asyncio.Event(), free_port()
    async with httpx.AsyncClient(base_url=url, timeout=30) as target:
        made = Gateway(target, losing)
        made.url = f"http://127.0.0.1:{port}"
        running = asyncio.create_task(serve(made, "127.0.0.1", port, stop))
        while not await answers("127.0.0.1", port):
            assert not running.done(), running
            await asyncio.sleep(0)
        try:
            yield made
        finally:
            stop.set()
            await running
