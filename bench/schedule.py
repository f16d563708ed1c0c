"""A recurring schedule over a rule: all for whom it holds begin a run at one moment; and what other people's events wait meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median
from typing import Final

import msgspec

from bench.ground import project
from bench.ground.figure import Figure
from bench.ground.town import CHUNK, Town
from bench.ground.working import Progress, working
from tidings.kernel.ids import home_of, person_id
from tidings.kernel.records import Event, encode, home
from tidings.people import store

ORDER: Final = 47
EACH: Final = 0.25
"""Seconds between two handfuls of other people's events, of which the last one's wait is taken."""
HANDFUL: Final = 25
LOOK: Final = 0.01
PATIENCE: Final = 60
ASK: Final = 0.5
DIGEST: Final = """journey: digest
trigger:
  schedule: every day at 09:00
  who: plan in ("pro", "business") and email is present
reenter: always
steps:
  - {id: digest, send: nudge}
"""
COMING: Final = ("partition", "workspace", "person", "journey", "at")


async def measure(town: Town) -> list[Figure]:
    """Let people live for whom the time came a second ago, then start a worker, and let others do something meanwhile."""
    await town.define(journeys={"digest": DIGEST})
    async with working(town.url) as worker:
        await worker.rests()
        async with _others(town, 0) as before:
            while len(before) < town.size.seconds:
                await worker.news()
    due = time.time_ns() // 1000 - 1_000_000
    began = time.perf_counter()
    count = await _live(town, town.size.scheduled, due)
    loaded = time.perf_counter() - began
    async with working(town.url) as worker:
        await worker.news()
        began = time.perf_counter()
        async with _others(town, 10_000) as waits:
            while await town.pool.fetchval("SELECT EXISTS (SELECT FROM people_times WHERE wake_at <= $1)", due):
                await asyncio.sleep(ASK)
                await worker.news()
            took = time.perf_counter() - began
            while not waits:
                await worker.news()
        told = worker.log
    had = await town.pool.fetchval("SELECT count(*) FROM deliveries WHERE journey = 'digest'")
    if had != count:
        raise RuntimeError(f"{count:,} people should have had a message planned, and {had:,} had")
    return _figures(town.size.scheduled, count, took, loaded, sorted(before), sorted(waits), told)


async def _live(town: Town, people: int, due: int) -> int:
    """Let so many people live here, all of whom the rule concerns due at a moment; gives how many these are."""
    models, concerned = list(town._kinds()), 0
    for first in range(0, people, CHUNK):
        rows, coming = [], []
        for n in range(first, min(first + CHUNK, people)):
            person = town._person(n, models[n % len(models)])
            dates = {"digest": due} if person.dates else {}
            rows.append(store.row(msgspec.structs.replace(person, runs=[], timers={}, dates=dates)))
            coming += [(home_of(person.id), town.workspace, person.id, "digest", due)] if dates else []
        concerned += len(coming)
        await town.write(rows)
        async with town.pool.acquire() as connection:
            await connection.copy_records_to_table("coming", columns=COMING, records=sorted(coming))
    town.people = people
    async with town.pool.acquire() as connection:
        for table in ("people", "people_times", "coming"):
            await connection.execute(f"VACUUM (ANALYZE) {table}")
        await connection.execute("CHECKPOINT")
    return concerned


@asynccontextmanager
async def _others(town: Town, start: int) -> AsyncIterator[list[float]]:
    """Let newcomers do something all the while; gives what their events wait from their commit to that of what they led to, in seconds."""
    waits: list[float] = []
    sending = asyncio.create_task(_send(town, start, waits))
    try:
        yield waits
        if sending.done():
            sending.result()
    finally:
        sending.cancel()
        await asyncio.wait([sending])


async def _send(town: Town, n: int, waits: list[float]) -> None:
    while True:
        names = [f"newcomer-{n + each}" for each in range(HANDFUL)]
        made = [
            town.record(Event(project.EVENTS[0], town.properties()), name, n + each) for each, name in enumerate(names)
        ]
        n += HANDFUL
        await town.append([(home(record), encode(record)) for record in made])
        began = time.perf_counter()
        own = made[-1]
        id = person_id(home(own), town.workspace, *own.who[0], own.id)
        async with asyncio.timeout(PATIENCE):
            await _there(town, id)
        waits.append(time.perf_counter() - began)
        await asyncio.sleep(max(0.0, EACH - waits[-1]))


async def _there(town: Town, id: bytes) -> None:
    """Return when somebody has come."""
    there = "SELECT EXISTS (SELECT FROM people WHERE partition = $1 AND id = $2)"
    while True:
        if await town.pool.fetchval(there, home_of(id), id):
            return
        await asyncio.sleep(LOOK)


def _figures(
    people: int,
    count: int,
    took: float,
    loaded: float,
    before: list[float],
    waits: list[float],
    told: list[Progress],
) -> list[Figure]:
    usual, p50, p99 = median(before), median(waits), waits[int(len(waits) * 0.99)]
    rss = [each.rss / 2**20 for each in told]
    early, late = rss[len(rss) // 4 : len(rss) // 2 + 1], rss[len(rss) * 3 // 4 :]
    return [
        Figure(
            f"a schedule that concerns {count:,} of {people:,} people: runs begun by one worker, each with a message",
            count / max(took, 1e-3),
            "/s",
            None,
            2000,
            "",
            "",
            f"the rule is asked of each, and the next occurrence set; all within {took:.0f} s, loaded in {loaded:.0f} s",
        ),
        Figure(
            "what an event of somebody else waits meanwhile until it is applied, p99",
            p99 * 1000,
            "ms",
            None,
            2000,
            "1,000",
            "",
            f"p50 {p50 * 1000:,.0f} ms, most {waits[-1] * 1000:,.0f} ms, of {len(waits)}; {usual * 1000:.0f} ms while nothing is due",
            more=False,
        ),
        Figure(
            "worker memory meanwhile, last quarter against the second",
            max(late),
            "MB",
            max(late) / max(early),
            1.1,
            "flat",
            f"{max(early):,.0f} MB",
            "the most in each",
            more=False,
        ),
    ]
