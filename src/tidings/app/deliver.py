"""The process that reaches out: it hands planned messages to their providers, and makes the calls that runs wait for."""

import asyncio

from tidings.app.role import main, until_stopped
from tidings.calls.worker import Caller
from tidings.channels.means import means_of
from tidings.database.pool import Pool
from tidings.delivery.worker import Worker
from tidings.settings import Settings


async def deliver(settings: Settings, url: str, pool: Pool, stop: asyncio.Event) -> None:
    """Claim what is due and send it, until ``stop``."""
    means = means_of(settings)
    worker = Worker(pool, url, settings.url, means=means, pictures=settings.pictures)
    caller = Caller(pool, url, means=means, actions=settings.actions)

    def end() -> None:
        worker.stop()
        caller.stop()

    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(worker.run())
            group.create_task(caller.run())

    await until_stopped(work(), end, stop)


if __name__ == "__main__":
    main("deliver", deliver)
