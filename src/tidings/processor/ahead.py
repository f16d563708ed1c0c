"""The next batch, read and loaded while the one before it is still worked out and written.

What is loaded so early may lack what the batches before it write; `Batch.follow` lays that over it, which is why only batches after
*plain* ones (see `Outcome.plain`) are taken from here, and all others are loaded again.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias

from tidings.database.pool import Pool
from tidings.processor.batch import Batch
from tidings.processor.feed import Feed, Part

Loaded: TypeAlias = tuple[Part, Batch]


class Ahead:
    """`look` begins, `take` waits for what it gave, `drop` forgets it."""

    def __init__(self, pool: Pool, feed: Feed, make: Callable[[Part], Batch]) -> None:
        self._pool, self._feed, self._make = pool, feed, make
        self._task: asyncio.Task[Loaded | None] | None = None

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
        return await task if task is not None else None

    async def drop(self) -> None:
        """Forget what was loaded; its rows are to be read again."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task

    async def _look(self, limit: int) -> Loaded | None:
        feed = self._feed
        async with self._pool.acquire() as connection:
            if feed.length < limit:
                await feed.fill(connection, 2 * limit)
            part = feed.take(limit)
            if not part.items or part.control:
                return None
            feed.begin(part.items)
            batch = self._make(part)
            await batch.load(part.items, connection)
            return part, batch
