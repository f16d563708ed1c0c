"""Walk every name that a document takes from its workspace, and give it another: events, attributes, segments, topics, templates.

One walk serves both questions. `say` is called with each name and answers what stands there from now on; who only wants to know them
answers the same name, and remembers. What a journey itself tracks or sets is its own to name, and is not asked about.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from tidings import rules
from tidings.content import template
from tidings.content.liquid.tokens import changed
from tidings.journeys.form import Field
from tidings.journeys.schema import forms
from tidings.kernel.problems import Invalid
from tidings.project.folder import Source
from tidings.rules import tree
from tidings.rules.reach import GROUP_TYPES

Key: TypeAlias = tuple[str, str, str]
"""(kind, name, property) as the catalog has them: ("track", "Signed Up", ""), ("track", "Signed Up", "plan"), ("person", "", "plan"),
("company", "", "seats"); beside those ("segment", "paying", ""), ("topic", …), ("template", …), ("address", …) that a step calls."""
Say: TypeAlias = Callable[[Key], str]
Event: TypeAlias = tuple[str, str] | None
"""(kind, name) of the event that `event.x` reads; None where no event of the catalog leads there."""

_ROOTS: Final = frozenset({"event", "journey", "trigger", "now"})
_READ: Final = re.compile(rf"\b(customer|event|{'|'.join(sorted(GROUP_TYPES))})\.([A-Za-z_]\w*)")
_TOPIC: Final = re.compile(r"(?m)^(topic:[ \t]*)(['\"]?)([\w-]+)\2[ \t]*$")
_PLAIN: Final = re.compile(r"[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*")


def in_journey(document: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Give a journey's document with every name as `say` has it. What can't be read stays as it is."""
    made = _Walk(say, starts_with(document)).journey(document)
    return {**made, "journey": document["journey"]} if "journey" in document else made


def in_segment(document: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Give a segment's document, likewise."""
    rule = document.get("rule")
    return {**document, "rule": _Walk(say, None).rule(rule)} if isinstance(rule, str) else dict(document)


def in_template(name: str, source: Source, say: Say, event: Event) -> Source:
    """Give a template, likewise. ``event``: what leads to it, where one event does."""
    text = _Walk(say, event).liquid(source.text)
    topic = template.read(name, text, source.format).topic
    if topic:
        wanted = say(("topic", topic, ""))
        front, rest = text[: text.find("\n---", 3)], text[text.find("\n---", 3) :]
        text = _TOPIC.sub(lambda found: f"{found[1]}{wanted}" if found[3] == topic else found[0], front) + rest
    return Source(text, source.format)


def starts_with(document: Mapping[str, Any]) -> Event:
    """Give the event that a journey begins with; None where it begins with something else."""
    trigger = document.get("trigger")
    if not isinstance(trigger, Mapping) or "group" in trigger or not isinstance(trigger.get("event"), str):
        return None
    return str(trigger.get("kind", "track")), trigger["event"]


class _Walk:
    def __init__(self, say: Say, event: Event) -> None:
        self.say, self.event = say, event

    def journey(self, document: Mapping[str, Any]) -> dict[str, Any]:
        known = forms()
        made = self._mapping(document, known["journey"].fields)
        trigger = document.get("trigger")
        if isinstance(trigger, Mapping):
            made["trigger"] = self._trigger(trigger, known["triggers"])
        if isinstance(per := made.get("run_per"), str) and self.event is not None:
            made["run_per"] = _READ.sub(lambda found: self._read(found[1], found[2]), per)
        goal = document.get("goal")
        if isinstance(goal, Mapping) and isinstance(goal.get("event"), str):
            of = ("track", goal["event"])
            more = {"where": self.where(goal["where"], of)} if "where" in goal else {}
            if isinstance(goal.get("value"), str):
                more["value"] = self._property(of, goal["value"])
            made["goal"] = {**made["goal"], **more}
        return made

    def _trigger(self, trigger: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
        if "group" in trigger:
            made = self._mapping(trigger, known["group"].fields)
            if isinstance(attribute := trigger.get("attribute"), str):
                made["attribute"] = self.say((str(trigger["group"]), "", attribute))
            return made
        kind = next((key for key in trigger if key in known), None)
        made = self._mapping(trigger, known[kind].fields) if kind else dict(trigger)
        if kind == "event" and self.event is not None:
            made["event"] = self.say((*self.event, ""))
        return made

    def _mapping(self, data: Mapping[str, Any], fields: Sequence[Field]) -> dict[str, Any]:
        asked = {field.key: field for field in fields}
        return {key: self._field(asked[key], value) if key in asked else value for key, value in data.items()}

    def _field(self, field: Field, value: Any) -> Any:
        if field.ask == "steps" or (field.ask == "fields" and field.many):
            return [self._item(field, each) for each in value] if isinstance(value, list | tuple) else value
        if field.ask == "fields":
            return self._mapping(value, field.fields) if isinstance(value, Mapping) else value
        if field.ask == "rule" and isinstance(value, list | tuple):
            return [self._arm(each) for each in value]
        if field.ask == "url" and isinstance(value, str):
            return self._texts(self.say(("address", value, "")))
        if field.ask in ("values", "liquid"):
            return self._texts(value)
        if not isinstance(value, str):
            return value
        match field.ask:
            case "rule":
                return self.rule(value)
            case "where":
                return self.where(value, self.event)
            case "event":
                return self.say(("track", value, ""))
            case "attribute":
                return self._attribute(value)
            case "segment":
                before, _, name = value.rpartition(" ")
                return f"{before} {self.say(('segment', name, ''))}".strip()
            case "topic" if value not in field.also:
                return self.say(("topic", value, ""))
            case "template":
                return self.say(("template", value, ""))
        return value

    def _item(self, field: Field, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        if field.ask == "fields":
            return self._mapping(data, field.fields)
        known = forms()
        kind = next((key for key in data if key in known["steps"]), None)
        if kind == "track":  # what the journey itself causes
            made = self._mapping(data, known["common"])
            return made | {"properties": self._texts(data["properties"])} if "properties" in data else made
        return self._mapping(data, (*known["common"], *(known["steps"][kind].fields if kind else ())))

    def _arm(self, data: Any) -> Any:
        """One of several rules to wait for: a rule, or how long at most, and steps."""
        fields = (Field("when", "rule", ""), Field("steps", "steps", ""))
        return self._mapping(data, fields) if isinstance(data, Mapping) else data

    def rule(self, text: str) -> str:
        """Give a rule over a person, likewise."""
        try:
            return rules.show(self._clause(rules.parse(text)))
        except Invalid:
            return text

    def where(self, text: Any, event: Event) -> Any:
        """Give a rule over an event's properties, likewise."""
        try:
            return rules.show(self._inside(rules.parse_where(text), lambda root: self._property(event, root)))
        except Invalid:
            return text

    def _clause(self, rule: rules.Rule) -> rules.Rule:
        match rule:
            case tree.Did():
                of = (rule.kind, rule.event)
                where = rule.where and self._inside(rule.where, lambda root: self._property(of, root))
                return msgspec.structs.replace(rule, event=self.say((*of, "")), where=where)
            case tree.Message():
                return msgspec.structs.replace(
                    rule, template=rule.template and self.say(("template", rule.template, ""))
                )
            case tree.InSegment():
                return tree.InSegment(self.say(("segment", rule.segment, "")))
            case tree.InGroup():
                where = rule.where and self._inside(rule.where, lambda root: self._of_group(rule.type, root))
                return msgspec.structs.replace(rule, where=where)
            case _:
                return self._parts(rule, self._clause, self._path)

    def _inside(self, rule: rules.Rule, said: Callable[[str], str]) -> rules.Rule:
        """A ``where``: every path is of the event, or of the group."""
        return self._parts(rule, lambda part: self._inside(part, said), lambda path: (*_way(said(path[0])), *path[1:]))

    def _parts(
        self,
        rule: rules.Rule,
        inner: Callable[[rules.Rule], rules.Rule],
        path: Callable[[tree.Path], tree.Path],
    ) -> rules.Rule:
        match rule:
            case tree.All() | tree.Any():
                return msgspec.structs.replace(rule, of=tuple(inner(part) for part in rule.of))
            case tree.Not():
                return tree.Not(inner(rule.rule))
            case tree.Did() | tree.Message() | tree.InSegment() | tree.InGroup():
                return rule
            case _:
                return msgspec.structs.replace(rule, path=path(rule.path))

    def _path(self, path: tree.Path) -> tree.Path:
        root, rest = path[0], path[1:]
        if rest and root == "event":
            return ("event", *_way(self._property(self.event, rest[0])), *rest[1:])
        if rest and root in GROUP_TYPES:
            return (root, *_way(self._of_group(root, rest[0])), *rest[1:])
        return path if root in _ROOTS else (*_way(self.say(("person", "", root))), *rest)

    def _property(self, event: Event, name: str) -> str:
        return self.say((*event, name)) if event is not None else name

    def _of_group(self, type: str, name: str) -> str:
        return name if name == "relation" else self.say((type, "", name))

    def _attribute(self, text: str) -> str:
        root, dot, rest = text.partition(".")
        return self.say(("person", "", root)) + dot + rest

    def _texts(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self._texts(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._texts(each) for each in value]
        return self.liquid(value) if isinstance(value, str) else value

    def liquid(self, text: str) -> str:
        """Give a text, with what the Liquid in it reads likewise."""
        return changed(text, lambda piece: _READ.sub(lambda found: self._read(found[1], found[2]), piece))

    def _read(self, root: str, name: str) -> str:
        if root == "customer":
            said = self.say(("person", "", name))
        elif root == "event":
            said = self._property(self.event, name)
        else:
            said = self._of_group(root, name)
        return f"{root}.{said}" if _PLAIN.fullmatch(said) else f'{root}["{said}"]'


def _way(name: str) -> tree.Path:
    """A name of one's own may lie deeper: ``address.city``."""
    return tuple(name.split(".")) if _PLAIN.fullmatch(name) else (name,)
