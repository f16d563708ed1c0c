"""What a step answers, and what it may see and do: it knows a moment, a person and a run, and nothing of clocks or stores."""

from typing import Any, Final, Literal, Protocol, TypeAlias

from msgspec import Struct

from tidings.journeys.condition import Condition
from tidings.journeys.value import Value
from tidings.kernel.records import Answered


class GoOn(Struct, frozen=True):
    """The run leaves the step: to its branch number ``into``, to the step whose id is ``to``, or to what comes after it.

    ``what`` and ``why`` are for the record. ``drawn``: by a draw that holds others out, so that what becomes of both is compared.
    """

    into: int | None = None
    what: str = "passed"
    why: str = ""
    to: str = ""
    drawn: bool = False


class Wait(Struct, frozen=True):
    """The run stays until ``until`` (None: until an input changes the answer); the step is asked again then."""

    until: int | None
    why: str = ""


class Done(Struct, frozen=True):
    """The run is over. ``what``: for the record; `held_out` by a draw that lets others go on."""

    why: str = ""
    what: Literal["done", "held_out"] = "done"


class Park(Struct, frozen=True):
    """The run stops here by a fault, until somebody looks and lets it try again. ``detail``: more of it, for them."""

    why: str
    detail: str = ""


Answer: TypeAlias = GoOn | Wait | Done | Park

TIMED: Final = 0
ABOUT: Final = 1
AT_MOST: Final = 2
"""How well it is known that people go a way: by the clock alone; nearly so many; only if something holds that nobody can know yet."""


EARLIER: Final = -1
"""The way of those who go on when something happens, before their time is up."""


class Ahead(Struct, frozen=True):
    """What can be said of a step before anybody is there: who comes leaves it ``at`` a moment, by the ways ``into``: (branch, part of
    people), of which branch None is what comes after the step. ``to``: another step. ``grade``: how sure that is."""

    at: int
    into: tuple[tuple[int | None, float], ...] = ((None, 1.0),)
    to: str = ""
    grade: int = TIMED


class Here(Protocol):
    """Where a run stands while its step is asked.

    ``now``: the moment; ``person``: what cohort draws are made on.
    """

    now: int
    workspace: int
    journey: str
    person: bytes

    @property
    def arrived(self) -> int:
        """When the run came to this step."""

    @property
    def waiting(self) -> bool:
        """Whether the step has been asked before on this visit, and said wait."""

    @property
    def answer(self) -> Answered | None:
        """What came back of this visit's call, if that is why the step is asked."""

    @property
    def postponed(self) -> int:
        """Until when this visit's call may take where it could not be made at once; 0 where it could."""

    @property
    def taken(self) -> int:
        """How often this run has been sent on from this step by `jump`."""

    def holds(self, condition: Condition) -> bool:
        """Ask a rule of this person, now."""

    def changes_at(self, condition: Condition) -> int | None:
        """When time alone could change that answer."""

    def zone(self, name: str) -> str:
        """The IANA zone meant by ``person``, ``workspace`` or a zone's own name."""

    def read(self, path: tuple[str, ...]) -> Any:
        """What an attribute's path reads, ``event.x`` and ``journey.x`` included; None where it is missing."""

    def work_out(self, value: Value) -> Any:
        """Work a value out; raises `Unworkable` with what is missing or does not fit."""

    def jump(self) -> None:
        """Count that the run is sent on from this step to another."""

    def quiet(self, template: str, now: int) -> int:
        """Give ``now``, or when the workspace's quiet hours end that hold a template's message back then."""

    def send(self, template: str) -> None:
        """Plan the message."""

    def set(self, attributes: dict[str, Any]) -> None:
        """Change the person's attributes (None removes one)."""

    def track(self, event: str, properties: dict[str, Any]) -> None:
        """Let an event happen to the person."""

    def member(self, segment: str, on: bool) -> None:
        """Put the person into a segment kept by hand, or take them out."""

    def agree(self, topic: str, on: bool) -> None:
        """Write down that the person wants a topic's messages or not; ``topic`` "": anything at all."""

    def start(self, journey: str, values: dict[str, Any]) -> None:
        """Let the person enter another journey, which reads ``values`` as ``journey.x``."""

    def call(self, kind: str, request: dict[str, Any], until: int, sure: bool) -> None:
        """Ask the world outside, by whoever makes calls of this kind; ``until``: when the step goes on without an answer.

        ``sure``: where it is not known whether a call was made, it is made again. Raises `Unworkable`.
        """

    def keep(self, name: str, value: Any) -> None:
        """Let the run read the value as ``journey.name``; raises `Unworkable` where it is too large."""
