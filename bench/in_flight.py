"""Many runs in flight, of which some become due in the same second, while the API answers: how long they take, and what requests feel."""

import asyncio
import time
from collections.abc import Iterable
from statistics import median
from typing import Final, NamedTuple

import msgspec

from bench.ground import project
from bench.ground.figure import Figure
from bench.ground.load import Came, load
from bench.ground.processes import free_port, process
from bench.ground.town import CHUNK, Town
from bench.ground.working import Working, working
from tidings.database.access import create_source
from tidings.kernel.ids import digest
from tidings.kernel.times import DAY, HOUR, SECOND
from tidings.people import store
from tidings.people.document import Run

ORDER: Final = 45
RATE: Final = 100
"""Requests a second over HTTP meanwhile."""
REST: Final = 8.0
"""Seconds between two bursts beside those that are measured, at least; what it takes to start, where that is more."""
STANDING: Final = ("partition", "workspace", "journey", "step", "run", "version", "person", "since", "wake")


class Burst(NamedTuple):
    """``took``: seconds from when the last was due until none is; ``cpu``: of the worker's. ``asleep``, ``during``: requests before and
    in it."""

    took: float
    cpu: float
    asleep: Came
    during: Came


class Latency(NamedTuple):
    """Of requests, in seconds."""

    p50: float
    p99: float


async def measure(town: Town) -> list[Figure]:
    """Load people who all wait, some of them until moments from now; then let those moments come, one burst after the other, and set each
    beside as many seconds in which all sleep."""
    size = town.size
    await town.define()
    began = time.perf_counter()
    await _fly(town, size.in_flight)
    loaded = time.perf_counter() - began
    count = min(size.at_once, size.in_flight // size.bursts)
    bare = await _bare(town, count)
    async with town.pool.acquire() as connection:
        key = await create_source(connection, town.workspace, "bench", "write_key")
    port, seconds = free_port(), min(size.seconds, 4)
    began = time.perf_counter()
    async with process("tidings.app.api", town.url, port), working(town.url) as worker:
        await worker.rests()
        start = time.perf_counter() - began
    rest = max(REST, start)
    each = 2 * seconds + rest
    writing = 3 * loaded * count * size.bursts / size.in_flight
    first = time.time() + 8 + writing + 2 * start + seconds + rest  # by then another worker has long begun
    moments = [int((first + n * each) * SECOND) for n in range(size.bursts)]
    await _due(town, count, moments)
    bursts: list[Burst] = []
    async with process("tidings.app.api", town.url, port), working(town.url) as worker:
        await worker.rests()
        for due in moments:
            begin = due / SECOND - 2
            await asyncio.sleep(max(0.0, begin - rest * 3 / 4 - seconds - time.time()))
            asleep = await load(port, key, 8, seconds, 1, 1000, RATE)
            if time.time() > begin:
                raise RuntimeError(
                    f"burst {len(bursts) + 1} came {time.time() - begin:.0f} s too early: this machine does too much else"
                )
            await asyncio.sleep(begin - time.time())
            flowing = asyncio.create_task(load(port, key, 8, seconds, 1, 1000, RATE))
            took, cpu = await _until(town, due, worker)
            bursts.append(Burst(took, cpu, asleep, await flowing))
    return _figures(size.in_flight, count, bare, loaded, bursts)


async def _fly(town: Town, count: int) -> None:
    """Let so many people stand at a wait that ends in thirty days."""
    models = list(town._kinds())
    entered = time.time_ns() // 1000 - HOUR
    for first in range(0, count, CHUNK):
        people, stands = [], []
        for n in range(first, min(first + CHUNK, count)):
            person, journey = town._person(n, models[n % len(models)]), f"follow-{n % len(project.EVENTS)}"
            run = _run(person.id, journey, entered, entered + 30 * DAY)
            people.append(
                store.row(msgspec.structs.replace(person, runs=[run], memory={journey: (1, entered, 0)}, timers={}))
            )
            stands.append(
                (person.partition, town.workspace, journey, "settle", run.id, 1, person.id, entered, run.wake)
            )
        await town.write(people)
        async with town.pool.acquire() as connection:
            await connection.copy_records_to_table("standing", columns=STANDING, records=sorted(stands))
    town.people = count
    async with town.pool.acquire() as connection:
        await connection.execute("VACUUM (ANALYZE) people")
        await connection.execute("VACUUM (ANALYZE) people_times")
        await connection.execute("VACUUM (ANALYZE) standing")
        await connection.execute("CHECKPOINT")


def _run(person: bytes, journey: str, entered: int, wake: int) -> Run:
    return Run(
        id=digest("run", person),
        journey=journey,
        version=1,
        step="settle",
        entered=entered,
        visit=1,
        arrived=entered,
        wake=wake,
        values={},
        waiting=True,
    )


async def _due(town: Town, count: int, moments: list[int]) -> None:
    """Let the waits of so many people at a time end within the second before each of these moments."""
    models, now = list(town._kinds()), time.time_ns() // 1000
    for burst, moment in enumerate(moments):
        rows = []
        for n in range(burst * count, (burst + 1) * count):
            person, journey = town._person(n, models[n % len(models)]), f"follow-{n % len(project.EVENTS)}"
            run = _run(person.id, journey, now - HOUR, moment - SECOND + n % count * SECOND // count)
            rows.append(
                store.row(msgspec.structs.replace(person, runs=[run], memory={journey: (1, now - HOUR, 0)}, timers={}))
            )
        await town.write(rows)


async def _until(town: Town, due: int, worker: Working) -> tuple[float, float]:
    """Wait until nobody is due any more; gives how long after the moment that was, and the worker's processor seconds since before it."""
    spent = (await worker.news()).cpu
    while True:
        now = await worker.news()
        if time.time_ns() // 1000 < due:
            continue
        if not await town.pool.fetchval("SELECT EXISTS (SELECT FROM people_times WHERE wake_at <= $1)", due):
            return time.time() - due / 1e6, now.cpu - spent


async def _bare(town: Town, count: int) -> float:
    """How long it takes to write as many documents back as they are, 1,000 a commit."""
    rows = await town.pool.fetch("SELECT partition, id, doc FROM people LIMIT $1", count)
    began = time.perf_counter()
    async with town.pool.acquire() as connection:
        for first in range(0, len(rows), 1000):
            part = rows[first : first + 1000]
            await connection.execute(
                "UPDATE people p SET doc = g.doc FROM unnest($1::smallint[], $2::bytea[], $3::bytea[]) AS g(partition, id, doc) "
                "WHERE p.partition = g.partition AND p.id = g.id",
                *([row[n] for row in part] for n in range(3)),
            )
    return time.perf_counter() - began


def _figures(flying: int, count: int, bare: float, loaded: float, bursts: list[Burst]) -> list[Figure]:
    took, cpu = median(each.took for each in bursts), median(each.cpu for each in bursts)
    during, asleep = _middle([each.during for each in bursts]), _middle([each.asleep for each in bursts])
    return [
        Figure(
            f"{count:,} of {flying:,} runs in flight that become due in one second: all processed after it",
            took,
            "s",
            took / max(bare, 1e-3),
            12,
            "2",
            f"writing as many documents back: {bare:.1f} s",
            f"median of {len(bursts)} bursts, at most {max(each.took for each in bursts):.2f} s; one worker, {cpu:.1f} s of its processor "
            f"time; {RATE} requests a second meanwhile; loaded in {loaded:.0f} s",
            more=False,
        ),
        Figure(
            "p99 of a request in those seconds",
            during.p99 * 1000,
            "ms",
            during.p99 / max(asleep.p99, 1e-3),
            3,
            "as before",
            f"in as many seconds before each, while all sleep: {asleep.p99 * 1000:.1f} ms",
            f"median of {len(bursts)} bursts, of which each came to {_span(each.during for each in bursts)} ms, and to "
            f"{_span(each.asleep for each in bursts)} ms before it; p50 {during.p50 * 1000:.1f} ms, before {asleep.p50 * 1000:.1f} ms; "
            f"{sum(each.during.wrong for each in bursts)} refused",
            more=False,
        ),
    ]


def _middle(came: list[Came]) -> Latency:
    return Latency(median(each.p50 for each in came), median(each.p99 for each in came))


def _span(came: Iterable[Came]) -> str:
    found = sorted(each.p99 * 1000 for each in came)
    return f"{found[0]:.1f} to {found[-1]:.1f}"
