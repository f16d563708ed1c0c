"""A call: what a run asks, who can make it, and the three ways it can end."""

from typing import Any, TypeAlias

from msgspec import Struct

from tidings.kernel.effects import Called
from tidings.kernel.ids import show_delivery


class Plan(Struct, frozen=True):
    """A call as a step asked for it, with whose it is and the definitions it was asked under."""

    partition: int
    workspace: int
    person: bytes
    effect: Called
    definitions: int


class Call(Struct, frozen=True, kw_only=True):
    """A claimed call. ``attempt`` counts from 1. ``sure``: may be made again where it is not known whether it arrived.
    ``due``: when it was asked for; ``next_attempt``: from when on this try could be made (microseconds)."""

    partition: int
    id: bytes
    workspace: int
    person: bytes
    journey: str
    step: str
    kind: str
    request: dict[str, Any]
    definitions: int
    sure: bool
    until: int
    attempt: int
    due: int = 0
    next_attempt: int = 0

    @property
    def public(self) -> str:
        """The id that whoever is called may know it by."""
        return show_delivery(self.partition, self.id)


class Ended(Struct, frozen=True):
    """Its end. ``value``: any JSON. Where not ``ok``: why, and more of it for whoever looks into it."""

    ok: bool
    value: Any = None
    reason: str = ""
    detail: str = ""


class Again(Struct, frozen=True):
    """Certainly not done, may be tried later; ``after``: microseconds to wait at least."""

    reason: str
    after: int | None = None


class Lost(Struct, frozen=True):
    """It was made, or may have been, and no answer came."""

    reason: str


Outcome: TypeAlias = Ended | Again | Lost
