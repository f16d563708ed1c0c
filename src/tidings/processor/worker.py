"""The worker: leases partitions, applies what the log brings and what time moves, one commit a batch. As many of them as wanted.

Everything a batch does is worked out in memory on what was loaded for it, then written in one transaction that the lease and the
cursor fence. Whatever goes wrong before or in it (a lost lease, a race for an identifier, a database that goes away) leaves nothing
behind: the same rows are read again and worked out from what is there then.
"""

import asyncio
import os
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

import asyncpg
import structlog

from tidings import log
from tidings.calls import store as calls
from tidings.database.pool import AWAY, IDLE_BATCH_SECONDS, LEASE_SECONDS, Pool, connect
from tidings.database.version import Unfit
from tidings.delivery import store as deliveries
from tidings.kernel.ids import fresh, show
from tidings.kernel.records import Control
from tidings.kernel.times import SECOND
from tidings.log import holding, leases
from tidings.people import catalog, standing, store
from tidings.people.catalog import Tally
from tidings.processor import door, intake, seen
from tidings.processor.ahead import Ahead
from tidings.processor.aside import Aside
from tidings.processor.batch import Batch
from tidings.processor.build import Builder
from tidings.processor.control import repeat
from tidings.processor.due import Due
from tidings.processor.feed import Feed, Item, Part
from tidings.processor.force import Force
from tidings.processor.handlers import HANDLERS
from tidings.processor.outcome import Outcome
from tidings.processor.replay import Replay
from tidings.settings import Settings

logger = structlog.get_logger(__name__)
_LOOK: Final = 1.0
"""Seconds after which it looks by itself: what a lost notice costs at most."""
_KEEP: Final = LEASE_SECONDS / 3
_HELD: Final = 0.2
"""Seconds between two looks at who holds the log back."""
_TALLY: Final = 1.0
"""Seconds between two writings of the catalog."""
_TRIES: Final = 20
"""Replays of one batch after which its rows are taken one by one, and one by itself is given up."""
_FAULTY: Final = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.ProgramLimitExceededError)
"""What the database says of data it can't take: the fault is a record's, and trying again would be for ever."""


class Faulty(Exception):
    """Working a batch out, or writing it, failed by a fault of a record's or of ours."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        super().__init__(str(error))


class Worker:
    """One worker. ``formats``: the stored formats it knows; it leases nothing where newer ones were written."""

    def __init__(self, pool: Pool, url: str, settings: Settings, *, formats: dict[str, int] | None = None) -> None:
        self._pool, self._url, self._settings, self._formats = pool, url, settings, formats
        self.name = f"{socket.gethostname()}:{os.getpid()}:{show(fresh())[:6]}"
        self.applied = 0
        """Rows applied since it began."""
        self.idle = asyncio.Event()
        """Set while everything that can be read is applied."""
        self._stop = False
        self._news = asyncio.Event()
        self._own: asyncpg.Connection | None = None
        self._feed = Feed()
        self._force = Force()
        self._tally = Tally()
        self._tallied = 0.0
        self._kept = 0.0
        self._next_due: int | None = None
        self._asked_due = False
        self._doubtful = False
        self._careful = 0
        self._replays = 0
        self._part: Part | None = None
        self._freed = 0.0
        self._aside = Aside(self._feed, self._force, settings, self._news)
        self._builder = Builder(pool, self._force)
        self._ahead = Ahead(pool, self._feed, self._batch)
        self._flight: asyncio.Task[None] | None = None
        """The commit under way: the next batch is worked out meanwhile."""
        self._due = Due(settings.batch)
        self._recent: list[Batch] = []
        """The latest batches, at most two, which what is loaded ahead may lack."""

    def stop(self) -> None:
        """End after the batch under way, and give the leases back. `run` returns then."""
        self._stop = True
        self._news.set()

    async def run(self) -> None:
        """Work until `stop`. A database that goes away is waited for."""
        wait = 0.1
        building = asyncio.create_task(self._builder.run())
        keeping = asyncio.create_task(door.keep(self._pool))
        taking = asyncio.create_task(intake.keep(self._pool))
        try:
            while not self._stop:
                try:
                    connection = await self._connection()
                    try:
                        await self._round(connection)
                    except Replay as replay:
                        self._replays += 1
                        if self._replays > _TRIES:
                            await self._failed(connection, replay)
                        else:
                            logger.info("a batch is worked out again", why=str(replay))
                            await self._again()
                    except Faulty as fault:
                        await self._failed(connection, fault.error)
                    except _FAULTY as error:
                        self._part = None
                        await self._failed(connection, error)
                    wait = 0.1
                except leases.Lost as lost:
                    logger.warning(
                        "leases were lost; what was under way is dropped", partitions=sorted(lost.partitions)
                    )
                    await self._abandon()
                    self._forget()
                except AWAY as error:
                    logger.warning("the database does not answer; trying again", error=str(error))
                    await self._abandon()
                    await self._drop()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(wait):
                            await self._news.wait()
                    wait = min(wait * 2, 5)
        finally:
            await self._abandon()
            for aside in (building, keeping, taking):
                aside.cancel()
                with suppress(asyncio.CancelledError):
                    await aside
            if self._own is not None and not self._own.is_closed():
                with suppress(*AWAY):
                    await leases.leave(self._own, self.name, self._feed.leases.values())
                    await self._own.close()

    # The connection, and what is held on it

    async def _connection(self) -> asyncpg.Connection:
        if self._own is None or self._own.is_closed():
            self._own = await connect(self._url, name="tidings worker", idle_seconds=IDLE_BATCH_SECONDS)
            await log.listen(self._own, self._news.set)
            await self._own.add_listener(leases.CHANNEL, lambda *_: self._due_to_keep())
            self._forget()
        return self._own

    def _due_to_keep(self) -> None:
        self._kept = 0.0
        self._news.set()

    async def _drop(self) -> None:
        if self._own is not None:
            self._own.terminate()
            self._own = None

    def _forget(self) -> None:
        """Begin anew with what is held: nothing known of it is trusted. (A commit may have been done though its answer was lost.)"""
        self._doubtful = True
        self._feed.again()
        self._due.forget()
        self._kept = 0.0
        self._asked_due = False
        self._tally.clear()

    async def _abandon(self) -> None:
        """Let what is under way come to its end, however that may be."""
        await self._ahead.drop()
        with suppress(Exception):
            await self._land()
        self._recent.clear()

    async def _keep(self, connection: asyncpg.Connection) -> bool:
        """Renew what is held, and take a fair share, while no commit is under way; says whether anything changed hands."""
        if time.monotonic() - self._kept < _KEEP:
            return False
        before = self._feed.leases
        held = await leases.keep(connection, self.name, before.values(), self._formats)
        anew = self._doubtful
        new = [p for p, lease in held.items() if anew or p not in before or before[p].token != lease.token]
        if new:
            await self._force.load(connection, new)
            await repeat(connection, new)
        changed = set(held) != set(before) or bool(new)
        if changed:
            logger.info("partitions held", count=len(held))
            self._recent.clear()
            self._asked_due = False
            self._due.forget()
        self._feed.hold(held, anew=anew)
        self._doubtful = False
        self._builder.hold(held)
        self._kept = time.monotonic()
        return changed

    # A round

    async def _round(self, connection: asyncpg.Connection) -> None:
        self._news.clear()
        if self._flight is None and not self._ahead.looks:
            await self._keep(connection)
        feed, limit = self._feed, self._settings.batch
        if not feed.leases:
            self.idle.set()
            await self._sleep(_LOOK)
            return
        read = 0
        ahead = await self._ahead.take()
        if ahead is not None:
            part = ahead[0]
        elif self._due.more and self._recent:
            part = feed.take(
                limit
            )  # the log was looked at a moment ago; meanwhile time moves the rest of those who are due
        else:
            await self._land()
            part = feed.take(1 if self._careful else limit)
            if feed.wants(limit) or not part.items:  # what waits may wait for news of partitions that have run dry
                read = await feed.fill(connection, 2 * limit)
                await self._free(connection)
                part = feed.take(1 if self._careful else limit)
        if not self._asked_due:
            await self._land()
            self._next_due = await store.next_due(connection, sorted(feed.leases))
            self._asked_due = True
        part, due = self._timed(part)
        if part.items or due:
            self.idle.clear()
            await self._apply(connection, part, due, ahead[1] if ahead is not None else None)
        elif not read:
            await self._land()
            await self._aside.do(connection)
            await self._write_tally(connection)
            if feed.length:
                await self._sleep(0.001)  # rows wait for a transaction that is still running somewhere
            else:
                self.idle.set()
                await self._sleep(self._pause(part.until))

    async def _free(self, connection: asyncpg.Connection) -> None:
        """Where the log is held back for longer than one that stops between two statements may, see whether somebody stopped inside one."""
        if self._feed.held > IDLE_BATCH_SECONDS * SECOND and time.monotonic() - self._freed > _HELD:
            self._freed = time.monotonic()
            await holding.free(connection)

    def _timed(self, part: Part) -> tuple[Part, bool]:
        """Say whether timers are due with this part. What is due before definitions change fires before, what is due later after.
        Where something fails, timers are looked at apart from rows."""
        due = self._next_due
        if due is None or due > part.until:
            return part, False
        if not part.items or not (part.control or self._careful):
            return part, True
        first = part.items[0].turn
        if due < first:
            return Part([], first - 1, False), True
        return part._replace(items=[item for item in part.items if item.turn <= due] or part.items), False

    def _pause(self, until: int) -> float:
        if self._next_due is None:
            return _LOOK
        return min(_LOOK, max(0.0, (self._next_due - time.time_ns() // 1000) / SECOND))

    async def _sleep(self, seconds: float) -> None:
        if not self._news.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._news.wait()

    def _batch(self, part: Part) -> Batch:
        slot = seen.slot_of(part.items[0].clock if part.items else part.until)
        assert self._own is not None
        return Batch(self._own, self._force, frozenset(self._feed.leases), {}, self._tally, slot, HANDLERS)

    async def _apply(self, connection: asyncpg.Connection, part: Part, due: bool, batch: Batch | None) -> None:
        """Work a part out, on what was loaded ahead where there is such, and let its commit begin."""
        feed, self._part, began, woken = self._feed, part, time.monotonic(), 0
        try:
            if batch is None:
                feed.begin(part.items)
                if not part.items and self._recent:
                    batch = self._batch(part)
            if batch is None or not self._recent:
                await self._land()
                batch = self._batch(part)
                await batch.load(part.items, connection)
                self._recent.clear()
            for before in self._recent:
                batch.follow(before)
            batch.clocks = dict(self._recent[-1].clocks if self._recent else feed.clocks)
            batch.tally, batch.barrier = self._tally, self._land
            if not self._careful and not part.control:
                self._ahead.look(self._settings.batch)
            await batch.apply(part.items)
            if not part.control and not (self._careful and part.items):
                woken = await self._fire(batch, part.until, due)
            await self._land()
            alone = self._careful or part.control or not batch.out.plain
            if not alone:
                await self._between(connection)
            self._launch(batch, part.items, due)
            if woken:
                self._due.took(woken, time.monotonic() - began)
            if alone:
                await self._land()
                self._recent.clear()
                await self._between(connection)
        except (Replay, Faulty, Unfit, leases.Lost):
            raise
        except Exception as error:
            if isinstance(error, AWAY) and not isinstance(error, _FAULTY):
                raise
            raise Faulty(error) from error

    async def _between(self, connection: asyncpg.Connection) -> None:
        """What is due now and then, done after one commit and before the next: the connection is free then, and what was worked out
        meanwhile rests on nothing of it. Raises `Replay` where partitions changed hands, on which it does rest."""
        if await self._keep(connection):
            raise Replay("partitions changed hands")
        if self._aside.is_due:
            await self._aside.do(connection)

    async def _failed(self, connection: asyncpg.Connection, error: Exception) -> None:
        """Find out which row or whose timer it is, and go on without."""
        part, careful = self._part, self._careful
        self._replays = 0
        await self._again()
        if not careful or part is None or len(part.items) > 1:
            logger.error("a batch failed; its rows are taken one by one", exc_info=error)
            self._careful = 2 * self._settings.batch
        elif not part.items:
            logger.error("somebody's timers can't fire; they rest until something else happens", exc_info=error)
            async with connection.transaction():
                await leases.fence(connection, {p: lease.token for p, lease in self._feed.leases.items()})
                await store.rest(connection, sorted(self._feed.leases), part.until)
        elif isinstance(part.items[0].record.body, Control):
            raise error
        else:
            logger.error("a record can't be applied; it goes to the rejected list", exc_info=error)
            await self._refuse(connection, part.items[0])
            self._feed.again()

    async def _again(self) -> None:
        """Read and work out again whatever is not committed."""
        await self._ahead.drop()
        with suppress(Replay, Faulty):
            await self._land()
        self._recent.clear()
        self._feed.again()
        self._due.forget()
        self._tally.clear()
        self._asked_due = False

    def _launch(self, batch: Batch, items: list[Item], due: bool) -> None:
        """Let a batch's commit begin. Nothing of a later one is written before it has ended well."""
        changed = batch.crowd.rows()
        batch.out.standing = standing.change(batch.crowd.stood, batch.crowd.stand)
        self._reckon([row[store.WAKE] for row in changed], batch.clocks)
        if due:
            self._asked_due = self._due.more  # whoever was due is no longer, or is gone
        tally = Tally()
        if time.monotonic() - self._tallied > _TALLY:
            tally, self._tally = self._tally, tally
            self._tallied = time.monotonic()
        self._recent = [*self._recent[-1:], batch]
        self._flight = asyncio.create_task(self._commit(batch, changed, items, tally))

    async def _land(self) -> None:
        """Wait for the commit under way. Raises what ended it."""
        flight, self._flight = self._flight, None
        if flight is not None:
            await flight

    async def _fire(self, batch: Batch, until: int, due: bool) -> int:
        """Let time move everybody who is due, a portion of them; gives how many."""
        people = batch.late(until)
        if due:
            found = await self._who_is_due(batch, until)
            people = list(dict.fromkeys([*found, *people]))
        if people:
            await batch.wake(people, until)
        return len(people)

    async def _who_is_due(self, batch: Batch, until: int) -> list[bytes]:
        """Find and load who is due; where something fails, one by one."""
        written = sum(len(each.crowd.changed) for each in (batch, *self._recent))
        if self._careful:
            self._due.forget()
        async with self._pool.acquire() as connection:
            found = await self._due.take(connection, batch, written, until, 1 if self._careful else self._due.portion)
        if self._careful:
            self._due.forget()
            self._due.more = False
        return found

    async def _commit(self, batch: Batch, changed: Sequence[store.Row], items: list[Item], tally: Tally) -> None:
        feed, out = self._feed, batch.out
        moves = feed.moves(items, batch.touched, batch.clocks)
        try:
            await out.write(batch.connection, moves, changed, batch.slot, tally, self._buckets())
        except _FAULTY as error:
            raise Faulty(error) from error
        feed.passed(items, batch.clocks)
        self._replays = 0
        self.applied += len(items)
        self._careful = max(0, self._careful - 1)
        await self._after(batch.connection, out)

    async def _after(self, connection: asyncpg.Connection, out: Outcome) -> None:
        for partition, workspace, number, since in out.numbers:
            await self._force.put(connection, partition, workspace, number, since)
        for partition, workspace, number in out.built:
            self._force.finished(partition, workspace, number)
        if out.numbers:
            self._builder.news.set()
        if out.sends:
            await deliveries.wake(connection)
        if out.calls:
            await calls.wake(connection)
        if out.forwards:
            await log.wake(connection)

    def _reckon(self, wakes: list[int | None], clocks: Mapping[int, int]) -> None:
        """Keep knowing when time next moves anybody; where it is past, the database is asked again."""
        times = [wake for wake in wakes if wake is not None]
        if self._next_due is not None and self._next_due <= max(clocks.values(), default=0):
            self._asked_due = False
        elif times:
            self._next_due = min(times) if self._next_due is None else min(self._next_due, *times)

    async def _refuse(self, connection: asyncpg.Connection, item: Item) -> None:
        """Put a record that breaks us on the rejected list, and go on behind it."""
        batch = self._batch(Part([item], item.clock, False))
        batch.clocks = dict(self._feed.clocks)
        batch.at = item.clock
        batch.now(item.partition)
        batch.reject(item.record, "applying it failed by a fault of ours, which is in the worker's log")
        self._launch(batch, [item], False)
        await self._land()
        self._recent.clear()

    async def _write_tally(self, connection: asyncpg.Connection) -> None:
        """Write the catalog, which commits take along as long as there are any."""
        if len(self._tally) and time.monotonic() - self._tallied > _TALLY:
            await self._tally.write(connection, self._buckets())
            self._tally.clear()
            self._tallied = time.monotonic()

    def _buckets(self) -> list[int]:
        """Give what only this worker counts in: the first for sums, all of them for what is told apart by its examples."""
        return sorted(self._feed.leases)[: catalog.EXAMPLES]
