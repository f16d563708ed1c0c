"""Counting what a person did: which events a clause counts, whether the times suffice, and when time alone changes that."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from tidings.kernel.ids import digest
from tidings.kernel.times import Duration
from tidings.rules import tree
from tidings.rules.derived import NO_DERIVED, Derived, Source, narrowed
from tidings.rules.show import show
from tidings.rules.tree import Bound, Kind, Rule
from tidings.rules.where import compile_where

Times: TypeAlias = Sequence[tuple[int, bytes]]


class Counter(Struct, frozen=True, dict=True):
    """Which events count, and how many times are kept.

    ``key``: 8 bytes, equal for clauses that count the same events, whatever their windows; a ``between`` has its own, and so
    has ``since entry`` (``entry``), which counts from a run's entering record on. ``keep``: how many of the newest times decide.
    ``after`` and ``until`` bound the times that count, both exclusive (only of a ``between``). ``horizon``: how far back, in
    microseconds before now, a time can still matter, be it that history is kept no longer; None: for ever.
    ``made_of``: of a derived event, what really happens; None of any other.
    """

    key: bytes
    kind: Kind
    event: str
    where: Rule | None
    keep: int
    entry: bool = False
    after: int | None = None
    until: int | None = None
    horizon: int | None = None
    made_of: tuple[Source, ...] | None = None

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The events that count, by what they are sent as."""
        if self.made_of is not None:
            return self.made_of
        return (Source(self.kind, self.event, ((),) if self.where is None else ((self.where,),)),)

    @cached_property
    def matches(self) -> Callable[[Mapping[str, Any]], bool]:
        """Whether an event that goes by this kind and name counts, by its properties; made once."""
        return _always if self.where is None else compile_where(self.where)

    def counts(self, time: int) -> bool:
        """Whether a time lies within the bounds."""
        return (self.after is None or time > self.after) and (self.until is None or time < self.until)


def _always(properties: Mapping[str, Any]) -> bool:
    return True


def counter_of(rule: tree.Did | tree.Message, derived: Derived = NO_DERIVED) -> Counter:
    """Give the counter that a clause needs."""
    if isinstance(rule, tree.Did):
        kind: Kind = rule.kind
        event, where = rule.event, rule.where
    else:
        kind, event, where = "message", f"{rule.verb} {rule.channel}", _of_template(rule)
    window = rule.window
    after, until = (window.start - 1, window.end) if isinstance(window, tree.Between) else (None, None)
    entry = isinstance(window, tree.SinceEntry)
    parts: list[str | int] = [kind, event, "" if where is None else show(where)]
    if after is not None and until is not None:
        parts += ["between", after, until]
    if entry:
        parts.append("entry")
    sources = derived.sources((kind, event))
    if sources is not None:  # an edit of what it is made of makes it another counter
        parts += ["derived", derived.meaning((kind, event))]
    return Counter(
        key=digest(*parts)[:8],
        kind=kind,
        event=event,
        where=where,
        keep=1 if (rule.bound, rule.times) == ("at least", 1) else rule.times + 1,
        entry=entry,
        after=after,
        until=until,
        horizon=_span(rule, derived),
        made_of=None if sources is None else narrowed(sources, where),
    )


def _span(rule: tree.Did | tree.Message, derived: Derived) -> Duration | None:
    """For how long an event counts: as long as the window is, and no longer than history."""
    window = rule.window.duration if isinstance(rule.window, tree.Within) else None
    return min((each for each in (window, derived.kept) if each is not None), default=None)


def _of_template(rule: tree.Message) -> Rule | None:
    if rule.template is None:
        return rule.where
    named = tree.Compare(("template",), "=", rule.template)
    return named if rule.where is None else tree.All((named, rule.where))


def join(counters: Iterable[Counter]) -> dict[bytes, Counter]:
    """Give one counter a key, that keeps what each of its clauses needs."""
    found: dict[bytes, Counter] = {}
    for counter in counters:
        known = found.get(counter.key)
        if known is not None:
            both = (known.horizon, counter.horizon)
            horizon = None if None in both else max(filter(None, both))
            counter = replace(known, keep=max(known.keep, counter.keep), horizon=horizon)
        found[counter.key] = counter
    return found


class Clause:
    """A clause that counts: its counter, and its questions over the counter's times. ``span``: how long a time counts; ``begins``: from
    which on it does."""

    def __init__(self, rule: tree.Did | tree.Message, counter: Counter, derived: Derived = NO_DERIVED) -> None:
        self.counter, self.bound, self.needed = counter, rule.bound, rule.times
        self.span = _span(rule, derived)
        self.begins = rule.window.time if isinstance(rule.window, tree.Since) else None
        if counter.after is not None:
            self.begins = counter.after + 1

    def first(self, times: Times, now: int) -> int:
        """Give the index of the first time inside the window."""
        first = 0 if self.span is None else bisect_left(times, (now - self.span + 1, b""))
        return first if self.begins is None else max(first, bisect_left(times, (self.begins, b"")))

    def last(self, times: Times) -> int:
        """Give the index after the last time inside the window."""
        return len(times) if self.counter.until is None else bisect_left(times, (self.counter.until, b""))

    def holds(self, times: Times, now: int) -> bool:
        """Whether the times suffice."""
        return enough(self.bound, self.needed, max(0, self.last(times) - self.first(times, now)))

    def changes_at(self, times: Times, now: int) -> int | None:
        """Give when the answer flips as times leave the window: nothing ever joins it without an input."""
        if self.span is None:
            return None
        end = self.last(times)
        return self._flips(times, end, end - self.first(times, now), self.span)

    def answers(self, times: Times, now: int) -> tuple[bool, int | None]:
        """Answer both at once, for less than one after the other."""
        span = self.span
        if span is None:
            return self.holds(times, now), None
        end = inside = self.last(times)
        if inside and (times[0][0] <= now - span or self.begins is not None):
            inside = max(0, inside - self.first(times, now))
        return enough(self.bound, self.needed, inside), self._flips(times, end, inside, span)

    def _flips(self, times: Times, end: int, inside: int, span: int) -> int | None:
        if inside > self.needed:
            deciding = self.needed if self.bound == "at least" else self.needed + 1
        elif inside == self.needed and self.bound != "at most" and inside:
            deciding = self.needed
        else:
            return None
        return times[end - deciding][0] + span


def enough(bound: Bound, needed: int, count: int) -> bool:
    """Whether a count satisfies a bound."""
    if bound == "at least":
        return count >= needed
    return count <= needed if bound == "at most" else count == needed
