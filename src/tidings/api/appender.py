"""Group commit: everything that arrives while a commit is under way shares the next one, and is answered when that is durable.

Two commits at most are under way, each on a connection of its own. So the number of commits adapts to how long one takes: a
single request is written at once, and thousands cost hardly more than a few.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NamedTuple

import structlog

from tidings import log
from tidings.api import counts
from tidings.api.away import AWAY, usable
from tidings.database.pool import Connection, Pool
from tidings.kernel.records import Record, encode, home
from tidings.people import rejected
from tidings.people.rejected import Refusal

logger = structlog.get_logger(__name__)

Row = tuple[int, bytes]
_RECORDS: Final = 5000
"""Records of one commit, about."""
_WAITING: Final = 64 << 20
"""Bytes that may wait; what comes beyond it is told to come again."""
_SECONDS: Final = 8.0
"""How long one commit may take."""
_LOOK: Final = 1.0
"""Seconds between two looks at who has waited for too long."""
_PAUSE: Final = 0.005
"""Seconds between two calls to wake the readers."""


class Away(Exception):
    """The log can't be written now."""


class _Call(NamedTuple):
    rows: Sequence[Row]
    refusals: Sequence[Refusal]
    size: int
    done: "asyncio.Future[None]"


class Appender:
    """``lanes``: commits under way at once, and connections held. ``within``: seconds after which whoever waits is told `Away`, whatever
    the database does."""

    def __init__(self, pool: Pool, lanes: int = 2, within: float = 10.0) -> None:
        self._pool = pool
        self._within = within
        self._waiting: deque[_Call] = deque()
        self._size = 0
        self._open: deque[tuple[float, asyncio.Future[None]]] = deque()
        self._alarm: asyncio.TimerHandle | None = None
        self._idle: list[Connection | None] = [None] * lanes
        self._tasks: set[asyncio.Task[None]] = set()
        self._written = asyncio.Event()
        self._closed = False

    async def keep(self, records: Sequence[Record], refusals: Sequence[Refusal] = ()) -> None:
        """Write records, as `append` does."""
        await self.append([(home(record), encode(record)) for record in records], refusals)

    async def append(self, rows: Sequence[Row], refusals: Sequence[Refusal] = ()) -> None:
        """Write records (partition, bytes), and refusals beside them, in one transaction; returns when they are durable. Raises `Away`,
        after which they may be written or not, but never in part."""
        size = sum(len(body) for _, body in rows)
        if self._closed or self._size + size > _WAITING:
            raise Away
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append(_Call(rows, refusals, size, done))
        self._open.append((loop.time() + self._within, done))
        self._size += size
        if self._alarm is None:
            self._alarm = loop.call_later(min(self._within, _LOOK), self._hurry)
        if self._idle:
            task = asyncio.create_task(self._work(self._idle.pop()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await done

    async def wake(self) -> None:
        """Tell the readers of what was written, until closed: at once, but not again within a few milliseconds."""
        while not self._closed or self._written.is_set():
            await self._written.wait()
            self._written.clear()
            with suppress(*AWAY):
                async with asyncio.timeout(_SECONDS), self._pool.acquire() as connection:
                    await log.wake(connection)
            await asyncio.sleep(_PAUSE)

    async def close(self) -> None:
        """Finish what was begun, and give the connections back."""
        self._closed = True
        while self._tasks:
            await asyncio.wait(set(self._tasks))
        self._written.set()
        for connection in self._idle:
            if connection is not None:
                with suppress(*AWAY):
                    await self._pool.release(connection)
        self._idle = []

    async def _work(self, connection: Connection | None) -> None:
        try:
            while self._waiting:
                calls = self._next()
                if not calls:
                    continue
                try:
                    connection = await self._try(connection, calls)
                finally:
                    for call in calls:
                        if not call.done.done():
                            call.done.set_exception(Away())
        finally:
            self._idle.append(connection)

    async def _try(self, connection: Connection | None, calls: list[_Call]) -> Connection | None:
        """Write what the calls brought, and tell them where that succeeds; gives the connection to go on with."""
        began = time.perf_counter()
        try:
            connection = await self._write(connection, calls)
        except Exception as error:
            if not isinstance(error, AWAY):
                logger.exception("the log can't be written")
            else:
                logger.warning("the log can't be written", error=str(error) or type(error).__name__)
            await self._dropped(connection)
            return None
        counts.seconds.observe(time.perf_counter() - began)
        self._written.set()
        for call in calls:
            if not call.done.done():
                call.done.set_result(None)
        return connection

    def _hurry(self) -> None:
        """Tell those who have waited for too long; what they brought may be under way, and be written all the same."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._open and (self._open[0][1].done() or self._open[0][0] <= now):
            done = self._open.popleft()[1]
            if not done.done():
                done.set_exception(Away())
        self._alarm = loop.call_later(min(self._open[0][0] - now, _LOOK), self._hurry) if self._open else None

    def _next(self) -> list[_Call]:
        calls: list[_Call] = []
        records = 0
        while self._waiting and (not calls or records + len(self._waiting[0].rows) <= _RECORDS):
            call = self._waiting.popleft()
            self._size -= call.size
            if not call.done.done():
                calls.append(call)
                records += len(call.rows)
        counts.group.observe(records)
        counts.waiting.set(self._size)
        return calls

    async def _write(self, connection: Connection | None, calls: list[_Call]) -> Connection:
        rows = [row for call in calls for row in call.rows]
        refusals = [refusal for call in calls for refusal in call.refusals]
        async with asyncio.timeout(_SECONDS):
            if connection is not None and not usable(connection):
                await self._dropped(connection)
                connection = None
            if connection is None:
                connection = await self._pool.acquire()
            try:
                if refusals:
                    async with connection.transaction():
                        await log.append(connection, rows, quiet=True)
                        await rejected.write(connection, refusals)
                else:
                    await log.append(connection, rows, quiet=True)
            except BaseException:
                await self._dropped(connection)
                raise
        counts.records.inc(len(rows))
        counts.refused.inc(len(refusals))
        return connection

    async def _dropped(self, connection: Connection | None) -> None:
        """Give up a connection whose state is not known."""
        if connection is not None:
            with suppress(Exception):
                connection.terminate()
            with suppress(Exception):
                await self._pool.release(connection)
