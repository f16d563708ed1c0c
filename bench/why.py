"""Why somebody with 10,000 events is, was or is not in a journey: now, at a moment of the past, and for a segment."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

from bench.ground import project
from bench.ground.figure import Figure
from bench.ground.town import Town
from tidings import history
from tidings.app.api import _YOUNG
from tidings.database.access import Workspace
from tidings.history.body import pack
from tidings.kernel import ids
from tidings.kernel.times import DAY, HOUR
from tidings.people import lookup
from tidings.project import explain

ORDER = 85
RUNS = 9
EVENTS = 10_000


async def measure(town: Town) -> list[Figure]:
    """Let one person do 10,000 things within a year, and ask why, in a process that collects as the API's does."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)
    try:
        return await _measure(town)
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


async def _measure(town: Town) -> list[Figure]:
    await town.define()
    await town.settle(10)
    count = min(EVENTS, 50 * town.size.people)
    who = town.person_id(3)
    own, now = Workspace(town.workspace, "bench", town.secret), time.time_ns() // 1000
    kinds = history.kinds
    rows: list[Any] = [
        (
            *(ids.home_of(who), kinds.ATTRIBUTES, who, at, at, 1, "", b"a" * 16),
            pack(
                {"plan": "trial", "city": "Berlin", "seats": 7, "first_name": "Robin", "email": "robin@bench.example"}
            ),
        )
        for at in (now - 370 * DAY,)
    ]
    for n in range(count):
        at = now - 365 * DAY + n * (364 * DAY // count)
        name = project.EVENTS[n % len(project.EVENTS)]
        rows.append(
            (*(ids.home_of(who), kinds.TRACK, who, at, at, n + 2, name, n.to_bytes(16)), pack(town.properties()))
        )
    async with town.pool.acquire() as connection:
        await connection.copy_records_to_table("history", columns=history.store.COLUMNS, records=rows)
        await connection.execute(
            "UPDATE definitions SET made_at = made_at - $1", 300 * DAY
        )  # they were in force a day ago too
        await connection.execute("ANALYZE history")
        person = await lookup.fetch(connection, ids.home_of(who), who)
        assert person is not None

        async def read() -> None:
            await history.applied(connection, [(ids.home_of(who), who)], now)

        asked: dict[str, Callable[[], Awaitable[object]]] = {
            "why not in a journey, of somebody with 10,000 events": lambda: explain.journey(
                connection, own, person, [who], "follow-0"
            ),
            "the same, at a moment a day ago": lambda: explain.journey(
                connection, own, person, [who], "follow-0", now - DAY + HOUR
            ),
            "why in a segment or not, of the same": lambda: explain.segment(
                connection, own, person, [who], "did-0-large"
            ),
        }
        baseline, _ = await _timed(read)
        figures = []
        for what, ask in asked.items():
            wall, cpu = await _timed(ask)
            figures.append(
                Figure(
                    what,
                    wall * 1000,
                    "ms",
                    wall / baseline,
                    GATES[what],
                    "300",
                    f"reading these {count:,} rows: {baseline * 1000:.0f} ms",
                    f"median of {RUNS}; {cpu * 1000:.0f} ms of this process's processor time; 50 segments and 20 journeys in force",
                    more=False,
                )
            )
    return figures


# Three passes over the person's rows at most: what happened, what a rule counts, and when what is false was last true.
GATES = {
    "why not in a journey, of somebody with 10,000 events": 2.5,
    "the same, at a moment a day ago": 1,
    "why in a segment or not, of the same": 2.5,
}


async def _timed(ask: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Give the medians of wall and of processor seconds."""
    await ask()
    walls, cpus = [], []
    for _ in range(RUNS):
        began, spent = time.perf_counter(), time.process_time()
        await ask()
        walls.append(time.perf_counter() - began)
        cpus.append(time.process_time() - spent)
        await asyncio.sleep(0)
    return median(walls), median(cpus)
