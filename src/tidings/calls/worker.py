"""The loop that makes calls: claims what is due, makes it, and tells the log what came back. As many of them as wanted.

A call's road: *planned* in the step's commit; claimed and *calling* in one commit, from where on it is not known whether it was made;
settled in the commit that appends its answer to the log. A caller that dies in between leaves calls behind, and the next to look takes
them over: one that may be made twice is planned again under the same id, one that may not is answered *not known*.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from random import SystemRandom
from typing import Final

import asyncpg
import msgspec
import structlog

from tidings import log
from tidings.calls import store
from tidings.calls.call import Again, Call, Ended, Lost, Outcome
from tidings.calls.kind import Making, makers
from tidings.channels.guard import pool as guarded
from tidings.channels.provider import Means
from tidings.database.pool import AWAY, Pool, connect
from tidings.delivery import stopping
from tidings.delivery.clock import wall_clock
from tidings.delivery.retry import backoff
from tidings.delivery.stop import fate
from tidings.delivery.workspaces import Workspaces
from tidings.kernel.ids import digest
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import SYSTEM, Answered, Postponed, Record, encode
from tidings.kernel.storable import storable
from tidings.kernel.times import DAY, SECOND

logger = structlog.get_logger(__name__)
_LOOK: Final = 1.0
"""Seconds after which it looks by itself: what a lost notice costs at most."""
_ADOPT: Final = 5.0
"""Seconds between looks for calls of callers that are gone."""
_POSTPONE: Final = 2.0
"""Seconds between looks for calls that a stop of all sending takes the time from, while one stands or has lately."""
_UNHEARD: Final = 15.0
"""The same where none does: whoever stops says so, and this is what a lost notice costs at most. Less than a stop looks ahead."""
_HELD: Final = 30 * SECOND
"""How long a call of a paused journey is put off before it is looked at again."""
_KEPT: Final = 7 * DAY
"""How long ends are kept for whoever looks at the table; history keeps what came back."""


class Caller:
    """One caller. ``url``: the database, for a connection of its own beside ``pool``. ``at_once``: calls under way side by side."""

    def __init__(
        self,
        pool: Pool,
        url: str,
        *,
        means: Means | None = None,
        clock: Callable[[], int] = wall_clock,
        at_once: int = 32,
        actions: bool = False,
    ) -> None:
        self._pool, self._url, self._clock, self._at_once = pool, url, clock, at_once
        self._means = replace(means or Means(), pool=pool, clock=clock)
        self._actions = actions
        self._workspaces = Workspaces("")
        self._under_way: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._stops = asyncio.Event()
        self._stop = False
        self._own: asyncpg.Connection | None = None
        self._adopted = self._postponed = 0.0
        self.id = SystemRandom().randrange(1, 1 << 31)
        """The number under which it claims."""
        self.ready = asyncio.Event()
        """Set once it listens."""

    def stop(self) -> None:
        """End: claim no more, finish what is under way. `run` returns then."""
        self._stop = True
        self._news.set()

    async def run(self) -> None:
        """Work until `stop`. A database that goes away is waited for."""
        wait = 0.1
        guard = self._means.opened(self._means.hooks, "TIDINGS_WEBHOOK_NETWORKS")
        async with guarded(guard, connections=self._at_once) as connections:
            making = Making(self._means, connections, self._workspaces, self._actions)
            try:
                while not self._stop:
                    try:
                        await self._listen()
                        await self._round(making)
                        wait = 0.1
                    except AWAY as error:
                        logger.warning("the database does not answer; trying again", error=str(error))
                        with suppress(TimeoutError):
                            async with asyncio.timeout(wait):
                                await self._news.wait()
                        wait = min(wait * 2, 5)
            finally:
                await asyncio.gather(*self._under_way, return_exceptions=True)
                if self._own is not None:
                    await self._own.close()

    async def _listen(self) -> None:
        """Hold a session of one's own: it hears of news, and its lock says that we live."""
        if self._own is not None and not self._own.is_closed():
            return
        self._own = None
        own = await connect(self._url, name="tidings calls")
        try:
            await store.hold_lock(own, self.id)
            await own.add_listener(store.CHANNEL, lambda *_: self._news.set())
            await own.add_listener(stopping.NEWS, lambda *_: self._heard_of_a_stop())
        except BaseException:
            own.terminate()
            raise
        self._own, self._adopted, self._postponed = own, 0.0, 0.0
        self.ready.set()

    def _heard_of_a_stop(self) -> None:
        self._postponed = 0.0
        self._stops.set()
        self._news.set()

    async def _round(self, making: Making) -> None:
        self._news.clear()
        now = self._clock()
        if time.monotonic() - self._adopted >= _ADOPT:
            self._adopted = time.monotonic()
            await self._adopt(now)
        if time.monotonic() - self._postponed >= (_POSTPONE if self._stops.is_set() else _UNHEARD):
            self._postponed = time.monotonic()
            await self._postpone(now)
        room = self._at_once - len(self._under_way)
        claimed, due = await self._claim(now, room) if room else ([], None)
        for call in claimed:
            task = asyncio.create_task(self._make(call, making))
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        if len(claimed) < room or not room:
            seconds = _LOOK if due is None or not room else max(0.005, min(_LOOK, (due - self._clock()) / SECOND))
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._news.wait()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._news.set()
        if not task.cancelled() and (fault := task.exception()) is not None:
            logger.error("a call's end could not be written; another caller takes it over", error=repr(fault))

    async def _claim(self, now: int, room: int) -> tuple[list[Call], int | None]:
        """Take what is due, but for what is too late or belongs to a paused journey; and say when the next is due."""
        async with self._pool.acquire() as connection:
            async with connection.transaction():
                found = await store.claim(connection, self.id, now, room)
                await self._workspaces.refresh(connection, [(call.workspace, call.definitions) for call in found])
                paused = [call for call in found if self._status(call) == "paused"]
                if paused:
                    await store.hold(connection, paused, now + _HELD)
            return [call for call in found if call not in paused], await store.next_due(connection)

    def _status(self, call: Call) -> str:
        newest = self._workspaces.newest(call.workspace)
        return newest.status(call.journey) if newest is not None else ""

    async def _make(self, call: Call, making: Making) -> None:
        now = self._clock()
        if now >= call.until:  # the run has gone on
            await self._settle(call, Ended(False, reason="it came too late to be made"))
            return
        newest = self._workspaces.newest(call.workspace)
        dropped = fate(newest.stops, call.due, call.next_attempt, 0).dropped if newest is not None else ""
        if dropped:
            await self._settle(call, Ended(False, reason=dropped))
            return
        if newest is not None and newest.in_shadow(call.journey):
            await self._settle(call, Ended(False, reason="its journey is in shadow, so nobody outside is asked"))
            return
        make = makers().get(call.kind)
        if make is None:
            await self._settle(call, Ended(False, reason=f"nobody here makes a `{call.kind}` call"))
            return
        try:
            own = self._workspaces.means(call.workspace, making.means)
            outcome = await make(call, replace(making, means=own))
        except Exception as fault:
            logger.exception("making a call failed by a fault of ours", call=call.public, kind=call.kind)
            outcome = Lost(f"a fault of ours: {fault!r}")
        await self._settle(call, outcome)

    async def _settle(self, call: Call, outcome: Outcome) -> None:
        """Write the end and its answer in one commit, or when to try again."""
        now = self._clock()
        end = outcome if isinstance(outcome, Ended) else None
        if isinstance(outcome, Lost) and not call.sure:
            end = Ended(False, reason=f"{outcome.reason}; whether it arrived is not known, and it is made at most once")
        again = now
        if end is None:
            assert isinstance(outcome, Again | Lost)
            again = now + backoff(call.id, call.attempt, outcome.after if isinstance(outcome, Again) else None)
            if again >= call.until:
                end = Ended(False, reason=f"given up after {call.attempt} attempts: {outcome.reason}")
        async with self._pool.acquire() as connection, connection.transaction():
            if end is None:
                assert isinstance(outcome, Again | Lost)
                await store.settle(connection, self.id, call, "planned", outcome.reason, again)
                return
            state = "done" if end.ok else "failed"
            if await store.settle(connection, self.id, call, state, end.reason, now):
                await log.append(connection, [(call.partition, answer(call, end, now))])

    async def _postpone(self, now: int) -> None:
        """Tell the runs whose calls a stop of all sending holds that they have longer, in the commit that says so of the call; and find
        out whether to look again soon."""
        self._stops.clear()  # before the look: what is heard meanwhile stands
        async with self._pool.acquire() as connection:
            if not await store.stops(connection, now):
                return
            self._stops.set()
            while True:
                async with connection.transaction():
                    found = await store.postpone(connection, now)
                    await log.append(connection, [(each[0], postponed(*each, now)) for each in found])
                if not found:
                    return

    async def _adopt(self, now: int) -> None:
        async with self._pool.acquire() as connection:
            async with connection.transaction():
                found = await store.adopt(connection, self.id, now)
            await store.tidy(connection, now - _KEPT)
        for call in found:
            logger.warning("took over a call of a caller that is gone", call=call.public)
            await self._settle(call, Lost("the caller is gone"))


def postponed(_: int, id: bytes, workspace: int, person: bytes, until: int, now: int) -> bytes:
    """Give the record that says that a call may take until then."""
    who = (("cio_id", show_id(person)),)
    key = digest("postponed", id, until)
    return encode(Record(key, workspace, 0, SYSTEM, who, now, now, Postponed(id, until)))


def answer(call: Call, end: Ended, now: int) -> bytes:
    """Give the record that says what came back."""
    body = Answered(call.id, end.ok, end.value, storable(end.reason)[:500], storable(end.detail)[:4000])
    record = Record(
        id=digest("answered", call.id),
        workspace=call.workspace,
        source=0,
        trust=SYSTEM,
        who=(("cio_id", show_id(call.person)),),
        time=now,
        received=now,
        body=body,
    )
    try:
        return encode(record)
    except (OverflowError, msgspec.EncodeError, UnicodeEncodeError):
        failed = Answered(call.id, False, reason="the answer holds a value that can't be stored")
        return encode(msgspec.structs.replace(record, body=failed))
