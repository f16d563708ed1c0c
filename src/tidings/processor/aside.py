"""What a worker does beside its batches: telling members of groups, looking for whom occasions concern, emptying old tables."""

import asyncio
import time
from typing import Final

import asyncpg

from tidings.history import conversions
from tidings.history.numbers import roll
from tidings.kernel.times import DAY
from tidings.log import leases
from tidings.log.retain import retain
from tidings.people import catalog
from tidings.processor import groups, occasions, retention, seen
from tidings.processor.feed import Feed
from tidings.processor.force import Force
from tidings.settings import Settings

_WAITS: Final = 1.0
"""Seconds that it may have to wait while rows keep coming."""
_TIDY: Final = 60.0


class Aside:
    """``news``: set where rows wait, which come first. ``tidied``: when old tables were emptied last, by the monotonic clock."""

    def __init__(self, feed: Feed, force: Force, settings: Settings, news: asyncio.Event) -> None:
        self._feed, self._force, self._settings, self._news = feed, force, settings, news
        self._done = 0.0
        self._turn = occasions.Turn()
        self.tidied = 0.0

    @property
    def is_due(self) -> bool:
        """Whether it has waited long enough."""
        return time.monotonic() - self._done > _WAITS

    async def do(self, connection: asyncpg.Connection) -> None:
        """Do some of it, while no commit is under way on the connection."""
        self._done = time.monotonic()
        held = sorted(self._feed.leases)
        left = int(await groups.waiting(connection, held) or await occasions.waiting(connection, held))
        while left:
            async with connection.transaction():
                await leases.fence(connection, {p: lease.token for p, lease in self._feed.leases.items()})
                left = await groups.tell(connection, held, self._force, time.time_ns() // 1000)
                left += await occasions.tell(connection, held, self._force, time.time_ns() // 1000, self._turn)
            if self._news.is_set():
                break
        if time.monotonic() - self.tidied > _TIDY:
            self.tidied = time.monotonic()
            if await self._tidy(connection, held, time.time_ns() // 1000):
                self.tidied = 0.0  # there may be more

    async def _tidy(self, connection: asyncpg.Connection, held: list[int], now: int) -> bool:
        await seen.tidy(connection, now)
        await retain(connection)
        await roll(connection, held, now)
        await conversions.roll(connection, held, now)
        await catalog.forget_gone(connection, held)
        await catalog.forget_days(connection, held, now // DAY - self._settings.keep_catalog_days)
        return bool(await retention.forget(connection, held, self._force, now))
