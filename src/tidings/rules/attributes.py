"""Clauses about one attribute: how it is read, what is asked of its value, and when time alone could change that."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from tidings.rules import moments, tree, values
from tidings.rules.check import pattern
from tidings.rules.tree import FromNow, Path

Steady: TypeAlias = Callable[[Any], bool]
"""A test of a value, None where it is missing."""
Moving: TypeAlias = tuple[Callable[[Any, int], bool], Callable[[Any, int], int | None]]
"""A test of a value at an instant, and when it next may flip."""

About: TypeAlias = (
    tree.Compare
    | tree.OneOf
    | tree.Contains
    | tree.StartsWith
    | tree.EndsWith
    | tree.Matches
    | tree.Present
    | tree.Missing
    | tree.Before
    | tree.After
    | tree.Near
    | tree.Anniversary
)


def steady(rule: About) -> Steady | None:
    """Give the test of a clause that time alone cannot change, None for one that it can."""
    match rule:
        case tree.Compare():
            return values.comparing(rule.operator, rule.value)
        case tree.OneOf():
            return values.one_of(rule.values)
        case tree.Contains():
            return values.containing(rule.value)
        case tree.StartsWith():
            return values.starting_with(rule.text)
        case tree.EndsWith():
            return values.ending_with(rule.text)
        case tree.Matches():
            return values.matching(pattern(rule.pattern))
        case tree.Present():
            return lambda seen: seen is not None
        case tree.Missing():
            return lambda seen: seen is None
        case tree.Before() | tree.After() | tree.Anniversary():
            if isinstance(rule.moment, FromNow):
                return None
            holds, _ = _timed(rule)
            return lambda seen: (x := values.instant_in(seen)) is not None and holds(x, 0)
        case tree.Near():
            return None


def moving(rule: About) -> Moving:
    """Give the tests of a clause that time can change."""
    assert isinstance(rule, tree.Before | tree.After | tree.Near | tree.Anniversary)
    test, flip = _timed(rule)
    assert flip is not None

    def holds(seen: Any, now: int) -> bool:
        x = values.instant_in(seen)
        return x is not None and test(x, now)

    def changes(seen: Any, now: int) -> int | None:
        x = values.instant_in(seen)
        return None if x is None else flip(x, now)

    return holds, changes


def _timed(rule: tree.Before | tree.After | tree.Near | tree.Anniversary) -> tuple[moments.Test, moments.Flip | None]:
    match rule:
        case tree.Before():
            return moments.before(rule.moment)
        case tree.After():
            return moments.after(rule.moment)
        case tree.Near():
            return moments.near(rule.duration, rule.direction)
        case tree.Anniversary():
            return moments.anniversary(rule.moment)


def reader(path: Path) -> Callable[[Mapping[str, Any]], Any]:
    """Give what reads a path in a mapping: None where a name is not there, or what holds it is no object."""
    root, *rest = path
    if not rest:
        return lambda source: source.get(root)
    if len(rest) == 1:
        name = rest[0]

        def second(source: Mapping[str, Any]) -> Any:
            inner = source.get(root)
            return inner.get(name) if isinstance(inner, dict) else None

        return second

    def deep(source: Mapping[str, Any]) -> Any:
        inner: Any = source.get(root)
        for name in rest:
            if not isinstance(inner, dict):
                return None
            inner = inner.get(name)
        return inner

    return deep
