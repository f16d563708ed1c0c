"""An application is served until told to stop, with its lifespan, and a taken port is named."""

import asyncio
import socket
from typing import Any

import httpx
import pytest

from tidings.app.serve import Taken, answers, serve


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Application:
    """Answers slowly on request, and notes its lifespan."""

    def __init__(self) -> None:
        self.life: list[str] = []
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                self.life.append(message["type"])
                await send({"type": "lifespan.startup.complete"})
            self.life.append("lifespan.shutdown")
            await send({"type": "lifespan.shutdown.complete"})
            return
        self.asked.set()
        await self.go_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["path"].encode()})


async def test_request_under_way_is_finished_and_lifespan_ended() -> None:
    app, port, stop = Application(), free_port(), asyncio.Event()
    serving = asyncio.create_task(serve(app, "127.0.0.1", port, stop))
    while not await answers("127.0.0.1", port):
        assert not serving.done()
        await asyncio.sleep(0.01)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answer = asyncio.create_task(client.get("/slow"))
        await asyncio.wait_for(app.asked.wait(), 5)
        stop.set()
        app.go_on.set()
        assert (await answer).text == "/slow"
    await asyncio.wait_for(serving, 10)
    assert app.life == ["lifespan.startup", "lifespan.shutdown"]
    assert not await answers("127.0.0.1", port)


async def test_taken_port_is_named_with_another() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Taken, match=f"port {port} is in use.*TIDINGS_PORT={port + 1}"):
            await serve(Application(), "127.0.0.1", port, asyncio.Event())
