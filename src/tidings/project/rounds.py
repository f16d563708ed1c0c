"""Journeys that start themselves at once, by themselves or through each other: the engine parks whoever goes round so, and that is seen
live only.

A person is in a journey once at a time. So what its last step tracks or starts brings them in again; what a step before that does, only
through another journey, which goes on when this one is over.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from tidings import journeys
from tidings.journeys import Journey, Route
from tidings.journeys.document import Readable
from tidings.journeys.route import Node
from tidings.journeys.steps import start, track
from tidings.kernel.problems import Problem

_WAITS: Final = "time"
"""The group of steps that wait: whoever comes by one does not go round at once."""


class Cause(NamedTuple):
    """A step that lets whoever comes to it enter a journey, without having waited. ``last``: their run is over behind it."""

    step: str
    journey: str
    last: bool


def warnings(found: Mapping[str, Readable]) -> Iterator[tuple[str, Problem]]:
    """(journey, warning) for each step that starts a round in which nobody waits."""
    always = {id: each for id, each in found.items() if each.sound and each.journey.reenter == 0}
    causes = {id: list(_causes(each.journey, always)) for id, each in always.items()}
    for id, own in causes.items():
        paths = {step.id: path for path, step in always[id].placed.items() if step is not None}
        for cause in own:
            if cause.journey == id and cause.last:
                message = f"this starts `{id}` again at once, without end"
            elif cause.journey != id and id in _led(cause.journey, causes):
                message = f"this starts `{cause.journey}`, which leads back to `{id}` at once, without end"
            else:
                continue
            hint = "put a `wait` on the way, or let `reenter` be `after 1 day`: whoever goes round so is stopped by a fault"
            yield id, Problem(message, hint, paths[cause.step], warning=True)


def _led(start: str, causes: Mapping[str, Iterable[Cause]]) -> set[str]:
    """The journeys that a journey leads to, through others."""
    found, waiting = set[str](), [start]
    while waiting:
        for cause in causes[waiting.pop()]:
            if cause.journey not in found:
                found.add(cause.journey)
                waiting.append(cause.journey)
    return found


def _causes(journey: Journey, known: Mapping[str, Readable]) -> Iterator[Cause]:
    route = journeys.route(journey)
    for id in _at_once(route, route.first):
        node = route.nodes.get(id)
        if node is None or "" not in _at_once(route, node.next):
            continue  # whoever is still in it does not come in again
        for other, each in known.items():
            if _starts(node.step.kind, other, each.journey):
                yield Cause(id, other, not node.next)


def _starts(kind: Any, id: str, journey: Journey) -> bool:
    if isinstance(kind, start.Kind):
        return kind.journey == id
    if not isinstance(kind, track.Kind) or ("track", kind.event) not in journey.trigger.events():
        return False
    return bool(kind.properties.scripts) or journey.trigger.starts(kind.properties.plain)


def _at_once(route: Route, first: str) -> set[str]:
    """The steps that a run may come to from one without waiting; "" is the end."""
    found, waiting = set[str](), [first]
    while waiting:
        id = waiting.pop()
        if id in found:
            continue
        found.add(id)
        if id in route.nodes:
            waiting += _behind(route.nodes[id])
    return found


def _behind(node: Node) -> Iterator[str]:
    kind = node.step.kind
    if kind.form.group == _WAITS and node.step.only_if is None:
        return
    yield from node.into
    yield from kind.leads()
    if kind.passes() or node.step.only_if is not None:
        yield node.next
    elif not node.into and not kind.leads():
        yield ""
