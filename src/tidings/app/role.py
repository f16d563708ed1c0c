"""One process of the installation: it opens the database, which must be up to date, and works until told to stop."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Final

import asyncpg
import structlog
import uvloop

from tidings.app.formats import FORMATS
from tidings.app.logs import configure
from tidings.app.serve import Taken
from tidings.app.supervise import run_until_stopped
from tidings.database import embedded
from tidings.database.embedded import NotStarted
from tidings.database.pool import Pool, open_pool, shown
from tidings.database.version import Unfit, check_current
from tidings.kernel.problems import Invalid
from tidings.log.epoch import mend
from tidings.settings import Settings, load

logger = structlog.get_logger(__name__)

_GONE = (
    OSError,
    TimeoutError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""What is raised while the database starts or ends; anything else is wrong for good."""
LAST: Final = 60.0
"""Seconds in which a process that is told to stop brings its work to an end."""
Work = Callable[[Settings, str, Pool, asyncio.Event], Awaitable[None]]
"""What a process does: (settings, address of the database, a pool on it, the event that says stop)."""


def main(name: str, work: Work) -> None:
    """Run the process with the settings of this environment until SIGTERM or SIGINT; exits with what is wrong otherwise."""
    try:
        settings = load()
        configure(settings.log_level)
        uvloop.run(run(name, work, settings))
    except (Invalid, NotStarted, Unfit, Taken) as fault:
        sys.exit(str(fault))


async def run(name: str, work: Work, settings: Settings, last: float = LAST) -> None:
    """Do the work until SIGTERM or SIGINT, and then for ``last`` seconds at most. A database that does not answer yet is waited for.
    Raises `Unfit`, `NotStarted`."""
    url = settings.database_url or embedded.address(settings.data)
    if url is None:
        raise NotStarted(
            f"no PostgreSQL runs in {settings.data}; start one with `tidings up`, or set TIDINGS_DATABASE_URL"
        )

    async def until(stop: asyncio.Event) -> None:
        cutting = asyncio.create_task(_cut_off(name, stop, last))
        try:
            await _run(name, work, settings, url, stop)
        finally:
            cutting.cancel()

    await run_until_stopped(until)


async def until_stopped(work: Awaitable[None], end: Callable[[], None], stop: asyncio.Event) -> None:
    """Do the work until it ends or ``stop`` is set; then ask it to ``end``, and let it."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    end()
    await working


async def _cut_off(name: str, stop: asyncio.Event, last: float) -> None:
    """End the process where its work does not: what it can't bring to an end (a database that is gone for good) would hold it for ever,
    and whoever comes next finds things as after any crash."""
    await stop.wait()
    await asyncio.sleep(last)
    logger.error("the work does not come to an end; it is cut off", process=name, after=f"{last:g} s")
    os._exit(1)


async def _run(name: str, work: Work, settings: Settings, url: str, stop: asyncio.Event) -> None:
    pool = await _open(url, name, settings, stop)
    if pool is None:
        return
    try:
        logger.info("running", process=name)
        await work(settings, url, pool, stop)
    finally:
        pool.terminate()
    logger.info("stopped", process=name)


async def _open(url: str, name: str, settings: Settings, stop: asyncio.Event) -> Pool | None:
    wait = 0.1
    while not stop.is_set():
        try:
            pool = await open_pool(url, name=f"tidings {name}", largest=settings.connections)
            try:
                async with pool.acquire() as connection:
                    await check_current(connection, FORMATS)
                    await mend(connection)
            except BaseException:
                pool.terminate()
                raise
            return pool
        except _GONE as error:
            logger.warning("the database does not answer; trying again", database=shown(url), error=str(error))
            try:
                async with asyncio.timeout(wait):
                    await stop.wait()
            except TimeoutError:
                wait = min(2 * wait, 5)
    return None
