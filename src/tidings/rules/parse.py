"""From text to tree, by the grammar beside this file."""

from functools import cache
from importlib.resources import files
from math import isfinite
from typing import Any as Anything
from typing import cast

from lark import Lark, Token, Transformer, Tree, UnexpectedToken, v_args
from lark.exceptions import VisitError

from tidings.kernel.problems import did_you_mean
from tidings.kernel.times import parse_duration, parse_iso
from tidings.rules import tree
from tidings.rules.check import LARGEST, Place, check, check_where, pattern
from tidings.rules.errors import RuleError, fault
from tidings.rules.mistakes import Mistake, explain_mistake
from tidings.rules.tokens import RuleLexer, read_path, read_text, tokenize
from tidings.rules.tree import At, Clause, FromNow, Moment, Path, Rule, Value, Window


def parse(text: str) -> Rule:
    """Read a rule; raises RuleError that says where, what is wrong and what would be right."""
    rule, place = _read(text)
    check(rule, place)
    return rule


def parse_where(text: str) -> Rule:
    """Read a rule over an event's properties, such as a trigger's ``where``; raises RuleError, also where it says more than that."""
    rule, place = _read(text)
    check_where(rule, place)
    return rule


def _read(text: str) -> tuple[Rule, Place]:
    builder = _Builder()
    try:
        rule = builder.transform(_parser().parse(text))
    except UnexpectedToken as error:
        message, hint, token = _mistake(tokenize(text), error.token)
        raise fault(message, hint, *_place(token, text)) from None
    except VisitError as error:
        raise error.orig_exc from None
    return rule, builder.place


def _mistake(tokens: list[Token], wrong: Token) -> Mistake:
    """Read again up to the wrong token, since the parser's own list of what may follow lacks what it has already closed."""
    before = (
        tokens
        if wrong.type == "$END"
        else tokens[: next(i for i, t in enumerate(tokens) if t.start_pos == wrong.start_pos)]
    )
    reading = _parser().parse_interactive()
    for token in before:
        reading.feed_token(token)
    return explain_mistake(tokens, len(before), cast(set[str], reading.accepts()))  # type: ignore[no-untyped-call]  # Lark's have no types


def _place(token: Token | None, text: str) -> tuple[int, int]:
    """Line and column of a token, or of the end of the text."""
    if token is not None:
        return token.line or 1, token.column or 1
    end = text.rstrip()
    return end.count("\n") + 1, len(end) - (end.rfind("\n") + 1) + 1


@cache
def _parser() -> Lark:
    grammar = (files(__package__) / "grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer=RuleLexer, propagate_positions=True)


class _Count(tuple[tree.Bound, int]):
    """How many times, as the parser meets it."""


class _Where(tuple[Rule]):
    """The rule of a ``where``, as the parser meets it."""


class _Null:
    """The word null, as the parser meets it."""

    def __init__(self, token: Token) -> None:
        self.token = token


def _windowed(item: object) -> bool:
    return isinstance(item, tree.Within | tree.Since | tree.Between | tree.SinceEntry)


@v_args(inline=True)
class _Builder(Transformer[Token, Rule]):
    """One method a production, named as in the grammar; remembers where each clause stood."""

    def __init__(self) -> None:
        super().__init__(visit_tokens=False)
        self._places: dict[int, tuple[int, int]] = {}

    def place(self, rule: Rule) -> tuple[int, int] | None:
        """Line and column of a clause that this builder made."""
        return self._places.get(id(rule))

    def _call_userfunc(self, tree: Tree[Token], new_children: Anything = None) -> Anything:
        made = super()._call_userfunc(tree, new_children)  # type: ignore[no-untyped-call]  # Lark's have no types
        if isinstance(made, Clause) and not tree.meta.empty:
            self._places.setdefault(id(made), (tree.meta.line, tree.meta.column))
        return made

    def start(self, rule: Rule) -> Rule:
        return rule

    def any(self, *rules: Rule) -> Rule:
        return tree.Any(rules)

    def all(self, *rules: Rule) -> Rule:
        return tree.All(rules)

    def negated(self, rule: Rule) -> Rule:
        return tree.Not(rule)

    # What an attribute is.

    def compare(self, path: Path, operator: Token, value: Value | _Null) -> Rule:
        sign = operator.value
        if isinstance(value, _Null | bool) and sign not in ("=", "!="):
            what = "true and false" if isinstance(value, bool) else "null"
            raise _at(operator, f"nothing is more or less than {what}", "compare with `=` or `!=`")
        if isinstance(value, _Null):
            return tree.Missing(path) if sign == "=" else tree.Present(path)
        return tree.Compare(path, sign, value)

    def one_of(self, path: Path, values: tuple[Value, ...]) -> Rule:
        return tree.OneOf(path, values)

    def none_of(self, path: Path, values: tuple[Value, ...]) -> Rule:
        return tree.Not(tree.OneOf(path, values))

    def contains(self, path: Path, value: Value | _Null) -> Rule:
        if isinstance(value, _Null):
            raise _at(value.token, "nothing contains null", "look for a text, a number, true or false")
        return tree.Contains(path, value)

    def starts_with(self, path: Path, text: str) -> Rule:
        return tree.StartsWith(path, text)

    def ends_with(self, path: Path, text: str) -> Rule:
        return tree.EndsWith(path, text)

    def matches(self, path: Path, token: Token) -> Rule:
        text = read_text(token)
        try:
            pattern(text)
        except RuleError as error:
            raise _at(token, error.problems[0].message, error.problems[0].hint) from None
        return tree.Matches(path, text)

    def present(self, path: Path) -> Rule:
        return tree.Present(path)

    def missing(self, path: Path) -> Rule:
        return tree.Missing(path)

    # Times.

    def before(self, path: Path, moment: Moment) -> Rule:
        return tree.Before(path, moment)

    def after(self, path: Path, moment: Moment) -> Rule:
        return tree.After(path, moment)

    def within_ago(self, path: Path, duration: int) -> Rule:
        return tree.Near(path, duration, "ago")

    def within_from_now(self, path: Path, duration: int) -> Rule:
        return tree.Near(path, duration, "from now")

    def anniversary(self, path: Path, moment: Moment) -> Rule:
        return tree.Anniversary(path, moment)

    def anniversary_of(self, moment: Moment, path: Path) -> Rule:
        return tree.Anniversary(path, moment)

    def fixed(self, token: Token) -> int:
        text = read_text(token) if token.type == "STRING" else token.value
        instant = parse_iso(text)
        if instant is None:
            raise _at(token, f'"{text}" is not a time', 'write for example `"2026-01-31"` or `"2026-01-31T09:00:00Z"`')
        return instant

    def at(self, time: int) -> Moment:
        return At(time)

    def now(self) -> Moment:
        return FromNow(0)

    def ago(self, duration: int) -> Moment:
        return FromNow(-duration)

    def from_now(self, duration: int) -> Moment:
        return FromNow(duration)

    def duration(self, *tokens: Token) -> int:
        for number, unit in zip(tokens[::2], tokens[1::2], strict=True):
            if not number.isdigit():
                raise _at(number, f"`{number}` does not count anything here", "write a whole number: `90 minutes`")
            try:
                parse_duration(f"1 {unit}")
            except ValueError:
                raise _at(unit, f"`{unit}` is not a unit of time", _unit_hint(unit)) from None
        try:
            return parse_duration(" ".join(tokens))
        except ValueError:
            raise _at(tokens[0], "the duration is too long", "100 years are allowed") from None

    # What the person did.

    def did(self, kind: tree.Kind, event: str, *extent: Anything) -> Rule:
        bound, times, window, where = _extent(extent)
        return tree.Did(event, kind, bound, times, window, where)  # type: ignore[arg-type]  # in the grammar's order

    def did_not(self, kind: tree.Kind, event: str, *extent: Anything) -> Rule:
        return tree.Not(self.did(kind, event, *extent))

    def message(self, verb: Token, channel: Token, *rest: Anything) -> Rule:
        template = rest[0] if rest and isinstance(rest[0], str) else None
        names = read_path(channel)
        if len(names) != 1:
            raise _at(channel, f"`{channel}` is not a channel", "write for example `opened email`")
        bound, times, window, where = _extent(rest)
        return tree.Message(verb.value, names[0], template, bound, times, window, where)

    def track(self) -> tree.Kind:
        return "track"

    def page(self) -> tree.Kind:
        return "page"

    def screen(self) -> tree.Kind:
        return "screen"

    def at_least(self, times: int) -> _Count:
        return _Count(("at least", times))

    def at_most(self, times: int) -> _Count:
        return _Count(("at most", times))

    def exactly(self, times: int) -> _Count:
        return _Count(("exactly", times))

    def times(self, number: Token) -> int:
        if not number.isdigit():
            raise _at(number, f"nothing happens {number} times", "write a whole number: `at least 3 times`")
        return int(number[:10])

    def once(self) -> int:
        return 1

    def twice(self) -> int:
        return 2

    def within(self, duration: int) -> Window:
        return tree.Within(duration)

    def since(self, time: int) -> Window:
        return tree.Since(time)

    def since_entry(self) -> Window:
        return tree.SinceEntry()

    def between(self, start: int, end: int) -> Window:
        return tree.Between(start, end)

    def where(self, rule: Rule) -> _Where:
        return _Where((rule,))

    # Where the person belongs.

    def in_segment(self, segment: str) -> Rule:
        return tree.InSegment(segment)

    def in_group(self, type: str, where: _Where | None = None) -> Rule:
        return tree.InGroup(type, where[0] if where else None)

    def type(self, token: Token) -> str:
        names = read_path(token)
        if len(names) != 1:
            raise _at(token, f"`{token}` is not a type of group", "write for example `in group company`")
        return names[0]

    def word_type(self, word: str) -> str:
        return word

    # Values and names.

    def text(self, token: Token) -> str:
        return read_text(token)

    def number(self, token: Token) -> Value:
        number: int | float
        if token.lstrip("-").isdigit():
            number = int(token) if len(token) <= 20 else LARGEST + 1
            fits = abs(number) <= LARGEST
        else:
            number = float(token)
            fits = isfinite(number)
        if not fits:
            raise _at(token, "the number is too large", f"whole numbers go up to {LARGEST}")
        return number

    def date(self, token: Token) -> Value:
        return str(token)

    def true(self) -> Value:
        return True

    def false(self) -> Value:
        return False

    def null(self, token: Token) -> _Null:
        return _Null(token)

    def list(self, *values: Value | _Null) -> tuple[Value, ...]:
        for value in values:
            if isinstance(value, _Null):
                raise _at(value.token, "a list holds no null", 'write `plan in ("a", "b") or plan is missing`')
        return cast(tuple[Value, ...], values)

    def path(self, token: Token) -> Path:
        return read_path(token)

    def word(self, name: str) -> Path:
        return (name,)

    def soft(self, token: Token) -> str:
        return str(token)


def _extent(items: tuple[Anything, ...]) -> tuple[tree.Bound, int, Window | None, Rule | None]:
    bound: tree.Bound = "at least"
    times, window, where = 1, None, None
    for item in items:
        if isinstance(item, _Count):
            bound, times = item
        elif isinstance(item, _Where):
            where = item[0]
        elif _windowed(item):
            window = item
    return bound, times, window, where


def _unit_hint(unit: str) -> str:
    known = ("seconds", "minutes", "hours", "days", "weeks", "months", "years")
    near = next((name for name in known if len(unit) > 1 and name.startswith(unit[:2].lower())), "")
    return f"did you mean `{near}`?" if near else did_you_mean(unit, known) or "it is one of: " + ", ".join(known)


def _at(token: Token, message: str, hint: str) -> RuleError:
    return fault(message, hint, token.line or 1, token.column or 1)
