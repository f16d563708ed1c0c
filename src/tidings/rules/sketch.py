"""A rule as somebody is drawing it: a tree in which any clause may still stand as text, read clause by clause.

A clause that nobody touched stands as its text, so that drawing beside it changes no letter of it, whatever a browser's numbers can hold.
A finished tree is a sketch too. All clauses that can't be read are told at once, each with the way to it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from tidings.kernel.problems import Problem
from tidings.rules import tree
from tidings.rules.check import DEPTH, check, check_where
from tidings.rules.errors import RuleError, fault
from tidings.rules.parse import parse
from tidings.rules.plain import from_json
from tidings.rules.show import show
from tidings.rules.tree import Rule, steps_of

Way = tuple[str | int, ...]
_JOINS: Final[dict[Any, type[tree.All] | type[tree.Any]]] = {"all": tree.All, "any": tree.Any}


def from_sketch(data: Any, where: bool = False) -> Rule:
    """Read ``{"clause": "all", "of": [{"clause": "text", "text": "plan = \\"pro\\""}, …]}``; ``where``: over an event's properties.

    Raises RuleError with a problem for each clause at fault; its path leads to the clause, line and column into its text.
    """
    problems: list[Problem] = []
    rule = _read(data, (), problems)
    if rule is None:
        raise RuleError(problems)
    (check_where if where else check)(rule)
    return rule


def segments_of(rule: Rule) -> list[tuple[Way, str]]:
    """Give the segments that a rule names, each with the way to its clause."""
    return [(way, part.segment) for way, part in _walk(rule) if isinstance(part, tree.InSegment)]


def words_of(rule: Rule) -> dict[Way, str]:
    """Give each clause's own text by the way to it in JSON, the whole rule's by ()."""
    return {way: show(part) for way, part in _walk(rule)}


def _walk(rule: Rule, way: Way = ()) -> Iterator[tuple[Way, Rule]]:
    yield way, rule
    for step, part in steps_of(rule):
        yield from _walk(part, (*way, *step))


def _read(data: Any, way: Way, problems: list[Problem]) -> Rule | None:
    try:
        if len(way) > 2 * DEPTH:
            raise fault(f"the rule is nested more than {DEPTH} deep", "make a segment of a part of it")
        if not isinstance(data, Mapping):
            raise fault("a clause is an object", 'write for example `{"clause": "text", "text": "plan = \\"pro\\""}`')
        kind = data.get("clause")
        if kind == "text":
            return parse(_text(data))
        if isinstance(kind, str) and kind in _JOINS:
            return _joined(kind, data.get("of"), way, problems)
        if kind == "not":
            inner = _read(data.get("rule"), (*way, "rule"), problems)
            return None if inner is None else tree.Not(inner)
        return _clause(data, way, problems)
    except RuleError as error:
        problems += [_led(problem, way) for problem in error.problems]
        return None


def _text(data: Mapping[str, Any]) -> str:
    text = data.get("text")
    if not isinstance(text, str) or not text.strip():
        raise fault("the clause is empty", 'write for example `plan = "pro"`')
    return text


def _joined(kind: Any, of: Any, way: Way, problems: list[Problem]) -> Rule | None:
    if not isinstance(of, list) or not of:
        raise fault("the group is empty", "add a condition, or remove the group")
    parts = [_read(each, (*way, "of", index), problems) for index, each in enumerate(of)]
    whole = tuple(part for part in parts if part is not None)
    if len(whole) < len(parts):
        return None
    return whole[0] if len(whole) == 1 else _JOINS[kind](whole)


def _clause(data: Mapping[str, Any], way: Way, problems: list[Problem]) -> Rule | None:
    where = data.get("where")
    rule = from_json({key: value for key, value in data.items() if key != "where"})
    if where is None:
        return rule
    if not isinstance(rule, tree.Did | tree.Message | tree.InGroup):
        raise fault("only what happened and groups have a `where`", "leave `where` out")
    inner = _read(where, (*way, "where"), problems)
    if inner is None:
        return None
    whole = replace(rule, where=inner)
    check(whole)
    return whole


def _led(problem: Problem, way: Way) -> Problem:
    return Problem(problem.message, problem.hint, (*way, *problem.path), line=problem.line, column=problem.column)
