"""The process that counts goals again, and ends. The worker begins it when there are some; it gives way to everything else."""

import asyncio
import os
import time
from typing import Final

from tidings.app.role import main
from tidings.app.supervise import run_once
from tidings.database.looking import apart, keep_looking
from tidings.database.pool import Pool
from tidings.project import recounting
from tidings.settings import Settings
from tidings.simulate.backtest import NICE

_LOOK: Final = 10.0


async def counting(pool: Pool, url: str, stop: asyncio.Event) -> None:
    """Have a process count what is due, until ``stop``. One that is cut off goes on later where it was."""

    async def look() -> None:
        if await recounting.due(pool, time.time_ns() // 1000):
            await run_once("recount", "tidings.app.recount", url=url, stop=stop)

    await keep_looking(look, _LOOK, "goals to count again", stop)


async def recount(settings: Settings, url: str, pool: Pool, stop: asyncio.Event) -> None:
    """Count all that is due."""
    os.nice(NICE)
    for workspace, journey in await recounting.due(pool, time.time_ns() // 1000):
        if stop.is_set():
            return
        with apart("a goal could not be counted again", workspace=workspace.name, journey=journey):
            await recounting.count(pool, workspace, journey)


if __name__ == "__main__":
    main("recount", recount)
