"""Rehearsals that somebody asked for over HTTP: written down with all they need, and done by a process of their own.

One runs at a time in the whole installation, at the lowest priority, so that whoever asks for ten waits for ten and nobody else does.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Literal

import msgspec
import structlog
from msgspec import Struct

from tidings.database.access import Workspace, list_workspaces
from tidings.database.looking import keep_looking
from tidings.database.pool import Connection, Pool
from tidings.engine import Workspace as Secret
from tidings.kernel.ids import PARTITIONS, fresh, show
from tidings.kernel.times import DAY
from tidings.simulate import kept
from tidings.simulate.backtest import PROCESSES, Asked, Result, backtest
from tidings.simulate.measure import Count
from tidings.simulate.model import Model, model
from tidings.simulate.side import Side, concerns
from tidings.simulate.simulation import simulate

logger = structlog.get_logger(__name__)
MOST: Final = 5
"""Rehearsals of a workspace that wait or run."""
_SIGN: Final = 3.0
"""Seconds between two signs of life."""
_LOOK: Final = 0.3

Kind = Literal["backtest", "simulation"]


class Busy(Exception):
    """Too many of the workspace wait already."""


class Job(Struct):
    """``people``: how many to make up, of a simulation."""

    kind: Kind
    asked: Asked
    people: int = 0


async def ask(connection: Connection, workspace: int, job: Job) -> str:
    """Write one down; gives its id. Raises Busy, and KeyError where a side has no such journey."""
    asked = job.asked
    said = asked.said() | ({"people": job.people} if job.kind == "simulation" else {})
    if await kept.unfinished(connection, workspace) >= MOST:
        raise Busy
    id = fresh()
    parts = job.people if job.kind == "simulation" else PARTITIONS
    body = msgspec.msgpack.encode(job)
    await kept.ask(connection, id, workspace, job.kind, asked.journey, asked.by, parts, said, body)
    return show(id)


async def work(pool: Pool, url: str, id: bytes, processes: int = PROCESSES) -> None:
    """Do one that was claimed, to its end. What goes wrong is written down with it; where it was cancelled, it ends early.

    ``processes``: as for `backtest`.
    """
    async with pool.acquire() as connection:
        found = await kept.job(connection, id)
        own = next((each for each in await list_workspaces(connection) if found and each.id == found[0]), None)
    if found is None or own is None:
        return
    job = msgspec.msgpack.decode(found[1], type=Job)
    doing = asyncio.ensure_future(_done(pool, url, id, own, job, processes))
    watching = asyncio.ensure_future(_watch(pool, id))
    try:
        await asyncio.wait({doing, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():  # somebody cancelled it
            doing.cancel()
            await asyncio.wait({doing})
        if not doing.cancelled():
            doing.result()
    except asyncio.CancelledError:  # of whoever let it be done: what is waited for above never raises its own
        doing.cancel()
        await asyncio.wait({doing})
        raise
    except Exception as error:
        logger.exception("a rehearsal failed", id=show(id))
        async with pool.acquire() as connection:
            await kept.end(connection, id, "failed", None, f"{type(error).__name__}: {error}")
    finally:
        watching.cancel()


async def _done(pool: Pool, url: str, id: bytes, own: Workspace, job: Job, processes: int) -> None:
    if job.kind == "backtest":
        await backtest(pool, url, own, job.asked, None, processes, id)
        return
    asked = job.asked
    secret = Secret(own.id, own.secret)
    sides = [Side(label, asked.journey, secret, body, live) for label, body, live in asked.sides]
    async with pool.acquire() as connection:
        known = await model(connection, own.id, *concerns(sides))
    played = _Played(sides, known, job)
    playing = asyncio.ensure_future(asyncio.to_thread(played.play))
    try:
        while not (await asyncio.wait({playing}, timeout=_LOOK))[0]:
            async with pool.acquire() as connection:
                if not await kept.progress(connection, id, played.done):
                    played.over = True
        result = await playing
    finally:
        played.over = True
    if result is not None:
        await _keep(pool, id, result)


async def _keep(pool: Pool, id: bytes, result: Result) -> None:
    count = msgspec.convert(result.count, Count)
    async with pool.acquire() as connection, connection.transaction():
        for n, side in enumerate(count.sides):
            await kept.keep_samples(connection, id, n, side.samples)
            side.samples = []
        result.count = msgspec.to_builtins(count)
        await kept.progress(connection, id, count.people)
        await kept.end(connection, id, "done", msgspec.to_builtins(result))


class _Over(Exception):
    """It was cancelled."""


class _Played:
    """A simulation, played in a thread. ``done``: people so far; ``over``: set to end it."""

    def __init__(self, sides: list[Side], known: Model, job: Job) -> None:
        self.sides, self.known, self.job = sides, known, job
        self.done, self.over = 0, False

    def play(self) -> Result | None:
        """Play it; None where it was ended."""
        asked, now = self.job.asked, time.time_ns() // 1000
        told: Callable[[int], None] = self._told
        try:
            begin = now - now % DAY
            return simulate(self.sides, self.known, self.job.people, begin, asked.days, asked.seed, told, asked.stubs)
        except _Over:
            return None

    def _told(self, done: int) -> None:
        self.done = done
        if self.over:
            raise _Over


async def _watch(pool: Pool, id: bytes) -> None:
    """Give signs of life; comes back when it was cancelled."""
    while True:
        with suppress(Exception):  # a database that is away for a moment ends nothing
            async with pool.acquire() as connection:
                if not await kept.alive(connection, id):
                    return
        await asyncio.sleep(_SIGN)


async def next_one(pool: Pool, work: Callable[[bytes], Any], stop: asyncio.Event, every: float = 1.0) -> None:
    """Let ``work`` do one after the other of those that wait, until ``stop``."""

    async def look() -> bool:
        async with pool.acquire() as connection:
            id = await kept.claim(connection)
        if id is not None:
            await work(id)
        return id is not None

    await keep_looking(look, every, "rehearsals", stop)
