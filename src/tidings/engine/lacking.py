"""What is false of a rule that should hold, clause by clause, and when each was last true.

When that was, only a life as a whole tells, and the engine reads none: whoever asks hands in how it is answered.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from msgspec import Struct

from tidings import rules
from tidings.people.document import Run
from tidings.rules import Explanation, Held


class Sight(NamedTuple):
    """From where a rule over a person is asked. ``run``: as seen from it, None: from none; ``event``: what began it, where the rule reads
    that. ``group``: (type, key) of the one group in sight, None: all are."""

    run: Run | None = None
    event: Mapping[str, Any] = {}
    group: tuple[str, str] | None = None


EVERYWHERE: Final = Sight()


class Started(NamedTuple):
    """When what starts a journey last happened to somebody. ``properties``: what it said; ``hindered``: why it could start nothing then, ""
    where it could."""

    held: Held
    properties: Mapping[str, Any] = {}
    hindered: str = ""


class Lasts(NamedTuple):
    """When something was last so; None where it can't be said. ``rule``: a rule over the person; ``event``: one over the properties of the
    events that start the journey; ``start``: what starts it, where that is no event of the person's."""

    rule: Callable[[rules.Rule, Sight], Held | None]
    event: rules.Last
    start: Callable[[], Started | None]


UNASKED: Final = Lasts(lambda rule, sight: None, lambda rule: None, lambda: None)


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
