"""From tree to functions: does the rule hold, when could time alone change that, and why.

Theory. Between two inputs only time moves, so each clause's answer is a function of time, and a clause knows an instant
before which it cannot flip. While an ``and`` holds, it may end when the first of its parts flips. While it does not, every
part that fails must flip first, so it cannot begin before the last of *those* may; and if one of them cannot flip at all,
no time will do it. ``or`` is the mirror image. So most people, whose rule waits for more than time, need no timer.
A clause that time cannot change has no ``changes``.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from tidings.rules import attributes, counters, tree
from tidings.rules.check import check, check_where
from tidings.rules.counters import Counter
from tidings.rules.derived import NO_DERIVED, Derived
from tidings.rules.explain import Explanation
from tidings.rules.reach import GROUP_TYPES, Reach
from tidings.rules.show import show
from tidings.rules.tree import Path, Rule
from tidings.rules.view import Membership, View

Holds: TypeAlias = Callable[[Any, int], bool]
Changes: TypeAlias = Callable[[Any, int], int | None]
Answers: TypeAlias = Callable[[Any, int], tuple[bool, int | None]]
Explain: TypeAlias = Callable[[Any, int], Explanation]
Read: TypeAlias = Callable[[Any], Any]


class Compiled:
    """A rule ready to be asked. ``holds``, ``changes_at``, ``answers`` (both) and ``explain`` take (view, now), now in microseconds.

    ``attributes``: root names it reads of the person. ``groups``: the types of groups it reads, ``group_attributes`` with the
    root names it reads of them. ``counters``: one for each key.
    """

    __slots__ = (
        "answers",
        "attributes",
        "changes_at",
        "counters",
        "explain",
        "group_attributes",
        "groups",
        "holds",
        "rule",
        "segments",
        "text",
        "uses_event",
        "uses_journey",
    )

    def __init__(self, rule: Rule, group_types: frozenset[str], derived: Derived) -> None:
        reach = Reach(rule, group_types)
        joined = counters.join(counters.counter_of(each, derived) for each in reach.counting)
        whole = _Person(group_types, joined, derived).part(rule)
        self.rule: Rule = rule
        self.text: str = show(rule)
        self.holds: Callable[[View, int], bool] = whole.holds
        self.changes_at: Callable[[View, int], int | None] = whole.changes or _never
        self.answers: Callable[[View, int], tuple[bool, int | None]] = whole.answers
        self.explain: Callable[[View, int], Explanation] = whole.explain
        self.counters: tuple[Counter, ...] = tuple(joined.values())
        self.attributes: frozenset[str] = frozenset(reach.attributes)
        self.segments: frozenset[str] = frozenset(reach.segments)
        self.groups: frozenset[str] = frozenset(reach.groups)
        self.group_attributes: frozenset[tuple[str, str]] = frozenset(reach.group_attributes)
        self.uses_event: bool = reach.uses_event
        self.uses_journey: bool = reach.uses_journey

    def __repr__(self) -> str:
        return f"<rule {self.text}>"


def compile(rule: Rule, group_types: frozenset[str] = GROUP_TYPES, derived: Derived = NO_DERIVED) -> Compiled:
    """Compile a rule over a person; raises RuleError where a tree says what no text could.

    ``group_types``: names that, before a dot, mean the person's group of that type. ``derived``: events that have a rule of their own.
    """
    check(rule)
    return Compiled(rule, group_types, derived)


def explain_where(rule: Rule) -> Callable[[Mapping[str, Any]], Explanation]:
    """Give what explains a rule over an event's properties; raises RuleError as `compile_where` does."""
    check_where(rule)
    part = _Event().part(rule)
    return lambda properties: part.explain(properties, 0)


def _never(view: View, now: int) -> int | None:
    return None


class _Part:
    """One clause, compiled."""

    __slots__ = ("answers", "changes", "explain", "holds")

    def __init__(self, holds: Holds, changes: Changes | None, explain: Explain, answers: Answers | None = None) -> None:
        self.holds, self.changes, self.explain = holds, changes, explain
        self.answers = answers or _one_by_one(holds, changes)


def _one_by_one(holds: Holds, changes: Changes | None) -> Answers:
    if changes is None:
        return lambda scope, now: (holds(scope, now), None)
    return lambda scope, now: (holds(scope, now), changes(scope, now))


class _Compiler:
    """What is the same whatever the rule is over; who inherits says how a path is read."""

    def read(self, path: Path) -> Read:
        raise NotImplementedError

    def counting(self, rule: tree.Did | tree.Message) -> _Part:
        raise AssertionError("refused by the check")

    def in_segment(self, rule: tree.InSegment) -> _Part:
        raise AssertionError("refused by the check")

    def in_group(self, rule: tree.InGroup) -> _Part:
        raise AssertionError("refused by the check")

    def part(self, rule: Rule) -> _Part:
        match rule:
            case tree.All():
                return self._join(rule, rule.of, True)
            case tree.Any():
                return self._join(rule, rule.of, False)
            case tree.Not():
                return self._not(rule)
            case tree.Did() | tree.Message():
                return self.counting(rule)
            case tree.InSegment():
                return self.in_segment(rule)
            case tree.InGroup():
                return self.in_group(rule)
            case _:
                return self._about(rule)

    def _join(self, rule: Rule, of: tuple[Rule, ...], every: bool) -> _Part:
        parts, text = tuple(map(self.part, of)), show(rule)
        asked = tuple(part.holds for part in parts)
        holds = _all(asked) if every else _any(asked)
        changes = _joined_changes(parts, every)

        def explain(scope: Any, now: int) -> Explanation:
            whys = tuple(part.explain(scope, now) for part in parts)
            return Explanation(text, holds(scope, now), "join", changes_at=changes and changes(scope, now), parts=whys)

        return _Part(holds, changes, explain)

    def _not(self, rule: tree.Not) -> _Part:
        inner, text = self.part(rule.rule), show(rule)
        asked = inner.holds

        def explain(scope: Any, now: int) -> Explanation:
            why = inner.explain(scope, now)
            return Explanation(text, not why.holds, "join", changes_at=why.changes_at, parts=(why,))

        return _Part(lambda scope, now: not asked(scope, now), inner.changes, explain)

    def _about(self, rule: attributes.About) -> _Part:
        read, text = self.read(rule.path), show(rule)
        test = attributes.steady(rule)
        if test is not None:
            holds, changes = self.steady(rule.path, read, test), None
        else:
            holds, changes = _moving(read, *attributes.moving(rule))

        def explain(scope: Any, now: int) -> Explanation:
            at = None if changes is None else changes(scope, now)
            return Explanation(text, holds(scope, now), "value", seen=read(scope), changes_at=at)

        return _Part(holds, changes, explain)

    def steady(self, path: Path, read: Read, test: attributes.Steady) -> Holds:
        """Join reading and testing."""
        return lambda scope, now: test(read(scope))


class _Person(_Compiler):
    """Rules over a person: the scope is a View."""

    def __init__(self, group_types: frozenset[str], joined: Mapping[bytes, Counter], derived: Derived) -> None:
        self.group_types, self.joined, self.derived = group_types, joined, derived

    def read(self, path: Path) -> Read:
        root, rest = path[0], path[1:]
        if rest and root == "event":
            inner = attributes.reader(rest)
            return lambda view: None if view.event is None else inner(view.event)
        if rest and root == "journey":
            inner = attributes.reader(rest)
            return lambda view: None if view.journey is None else inner(view.journey)
        own = attributes.reader(path)
        if rest and root in self.group_types:
            return _of_latest_group(root, _of_group(rest), own)
        return lambda view: own(view.attributes)

    def steady(self, path: Path, read: Read, test: attributes.Steady) -> Holds:
        if len(path) > 1:
            return super().steady(path, read, test)
        name = path[0]
        return lambda view, now: test(view.attributes.get(name))

    def counting(self, rule: tree.Did | tree.Message) -> _Part:
        counter, text = self.joined[counters.counter_of(rule, self.derived).key], show(rule)
        clause = counters.Clause(rule, counter, self.derived)
        enough, flips, both = clause.holds, clause.changes_at, clause.answers

        def holds(view: View, now: int) -> bool:
            return enough(view.times(counter), now)

        def changes(view: View, now: int) -> int | None:
            return flips(view.times(counter), now)

        def explain(view: View, now: int) -> Explanation:
            times = view.times(counter)
            inside = tuple(time for time, _ in times[clause.first(times, now) : clause.last(times)])
            return Explanation(text, enough(times, now), "times", times=inside, changes_at=flips(times, now))

        def answers(view: View, now: int) -> tuple[bool, int | None]:
            return both(view.times(counter), now)

        return _Part(holds, None if clause.span is None else changes, explain, answers)

    def in_segment(self, rule: tree.InSegment) -> _Part:
        name, text = rule.segment, show(rule)

        def explain(view: View, now: int) -> Explanation:
            return Explanation(text, name in view.segments, "segment", since=view.segments.get(name))

        return _Part(lambda view, now: name in view.segments, None, explain)

    def in_group(self, rule: tree.InGroup) -> _Part:
        type, text = rule.type, show(rule)
        inner = _ANY_GROUP if rule.where is None else _Group().part(rule.where)

        def holds(view: View, now: int) -> bool:
            return any(group.type == type and inner.holds(group, now) for group in view.groups)

        def changes(view: View, now: int) -> int | None:
            groups = [group for group in view.groups if group.type == type]
            holding = [group for group in groups if inner.holds(group, now)]
            assert inner.changes is not None
            flips = [inner.changes(group, now) for group in holding or groups]
            return _latest(flips) if holding else _earliest(flips)

        def explain(view: View, now: int) -> Explanation:
            whys = tuple(_explain_group(group, inner, now) for group in view.groups if group.type == type)
            at = changes(view, now) if inner.changes else None
            return Explanation(text, holds(view, now), "group", changes_at=at, parts=whys)

        return _Part(holds, changes if inner.changes else None, explain)


class _Group(_Compiler):
    """Rules over one of a person's groups: the scope is a Membership."""

    def read(self, path: Path) -> Read:
        return _of_group(path)


class _Event(_Compiler):
    """Rules over an event: the scope is its properties."""

    def read(self, path: Path) -> Read:
        return attributes.reader(path)


_ANY_GROUP: Final = _Part(lambda group, now: True, None, lambda group, now: Explanation("", True, "join"))


def _explain_group(group: Membership, inner: _Part, now: int) -> Explanation:
    why = () if inner is _ANY_GROUP else (inner.explain(group, now),)
    return Explanation(f'{group.type} "{group.key}"', inner.holds(group, now), "member", since=group.since, parts=why)


def _of_group(path: Path) -> Callable[[Membership], Any]:
    """Give what reads a path of a group: of the relation under ``relation.``, else of its attributes."""
    if len(path) > 1 and path[0] == "relation":
        inner = attributes.reader(path[1:])
        return lambda group: inner(group.relation)
    own = attributes.reader(path)
    return lambda group: own(group.attributes)


def _of_latest_group(type: str, read: Callable[[Membership], Any], own: Callable[[Mapping[str, Any]], Any]) -> Read:
    """Give what reads the group of a type that the person joined last; without one, the attribute of that name."""

    def latest(view: View) -> Any:
        found: Membership | None = None
        for group in view.groups:
            if group.type == type and (found is None or (group.since, group.key) > (found.since, found.key)):
                found = group
        return own(view.attributes) if found is None else read(found)

    return latest


def _moving(
    read: Read, test: Callable[[Any, int], bool], flip: Callable[[Any, int], int | None]
) -> tuple[Holds, Changes]:
    return (lambda scope, now: test(read(scope), now)), (lambda scope, now: flip(read(scope), now))


def _all(parts: tuple[Holds, ...]) -> Holds:
    def holds(scope: Any, now: int) -> bool:
        for part in parts:  # noqa: SIM110 - a third faster than all() over a generator
            if not part(scope, now):
                return False
        return True

    return holds


def _any(parts: tuple[Holds, ...]) -> Holds:
    def holds(scope: Any, now: int) -> bool:
        for part in parts:  # noqa: SIM110
            if part(scope, now):
                return True
        return False

    return holds


def _joined_changes(parts: tuple[_Part, ...], every: bool) -> Changes | None:
    """Give when an ``and`` (``every``) or an ``or`` may flip; the module's first words say why."""
    if not any(part.changes for part in parts):
        return None

    pairs = tuple((part.holds, part.changes) for part in parts)

    def changes(scope: Any, now: int) -> int | None:
        # `keeping`: parts that hold the answer as it is: of an `and`, those that fail; of an `or`, those that hold.
        keeping = False
        first: int | None = None
        last: int | None = None
        for holds, flips in pairs:
            if holds(scope, now) is not every:
                flip = None if flips is None else flips(scope, now)
                if flip is None:
                    return None
                keeping = True
                last = flip if last is None or flip > last else last
            elif flips is not None and not keeping:
                flip = flips(scope, now)
                first = flip if flip is not None and (first is None or flip < first) else first
        return last if keeping else first

    return changes


def _earliest(flips: list[int | None]) -> int | None:
    return min((flip for flip in flips if flip is not None), default=None)


def _latest(flips: list[int | None]) -> int | None:
    """Give the last of them; none where one of them never comes."""
    last = None
    for flip in flips:
        if flip is None:
            return None
        last = flip if last is None or flip > last else last
    return last
