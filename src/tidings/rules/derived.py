"""Derived events: other names that some events go by, told from what they are called and what they say.

Theory. A derived event is no record and no row: an event that its rule matches *is* the derived event too, at the same time, with the same
id and properties. So its past is there as soon as its rule is, and an edit rewrites nothing. Two questions suffice: which names does this
event go by (asked of each event, by one look-up), and which events go by this name (asked of history). A derived event may be made of
derived ones; both answers are worked out beforehand, down to what is really sent.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, Final, TypeAlias

from msgspec import Struct

from tidings.kernel.problems import Invalid, Problem
from tidings.kernel.times import Duration
from tidings.rules import tree
from tidings.rules.errors import fault
from tidings.rules.show import show
from tidings.rules.tree import Kind, Rule
from tidings.rules.where import compile_where

Named: TypeAlias = tuple[str, str]
"""The kind and the name of an event."""
Ways: TypeAlias = tuple[tuple[Rule, ...], ...]
"""Rules over an event's properties: one of these must hold whole."""

EVERY: Final = ""
"""Stands for the name of every event; none has it."""
WAYS: Final = 200
"""In which events may come to be a derived one, through all that it is made of."""
_EXAMPLE: Final = 'write for example `did "Plan Compared" or did page "Pricing"`'


class Source(Struct, frozen=True, dict=True):
    """Events of a kind and name that count, where one of the ``ways`` holds; an empty way always does."""

    kind: Kind
    event: str
    ways: Ways

    @property
    def reads(self) -> bool:
        """Whether it depends on the properties at all."""
        return () not in self.ways

    @cached_property
    def matches(self) -> Callable[[Mapping[str, Any]], bool]:
        """Whether an event of this kind and name counts, by its properties; made once."""
        if not self.reads:
            return _always
        ways = [tuple(map(compile_where, way)) for way in self.ways]
        return lambda properties: any(all(part(properties) for part in way) for way in ways)


class Derived:
    """The derived events of a workspace, and how long what happened counts. ``rules``: what each is made of, by name; ``kept``: how long
    history is, None for ever. Raises Invalid where one is made of itself."""

    def __init__(self, rules: Mapping[str, Rule], kept: Duration | None = None) -> None:
        self.kept = kept
        self._sources: dict[str, tuple[Source, ...]] = {}
        problems: list[Problem] = []
        for name in sorted(rules):
            self._lay(name, rules, (), problems)
        if problems:
            raise Invalid(problems)
        self._meanings = {name: ";".join(map(_told, sources)) for name, sources in self._sources.items()}
        self._names: dict[Named, tuple[bool, list[tuple[Named, Source]]]] = {
            ("track", name): (False, []) for name in self._sources
        }
        for name, sources in sorted(self._sources.items()):
            for source in sources:
                found = self._names.setdefault((source.kind, source.event), (True, []))
                found[1].append((("track", name), source))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Derived) and (self._meanings, self.kept) == (other._meanings, other.kept)

    def __hash__(self) -> int:
        return hash((tuple(self._meanings.items()), self.kept))

    def __contains__(self, event: Named) -> bool:
        return event[0] == "track" and event[1] in self._sources

    @property
    def called(self) -> tuple[str, ...]:
        """The names of all derived events, former ones among them."""
        return tuple(self._sources)

    def names(self, event: Named, properties: Mapping[str, Any]) -> tuple[Named, ...]:
        """Give what an event goes by: what it is sent as, unless that is the name of a derived event, and those it is besides."""
        found = self._names.get(event)
        if found is None:
            return (event,)
        own, derived = found
        others = tuple(name for name, source in derived if source.matches(properties))
        return (event, *others) if own else others

    def sources(self, event: Named) -> tuple[Source, ...] | None:
        """Give what is really sent of what a derived event is made of; None where no derived event is called so."""
        return self._sources.get(event[1]) if event[0] == "track" else None

    def raw(self, events: Iterable[Named]) -> frozenset[Named]:
        """Give what is really sent of events."""
        found: set[Named] = set()
        for event in events:
            sources = self.sources(event)
            found |= {event} if sources is None else {(source.kind, source.event) for source in sources}
        return frozenset(found)

    def meaning(self, event: Named) -> str:
        """Tell what is meant by a name: equal as long as the same events go by it; "" of what is no derived event."""
        return self._meanings.get(event[1], "") if event[0] == "track" else ""

    def differing(self, other: "Derived") -> frozenset[str]:
        """Give the names that mean something else in the other."""
        both = {*self._meanings, *other._meanings}
        return frozenset(name for name in both if self._meanings.get(name) != other._meanings.get(name))

    def _lay(
        self, name: str, rules: Mapping[str, Rule], way: tuple[str, ...], problems: list[Problem]
    ) -> tuple[Source, ...]:
        if name in way:
            round_ = " → ".join(f'"{each}"' for each in (*way[way.index(name) :], name))
            message = f"a derived event can't be made of itself: {round_}"
            problems.append(Problem(message, "take one of them out", (name,)))
            return ()
        if name in self._sources:
            return self._sources[name]
        found: dict[tuple[Kind, str], list[tuple[Rule, ...]]] = {}
        for clause in clauses(rules[name]):
            own = () if clause.where is None else (clause.where,)
            if clause.kind == "track" and clause.event in rules:
                for source in self._lay(clause.event, rules, (*way, name), problems):
                    ways = [(*each, *own) for each in source.ways]
                    found.setdefault((source.kind, source.event), []).extend(ways)
            else:
                found.setdefault((clause.kind, clause.event), []).append(own)
        if sum(map(len, found.values())) > WAYS:
            message = f'"{name}" can come about in more than {WAYS} ways, through what it is made of'
            problems.append(Problem(message, "make it of less", (name,)))
            found = {}
        self._sources[name] = tuple(Source(*event, tuple(ways)) for event, ways in found.items())
        return self._sources[name]


NO_DERIVED: Final = Derived({})


def clauses(rule: Rule) -> tuple[tree.Did, ...]:
    """Give the clauses that a derived event is made of: ``did`` of one event or another. Raises RuleError for any other rule."""
    found: list[tree.Did] = []
    for part in rule.of if isinstance(rule, tree.Any) else (rule,):
        if isinstance(part, tree.Any):
            found += clauses(part)
            continue
        if not isinstance(part, tree.Did):
            raise fault(
                f"a derived event is made of events, and `{show(part)}` is none", f"join clauses by `or`: {_EXAMPLE}"
            )
        if (part.bound, part.times, part.window) != ("at least", 1, None):
            raise fault(
                f"a derived event is one event at a time, and `{show(part)}` counts several or looks at a window",
                "leave out how often and when: rules that use it say so",
            )
        found.append(part)
    return tuple(found)


def narrowed(sources: Iterable[Source], where: Rule | None) -> tuple[Source, ...]:
    """Give what of the sources satisfies another rule too."""
    if where is None:
        return tuple(sources)
    return tuple(Source(each.kind, each.event, tuple((*way, where) for way in each.ways)) for each in sources)


def _told(source: Source) -> str:
    ways = " | ".join(" & ".join(f"({show(part)})" for part in way) for way in source.ways)
    return f"{source.kind} {source.event!r} {ways}"


def _always(properties: Mapping[str, Any]) -> bool:
    return True
