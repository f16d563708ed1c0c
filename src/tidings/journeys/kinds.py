"""Step and trigger kinds, found by walking their folders: a new kind is a new file and nothing else."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, ClassVar, Protocol, Self

from tidings.journeys import steps, triggers
from tidings.journeys.answer import Ahead, Answer, Here
from tidings.journeys.condition import Condition
from tidings.journeys.form import Form
from tidings.journeys.reading import Reader


class StepKind(Protocol):
    """What a file in ``steps/`` offers as its class ``Kind``. ``key`` is the field by which a document chooses it; ``form`` says what it
    is, and lists all its fields."""

    key: ClassVar[str]
    form: ClassVar[Form]

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read the step's own fields."""

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Give the step's own fields, in canonical order; ``steps`` writes an inner list."""

    def branches(self) -> tuple[Any, ...]:
        """Give each inner list of steps; most kinds have none."""

    def moment(self) -> tuple[Condition, ...]:
        """Rules asked once, when the run comes by."""

    def lasting(self) -> tuple[Condition, ...]:
        """Rules that may end a wait at any time."""

    def lasts(self) -> int:
        """How long it may hold a run by the clock, in microseconds; 0: not at all, or as long as a rule says."""

    def latest(self, at: int) -> int:
        """When whoever comes at a moment goes on at the latest, on the clock of UTC; that moment itself where nothing tells."""

    def templates(self) -> tuple[str, ...]:
        """Templates it names."""

    def names(self) -> tuple[tuple[str, str], ...]:
        """Other things it names, which must exist: (``segment``, ``topic`` or ``journey``, name)."""

    def reads(self) -> frozenset[str]:
        """First names of attributes that move its wait when they change."""

    def leads(self) -> tuple[str, ...]:
        """Steps it may send a run to, wherever they stand."""

    def turns(self) -> int:
        """How often it sends one run there at most; 0: it does not say."""

    def passes(self) -> bool:
        """Whether a run may come out behind it; its inner steps lead there by themselves."""

    def pauses(self) -> bool:
        """Whether whoever passes it has certainly waited."""

    def ways(self) -> Mapping[str, int | None]:
        """The ways it divides people into by what it asks of them, as of `Ahead.into`, by what a run that went there says why; `EARLIER`
        for those who go on at a moment that nobody can know."""

    def ahead(self, at: int, zone: Callable[[str], str]) -> Ahead | None:
        """When, and by which ways, whoever comes ``at`` a moment goes on, as far as the clock alone says; None: only what happens says.
        ``zone``: whose clock ``person``, ``workspace`` or a name is."""

    def run(self, here: Here) -> Answer:
        """Say whether the run goes on, waits or is done. Asked on arrival, and again whenever its wait may be over."""


class TriggerKind(Protocol):
    """What a file in ``triggers/`` offers as its class ``Kind``, with its ``key`` and ``form`` as steps have them."""

    key: ClassVar[str]
    form: ClassVar[Form]

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read the trigger's fields."""

    def write(self) -> dict[str, Any]:
        """Give its fields in canonical order."""

    def events(self) -> tuple[tuple[str, str], ...]:
        """(kind, name) of events that may start a run."""

    def segments(self) -> tuple[tuple[str, bool], ...]:
        """(segment, entered or left) that may start a run."""

    def attributes(self) -> tuple[str, ...]:
        """Roots of attributes whose change may start a run."""

    def dates(self) -> tuple[str, ...]:
        """Roots of attributes that `next` reads."""

    def timed(self) -> bool:
        """Whether time alone starts a run, as `next` says."""

    def recurs(self) -> bool:
        """Whether it does so for the same person by the calendar, again and again."""

    def rules(self) -> tuple[Condition, ...]:
        """Rules over the person that say whom a time, or what befell their group, concerns; asked at that moment."""

    def matches(self, attributes: Mapping[str, Any], segments: Mapping[str, int], since: int) -> bool | None:
        """Whether what it waits for was true of somebody at ``since`` and still is; None: that makes no sense for this trigger.
        ``segments``: name -> when entered."""

    def group(self) -> str:
        """The type of group of which something starts a run for members; "" for none."""

    def said(self) -> tuple[tuple[str, str], ...]:
        """(kind, name) of events that the document names, be they a person's or a group's."""

    def befalling(self) -> tuple[str, ...]:
        """What befalls a group and lets members in: events by name, "" for a changed attribute; () where nothing does."""

    def befalls(
        self, event: str, properties: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> bool:
        """Whether what befell a group starts a run: an event (with its properties), or where it is "" a change of attributes."""

    def called(self) -> bool:
        """Whether a call of the API starts a run."""

    def starts(self, properties: Mapping[str, Any] | None) -> bool:
        """Whether the event's properties (None for a segment's change) start one."""

    def asks(self) -> Condition | None:
        """The rule over its properties that an event which `events` names must satisfy; None where any will do."""

    def changed(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """Whether a change of the person's attributes starts one."""

    def next(self, attributes: Mapping[str, Any], zone: Callable[[str], str], after: int) -> int | None:
        """When time next starts one, later than ``after``; ``zone`` gives whose clock is meant."""

    def says(self) -> str:
        """The trigger in a few plain words."""


@cache
def step_kinds() -> dict[str, type[StepKind]]:
    """Every step kind by its key."""
    return {kind.key: kind for kind in _kinds(steps.__name__, steps.__path__)}


@cache
def trigger_kinds() -> dict[str, type[TriggerKind]]:
    """Every trigger kind by its key."""
    return {kind.key: kind for kind in _kinds(triggers.__name__, triggers.__path__)}


def _kinds(package: str, path: Any) -> Iterator[Any]:
    for module in sorted(iter_modules(path), key=lambda module: module.name):
        yield import_module(f"{package}.{module.name}").Kind
