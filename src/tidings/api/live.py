"""Live parts: an event stream (SSE) that tells a page what is new, and that ends by itself.

A route gives `stream` a function that looks once and answers what is new since the last look. It is asked every `EVERY` seconds, for
`LONGEST` at most: the browser then comes again by itself with the last id it saw, so a stream that was cut off loses nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import msgspec
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

EVERY: Final = 0.5
LONGEST: Final = 120.0
_ALIVE: Final = 15.0

Look = Callable[[str], Awaitable[list[tuple[str, Any]]]]
"""From the last id seen ("" at first) to (id, what is new), in order."""


def stream(look: Look, since: str = "") -> ServerSentEvent:
    """Answer with an event stream."""

    async def told() -> AsyncIterator[ServerSentEventMessage]:
        last, loop = since, asyncio.get_running_loop()
        ends, spoke = loop.time() + LONGEST, loop.time()
        yield ServerSentEventMessage(comment="hello", retry=1000)
        while loop.time() < ends:
            for id, news in await look(last):
                yield ServerSentEventMessage(data=msgspec.json.encode(news, enc_hook=str).decode(), id=id)
                last, spoke = id, loop.time()
            if loop.time() - spoke > _ALIVE:
                yield ServerSentEventMessage(comment="still here")
                spoke = loop.time()
            await asyncio.sleep(EVERY)

    return ServerSentEvent(told(), headers={"cache-control": "no-store", "x-accel-buffering": "no"})
