"""What the server knows about people, asked over its API, and what came in, read from its log."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import quote

from tests.api.serving import Server
from tidings.kernel.records import Record

T = TypeVar("T")
_UNREAD = "SELECT count(*) FROM log l JOIN cursors c USING (partition) WHERE (l.xid, l.seq) > (c.xid, c.seq)"


class Seen:
    """What became of people. Every question about them first waits until all that was accepted is applied."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def person(self, id: str, kind: str = "id") -> dict[str, Any]:
        """Give a person; {} where nobody is known by this identifier."""
        await self.applied()
        answer = await self._server.ask(f"/api/people/{kind}/{quote(id, safe='')}")
        return {} if answer.status_code == 404 else dict(answer.raise_for_status().json())

    async def attributes(self, id: str, kind: str = "id") -> dict[str, Any]:
        """Give what is known of a person."""
        return dict((await self.person(id, kind)).get("attributes", {}))

    async def events(self, id: str, kind: str = "id") -> list[dict[str, Any]]:
        """Give a person's events, the oldest first, those of whom they absorbed among them."""
        await self.applied()
        answer = await self._server.ask(f"/api/people/{kind}/{quote(id, safe='')}/events?limit=1000")
        return [] if answer.status_code == 404 else list(reversed(answer.raise_for_status().json()["history"]))

    async def named(self, id: str, kind: str = "id") -> list[tuple[str, str]]:
        """Give (kind, name) of a person's events, the oldest first."""
        return [(event["kind"], event["name"]) for event in await self.events(id, kind)]

    async def event(self, id: str, name: str, kind: str = "id") -> dict[str, Any]:
        """Give the one event of a name that happened to a person."""
        found = [event for event in await self.events(id, kind) if event["name"] == name]
        assert len(found) == 1, f"{name} happened {len(found)} times"
        return found[0]

    async def rejected(self) -> list[dict[str, Any]]:
        """Give the rejected list, the oldest first."""
        await self.applied()
        answer = await self._server.ask("/api/rejected?limit=1000")
        return list(reversed(answer.raise_for_status().json()["rejected"]))

    async def records(self, kind: type | None = None) -> list[Record]:
        """Give what SDKs sent, in its order; ``kind``: of its body."""
        return [
            record
            for record in await self._server.records()
            if record.source and isinstance(record.body, kind or object)
        ]

    async def applied(self) -> None:
        """Wait until everything in the log is applied."""

        async def read() -> bool:
            return not await self._server.database.fetchval(_UNREAD)

        await until(read)


async def until(claim: Callable[[], Awaitable[T]]) -> T:
    """Ask until it holds, and give what it is; for what comes by itself, from a browser or a worker."""
    async with asyncio.timeout(30):
        while not (found := await claim()):
            await asyncio.sleep(0.02)
        return found
