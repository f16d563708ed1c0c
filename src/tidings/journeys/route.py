"""The way through a journey: its tree of steps laid out as nodes that know what comes next."""

from msgspec import Struct

from tidings.journeys.step import Step


class Node(Struct, frozen=True):
    """``next``: the step after this one and its inner steps ("" ends the run); ``into``: the first step of each branch."""

    step: Step
    next: str
    into: tuple[str, ...] = ()


class Route(Struct, frozen=True):
    """``first``: where a run begins."""

    first: str
    nodes: dict[str, Node]


def lay(steps: tuple[Step, ...]) -> Route:
    """Lay steps out; a branch's last step leads to what comes after the branch, an empty branch there at once."""
    nodes: dict[str, Node] = {}
    return Route(_lay(steps, "", nodes), nodes)


def _lay(steps: tuple[Step, ...], after: str, nodes: dict[str, Node]) -> str:
    for step in reversed(steps):
        into = tuple(_lay(inner, after, nodes) for inner in step.kind.branches())
        nodes[step.id] = Node(step, after, into)
        after = step.id
    return after
