"""A new segment over everybody's history: from `apply` until every partition is built, while API and worker serve."""

import asyncio
import time

from bench.ground.figure import Figure
from bench.ground.load import load
from bench.ground.processes import free_port, process
from bench.ground.town import Town
from bench.ground.working import working
from tidings.database.access import create_source
from tidings.history.body import unpack
from tidings.kernel.times import DAY

ORDER = 80
SHARES = {"Rare Thing": 0.05, "Common Thing": 0.5}
"""The two events asked about, and which part of all events each is."""
FLOW = 100
"""Events a second over HTTP meanwhile."""
GATES = {"Rare Thing": 60, "Common Thing": 240}


async def measure(town: Town) -> list[Figure]:
    """Load people and history, then define a segment on a rare event and another on a common one."""
    size = town.size
    await town.define()
    began = time.perf_counter()
    await town.settle(size.many_people)
    await town.remember(size.many_events, SHARES)
    return await over(town, time.perf_counter() - began)


async def over(town: Town, prepared: float) -> list[Figure]:
    """Measure over a town in which people live and did something; ``prepared``: seconds that took."""
    size, scan = town.size, await _scan(town)
    async with town.pool.acquire() as connection:
        key = await create_source(connection, town.workspace, "bench", "write_key")
    figures = []
    port = free_port()
    async with process("tidings.app.api", town.url, port), working(town.url) as worker:
        await worker.rests()
        for n, (event, share) in enumerate(SHARES.items()):
            extra = {
                f"new-{m}": f'did "{name}" at least 3 times within 30 days'
                for m, name in enumerate(list(SHARES)[: n + 1])
            }
            flowing = asyncio.create_task(_flow(town, port, key))
            began = time.perf_counter()
            await town.apply(more=extra)
            await town.built(worker)
            taken = time.perf_counter() - began
            flowing.cancel()
            found = await town.pool.fetchval("SELECT count(*) FROM memberships WHERE segment = $1", f"new-{n}")
            right = await _right(town, event)
            figures.append(
                Figure(
                    f"a new segment over {size.many_people:,} people, {size.many_events:,} events, {share:.0%} of them its own",
                    taken,
                    "s",
                    taken / scan,
                    4,
                    f"{GATES[event]} s",
                    f"a sequential scan that decodes the same rows: {scan:.1f} s",
                    f"{found:,} members, by SQL {right:,}; {FLOW} events/s over HTTP meanwhile; people and history took "
                    f"{prepared:.0f} s to load",
                    more=False,
                )
            )
    return figures


async def _flow(town: Town, port: int, key: str) -> None:
    """Let some events come in, until cancelled."""
    while True:
        await load(port, key, 4, 10, 1, town.people, FLOW)


async def _scan(town: Town) -> float:
    """Give how long one pass over the history takes that decodes every row."""
    began = time.perf_counter()
    async with town.pool.acquire() as connection, connection.transaction():
        cursor = await connection.cursor("SELECT kind, person, time, name, id, body FROM history")
        while rows := await cursor.fetch(5000):
            for row in rows:
                unpack(row[5])
    return time.perf_counter() - began


async def _right(town: Town, event: str) -> int:
    """Count by SQL who is in it now; those whose window passed since the build have left it too."""
    found: int = await town.pool.fetchval(
        "SELECT count(*) FROM (SELECT person FROM history WHERE name = $1 AND time > $2 GROUP BY person HAVING count(*) >= 3) f",
        event,
        time.time_ns() // 1000 - 30 * DAY,
    )
    return found
