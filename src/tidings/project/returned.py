"""Hold what functions say they take and return against the journeys that run them: what is given, and what is read of the answer."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from tidings import actions
from tidings.actions import Function
from tidings.actions.shape import ANYTHING, Shape, lacks
from tidings.journeys import Journey
from tidings.journeys.calling import Calling
from tidings.journeys.condition import Condition
from tidings.journeys.document import conditions
from tidings.journeys.document import templates as templates_of
from tidings.journeys.step import every
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.project import templates
from tidings.project.folder import Project
from tidings.project.seen import mappings, paths, values_of
from tidings.rules.tree import Path

Functions = Mapping[str, Mapping[str, Function]]
"""By file and name."""
Kept = tuple[str, Shape]
"""The function that keeps an answer, and what it may be."""
_NAMES: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def of_step(function: Function, kind: Any) -> Iterator[tuple[tuple[str, ...], Problem]]:
    """(path within the step, what is wrong) of a step that runs it."""
    for argument, message, hint in function.misuse(kind.values.plain):
        yield ("with", argument) if argument else ("run",), Problem(message, hint)
    for name, value in kind.values.parts:
        if not value.scripts and (wrong := function.unfit({name: value.plain})):
            yield ("with", name), Problem(wrong, f"`{function.name}` says what it takes")
    if kind.name and [one.type for one in function.returns] == ["None"]:
        yield ("as",), Problem(f"`{function.name}` returns nothing to keep", "leave `as` out, or return something")


def of_file(functions: Mapping[str, Function]) -> Iterator[Problem]:
    """Warn of what functions say they return, where nothing can be held against it."""
    for function in functions.values():
        if function.vague:
            message = f"what `{function.name}` returns is held against nothing: `{function.vague}`"
            yield Problem(message, f"write {actions.WORDS}", line=function.line, column=1, warning=True)


def kept(functions: Functions, id: str, journey: Journey, documents: Mapping[str, Any]) -> dict[str, Kept]:
    """Name in ``journey`` -> (what keeps it, what it may be), of those alone that nothing but functions keep."""
    found: dict[str, Kept] = {}
    for step in every(journey.steps):
        if isinstance(step.kind, Calling) and (name := step.kind.name):
            action = dict(step.kind.names()).get("action", "")
            file, own = actions.place(action).values()
            function = functions.get(file, {}).get(own)
            shape = function.returns if function is not None else ANYTHING
            _, before = found.get(name, ("", shape))
            found[name] = (action, before + shape if before and shape else ANYTHING)
    for name in _started(id, documents):
        found.pop(name, None)
    return found


def of_journey(kept: Mapping[str, Kept], journey: Journey) -> Iterator[tuple[Condition | str, Problem]]:
    """(the rule, or the text with Liquid, and a warning) for each thing read of an answer that it never has."""
    for condition in conditions(journey):
        for path in dict.fromkeys(paths(condition.rule)):
            for problem in _read(kept, path):
                yield condition, problem
    for step in every(journey.steps):
        for value in values_of([getattr(step.kind, name) for name in getattr(step.kind, "__struct_fields__", ())]):
            for text, script in value.scripts.items():
                for variable in sorted(script.variables):
                    for problem in _read(kept, _path(variable)):
                        yield text, problem


def of_templates(
    project: Project, known: Mapping[str, Mapping[str, Kept]], read: Mapping[str, Journey]
) -> Iterator[tuple[str, Problem]]:
    """(template, warning with line and column) for each variable that reads of an answer what it never has, in a journey that sends it.
    ``known``: what each journey keeps."""
    for name in project.templates:
        by = [id for id, journey in read.items() if known[id] and name in {each for _, each in templates_of(journey)}]
        if not by:
            continue
        try:
            message = templates.compiled(project, name)
        except (Invalid, KeyError):
            continue  # what does not compile is a fault of its own
        for variable in message.variables:
            for problem in dict.fromkeys(each for id in by for each in _read(known[id], _path(variable))):
                file, line, column = message.place(variable)
                if templates.whose(file, name) == ("template", name):
                    yield name, replace(problem, file=file, line=line, column=column)


def _path(variable: str) -> Path:
    return tuple(_NAMES.findall(variable))


def _read(kept: Mapping[str, Kept], path: Path) -> Iterator[Problem]:
    if len(path) < 3 or path[0] != "journey" or path[1] not in kept:
        return
    action, shape = kept[path[1]]
    if (found := lacks(shape, path[2:])) is not None:
        name, there = found
        near = did_you_mean(name, there) or (f"it has: {', '.join(there)}" if there else "it has no names in it")
        yield Problem(f"`{action}` returns no `{name}`", near, warning=True)


def _started(id: str, documents: Mapping[str, Any]) -> set[str]:
    """What journeys that start this one give it."""
    given = [data.get("with") for data in mappings(list(documents.values())) if data.get("start") == id]
    return {str(name) for each in given if isinstance(each, Mapping) for name in each}
