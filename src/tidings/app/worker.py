"""The process that applies what was accepted to people, and moves them through journeys."""

import asyncio
import gc

from tidings.app.alerts import telling
from tidings.app.ramps import watching
from tidings.app.recount import counting
from tidings.app.rehearse import forgetting, rehearsing
from tidings.app.role import main, until_stopped
from tidings.database.pool import Pool
from tidings.people.indexing import indexing
from tidings.processor.worker import Worker
from tidings.project import task_work
from tidings.settings import Settings


async def worker(settings: Settings, url: str, pool: Pool, stop: asyncio.Event) -> None:
    """Lease partitions and work through them, until ``stop``; see to what was asked for apart (rehearsals, work on many people),
    watch ramps, and tell people of what needs a look."""
    calm()
    working = Worker(pool, url, settings)
    apart = asyncio.gather(
        rehearsing(pool, url, stop),
        forgetting(pool, settings.keep_rehearsals, stop),
        watching(pool, stop),
        counting(pool, url, stop),
        task_work.working(pool, stop),
        indexing(pool, stop),
        telling(pool, settings, stop),
    )
    try:
        await until_stopped(working.run(), working.stop, stop)
    finally:
        stop.set()
        await apart


def calm() -> None:
    """Let the collector of reference cycles come by hardly ever: thousands of documents come and go here, and none of them is a cycle.

    It would look at each of them, for a fifth of all the worker does. It still comes where cycles do pile up: half a million
    objects more than there were (a few tens of megabytes) never are the documents of the batches in hand alone.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(500_000, 5, 5)


if __name__ == "__main__":
    main("worker", worker)
