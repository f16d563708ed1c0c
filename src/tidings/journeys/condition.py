"""A rule inside a journey, compiled once, with what could change its answer."""

from functools import cached_property

from msgspec import Struct

from tidings import rules


class Condition(Struct, frozen=True, dict=True):
    """Equal when the rules are equal. ``derived``: events that have a rule of their own."""

    rule: rules.Rule
    derived: rules.Derived = rules.NO_DERIVED

    @cached_property
    def compiled(self) -> rules.Compiled:
        """The rule, ready to run."""
        return rules.compile(self.rule, derived=self.derived)

    @cached_property
    def text(self) -> str:
        """The canonical text."""
        return rules.show(self.rule)

    @cached_property
    def events(self) -> frozenset[tuple[str, str]]:
        """The (kind, event) pairs it counts, by what they are sent as."""
        return frozenset((each.kind, each.event) for counter in self.compiled.counters for each in counter.sources)

    @property
    def since_entry(self) -> tuple[rules.Counter, ...]:
        """The counters that begin with a run."""
        return tuple(counter for counter in self.compiled.counters if counter.entry)
