"""A segment as a document: a name and a rule, or a name and the word that it is kept by hand."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct

from tidings import rules
from tidings.kernel.problems import Invalid, Problem, did_you_mean

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
FIELDS = ("segment", "name", "note", "rule", "manual")


class Segment(Struct, frozen=True, dict=True):
    """``id`` is what rules say (``in segment "paying"``). ``rule=None``: members are put in and taken out by hand."""

    id: str
    name: str
    rule: rules.Rule | None
    note: str = ""
    derived: rules.Derived = rules.NO_DERIVED

    @cached_property
    def compiled(self) -> rules.Compiled | None:
        """The rule, ready to run."""
        return rules.compile(self.rule, derived=self.derived) if self.rule is not None else None


def read(data: Mapping[str, Any], derived: rules.Derived = rules.NO_DERIVED) -> Segment:
    """Read the plain document ``{segment, name, rule | manual, note}``; raises Invalid with every fault found. ``derived``: events that
    have a rule of their own; whoever only looks at what the document says can do without."""
    segment, problems = readable(data, derived)
    if problems or segment is None:
        raise Invalid(problems)
    return segment


def readable(
    data: Mapping[str, Any], derived: rules.Derived = rules.NO_DERIVED
) -> tuple[Segment | None, list[Problem]]:
    """Read what can be read, as if the rest was not said, and say every fault. None: it can't be told who is in it."""
    problems = [
        Problem(f"a segment has no field `{key}`", did_you_mean(str(key), FIELDS), path=(key,))
        for key in data
        if key not in FIELDS
    ]
    id = data.get("segment")
    if not isinstance(id, str) or not NAME.fullmatch(id):
        problems.append(
            Problem(
                "`segment` is the segment's name in rules",
                "use small letters, digits, - and _: `segment: paying`",
                ("segment",),
            )
        )
    texts = {key: data.get(key, "") for key in ("name", "note")}
    for key, text in texts.items():
        if not isinstance(text, str):
            problems.append(Problem(f"`{key}` is text", path=(key,)))
            texts[key] = ""
    rule = None
    manual = data.get("manual", False)
    if not isinstance(manual, bool):
        problems.append(Problem("`manual` is true or false", path=("manual",)))
    elif manual and "rule" in data:
        problems.append(Problem("a segment kept by hand has no rule", "leave out `manual` or `rule`", ("rule",)))
    elif not manual and not isinstance(data.get("rule"), str):
        problems.append(
            Problem("the rule is missing", 'write for example `rule: plan = "pro"`, or `manual: true`', ("rule",))
        )
    elif not manual:
        try:
            rule = rules.parse(data["rule"])
        except Invalid as error:
            problems += [_within(problem) for problem in error.problems]
    if not isinstance(id, str) or (rule is None and manual is not True):
        return None, problems
    return Segment(id=id, name=texts["name"] or id, rule=rule, note=texts["note"], derived=derived), problems


def _within(problem: Problem) -> Problem:
    return Problem(problem.message, problem.hint, ("rule",), line=problem.line, column=problem.column)


def schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of ``segments/NAME.yaml``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Segment",
        "description": "The people for whom a rule holds now, or a list kept by hand.",
        "type": "object",
        "properties": {
            "segment": {"description": "What rules call it; the same as the file's name.", "type": "string"},
            "name": {"description": "What people call it.", "type": "string"},
            "note": {"description": "Anything worth knowing.", "type": "string"},
            "rule": {"description": "Who is in it.", "type": "string", "examples": ['plan = "pro"']},
            "manual": {"description": "Kept by hand: people are put in and taken out.", "const": True},
        },
        "additionalProperties": False,
        "oneOf": [{"required": ["rule"]}, {"required": ["manual"]}],
    }


def write(segment: Segment) -> dict[str, Any]:
    """Give the plain document in its canonical order."""
    data: dict[str, Any] = {"segment": segment.id}
    if segment.name != segment.id:
        data["name"] = segment.name
    if segment.note:
        data["note"] = segment.note
    if segment.rule is None:
        data["manual"] = True
    else:
        data["rule"] = rules.show(segment.rule)
    return data
