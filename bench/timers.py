"""Due timers fired by one worker: people at the end of a wait, all of whom move on."""

import time
from typing import Final

from bench.ground.figure import Figure
from bench.ground.town import Town
from bench.ground.working import working

ORDER: Final = 40
ASK: Final = 0.25


async def measure(town: Town) -> list[Figure]:
    """Let people stand at a wait that ended a second ago, then start a worker."""
    await town.define()
    await town.settle(town.size.people)
    count = min(town.size.timers, town.people)
    due = time.time_ns() // 1000 - 1_000_000
    await town.stand(count, due)
    left = "SELECT count(*) FROM people_times WHERE wake_at <= $1"
    async with working(town.url) as worker:
        began = ended = 0.0
        first = last = await town.pool.fetchval(left, due)
        while last:
            await worker.news()
            now = time.perf_counter()
            if now < ended + ASK:
                continue  # counting takes PostgreSQL's time from the worker
            last = await town.pool.fetchval(left, due)
            if not began and last < first:
                began, first = now, last
            ended = now
    rate = first / max(ended - began, 1e-3)
    return [
        Figure(
            "due timers fired by one worker",
            rate,
            "/s",
            None,
            8000,
            "8,000",
            "",
            f"{count:,} people at the end of a `wait`; each goes on, is asked a branch, and is sent a message or marked",
        )
    ]
