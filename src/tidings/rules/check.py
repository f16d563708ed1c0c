"""What a tree must be besides well formed: bounded in size, and each clause where it means something."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from math import isfinite
from typing import Any, Final, TypeAlias

import re2

from tidings.kernel.problems import Problem
from tidings.kernel.times import EARLIEST, LATEST, SECOND, YEAR
from tidings.rules import tree
from tidings.rules.errors import RuleError, fault
from tidings.rules.tree import Rule, Value, parts_of, steps_of

DEPTH: Final = 32
"""Clauses inside clauses."""
CLAUSES: Final = 500
VALUES: Final = 1_000
"""In one list."""
CHARACTERS: Final = 1_000
"""Of a text, a name or a pattern."""
NAMES: Final = 10
"""In a path."""
TIMES: Final = 10_000
"""What ``at least N times`` may ask for."""
LARGEST: Final = (1 << 63) - 1
"""Of whole numbers."""

Place: TypeAlias = Callable[[Rule], tuple[int, int] | None]
"""Where a clause stands in the text it was read from: line and column."""

_PATTERN_MEMORY: Final = 1 << 20
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


def check(rule: Rule, place: Place = lambda rule: None) -> None:
    """Raise RuleError where a rule over a person is too large or says what can't be; ``place`` knows lines and columns."""
    _Check(place).whole(rule, _of_person)


def check_where(rule: Rule, place: Place = lambda rule: None) -> None:
    """Raise RuleError where a rule over an event's properties is too large or says more than they tell."""
    _Check(place).whole(rule, _of_one_event)


@lru_cache(1024)
def pattern(text: str) -> Any:
    """Compile an RE2 expression, bounded in memory; raises RuleError where it is none."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY
    try:
        return re2.compile(text, options)
    except re2.error as error:
        why = error.args[0].decode(errors="replace") if error.args and isinstance(error.args[0], bytes) else str(error)
        raise fault(
            f'"{text}" is not a regular expression: {why}',
            "the syntax is RE2's, without look-around and back-references",
        ) from None


def _measure(rule: Rule) -> None:
    """Bound depth and number without recursion, so that whatever comes after may recurse."""
    count, layer = 0, [rule]
    for depth in range(1, DEPTH + 2):
        count += len(layer)
        if count > CLAUSES:
            raise fault(f"the rule has more than {CLAUSES} clauses", "make segments of its parts")
        if layer and depth > DEPTH:
            raise fault(f"the rule is nested more than {DEPTH} deep", "make a segment of a part of it")
        layer = [part for one in layer for part in parts_of(one)]


class _Check:
    """A walk that knows where it is."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def whole(self, rule: Rule, scope: Callable[[Rule], None]) -> None:
        try:
            _measure(rule)
        except RuleError as error:
            raise _placed(error, (), self.place(rule)) from None
        self.walk(rule, scope, (), None)

    def walk(
        self, rule: Rule, scope: Callable[[Rule], None], path: tuple[str | int, ...], near: tuple[int, int] | None
    ) -> None:
        here = self.place(rule) or near
        try:
            scope(rule)
            _check_clause(rule)
        except RuleError as error:
            raise _placed(error, path, here) from None
        inner = (
            _of_group
            if isinstance(rule, tree.InGroup)
            else _of_event
            if isinstance(rule, tree.Did | tree.Message)
            else scope
        )
        for step, part in steps_of(rule):
            self.walk(part, inner, (*path, *step), here)


def _placed(error: RuleError, path: tuple[str | int, ...], place: tuple[int, int] | None) -> RuleError:
    line, column = place or (0, 0)
    return RuleError(
        [Problem(p.message, p.hint, () if line else path, line=line, column=column) for p in error.problems]
    )


def _of_person(rule: Rule) -> None:
    """Everything may be said of a person."""


def _of_group(rule: Rule) -> None:
    _check_scope(rule, "a group's attributes", _REACHES)


def _of_event(rule: Rule) -> None:
    _check_scope(rule, "an event's properties", _REACHES)
    _check_steady(rule)


def _of_one_event(rule: Rule) -> None:
    _check_scope(rule, "an event's properties", "ask about the person in another rule")
    _check_steady(rule)


_REACHES: Final = (
    "`where` reaches to the end: put what comes before `and` or `or` in parentheses: "
    '`(did "A" where total > 5) and did "B"`'
)


def _check_scope(rule: Rule, of: str, hint: str) -> None:
    """Refuse what asks about the person where only an event or a group is at hand."""
    what = {
        tree.InSegment: "`in segment`",
        tree.InGroup: "`in group`",
        tree.Did: "`did`",
        tree.Message: "what became of a message",
    }.get(type(rule))
    if what is not None:
        raise fault(f"{what} inside `where`, which speaks of {of}", hint)
    path: tree.Path = getattr(rule, "path", ())
    if len(path) > 1 and path[0] in ("event", "journey"):
        alone = path[0] == "event" and "event" in of
        right = f"write `{'.'.join(path[1:])}` alone" if alone else f"ask about `{path[0]}.` outside of it"
        raise fault(f"inside `where` names are {of}", right)


def _check_steady(rule: Rule) -> None:
    if isinstance(rule, tree.Near) or isinstance(getattr(rule, "moment", None), tree.FromNow):
        raise fault(
            "what an event says does not move with time",
            'compare with a fixed time: `is before "2026-01-31"`; for recent events write `within 3 days` before `where`',
        )


def _check_clause(rule: Rule) -> None:
    for text in _texts(rule):
        _check_text(text)
    match rule:
        case tree.All() | tree.Any():
            if len(rule.of) < 2:
                raise fault("`all` and `any` join two clauses or more", "give the one clause itself")
        case tree.Compare():
            _check_values((rule.value,))
            if isinstance(rule.value, bool) and rule.operator not in ("=", "!="):
                raise fault("true and false have no order", "compare with `=` or `!=`")
        case tree.OneOf():
            if not 1 <= len(rule.values) <= VALUES:
                raise fault(f"a list has {len(rule.values)} values", f"give 1 to {VALUES}")
            _check_values(rule.values)
        case tree.Contains():
            _check_values((rule.value,))
        case tree.Matches():
            pattern(rule.pattern)
        case tree.Before() | tree.After() | tree.Anniversary():
            if isinstance(rule.moment, tree.At):
                _check_time(rule.moment.time)
            elif rule.moment.offset:
                _check_duration(abs(rule.moment.offset))
        case tree.Near():
            _check_duration(rule.duration)
        case tree.Did() | tree.Message():
            _check_counting(rule)
    if (path := getattr(rule, "path", None)) is not None:
        _check_path(path)


def _texts(rule: Rule) -> Iterable[str]:
    for name in rule.__struct_fields__:
        value = getattr(rule, name)
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            yield from (one for one in value if isinstance(one, str))


def _check_text(text: str) -> None:
    if len(text) > CHARACTERS:
        raise fault(f"a text is {len(text)} characters long", f"{CHARACTERS} are allowed")
    if _UNSTORABLE.search(text):
        raise fault("a text holds what cannot be stored", "leave out NUL and halves of surrogate pairs")


def _check_path(path: tree.Path) -> None:
    if not 1 <= len(path) <= NAMES:
        raise fault(f"a path has {len(path)} names", f"give 1 to {NAMES}")
    _check_names(path)


def _check_names(names: Iterable[str]) -> None:
    if not all(names):
        raise fault("a name is empty", "write the attribute's name")


def _check_values(values: tuple[Value, ...]) -> None:
    for value in values:
        if isinstance(value, float) and not isfinite(value):
            raise fault(f"{value} is not a number to compare with", "write a finite number")
        if isinstance(value, int) and abs(value) > LARGEST:
            raise fault("the number is too large", f"whole numbers go up to {LARGEST}")


def _check_counting(rule: tree.Did | tree.Message) -> None:
    least = 1 if rule.bound == "at least" else 0
    if not least <= rule.times <= TIMES:
        hint = "that is always so; leave it out" if rule.times == 0 else f"give {least} to {TIMES}"
        raise fault(f"`{rule.bound} {rule.times} times`", hint)
    if isinstance(rule, tree.Message):
        _check_names((rule.channel,))
    elif not rule.event:
        raise fault("the event's name is empty", 'write `did "Order Completed"`')
    match rule.window:
        case tree.Within():
            _check_duration(rule.window.duration)
        case tree.Since():
            _check_time(rule.window.time)
        case tree.Between():
            _check_time(rule.window.start)
            _check_time(rule.window.end)
            if rule.window.start >= rule.window.end:
                raise fault("`between` ends before it begins", "put the earlier time first")


def _check_duration(duration: int) -> None:
    if duration % SECOND or not SECOND <= duration <= 100 * YEAR:
        raise fault("a duration is of whole seconds, from 1 second to 100 years", "write for example `3 days`")


def _check_time(time: int) -> None:
    if not EARLIEST <= time < LATEST:
        raise fault("a time lies outside 1900 to 2100", 'write for example `"2026-01-31"`')
