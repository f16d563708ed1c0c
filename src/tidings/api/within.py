"""Every request is answered within a bound, whatever what it waits for does.

Cancelling is not enough: what is cancelled may wait once more while it tidies up (a connection on its way back to the pool). So a
request is worked on in a task of its own, and the answer does not wait for that task's end.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tidings.api.http import Receive, Send


async def within(
    seconds: float, work: Callable[[Receive, Send], Awaitable[None]], receive: Receive, send: Send
) -> bool:
    """Let ``work`` answer. False where it has not begun to within so many seconds of having heard the request: then it is given up, and
    whoever called this answers. An answer that has begun goes on; time spent waiting for the sender does not count."""
    request = _Request(receive, send)
    task = asyncio.ensure_future(work(request.receive, request.send))
    try:
        while not request.begun:
            left = seconds if request.listening else request.heard + seconds - request.loop.time()
            if left <= 0:
                request.over = True
                return False
            if (await asyncio.wait({task}, timeout=left))[0]:
                break
        await task
        return True
    finally:
        if not task.done():
            task.cancel()
            task.add_done_callback(_forget)


class _Request:
    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self.loop = asyncio.get_running_loop()
        self.heard = self.loop.time()
        self.listening = self.begun = self.over = False

    async def receive(self) -> Any:
        self.listening = True
        try:
            return await self._receive()
        finally:
            self.listening = False
            self.heard = self.loop.time()

    async def send(self, message: Any) -> None:
        if self.over:
            return
        self.begun = True
        await self._send(message)


def _forget(task: "asyncio.Future[None]") -> None:
    if not task.cancelled():
        task.exception()
