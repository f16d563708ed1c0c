"""Events fully processed by one worker: person found, profile, segments, journeys, history, all in fenced commits."""

import asyncio
from statistics import median
from typing import Final

from bench.ground.baseline import bare
from bench.ground.figure import Figure
from bench.ground.town import Town
from bench.ground.working import Working, working

ORDER: Final = 30
WARM: Final = 0.2
"""The part of the rows that goes by before the clock starts."""


async def measure(town: Town) -> list[Figure]:
    """Put rows into the log, then start a worker and time it."""
    await town.define()
    await town.settle(town.size.people)
    count = town.size.events
    rows = town.events(count)
    against = await bare(town, rows)
    await town.append(rows)
    async with working(town.url) as worker:
        begin = await worker.reaches(int(count * WARM))
        end = await worker.reaches(count)
    taken = max(end.at - begin.at, 1e-3)
    rate = (end.applied - begin.applied) / taken
    share = (end.cpu - begin.cpu) / taken
    written = median([await town.copy_written(count, 2000) for _ in range(3)])
    two = await _two(town, count)
    return [
        *against.figures(
            "events processed by one worker",
            rate,
            0.03,
            "10,000 (15,000)",
            f"{count:,} rows waiting in the log; the worker's Python takes {share:.2f} of a core, PostgreSQL the rest",
        ),
        Figure(
            "the same",
            rate,
            "/s",
            rate / written,
            None,
            "",
            f"bare COPY of what they wrote, 2,000 events a commit: {written:,.0f}/s",
            "a document, an id and their rows of history for each event, into tables without indexes",
        ),
        Figure(
            "the same by two workers, as TIDINGS_WORKERS=2 runs them",
            two,
            "/s",
            two / max(rate, 1),
            None,
            "",
            "by one",
            f"{count:,} rows waiting in the log; two processes and PostgreSQL share two cores",
        ),
    ]


async def _two(town: Town, count: int) -> float:
    """Give how many events a second two workers process, from where the first fifth of the rows is done."""
    await town.append(town.events(count, start=count))
    async with working(town.url) as one, working(town.url) as other:
        await asyncio.gather(one.news(), other.news())
        begin = await _reach(one, other, int(count * WARM))
        end = await _reach(one, other, count)
    return (end[1] - begin[1]) / max(end[0] - begin[0], 1e-3)


async def _reach(one: Working, other: Working, applied: int) -> tuple[float, int]:
    """Wait until both together have applied so many rows; gives when that was, and how many."""
    while (done := one.log[-1].applied + other.log[-1].applied) < applied:
        await one.news()
    return max(one.log[-1].at, other.log[-1].at), done
