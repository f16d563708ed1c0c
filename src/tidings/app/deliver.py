"""The process that hands planned messages to their providers."""

import asyncio

from tidings.app.role import main, until_stopped
from tidings.channels.provider import Means
from tidings.database.pool import Pool
from tidings.delivery.worker import Worker
from tidings.settings import Settings, secrets


async def deliver(settings: Settings, url: str, pool: Pool, stop: asyncio.Event) -> None:
    """Claim what is due and send it, until ``stop``."""
    worker = Worker(pool, url, settings.url, means=Means(environ=secrets()))
    await until_stopped(worker.run(), worker.stop, stop)


if __name__ == "__main__":
    main("deliver", deliver)
