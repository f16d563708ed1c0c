"""What can be said of a journey's way before anybody takes it: steps nobody comes to, jumps to nowhere, rounds that never
wait, how long it takes."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from msgspec import Struct

from tidings.journeys.kinds import StepKind
from tidings.journeys.quiet import Quiet, over
from tidings.journeys.route import Node, Route
from tidings.kernel.problems import did_you_mean
from tidings.kernel.times import DAY, HOUR


class Fault(Struct, frozen=True):
    """``step``: where; ``key``: at which of its fields ("": the step itself)."""

    step: str
    key: str
    message: str
    hint: str


_TRIES: Final = 20
_NEVER: Final[Mapping[str, tuple[Quiet, ...]]] = {}
_HOURS: Final = tuple(range(0, 7 * DAY, HOUR))
"""The hours of a week."""
ROUND: Final = "give it a bound, `at_most: 5 times`, or put a `wait` into the round"


def faults(route: Route) -> list[Fault]:
    """Jumps to steps that are not there, and rounds that would go on for ever without waiting."""
    rounds = [
        Fault(id, route.nodes[id].step.kind.key, "this may go round for ever without waiting", ROUND)
        for id in _rounds(route)
    ]
    return [*lost(route), *rounds]


def lost(route: Route) -> list[Fault]:
    """Jumps to steps that are not there."""
    return [
        Fault(id, node.step.kind.key, f"there is no step `{target}`", did_you_mean(target, list(route.nodes)))
        for id, node in route.nodes.items()
        for target in node.step.kind.leads()
        if target and target not in route.nodes
    ]


def unreachable(route: Route) -> list[str]:
    """Steps that no run can come to, in the order they are written; of several in a row only the first."""
    reached: set[str] = set()
    waiting = [route.first]
    while waiting:
        id = waiting.pop()
        if id and id not in reached:
            reached.add(id)
            waiting += _after(route.nodes[id])
    lost = [id for id in reversed(route.nodes) if id not in reached]
    behind = {target for id in lost for target in _after(route.nodes[id])}
    return [id for id in lost if id not in behind] or lost[:1]


class Waits(NamedTuple):
    """How long a run may wait by the clock, in microseconds: ``before`` it comes to a step, at it ``alone``, and ``until`` it leaves it."""

    before: int
    alone: int
    until: int


def lasting(route: Route, quiet: Mapping[str, tuple[Quiet, ...]] = _NEVER) -> dict[str, Waits]:
    """Of each step, on the longest way there that takes no step twice; without steps that nobody comes to. Whoever begins on a Friday
    afternoon may wait longest for a Monday: so it is asked of each hour of a week. ``quiet``: by template, the quiet hours that hold its
    messages; all on the clock of UTC."""
    order = list(reversed(_finished(route)))
    place = {id: at for at, id in enumerate(order)}
    found = dict.fromkeys(order, Waits(0, 0, 0))
    kinds = {id: route.nodes[id].step.kind for id in order}
    steady = all(kind.latest(0) == kind.lasts() == kind.latest(_HOURS[-1]) - _HOURS[-1] for kind in kinds.values())
    steady = steady and not any(quiet.get(template) for kind in kinds.values() for template in kind.templates())
    for start in _HOURS[:1] if steady else _HOURS:
        came = dict.fromkeys(order, start)
        for id in order:
            then = _latest(kinds[id], came[id], quiet)
            waits = (came[id] - start, _latest(kinds[id], start, quiet) - start, then - start)
            found[id] = Waits(*map(max, found[id], waits))
            for target in _after(route.nodes[id]):
                if place.get(target, -1) > place[id]:
                    came[target] = max(came[target], then)
    return found


def _latest(kind: StepKind, at: int, quiet: Mapping[str, tuple[Quiet, ...]]) -> int:
    """When whoever comes to a step goes on: also its hours may open when it is quiet, and quiet may end when they are closed."""
    then = kind.latest(at)
    held = tuple(each for template in kind.templates() for each in quiet.get(template, ()))
    for _ in range(_TRIES if held else 0):
        ends = over(held, then, lambda _: "UTC")
        if ends == then:
            break
        then = kind.latest(ends)
    return then


def _finished(route: Route) -> list[str]:
    """Steps a run can come to, each behind all that it leads to and that do not lead back to it."""
    done: list[str] = []
    seen: set[str] = set()
    waiting = [(route.first, False)]
    while waiting:
        id, left = waiting.pop()
        if left:
            done.append(id)
        elif id in route.nodes and id not in seen:
            seen.add(id)
            waiting.append((id, True))
            waiting += [(target, False) for target in _after(route.nodes[id])]
    return done


def _after(node: Node) -> Iterator[str]:
    """Steps a run may be at next ("": none)."""
    kind = node.step.kind
    yield from node.into
    yield from kind.leads()
    if kind.passes() or node.step.only_if is not None:
        yield node.next


def hasty(route: Route, times: int) -> list[str]:
    """Jumps with a bound that may send a run round more than so many times past nothing that waits."""
    quick = {id: node for id, node in route.nodes.items() if node.step.kind.form.group != "time" or node.step.only_if}
    return [id for id in _closing(quick) if quick[id].step.kind.turns() > times]


def _rounds(route: Route) -> Iterator[str]:
    """Jumps without a bound that close a round on which nothing certainly waits."""
    quick = {
        id: node for id, node in route.nodes.items() if not node.step.kind.pauses() or node.step.only_if is not None
    }
    yield from (id for id in _closing(quick) if not quick[id].step.kind.passes())


def _closing(nodes: Mapping[str, Node]) -> Iterator[str]:
    """Jumps that may lead back to themselves through these."""
    for id, node in nodes.items():
        if any(_leads(target, id, nodes) for target in node.step.kind.leads()):
            yield id


def _leads(start: str, end: str, nodes: Mapping[str, Node]) -> bool:
    """Whether a run may get from one step to another through these, jumps with a bound left out."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        id = waiting.pop()
        if id == end:
            return True
        if id in seen or id not in nodes:
            continue
        seen.add(id)
        node = nodes[id]
        bounded = bool(node.step.kind.leads()) and node.step.kind.passes()
        waiting += [node.next] if bounded else _after(node)
    return False
