"""A rule inside a journey, compiled once, with what could change its answer."""

from functools import cached_property

from msgspec import Struct

from tidings import rules


class Condition(Struct, frozen=True, dict=True):
    """Equal when the rules are equal."""

    rule: rules.Rule

    @cached_property
    def compiled(self) -> rules.Compiled:
        """The rule, ready to run."""
        return rules.compile(self.rule)

    @cached_property
    def text(self) -> str:
        """The canonical text."""
        return rules.show(self.rule)

    @cached_property
    def events(self) -> frozenset[tuple[str, str]]:
        """The (kind, event) pairs it counts."""
        return frozenset((counter.kind, counter.event) for counter in self.compiled.counters)

    @property
    def since_entry(self) -> tuple[rules.Counter, ...]:
        """The counters that begin with a run."""
        return tuple(counter for counter in self.compiled.counters if counter.entry)
