"""The process that does one rehearsal somebody asked for, and ends. The worker begins it; it gives way to everything else."""

import asyncio
import os
import sys
import time
from contextlib import suppress
from typing import Final

from tidings.app.role import main
from tidings.app.supervise import run_once
from tidings.database.looking import keep_looking
from tidings.database.pool import Pool
from tidings.kernel.ids import read, show
from tidings.kernel.times import DAY
from tidings.settings import Settings
from tidings.simulate import kept
from tidings.simulate.background import next_one, work
from tidings.simulate.backtest import NICE

_FORGET: Final = 3600.0
"""Seconds between looks for rehearsals that are too old."""


async def rehearsing(pool: Pool, url: str, stop: asyncio.Event) -> None:
    """Have a process of its own do each that waits, one after the other, until ``stop``. One that is cut off is begun anew later."""

    async def apart(id: bytes) -> None:
        await run_once("rehearse", "tidings.app.rehearse", show(id), url=url, stop=stop)
        async with pool.acquire() as connection:
            await kept.let_go(connection, id)  # nothing, where it came to its end

    await next_one(pool, apart, stop)


async def forgetting(pool: Pool, days: int, stop: asyncio.Event) -> None:
    """Forget rehearsals that are older, looking once an hour, until ``stop``."""

    async def look() -> bool:
        async with pool.acquire() as connection:
            return await kept.forget_one(connection, time.time_ns() // 1000 - days * DAY)

    await keep_looking(look, _FORGET, "old rehearsals", stop)


async def rehearse(settings: Settings, url: str, pool: Pool, stop: asyncio.Event) -> None:
    """Do the one named on the command line."""
    id = read(sys.argv[1])
    assert id is not None
    os.nice(NICE)
    doing, stopping = asyncio.ensure_future(work(pool, url, id)), asyncio.ensure_future(stop.wait())
    await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not doing.done():
        doing.cancel()
    with suppress(asyncio.CancelledError):
        await doing


if __name__ == "__main__":
    main("rehearse", rehearse)
