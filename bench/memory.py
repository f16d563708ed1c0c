"""A worker's memory while a million events go by."""

from bench.ground.figure import Figure
from bench.ground.town import Town
from bench.ground.working import working

ORDER = 70
PORTION = 50_000


async def measure(town: Town) -> list[Figure]:
    """Feed it portion by portion, and compare the second quarter with the last."""
    await town.define()
    await town.settle(town.size.people)
    total = town.size.long
    async with working(town.url) as worker:
        await worker.rests()
        start = worker.log[-1].applied
        for first in range(0, total, PORTION):
            await town.append(town.events(min(PORTION, total - first), start=first))
            await worker.reaches(start + min(first + PORTION, total) - PORTION // 2)
        await worker.reaches(start + total)
        told = [each for each in worker.log if each.applied > start]
    most = max(each.rss for each in told) / 2**20
    early = [each.rss for each in told if total // 4 <= each.applied - start <= total // 2] or [told[0].rss]
    late = [each.rss for each in told if each.applied - start >= total * 3 // 4] or [told[-1].rss]
    return [
        Figure("worker memory, most", most, "MB", None, 500, "under 500", "", f"over {total:,} events", more=False),
        Figure(
            "worker memory, last quarter against the second",
            max(late) / 2**20,
            "MB",
            max(late) / max(early),
            1.1,
            "flat",
            f"{max(early) / 2**20:,.0f} MB",
            "the most in each",
            more=False,
        ),
    ]
