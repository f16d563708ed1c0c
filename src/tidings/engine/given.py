"""What a step's attributes and Liquid read: the person, the event that started the run, the run's own values."""

from collections.abc import Callable, Mapping
from typing import Any

from tidings.journeys.value import Value
from tidings.kernel.ids import show
from tidings.kernel.times import SECOND
from tidings.people.document import Person, Run

Event = Callable[[Run], Mapping[str, Any]]
"""Gives the properties of the event that started a run; raises where history must be asked first."""


def read(path: tuple[str, ...], person: Person, run: Run, event: Event) -> Any:
    """Give what a dotted path reads, as rules read it; None where a name is missing."""
    root, *rest = path
    found: Any
    if rest and root == "event":
        found = event(run)
    elif rest and root == "journey":
        found = run.values
    elif rest and root not in person.attributes:
        found = next((group.attributes for group in reversed(person.groups) if group.type == root), None)
    else:
        found, rest = person.attributes, list(path)
    for name in rest:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def values(value: Value, person: Person, run: Run, event: Event) -> dict[str, Any]:
    """Give what the Liquid of a value may read: only what it names is looked for."""
    given: dict[str, Any] = {
        "customer": {**person.attributes, **dict(person.identifiers), "cio_id": show(person.id)},
        "journey": run.values,
        "event_timestamp": run.event[0] // SECOND if run.event else None,
    }
    if not value.roots.isdisjoint(("event", "trigger")):
        given["event"] = given["trigger"] = event(run)
    if not value.roots.isdisjoint(("company", "objects")):
        groups: dict[str, list[dict[str, Any]]] = {}
        for group in person.groups:
            known = {**group.attributes, "id": group.key, "relationship": group.relation}
            groups.setdefault(group.type, []).append(known)
        given["objects"] = groups
        given["company"] = groups["company"][-1] if "company" in groups else {}
    return given
