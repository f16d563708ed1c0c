"""The next batch, read and loaded while the one before it is still worked out and written.

What is loaded so early may lack what the batches before it write; `Batch.follow` lays that over it, which is why only batches after
*plain* ones (see `Outcome.plain`) are taken from here, and all others are loaded again.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias

from tidings.database.pool import AWAY, Connection, Pool
from tidings.processor.batch import Batch
from tidings.processor.feed import Feed, Part

Loaded: TypeAlias = tuple[Part, Batch]


class Ahead:
    """`look` begins, `take` waits for what it gave, `drop` forgets it.

    It keeps one connection of the pool as long as it looks on, since giving one back costs a question to the database.
    """

    def __init__(self, pool: Pool, feed: Feed, make: Callable[[Part], Batch]) -> None:
        self._pool, self._feed, self._make = pool, feed, make
        self._task: asyncio.Task[Loaded | None] | None = None
        self._connection: Connection | None = None

    @property
    def looks(self) -> bool:
        """Whether there is something to take, or soon will be."""
        return self._task is not None

    def look(self, limit: int) -> None:
        """Read and load what comes next."""
        self._task = asyncio.create_task(self._look(limit))

    async def take(self) -> Loaded | None:
        """Give what was loaded; None where nothing was, or where definitions change first."""
        task, self._task = self._task, None
        found = await task if task is not None else None
        if found is None:
            await self._give_back()
        return found

    async def drop(self) -> None:
        """Forget what was loaded; its rows are to be read again."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task
        await self._give_back()

    async def _give_back(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*AWAY):
                await self._pool.release(connection)

    async def _look(self, limit: int) -> Loaded | None:
        feed = self._feed
        if self._connection is None:
            self._connection = await self._pool.acquire()
        if feed.wants(limit):
            await feed.fill(self._connection, 2 * limit)
        part = feed.take(limit)
        if not part.items or part.control:
            return None
        feed.begin(part.items)
        batch = self._make(part)
        await batch.load(part.items, self._connection)
        return part, batch
