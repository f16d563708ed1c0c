"""The process that applies what was accepted to people, and moves them through journeys."""

import asyncio

from tidings.app.role import main, until_stopped
from tidings.database.pool import Pool
from tidings.processor.worker import Worker
from tidings.settings import Settings


async def worker(settings: Settings, url: str, pool: Pool, stop: asyncio.Event) -> None:
    """Lease partitions and work through them, until ``stop``."""
    working = Worker(pool, url, settings)
    await until_stopped(working.run(), working.stop, stop)


if __name__ == "__main__":
    main("worker", worker)
