"""What names a derived event: the segments, journeys and other derived events whose rules say it, directly or through each other."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tidings import events, journeys, segments
from tidings.journeys.document import conditions
from tidings.kernel.problems import Invalid
from tidings.rules import Rule
from tidings.rules.tree import Did, parts_of

FOLDERS: Final = {"event": "events", "segment": "segments", "journey": "journeys"}
Use = tuple[str, str]
"""(kind, id)."""


def named(kind: str, document: Mapping[str, Any]) -> frozenset[str]:
    """Give the events that a document says, derived or not. Raises Invalid."""
    if kind == "event":
        return frozenset(_of_rule(events.read(document).rule))
    if kind == "segment":
        rule = segments.read(document).rule
        return frozenset(_of_rule(rule)) if rule is not None else frozenset()
    journey = journeys.read(document)
    found = {event for kind, event in journey.trigger.said() if kind == "track"}
    for condition in conditions(journey):
        found.update(_of_rule(condition.rule))
    return frozenset(found)


def says(kind: str, document: Mapping[str, Any], names: frozenset[str]) -> bool:
    """Whether a document says one of these names; of one that can't be read, whether it stands anywhere in it."""
    try:
        return not names.isdisjoint(named(kind, document))
    except Invalid:
        return any(name in str(document) for name in names)


def users(documents: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Use]]:
    """Give what says each derived event, by its id. ``documents``: those in force, by folder and id."""
    ids: dict[str, str] = {}
    for id, document in documents.get("events", {}).items():
        for name in events.read(document).names:
            ids[name] = id
    found: dict[str, list[Use]] = {}
    for kind, folder in FOLDERS.items() if ids else ():
        for own, document in sorted(documents.get(folder, {}).items()):
            for id in sorted({ids[name] for name in named(kind, document) if name in ids}):
                found.setdefault(id, []).append((kind, own))
    return found


def _of_rule(rule: Rule) -> Iterator[str]:
    if isinstance(rule, Did) and rule.kind == "track":
        yield rule.event
    for part in parts_of(rule):
        yield from _of_rule(part)
