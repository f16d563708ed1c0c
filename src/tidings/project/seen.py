"""Compare a project with the catalog: an event or attribute that was never seen is most often a slip of the pen.

Nothing here is a fault, since what was never seen may come tomorrow; so all of it are warnings. What the project's own journeys track
or set counts as seen.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tidings.events import DerivedEvent
from tidings.journeys import Journey
from tidings.journeys.document import templates as templates_of
from tidings.journeys.goal import Goal
from tidings.journeys.step import Step
from tidings.journeys.value import Value
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.people.catalog import Seen
from tidings.project import templates
from tidings.project.folder import Project
from tidings.rules import Rule, clauses
from tidings.rules.reach import GROUP_TYPES
from tidings.rules.tree import Did, InGroup, Message, Path, parts_of

OWN: Final = frozenset({"id", "email", "cio_id", "anonymous_id", "unsubscribed", "timezone", "created_at"})
"""Attributes that everybody may have without having been sent any."""
_KINDS: Final = ("track", "page", "screen")
_RELATION: Final = "relation"


@dataclass
class Known:
    """``events``: (kind, name) -> properties; ``attributes``: of people; ``groups``: type -> attributes."""

    events: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    attributes: set[str] = field(default_factory=set)
    groups: dict[str, set[str]] = field(default_factory=dict)


def known(
    catalog: Iterable[Seen], documents: Mapping[str, Mapping[str, Any]], derived: Iterable[DerivedEvent] = ()
) -> Known:
    """Gather what is known: the catalog, what the journeys ``documents`` cause themselves, and events ``derived`` from others."""
    found = Known(attributes=set(OWN))
    for line in catalog:
        if line.kind in _KINDS:
            properties = found.events.setdefault((line.kind, line.name), set())
            properties |= {line.property} - {""}
        elif line.kind == "person":
            found.attributes |= {line.property} - {""}
        elif line.kind != "message":
            found.groups.setdefault(line.kind, set()).update({line.property} - {""})
    for data in _steps(list(documents.values())):
        if isinstance(event := data.get("track"), str):
            own = found.events.setdefault(("track", event), set())
            own |= set(data["properties"]) if isinstance(data.get("properties"), Mapping) else set()
        if isinstance(values := data.get("set"), Mapping):
            found.attributes |= set(map(str, values))
    own_names = {name: event for event in derived for name in event.names}
    for name in own_names:
        found.events["track", name] = _said_of(name, own_names, found, set())
    return found


def _said_of(name: str, derived: Mapping[str, DerivedEvent], found: Known, passed: set[str]) -> set[str]:
    """The properties of what a derived event is made of, through others."""
    passed.add(name)
    properties: set[str] = set()
    for clause in clauses(derived[name].rule):
        if clause.kind != "track" or clause.event not in derived:
            properties |= found.events.get((clause.kind, clause.event), set())
        elif clause.event not in passed:
            properties |= _said_of(clause.event, derived, found, passed)
    return properties


def of_event(known: Known, kind: str, event: str, where: Rule | None) -> Iterator[Problem]:
    """Warn of an event, or of properties asked of it, that were never seen."""
    if (kind, event) not in known.events:
        names = sorted(name for own, name in known.events if own == kind)
        yield _warning(f'no {"event" if kind == "track" else kind} "{event}" was ever seen', event, names)
    elif where is not None:
        properties = known.events[kind, event]
        for path in dict.fromkeys(_paths(where)):
            if path[0] not in properties:
                yield _warning(f'"{event}" was never seen with `{path[0]}`', path[0], sorted(properties))


def of_goal(known: Known, goal: Goal) -> Iterator[tuple[str, Problem]]:
    """(field, warning) for each property that says what a goal's event is worth and that it was never seen with."""
    properties = known.events.get(("track", goal.event)) if goal.event else None
    if properties is None:
        return  # the event itself is warned of where its rule is
    _, of_event, currency = goal.currency.rpartition("event.")
    named = {"value": goal.value[0] if goal.value else "", "currency": currency.partition(".")[0] if of_event else ""}
    for name, root in named.items():
        if root and root not in properties:
            yield name, _warning(f'"{goal.event}" was never seen with `{root}`', root, sorted(properties))


def of_rule(known: Known, rule: Rule) -> Iterator[Problem]:
    """Warn of what a rule over people names and nobody ever sent."""
    match rule:
        case Did():
            yield from of_event(known, rule.kind, rule.event, rule.where)
        case Message():
            return
        case InGroup():
            yield from _of_group(known, rule.type, _paths(rule.where) if rule.where is not None else ())
        case _:
            if path := getattr(rule, "path", None):
                yield from _of_path(known, path)
            for part in parts_of(rule):
                yield from of_rule(known, part)


def of_attribute(known: Known, root: str) -> Iterator[Problem]:
    """Warn of an attribute that a trigger names and nobody was ever seen with."""
    return _of_path(known, (root,))


def _of_path(known: Known, path: Path) -> Iterator[Problem]:
    root = path[0]
    if root in GROUP_TYPES | known.groups.keys() and len(path) > 1:
        yield from _of_group(known, root, [path[1:]])
    elif root not in known.attributes and root not in ("event", "trigger", "journey", "now"):
        yield _warning(f"nobody was ever seen with `{root}`", root, sorted(known.attributes))


def _of_group(known: Known, type: str, paths: Iterable[Path]) -> Iterator[Problem]:
    if type not in known.groups:
        yield _warning(f"no group of type `{type}` was ever seen", type, sorted(known.groups))
        return
    for path in paths:
        if path[0] != _RELATION and path[0] not in known.groups[type]:
            yield _warning(f"no {type} was ever seen with `{path[0]}`", path[0], sorted(known.groups[type]))


def of_templates(project: Project, known: Known, read: Mapping[str, Journey]) -> Iterator[tuple[str, Problem]]:
    """(template, warning) for each variable that neither an attribute nor an event of the journeys that send it supplies."""
    sent: dict[str, set[str] | None] = {}
    for journey in read.values():
        supplied = _supplied(known, journey)
        for _, template in templates_of(journey):
            before = sent.get(template, set())
            sent[template] = None if supplied is None or before is None else before | supplied
    for name in project.templates:
        try:
            variables = templates.compiled(project, name).variables
        except (Invalid, KeyError):
            continue  # what does not compile is a fault of its own
        for problem in _of_variables(known, variables, sent.get(name)):
            yield name, problem


def of_step(known: Known, journey: Journey, step: Step) -> Iterator[tuple[str, Problem]]:
    """(text, warning) for each variable of the Liquid in a step that neither an attribute nor the journey's trigger supplies."""
    names = getattr(step.kind, "__struct_fields__", ())
    for value in _values([getattr(step.kind, name) for name in names]):
        for text, script in value.scripts.items():
            for problem in _of_variables(known, script.variables, _supplied(known, journey)):
                yield text, problem


def _values(held: Any) -> Iterator[Value]:
    if isinstance(held, Value):
        yield held
    elif isinstance(held, Mapping | list | tuple):
        for each in held.values() if isinstance(held, Mapping) else held:
            yield from _values(each)


def _of_variables(known: Known, variables: Iterable[str], properties: set[str] | None) -> Iterator[Problem]:
    """``properties``: which the event has that leads here; None: nobody can tell."""
    for root, _, rest in (variable.partition(".") for variable in variables):
        own = rest.partition(".")[0].partition("[")[0]
        if root == "customer" and own and own not in known.attributes:
            yield _warning(f"nobody was ever seen with `{own}`", own, sorted(known.attributes))
        if root == "event" and own and properties is not None and own not in properties:
            yield _warning(f"no event that leads here was seen with `{own}`", own, sorted(properties))


def _supplied(known: Known, journey: Journey) -> set[str] | None:
    """The properties that the journey's trigger brings; None where its events were never seen, or it has none."""
    events = journey.trigger.events()
    if not events or any(event not in known.events for event in events):
        return None
    return {own for event in events for own in known.events[event]}


def _warning(message: str, word: str, names: list[str]) -> Problem:
    return Problem(message, did_you_mean(word, names), warning=True)


def _paths(rule: Rule) -> Iterator[Path]:
    if path := getattr(rule, "path", None):
        yield path
    for part in parts_of(rule):
        yield from _paths(part)


def _steps(data: Any) -> Iterator[Mapping[str, Any]]:
    """Every mapping inside, steps among them."""
    if isinstance(data, Mapping):
        yield data
        for value in data.values():
            yield from _steps(value)
    elif isinstance(data, list | tuple):
        for item in data:
            yield from _steps(item)
