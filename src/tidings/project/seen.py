"""Compare a project with the catalog: an event or attribute that was never seen is most often a slip of the pen.

Nothing here is a fault, since what was never seen may come tomorrow; so all of it are warnings. What the project's own journeys track
or set counts as seen.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from tidings.channels.walk import registry
from tidings.events import DerivedEvent
from tidings.journeys import Journey
from tidings.journeys.document import templates as templates_of
from tidings.journeys.goal import Goal
from tidings.journeys.step import Step
from tidings.journeys.value import Value
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.people.catalog import Seen
from tidings.project import overlay, placeholders, templates
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
    """``events``: (kind, name) -> properties; ``attributes``: of people; ``groups``: type -> attributes; ``templates``: there are."""

    events: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    attributes: set[str] = field(default_factory=set)
    groups: dict[str, set[str]] = field(default_factory=dict)
    templates: set[str] = field(default_factory=set)


class Supply(NamedTuple):
    """What a message may read of the way that leads to it: properties of ``event``, names in ``journey``; None: nobody can tell."""

    event: frozenset[str] | None
    journey: frozenset[str] | None

    def beside(self, other: "Supply") -> "Supply":
        """What comes by either of two ways."""
        return Supply(*(None if a is None or b is None else a | b for a, b in zip(self, other, strict=True)))


def known(
    catalog: Iterable[Seen],
    documents: Mapping[str, Mapping[str, Any]],
    derived: Iterable[DerivedEvent] = (),
    templates: Iterable[str] = (),
) -> Known:
    """Gather what is known: the catalog, what the journeys ``documents`` cause themselves, events ``derived`` from others, and the names of
    ``templates``."""
    found = Known(attributes=set(OWN), templates=set(templates))
    for line in catalog:
        if line.kind in _KINDS:
            properties = found.events.setdefault((line.kind, line.name), set())
            properties |= {line.property} - {""}
        elif line.kind == "person":
            found.attributes |= {line.property} - {""}
        elif line.kind != "message":
            found.groups.setdefault(line.kind, set()).update({line.property} - {""})
    for data in mappings(list(documents.values())):
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
        for path in dict.fromkeys(paths(where)):
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
            yield from _of_message(known, rule)
        case InGroup():
            yield from _of_group(known, rule.type, paths(rule.where) if rule.where is not None else ())
        case _:
            if path := getattr(rule, "path", None):
                yield from _of_path(known, path)
            for part in parts_of(rule):
                yield from of_rule(known, part)


def _of_message(known: Known, rule: Message) -> Iterator[Problem]:
    if rule.channel not in (channels := sorted(registry())):
        hint = did_you_mean(rule.channel, channels) or f"there are: {', '.join(channels)}"
        yield Problem(f"there is no channel `{rule.channel}`", hint, warning=True)
    elif rule.template is not None and rule.template not in known.templates:
        yield _warning(f"there is no message `{rule.template}`", rule.template, sorted(known.templates))


def of_trigger(known: Known, journey: Journey) -> Iterator[tuple[str, Problem]]:
    """(field, warning) for each event, property and attribute that starts the journey and was never seen."""
    trigger = journey.trigger
    where = getattr(trigger, "where", None)
    for kind, event in trigger.said():
        field = "event" if trigger.group() else trigger.key
        for problem in of_event(known, kind, event, where.rule if where is not None else None):
            yield ("where" if (kind, event) in known.events else field), problem
    if trigger.group():
        attribute = getattr(trigger, "attribute", None)
        for problem in _of_group(known, trigger.group(), [attribute.path] if attribute is not None else ()):
            yield ("attribute" if trigger.group() in known.groups else "group"), problem
    for root in (*trigger.attributes(), *trigger.dates()[:1]):
        if root != "timezone":  # the zone of whoever a schedule concerns, who may have none
            for problem in _of_path(known, (root,)):
                yield trigger.key, problem


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


def of_templates(
    project: Project, known: Known | None, read: Mapping[str, Journey]
) -> Iterator[tuple[str, str, Problem]]:
    """(kind, name, warning with line and column) for each variable that nothing supplies to the journeys that send a template. What a
    layout or snippet reads is told once, there. Where nothing is ``known``, only of what the brand does not say."""
    brand = overlay.settings(project.settings).get("brand") or {}
    sent = _sent(project, known, read) if known is not None else {}
    told: set[tuple[str, str, Problem]] = set()
    for name in project.templates:
        try:
            message = templates.compiled(project, name)
        except (Invalid, KeyError):
            continue  # what does not compile is a fault of its own
        found = _of_variables(known, message.variables, sent.get(name, Supply(None, None))) if known is not None else ()
        for variable, problem in (*found, *placeholders.of_brand(message.variables, brand)):
            file, line, column = message.place(variable)
            kind, own = templates.whose(file, name)
            found_there = (kind, own, replace(problem, line=line, column=column))
            if found_there not in told:
                told.add(found_there)
                yield found_there


def _sent(project: Project, known: Known, read: Mapping[str, Journey]) -> dict[str, Supply]:
    """What each template that is sent may read, by whichever way leads to it."""
    sent: dict[str, Supply] = {}
    for id, journey in read.items():
        supplied = _supply(known, id, journey, project.journeys)
        for _, template in templates_of(journey):
            sent[template] = sent[template].beside(supplied) if template in sent else supplied
    return sent


def of_step(
    known: Known, id: str, journey: Journey, step: Step, documents: Mapping[str, Any]
) -> Iterator[tuple[str, Problem]]:
    """(text, warning with line and column in it) for each variable of the Liquid in a step of a journey that nothing supplies.
    ``documents``: all the journeys."""
    supplied = _supply(known, id, journey, documents)
    names = getattr(step.kind, "__struct_fields__", ())
    for value in values_of([getattr(step.kind, name) for name in names]):
        for text, script in value.scripts.items():
            for variable, problem in _of_variables(known, script.variables, supplied):
                _, line, column = script.place(variable)
                yield text, replace(problem, line=line, column=column)


def values_of(held: Any) -> Iterator[Value]:
    """Every value inside that may be Liquid."""
    if isinstance(held, Value):
        yield held
    elif isinstance(held, Mapping | list | tuple):
        for each in held.values() if isinstance(held, Mapping) else held:
            yield from values_of(each)


def _of_variables(known: Known, variables: Iterable[str], supplied: Supply) -> Iterator[tuple[str, Problem]]:
    for variable in sorted(variables):
        root, _, rest = variable.partition(".")
        own = rest.partition(".")[0].partition("[")[0]
        if not own:
            continue
        if root == "customer" and own not in known.attributes:
            yield variable, _warning(f"nobody was ever seen with `{own}`", own, sorted(known.attributes))
        elif root in ("event", "trigger") and supplied.event is not None and own not in supplied.event:
            yield (
                variable,
                _warning(f"no event that leads here was seen with `{own}`", own, sorted(supplied.event)),
            )
        elif root == "journey" and supplied.journey is not None and own not in supplied.journey:
            near = did_you_mean(own, sorted(supplied.journey)) or f"a step keeps what it learns with `as: {own}`"
            yield variable, Problem(f"no journey that leads here keeps a `{own}`", near, warning=True)
        elif root == "company":
            for problem in _of_group(known, root, [(own,)]):
                yield variable, problem


def _supply(known: Known, id: str, journey: Journey, documents: Mapping[str, Any]) -> Supply:
    """What the trigger brings, and what its steps and those of others that start it keep."""
    kept = {data["as"] for data in mappings(documents.get(id)) if isinstance(data.get("as"), str)}
    for data in mappings(list(documents.values())):
        if data.get("start") == id and isinstance(given := data.get("with"), Mapping):
            kept |= set(map(str, given))
    return Supply(_properties(known, journey), frozenset(kept))


def _properties(known: Known, journey: Journey) -> frozenset[str] | None:
    """The properties that the journey's trigger brings; None where its events were never seen, or it has none."""
    trigger = journey.trigger
    events = trigger.said()
    if any(event not in known.events for event in events):
        return None
    if trigger.group():
        own = {property for event in events for property in known.events[event]} if events else {"before", "after"}
        return frozenset(own | {"group_id", "group_type"})
    return frozenset(own for event in events for own in known.events[event]) if events else None


def _warning(message: str, word: str, names: list[str]) -> Problem:
    return Problem(message, did_you_mean(word, names), warning=True)


def paths(rule: Rule) -> Iterator[Path]:
    """Every path that a rule reads, of people and events."""
    if path := getattr(rule, "path", None):
        yield path
    for part in parts_of(rule):
        yield from paths(part)


def mappings(data: Any) -> Iterator[Mapping[str, Any]]:
    """Every mapping inside, steps among them."""
    if isinstance(data, Mapping):
        yield data
        for value in data.values():
            yield from mappings(value)
    elif isinstance(data, list | tuple):
        for item in data:
            yield from mappings(item)
