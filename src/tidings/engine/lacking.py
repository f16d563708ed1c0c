"""What is false of a rule that should hold, clause by clause, and when each was last true.

When that was, only a life as a whole tells, and the engine reads none: whoever asks hands in how it is answered.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from msgspec import Struct

from tidings import rules
from tidings.rules import Explanation, Held

Changed: TypeAlias = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]
"""Whether a change of attributes, from these to those, is the one that is meant."""


class Lasts(NamedTuple):
    """When something was last so; None where it can't be said. ``rule``: a rule over the person; ``event``: one over the properties of the
    events that start the journey; ``change``: a change of attributes."""

    rule: rules.Last
    event: rules.Last
    change: Callable[[Changed], Held | None]


UNASKED: Final = Lasts(lambda rule: None, lambda rule: None, lambda changed: None)


class Lacking(Struct, frozen=True):
    """A clause that does not hold. ``of``: what it belongs to; ``saw``: what it looked at, in words; ``last``: when it last held."""

    of: str
    clause: str
    saw: str
    last: Held | None


def lacking(of: str, explanation: Explanation) -> list[Lacking]:
    """List the clauses that keep a rule from holding."""
    if explanation.holds:
        return []
    if explanation.about == "join" and explanation.parts and not _is_not(explanation):
        return [each for part in explanation.parts for each in lacking(of, part)]
    return [Lacking(of, explanation.text, _saw(explanation), explanation.last)]


def _is_not(explanation: Explanation) -> bool:
    return len(explanation.parts) == 1


def _saw(explanation: Explanation) -> str:
    return _saw(explanation.parts[0]) if explanation.about == "join" and _is_not(explanation) else explanation.saw()
