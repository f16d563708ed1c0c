"""The same HTTP server answering without work: reads the request's body and says 200."""

import asyncio
import os
from typing import Any

import uvloop

from tidings.app.serve import serve

_HEADERS = [(b"content-type", b"application/json")]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer whatever comes."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": b'{"success":true}'})


if __name__ == "__main__":
    uvloop.run(serve(app, "127.0.0.1", int(os.environ["TIDINGS_PORT"]), asyncio.Event()))
