"""How people divide at a branch, as those tell who came by lately: so that what lies behind each way is not counted for everybody."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from tidings.database.pool import Connection
from tidings.history import went
from tidings.journeys.ahead import Parts
from tidings.journeys.route import Route

FEWEST: Final = 10
"""People of whom one may say how others like them divide."""
Place = tuple[str, int]
"""(journey, version)."""


async def parts(
    connection: Connection, workspace: int, places: Iterable[Place], route: Callable[[Place], Route | None], now: int
) -> dict[Place, dict[str, Parts]]:
    """Give which part of people goes each way at the branches of these versions, where enough came by. Versions that ask the same there
    tell of one another."""
    asked = {
        (place, id): ways
        for place in places
        if (found := route(place)) is not None
        for id, node in found.nodes.items()
        if (ways := node.step.kind.ways())
    }
    if not asked:
        return {}
    lately = await went.lately(connection, workspace, sorted({(place[0], id) for place, id in asked}), now)
    told: defaultdict[Place, dict[str, Parts]] = defaultdict(dict)
    for (place, id), ways in asked.items():
        own = Counter[int | None]()
        for each, count in lately.items():
            if (each.journey, each.step) == (place[0], id) and _ways((place[0], each.version), id, route) == ways:
                own[ways[each.why]] += count
        if own.total() >= FEWEST:
            told[place][id] = {way: count / own.total() for way, count in own.items()}
    return told


def _ways(place: Place, step: str, route: Callable[[Place], Route | None]) -> Mapping[str, int | None] | None:
    found = route(place)
    node = found.nodes.get(step) if found is not None else None
    return node.step.kind.ways() if node is not None else None
