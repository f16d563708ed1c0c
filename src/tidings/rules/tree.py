"""A rule as a tree: frozen data, equal when the rules are equal, the same in JSON.

Every clause carries its kind in the field ``clause``. Instants and durations are microseconds. Python takes True for 1 and
1.0 for 1 when it compares; whoever must tell ``x = true`` from ``x = 1`` compares the text.
"""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

Path: TypeAlias = tuple[str, ...]
"""The names from the root down: ``address.city`` is ``("address", "city")``."""

Value: TypeAlias = bool | int | float | str
"""What an attribute is compared with."""

Order: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">="]
Kind: TypeAlias = Literal["track", "page", "screen", "message"]
Verb: TypeAlias = Literal["received", "opened", "clicked", "converted"]
Bound: TypeAlias = Literal["at least", "at most", "exactly"]


class Clause(Struct, frozen=True, tag_field="clause", forbid_unknown_fields=True):
    """What all clauses have in common: nothing but being one."""


class All(Clause, frozen=True, tag="all"):
    """``a and b``: two or more."""

    of: tuple["Rule", ...]


class Any(Clause, frozen=True, tag="any"):
    """``a or b``: two or more."""

    of: tuple["Rule", ...]


class Not(Clause, frozen=True, tag="not"):
    """``not a``."""

    rule: "Rule"


class Compare(Clause, frozen=True, tag="compare"):
    """``plan = "pro"``; true and false have no order."""

    path: Path
    operator: Order
    value: Value


class OneOf(Clause, frozen=True, tag="one_of"):
    """``plan in ("pro", "team")``: one or more values."""

    path: Path
    values: tuple[Value, ...]


class Contains(Clause, frozen=True, tag="contains"):
    """``tags contains "vip"``: an element of a list, or a part of a text."""

    path: Path
    value: Value


class StartsWith(Clause, frozen=True, tag="starts_with"):
    """``email starts with "info@"``."""

    path: Path
    text: str


class EndsWith(Clause, frozen=True, tag="ends_with"):
    """``email ends with "@example.com"``."""

    path: Path
    text: str


class Matches(Clause, frozen=True, tag="matches"):
    """``name matches "^Dr"``: an RE2 expression found anywhere in the text."""

    path: Path
    pattern: str


class Present(Clause, frozen=True, tag="present"):
    """``email is present``: there, and not null."""

    path: Path


class Missing(Clause, frozen=True, tag="missing"):
    """``email is missing``: not there, or null."""

    path: Path


class At(Struct, frozen=True, tag="at", tag_field="moment", forbid_unknown_fields=True):
    """A fixed instant."""

    time: int


class FromNow(Struct, frozen=True, tag="from_now", tag_field="moment", forbid_unknown_fields=True):
    """An instant that moves with time: ``now`` (0), ``3 days from now`` or, negative, ``3 days ago``."""

    offset: int = 0


Moment: TypeAlias = At | FromNow


class Before(Clause, frozen=True, tag="before"):
    """``expires_at is before now``."""

    path: Path
    moment: Moment


class After(Clause, frozen=True, tag="after"):
    """``expires_at is after "2026-01-31"``."""

    path: Path
    moment: Moment


class Near(Clause, frozen=True, tag="near"):
    """``trial_ends_at is within 3 days from now``, or ``signed_up_at is within 3 days ago``."""

    path: Path
    duration: int
    direction: Literal["ago", "from now"]


class Anniversary(Clause, frozen=True, tag="anniversary"):
    """``now is on the anniversary of birthday``: the same day and month (UTC) of a later year."""

    path: Path
    moment: Moment = FromNow()


class Within(Struct, frozen=True, tag="within", tag_field="window", forbid_unknown_fields=True):
    """``within 30 days``: times later than that long ago."""

    duration: int


class Since(Struct, frozen=True, tag="since", tag_field="window", forbid_unknown_fields=True):
    """``since "2026-01-01"``: that instant and later."""

    time: int


class Between(Struct, frozen=True, tag="between", tag_field="window", forbid_unknown_fields=True):
    """``between A and B``: A and later, but before B."""

    start: int
    end: int


class SinceEntry(Struct, frozen=True, tag="since_entry", tag_field="window", forbid_unknown_fields=True):
    """``since entry``: after the record with which the person entered the journey."""


Window: TypeAlias = Within | Since | Between | SinceEntry


class Did(Clause, frozen=True, tag="did"):
    """``did "Order Completed" at least 3 times within 30 days where total > 50``."""

    event: str
    kind: Literal["track", "page", "screen"] = "track"
    bound: Bound = "at least"
    times: int = 1
    window: Window | None = None
    where: "Rule | None" = None


class Message(Clause, frozen=True, tag="message"):
    """``opened email "welcome" within 7 days``: what became of the messages to the person."""

    verb: Verb
    channel: str
    template: str | None = None
    bound: Bound = "at least"
    times: int = 1
    window: Window | None = None
    where: "Rule | None" = None


class InSegment(Clause, frozen=True, tag="in_segment"):
    """``in segment "trials"``."""

    segment: str


class InGroup(Clause, frozen=True, tag="in_group"):
    """``in group company where seats >= 20 and relation.role = "admin"``: one group satisfies it whole."""

    type: str
    where: "Rule | None" = None


Rule: TypeAlias = (
    All
    | Any
    | Not
    | Compare
    | OneOf
    | Contains
    | StartsWith
    | EndsWith
    | Matches
    | Present
    | Missing
    | Before
    | After
    | Near
    | Anniversary
    | Did
    | Message
    | InSegment
    | InGroup
)


def parts_of(rule: Rule) -> tuple[Rule, ...]:
    """Give the rules directly inside a clause, a ``where`` included."""
    match rule:
        case All() | Any():
            return rule.of
        case Not():
            return (rule.rule,)
        case Did() | Message() | InGroup():
            return () if rule.where is None else (rule.where,)
        case _:
            return ()


def steps_of(rule: Rule) -> Iterator[tuple[tuple[str | int, ...], Rule]]:
    """Give the rules directly inside a clause, each with the way to it in JSON."""
    for index, part in enumerate(parts_of(rule)):
        yield ("of", index) if isinstance(rule, All | Any) else ("rule",) if isinstance(rule, Not) else ("where",), part
