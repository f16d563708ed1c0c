"""The processes: each opens its part on a database that must be up to date, and runs until told to stop."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import asyncpg
import structlog

from tidings.app.formats import FORMATS
from tidings.app.supervise import run_until_stopped
from tidings.database import embedded
from tidings.database.embedded import NotStarted
from tidings.database.migrate import check_current
from tidings.database.pool import Pool, open_pool
from tidings.delivery.worker import Worker as Deliverer
from tidings.log.epoch import mend
from tidings.settings import Settings

logger = structlog.get_logger(__name__)

Role = Callable[[Settings, str, Pool, asyncio.Event], Awaitable[None]]


async def run(role: str, settings: Settings) -> None:
    """Run the role until SIGTERM or SIGINT. A database that is not up yet is waited for. Raises `Unfit`, `NotStarted`."""
    url = settings.database_url or embedded.address(settings.data)
    if url is None:
        raise NotStarted(
            f"no PostgreSQL runs in {settings.data}; start one with `tidings up`, or set TIDINGS_DATABASE_URL"
        )
    await run_until_stopped(lambda stop: _run(ROLES[role], role, settings, url, stop))


async def deliver(settings: Settings, url: str, pool: Pool, stop: asyncio.Event) -> None:
    """Hand planned messages to their providers."""
    worker = Deliverer(pool, url, settings.url)
    await _until(worker.run(), worker.stop, stop)


ROLES: Final[Mapping[str, Role]] = {"deliver": deliver}


async def _run(role: Role, name: str, settings: Settings, url: str, stop: asyncio.Event) -> None:
    pool = await _open(url, name, settings, stop)
    if pool is None:
        return
    try:
        async with pool.acquire() as connection:
            await check_current(connection, FORMATS)
            await mend(connection)
        logger.info("running", process=name)
        await role(settings, url, pool, stop)
    finally:
        pool.terminate()
    logger.info("stopped", process=name)


async def _open(url: str, name: str, settings: Settings, stop: asyncio.Event) -> Pool | None:
    wait = 0.1
    while not stop.is_set():
        try:
            return await open_pool(url, name=f"tidings {name}", largest=settings.connections)
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError) as error:
            logger.warning("the database does not answer; trying again", error=str(error))
            try:
                await asyncio.wait_for(stop.wait(), wait)
            except TimeoutError:
                wait = min(2 * wait, 5)
    return None


async def _until(work: Awaitable[None], end: Callable[[], None], stop: asyncio.Event) -> None:
    """Do the work until it ends or ``stop`` is set; then ask it to ``end``, and let it."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    end()
    await working
