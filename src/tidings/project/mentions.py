"""What uses what: which journeys, segments and templates name an event or an attribute."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from tidings import events, journeys, segments
from tidings.journeys.document import conditions
from tidings.kernel.problems import Invalid
from tidings.project import templates
from tidings.project.body import documents_of
from tidings.project.folder import Project
from tidings.rules import Rule
from tidings.rules.tree import Did, InGroup, parts_of

Key = tuple[str, str, str]
"""(kind, name, property), as the catalog has them."""
_PERSON: Final = ("person", "")


class Use(NamedTuple):
    """``kind``: event (a derived one), segment, journey or template."""

    kind: str
    name: str


def mentions(body: Mapping[str, Any]) -> dict[Key, list[Use]]:
    """Give who uses what, of the definitions in force. What can't be read uses nothing."""
    found: dict[Key, list[Use]] = {}
    documents: dict[str, Any] = documents_of(body)
    project = Project(**documents)
    for use, key in _all(project):
        users = found.setdefault(key, [])
        if use not in users:
            users.append(use)
    return found


def _all(project: Project) -> Iterator[tuple[Use, Key]]:
    for name, document in project.events.items():
        try:
            made = events.read(document)
        except Invalid:
            continue
        for key in _of_rule(made.rule):
            yield Use("event", name), key
    for name, document in project.segments.items():
        try:
            rule = segments.read(document).rule
        except Invalid:
            continue
        for key in _of_rule(rule) if rule is not None else ():
            yield Use("segment", name), key
    for name, document in project.journeys.items():
        try:
            journey = journeys.read(document)
        except Invalid:
            continue
        use = Use("journey", name)
        for kind, event in journey.trigger.events():
            yield use, (kind, event, "")
        for root in (*journey.trigger.attributes(), *journey.trigger.dates()[:1]):
            yield use, (*_PERSON, root)
        for condition in conditions(journey):
            for key in _of_rule(condition.rule, journey.trigger.events()):
                yield use, key
    for name in project.templates:
        try:
            variables = templates.compiled(project, name).variables
        except (Invalid, KeyError):
            continue
        for root, _, rest in (variable.partition(".") for variable in variables):
            own = rest.partition(".")[0].partition("[")[0]
            if root == "customer" and own:
                yield Use("template", name), (*_PERSON, own)


def _of_rule(rule: Rule, started_by: Iterable[tuple[str, str]] = ()) -> Iterator[Key]:
    """Give what a rule names. ``started_by``: (kind, name) of the events that its `event.x` may be of."""
    match rule:
        case Did():
            yield rule.kind, rule.event, ""
            for property in _roots(rule.where) if rule.where is not None else ():
                yield rule.kind, rule.event, property
        case InGroup():
            for attribute in _roots(rule.where) if rule.where is not None else ():
                yield rule.type, "", attribute
        case _:
            match getattr(rule, "path", None):
                case ("event", property, *_):
                    yield from ((kind, event, property) for kind, event in started_by)
                case ("journey", _, *_):
                    pass  # what the run itself holds
                case ("company", attribute, *_):
                    yield "company", "", attribute
                case (root, *_):
                    yield *_PERSON, root
            for part in parts_of(rule):
                yield from _of_rule(part, started_by)


def _roots(rule: Rule) -> Iterator[str]:
    if path := getattr(rule, "path", None):
        yield path[0]
    for part in parts_of(rule):
        yield from _roots(part)
