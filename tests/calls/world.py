"""A town with a caller in it, and somebody outside who answers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.channels.servers.http import Request, Response
from tests.processor.town import Town
from tidings.calls.worker import Caller
from tidings.channels.provider import Means
from tidings.delivery.clock import wall_clock
from tidings.history import unpack
from tidings.kernel.records import Event
from tidings.kernel.times import SECOND
from tidings.people.document import Person, Run


class Receiver:
    """Answers with what it was given, and with 200 and nothing after that."""

    def __init__(self, *answers: Response) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return self.answers.pop(0) if self.answers else Response(200)


class Outside:
    """``ahead``: seconds by which the caller's clock is ahead, so that nobody waits for a second try."""

    def __init__(self, town: Town) -> None:
        self.town, self.ahead = town, 0

    def clock(self) -> int:
        return wall_clock() + self.ahead * SECOND

    async def begin(self, *steps: Any, status: str = "live", **more: Any) -> None:
        """Put a journey of these steps in force, and let Ada enter it."""
        await self.define(*steps, status=status, **more)
        await self.town.send(self.town.record(Event("Go", {"n": 3}), ("id", "ada")))

    async def define(self, *steps: Any, status: str = "live", shadow: bool = False, **more: Any) -> None:
        document = {"journey": "j", "trigger": {"event": "Go"}, "steps": list(steps), **more.pop("document", {})}
        entry = {"version": 1, "status": status, "document": document, "history": {"1": document}}
        entry |= {"shadow": True} if shadow else {}
        await self.town.define({"journeys": {"j": entry}, **more})

    async def ada(self) -> Person:
        found = await self.town.person("id", "ada")
        assert found is not None
        return found

    async def run(self) -> Run:
        return (await self.ada()).runs[0]

    async def row(self) -> Any:
        """The newest call."""
        return next(iter(await self.town.database.fetch("SELECT * FROM calls ORDER BY due DESC LIMIT 1")), None)

    async def when(self, holds: Callable[[Any], bool], seconds: float = 15) -> Any:
        """Wait until something holds of the newest call."""
        async with asyncio.timeout(seconds):
            while not holds(row := await self.row()):
                await self.town.rest()
                await asyncio.sleep(0.02)
        return row

    async def at_step(self, step: str) -> Run:
        """Wait until Ada stands at a step."""
        async with asyncio.timeout(15):
            while (run := await self.run()).step != step:
                await self.town.rest()
                await asyncio.sleep(0.02)
        return run

    async def whys(self) -> list[str]:
        """What the record of Ada's run says."""
        person = await self.ada()
        rows = await self.town.database.fetch(
            "SELECT body FROM history WHERE partition = $1 AND person = $2 AND kind = 21 ORDER BY received, id",
            person.partition,
            person.id,
        )
        return [unpack(row[0]).get("why", "") for row in rows]

    @asynccontextmanager
    async def calling(self, allow: tuple[str, ...] = ("127.0.0.1/32",), **more: Any) -> AsyncIterator[Caller]:
        """Run a caller meanwhile."""
        means = Means(hooks=allow, environ={"TIDINGS_SECRET_SCORE": "hush"})
        caller = Caller(self.town.database.pool, self.town.database.url, means=means, clock=self.clock, **more)
        running = asyncio.create_task(caller.run())
        try:
            async with asyncio.timeout(15):
                await caller.ready.wait()
            yield caller
        finally:
            caller.stop()
            await running
