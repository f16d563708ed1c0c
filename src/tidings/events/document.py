"""A derived event as a document: what rules call it, and the events that go by that name."""

import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from tidings import rules
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.kernel.times import parse_duration

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
FIELDS: Final = ("event", "name", "formerly", "note", "rule")
EXAMPLE: Final = 'did "Plan Compared" or (did page "Pricing" where path starts with "/pricing")'
_LENGTH: Final = 200
_FORMER: Final = 20


class DerivedEvent(Struct, frozen=True):
    """``id``: its file's name. ``name``: what rules and journeys say (``did "Viewed pricing"``); ``formerly``: names it had, which go on
    meaning it."""

    id: str
    name: str
    rule: rules.Rule
    note: str = ""
    formerly: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All that it is called by, the name of today first."""
        return (self.name, *self.formerly)


def read(data: Mapping[str, Any]) -> DerivedEvent:
    """Read the plain document ``{event, name, formerly, note, rule}``; raises Invalid with every fault found."""
    event, problems = readable(data)
    if problems or event is None:
        raise Invalid(problems)
    return event


def readable(data: Mapping[str, Any]) -> tuple[DerivedEvent | None, list[Problem]]:
    """Read what can be read, as if the rest was not said, and say every fault. None: it can't be told what it is made of."""
    problems = [
        Problem(f"a derived event has no field `{key}`", did_you_mean(str(key), FIELDS), path=(key,))
        for key in data
        if key not in FIELDS
    ]
    id = data.get("event")
    if not isinstance(id, str) or not NAME.fullmatch(id):
        hint = "use small letters, digits, - and _: `event: viewed-pricing`"
        problems.append(Problem("`event` is the name of the file", hint, ("event",)))
    name = data.get("name", id)
    if not _is_name(name):
        hint = f"write for example `name: Viewed pricing`, at most {_LENGTH} characters"
        problems.append(Problem("`name` is what rules call the event", hint, ("name",)))
    formerly = data.get("formerly", [])
    if not isinstance(formerly, list | tuple) or not all(map(_is_name, formerly)) or len(formerly) > _FORMER:
        hint = f"write for example `formerly: [Saw pricing]`, {_FORMER} at most"
        problems.append(Problem("`formerly` lists names that the event had", hint, ("formerly",)))
    elif len({name, *formerly}) <= len(formerly):
        problems.append(Problem("a name stands twice", "list each name once", ("formerly",)))
    if not isinstance(data.get("note", ""), str):
        problems.append(Problem("`note` is text", path=("note",)))
    rule = None
    if not isinstance(data.get("rule"), str):
        problems.append(Problem("the rule is missing", f"write for example `rule: {EXAMPLE}`", ("rule",)))
    else:
        try:
            rule = rules.parse(data["rule"])
            rules.clauses(rule)
        except Invalid as error:
            problems += [Problem(p.message, p.hint, ("rule",), line=p.line, column=p.column) for p in error.problems]
    if rule is None or not isinstance(id, str) or not _is_name(name):
        return None, problems
    if any(problem.path == ("formerly",) for problem in problems):
        formerly = ()
    return DerivedEvent(id, name, rule, str(data.get("note", "")), tuple(formerly)), problems


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= _LENGTH


def write(event: DerivedEvent) -> dict[str, Any]:
    """Give the plain document in its canonical order."""
    data: dict[str, Any] = {"event": event.id}
    if event.name != event.id:
        data["name"] = event.name
    if event.formerly:
        data["formerly"] = list(event.formerly)
    if event.note:
        data["note"] = event.note
    return {**data, "rule": rules.show(event.rule)}


def in_force(body: Mapping[str, Any]) -> rules.Derived:
    """Give the derived events of definitions, and how long what happened counts under them."""
    return derived(body.get("events", {}), body.get("settings", {}).get("retention") or "")


def derived(documents: Mapping[str, Mapping[str, Any]], retention: str = "") -> rules.Derived:
    """Give what derived events are made of; raises Invalid where one is faulty, two have one name, or one is made of itself. The path of a
    fault begins with the document's key. ``retention``: how long history is kept, "" for ever."""
    found: dict[str, rules.Rule] = {}
    ids: dict[str, str] = {}
    problems: list[Problem] = []
    for id, document in sorted(documents.items()):
        event = read(document)
        for name in event.names:
            if name in found:
                hint = f"events/{ids[name]}.yaml has that name; give this one another"
                place = "name" if name == event.name else "formerly"
                problems.append(Problem(f'two derived events are called "{name}"', hint, (id, place)))
            else:
                found[name], ids[name] = event.rule, id
    if problems:
        raise Invalid(problems)
    try:
        return rules.Derived(found, parse_duration(retention) if retention else None)
    except Invalid as error:
        raise Invalid(
            [Problem(p.message, p.hint, (ids[str(p.path[0])], "rule") if p.path else ()) for p in error.problems]
        ) from None


def schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of ``events/NAME.yaml``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Derived event",
        "description": "Another name that some events go by.",
        "type": "object",
        "properties": {
            "event": {"description": "The same as the file's name.", "type": "string"},
            "name": {"description": "What rules and journeys call it.", "type": "string"},
            "formerly": {
                "description": "Names it had, which go on meaning it.",
                "type": "array",
                "items": {"type": "string"},
            },
            "note": {"description": "Anything worth knowing.", "type": "string"},
            "rule": {
                "description": "The events it is made of: `did` of one event or another, each with `where`.",
                "type": "string",
                "examples": [EXAMPLE],
            },
        },
        "required": ["rule"],
        "additionalProperties": False,
    }
