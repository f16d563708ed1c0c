"""The deliver worker: claims what is due, hands it to providers, writes what came of it. As many of them as wanted.

A message's road: *planned*, claimed and *attempting* in one commit (from there on nobody else takes it), handed to its provider,
settled in a second commit. Between the two commits lies the unknown window. A worker that dies in it leaves attempts behind; the
next to look takes them over: a message that may be sent twice (``at_least_once``) is planned again and keeps its Message-ID, one that
may not is left as *unknown*.

The loop sleeps until a notice arrives, something becomes due, or a result frees a lane.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from random import SystemRandom
from typing import Final

import asyncpg
import structlog

from tidings import log
from tidings.channels import Configured, registry
from tidings.channels.provider import Means
from tidings.database.pool import AWAY, Pool, connect
from tidings.delivery import compose, copies, queue, reports, stopping
from tidings.delivery.claim import Claimed, claim
from tidings.delivery.clock import wall_clock
from tidings.delivery.delivery import Delivery
from tidings.delivery.lane import BEGIN, PATIENCE, Lane
from tidings.delivery.queue import Settled, Waiting
from tidings.delivery.results import Results
from tidings.delivery.store import CHANNEL
from tidings.delivery.workspaces import Snapshot, Workspaces

logger = structlog.get_logger(__name__)
_LOOK: Final = 1.0
"""Seconds after which it looks by itself: what a lost notice costs at most."""
_SHORTEST: Final = 0.005
"""Seconds to wait where something is due that another worker has locked."""
_ADOPT: Final = 5.0
"""Seconds between looks for attempts of workers that are gone."""


class Worker:
    """One worker. ``url``: the database, for a connection of its own beside ``pool``. ``base``: the public address of the pages.

    ``batch``: deliveries of one claim. ``full``: deliveries handed to one channel's provider and not yet answered, beyond
    which no more of that channel are claimed however fast it is: so many stand in the unknown window at most.
    """

    def __init__(
        self,
        pool: Pool,
        url: str,
        base: str,
        *,
        means: Means | None = None,
        clock: Callable[[], int] = wall_clock,
        batch: int = 64,
        full: int = 128,
        pictures: str = "",
    ) -> None:
        self._pool, self._url, self._base = pool, url, base.rstrip("/")
        self._means = replace(means or Means(), pool=pool, clock=clock)
        self._clock, self._batch, self._full = clock, batch, full
        self._workspaces = Workspaces(pictures or self._base)
        self._lanes: dict[str, tuple[tuple[Configured, tuple[str | None, ...]], Lane]] = {}
        self._filled: set[str] = set()
        self._turn = 0
        self._closing: set[asyncio.Task[None]] = set()
        self._results = Results(pool, clock)
        self._news = asyncio.Event()
        self._stop = False
        self._own: asyncpg.Connection | None = None
        self._adopted = 0.0
        self._unhanded: list[Delivery] = []
        """What was claimed by a commit whose answer was lost: claimed or not, none of it was handed out."""
        self.id = SystemRandom().randrange(1, 1 << 31)
        """The number under which it claims."""
        self.ready = asyncio.Event()
        """Set once it listens."""

    def stop(self) -> None:
        """End: claim no more, finish what is handed out, write it down. `run` returns then."""
        self._stop = True
        self._news.set()

    async def run(self) -> None:
        """Work until `stop`. A database that goes away is waited for."""
        writing = asyncio.create_task(self._results.run())
        writing.add_done_callback(lambda _: self.stop())  # what can't be written down must not go on being sent
        wait = 0.1
        try:
            while not self._stop:
                try:
                    await self._listen()
                    await self._round()
                    wait = 0.1
                except AWAY as error:
                    logger.warning("the database does not answer; trying again", error=str(error))
                    with suppress(TimeoutError):
                        async with asyncio.timeout(wait):
                            await self._news.wait()
                    wait = min(wait * 2, 5)
        finally:
            for _, lane in self._lanes.values():
                await lane.close()
            for task in list(self._closing):
                await task
            self._results.close()
            try:
                await writing
            finally:
                if self._own is not None:
                    await self._own.close()

    async def _listen(self) -> None:
        """Hold a session of one's own: it hears of news, and its lock says that we live."""
        if self._own is not None and not self._own.is_closed():
            return
        self._own = None
        own = await connect(self._url, name="tidings deliver")
        try:
            await queue.hold_lock(own, self.id)
        except BaseException:
            own.terminate()
            raise
        self._own = own
        await self._own.add_listener(CHANNEL, lambda *_: self._news.set())
        self._adopted = 0.0
        self.ready.set()

    async def _round(self) -> None:
        """Adopt when it is time, claim what is due, and sleep if that was all."""
        await self._put_back()
        moment = time.monotonic()
        if moment - self._adopted >= _ADOPT:
            self._adopted = moment
            while await self._adopt():
                pass
        self._news.clear()
        self._results.changed.clear()
        async with self._pool.acquire() as connection:
            quiet = await stopping.stopped(connection)
            waiting = [each for each in await queue.waiting(connection) if each.workspace not in quiet]
        if quiet:
            await self._withdraw(quiet)
        now = self._clock()
        due = list(_foremost([each for each in waiting if each.due <= now]))
        lanes = [(each, room) for each in due if (room := self._room(each))]
        if lanes and await self._claim(lanes, now):
            return
        later = min((each.due for each in waiting if each.due > now), default=None)
        await self._sleep(later, busy=len(lanes) < len(due), locked=bool(lanes))

    async def _withdraw(self, quiet: set[int]) -> None:
        """Plan again what was claimed of workspaces where all sending is stopped, and no provider has yet."""
        for name, (_, lane) in self._lanes.items():
            if int(name.partition(":")[0]) in quiet:
                self._unhanded += [handout.delivery for handout in lane.withdraw()]
        await self._put_back()

    async def _put_back(self) -> None:
        if self._unhanded:
            async with self._pool.acquire() as connection, connection.transaction():
                await queue.put_back(connection, self.id, self._unhanded)
            self._unhanded = []

    def _room(self, waiting: Waiting) -> int:
        """How many more its provider may be handed. One that was full gets no more until half of that is done: many at once cost less."""
        name = f"{waiting.workspace}:{waiting.channel}"
        found = self._lanes.get(name)
        in_flight, room = (found[1].in_flight, found[1].room) if found else (0, BEGIN)
        full = min(self._full, room)
        if in_flight >= full:
            self._filled.add(name)
        elif in_flight <= full // 2:
            self._filled.discard(name)
        return 0 if name in self._filled else min(self._batch, full - in_flight)

    async def _claim(self, lanes: list[tuple[Waiting, int]], now: int) -> bool:
        """Claim and hand out; False where others hold all that is due. Lanes of one priority take turns in being the first."""
        self._turn += 1
        lanes = lanes[self._turn % len(lanes) :] + lanes[: self._turn % len(lanes)]
        lanes.sort(key=lambda lane: lane[0].priority)
        claimed = Claimed(0, ())
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                claimed = await claim(
                    connection, self._workspaces, self._base, worker=self.id, now=now, limit=self._batch, lanes=lanes
                )
        except AWAY:
            self._unhanded += [handout.delivery for handout in claimed.handouts]
            raise
        for handout in claimed.handouts:
            self._lane(handout.delivery).hand(handout)
        for snapshot, template in claimed.uncompiled:
            await self._compile(snapshot, template)
        return claimed.looked > 0 or bool(claimed.uncompiled)

    async def _compile(self, snapshot: Snapshot, template: str) -> None:
        """Compile a template, and store what its messages have in common; nothing is locked, and results are written meanwhile."""
        try:
            made = await asyncio.to_thread(compose.compiled, snapshot, template)
        except Exception as error:  # a fault here is one template's, never the worker's
            logger.exception("a template could not be compiled", workspace=snapshot.workspace, template=template)
            made = f"it could not be prepared: {type(error).__name__}: {error}"
        if isinstance(made, compose.Message) and (snapshot.workspace, made.stem.id) not in self._workspaces.stems:
            async with self._pool.acquire() as connection:
                await copies.keep_stem(connection, snapshot.workspace, made.stem)
            self._workspaces.stems.add((snapshot.workspace, made.stem.id))
        snapshot.made[template] = made

    async def _sleep(self, later: int | None, *, busy: bool, locked: bool) -> None:
        """Until there is news, something is due at ``later``, or (where a lane is ``busy``) a result was written."""
        seconds = _SHORTEST if locked else _LOOK
        if later is not None:
            seconds = max(0.0, min(seconds, (later - self._clock()) / 1_000_000))
        if not seconds:
            return
        waits = [asyncio.create_task(self._news.wait())]
        if busy:
            waits.append(asyncio.create_task(self._results.changed.wait()))
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()

    def _lane(self, delivery: Delivery) -> Lane:
        """The channel's open provider; where settings or a secret changed, the old one finishes what it has while a new one opens."""
        snapshot = self._workspaces.newest(delivery.workspace)
        assert snapshot is not None
        configured = snapshot.channels[delivery.channel]
        name = f"{delivery.workspace}:{delivery.channel}"
        provider = configured.provider
        opened = (configured, self._workspaces.stored(delivery.workspace, provider.secrets(configured.settings)))
        found = self._lanes.get(name)
        if found is not None:
            if found[0] == opened:
                return found[1]
            task = asyncio.create_task(found[1].close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
        reports_at = f"{self._base}/webhooks/{delivery.channel}/{provider.name}/{delivery.workspace}"
        means = replace(self._workspaces.means(delivery.workspace, self._means), reports=reports_at)
        lane = Lane(provider.open(configured.settings, means), self._results.done)
        self._lanes[name] = (opened, lane)
        return lane

    async def _adopt(self) -> bool:
        """Take over attempts of workers that are gone; True: there may be more."""
        now = self._clock()
        windows = [channel.window for channel in registry().values()]
        async with self._pool.acquire() as connection, connection.transaction():
            found = await queue.adopt(connection, self.id, now, PATIENCE * max(windows, default=0))
            if found:
                ends = [_adopted(delivery, now) for delivery in found]
                await queue.release(connection, ends)
                await log.append(
                    connection,
                    [
                        reports.receipt(end.delivery, "unknown", now, {"reason": end.reason})
                        for end in ends
                        if end.state == "unknown"
                    ],
                )
                logger.warning("took over attempts of a worker that is gone", deliveries=len(found))
        return bool(found)


def _foremost(waiting: Iterable[Waiting]) -> Iterable[Waiting]:
    """Of each lane what matters most: the rest has its turn when that is done."""
    lanes: dict[tuple[int, str], Waiting] = {}
    for each in waiting:
        known = lanes.setdefault((each.workspace, each.channel), each)
        if each.priority < known.priority:
            lanes[each.workspace, each.channel] = each
    return lanes.values()


def _adopted(delivery: Delivery, now: int) -> Settled:
    lost = "the worker that sent it is gone, so whether it went out is not known"
    if delivery.sure:
        state, reason = "planned", f"{lost}; it is sent again, at least once"
    else:
        state, reason = "unknown", f"{lost}; it is sent at most once"
    return Settled(delivery=delivery, state=state, attempt=delivery.attempts, time=now, reason=reason, next_attempt=now)
