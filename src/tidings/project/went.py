"""How people divide where a journey asks them something, as those tell who came by lately: so that what lies behind is not counted for
everybody."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from tidings.database.pool import Connection
from tidings.history import went
from tidings.journeys.ahead import Lately, Parts
from tidings.journeys.route import Node, Route

FEWEST: Final = 10
"""People of whom one may say how others like them divide."""
Place = tuple[str, int]
"""(journey, version)."""
Routes = Callable[[Place], Route | None]


async def lately(
    connection: Connection, workspace: int, places: Iterable[Place], route: Routes, now: int
) -> dict[Place, Lately]:
    """Give which part of people goes each way where these versions ask something, where enough came by. Versions that ask the same there
    tell of one another."""
    nodes = {
        (place, id): node for place in places if (found := route(place)) is not None for id, node in found.nodes.items()
    }
    ways = await _parts(connection, workspace, nodes, route, now)
    through = await _through(connection, workspace, nodes, route, now)
    return {place: Lately(ways[place], through[place]) for place in {*ways, *through}}


async def _parts(
    connection: Connection, workspace: int, nodes: Mapping[tuple[Place, str], Node], route: Routes, now: int
) -> defaultdict[Place, dict[str, Parts]]:
    asked = {at: ways for at, node in nodes.items() if (ways := node.step.kind.ways())}
    told = defaultdict[Place, dict[str, Parts]](dict)
    steps = sorted({(place[0], id) for place, id in asked})
    came = await went.lately(connection, workspace, steps, now) if steps else {}
    for (place, id), ways in asked.items():
        own = Counter[int | None]()
        for each, count in came.items():
            if (each.journey, each.step) != (place[0], id) or each.why not in ways:
                continue
            node = _node((place[0], each.version), id, route)
            if node is not None and node.step.kind.ways() == ways:
                own[ways[each.why]] += count
        if own.total() >= FEWEST:
            told[place][id] = {way: count / own.total() for way, count in own.items()}
    return told


async def _through(
    connection: Connection, workspace: int, nodes: Mapping[tuple[Place, str], Node], route: Routes, now: int
) -> defaultdict[Place, dict[str, float]]:
    """The part of whom `only_if` held."""
    asked = {at: node.step.only_if for at, node in nodes.items() if node.step.only_if is not None}
    told = defaultdict[Place, dict[str, float]](dict)
    steps = sorted({(place[0], id) for place, id in asked})
    came = await went.skipped(connection, workspace, steps, now) if steps else []
    for (place, id), only_if in asked.items():
        through = past = 0
        for journey, step, version, went_on, let_past in came:
            node = _node((journey, version), step, route) if (journey, step) == (place[0], id) else None
            if node is not None and node.step.only_if == only_if:
                through, past = through + went_on, past + let_past
        if through + past >= FEWEST:
            told[place][id] = through / (through + past)
    return told


def _node(place: Place, step: str, route: Routes) -> Node | None:
    found = route(place)
    return found.nodes.get(step) if found is not None else None
