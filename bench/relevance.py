"""What an event costs while there are 10, 100 and 1,000 segments that do not name it: the same."""

from bench.ground.figure import Figure
from bench.ground.town import Town
from bench.ground.working import working

ORDER = 60
COUNTS = (10, 100, 1000)


async def measure(town: Town) -> list[Figure]:
    """Put more and more segments in force, and time the same kind of events each time."""
    costs: list[float] = []
    for n, extra in enumerate(COUNTS):
        await town.define(extra=extra)
        if not n:
            await town.settle(town.size.people // 40 or 1)
        async with working(town.url) as worker:
            await town.built(worker)
            await worker.rests()
        count = town.size.relevant
        first = town.touches(n * 10 * count)  # brings everybody up to the definitions, which costs once
        await town.append([*first, *town.events(count, start=n * 10 * count + town.people)])
        async with working(town.url) as worker:
            begin = await worker.reaches(len(first) + count // 10)
            end = await worker.reaches(len(first) + count)
        costs.append((end.cpu - begin.cpu) / max(end.applied - begin.applied, 1) * 1e6)
    ratio = costs[-1] / max(costs[0], 1e-9)
    return [
        Figure(
            f"cost of an event beside {count:,} segments that do not name it",
            cost,
            "µs",
            ratio if count == COUNTS[-1] else None,
            1.3 if count == COUNTS[-1] else None,
            "",
            f"beside {COUNTS[0]}" if count == COUNTS[-1] else "",
            "of the worker's processor time; 50 segments and 20 journeys besides, five of which concern it",
            more=False,
        )
        for count, cost in zip(COUNTS, costs, strict=True)
    ]
