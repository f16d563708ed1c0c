"""Events fully processed by one worker: person found, profile, segments, journeys, history, all in fenced commits."""

from typing import Final

from bench.ground.figure import Figure
from bench.ground.town import Town
from bench.ground.working import working

ORDER: Final = 30
WARM: Final = 0.2
"""The part of the rows that goes by before the clock starts."""


async def measure(town: Town) -> list[Figure]:
    """Put rows into the log, then start a worker and time it."""
    await town.define()
    await town.settle(town.size.people)
    count = town.size.events
    rows = town.events(count)
    bare = await town.copy_bare(rows, 2000)
    await town.append(rows)
    async with working(town.url) as worker:
        begin = await worker.reaches(int(count * WARM))
        end = await worker.reaches(count)
    taken = max(end.at - begin.at, 1e-3)
    rate = (end.applied - begin.applied) / taken
    share = (end.cpu - begin.cpu) / taken
    return [
        Figure(
            "events processed by one worker",
            rate,
            "/s",
            rate / bare,
            0.03,
            "10,000 (15,000)",
            f"bare COPY, 2,000 rows a commit: {bare:,.0f}/s",
            f"{count:,} rows waiting in the log; the worker's Python takes {share:.2f} of a core, PostgreSQL the rest",
        )
    ]
