"""An account: what became of one person on one side, as far as it lies within the window."""

from typing import Any

from msgspec import Struct

from tidings.journeys import quiet
from tidings.kernel.effects import Effect, Moved
from tidings.people.document import Person
from tidings.simulate.post import Letter


class Window(Struct, frozen=True):
    """From ``start`` to ``end``, both included; microseconds."""

    start: int
    end: int

    def has(self, time: int) -> bool:
        """Whether a moment lies in it."""
        return self.start <= time <= self.end


class Account:
    """``moves``: of runs of the journey, in order. ``letters``: the last word on each message, by its id; ``held``: why it was, if
    ever (the last time). ``hushed``: (run, step) of those that quiet hours kept from being planned at once.

    ``entered``: when each run that began in the window did; ``goals``: when each reached its goal.
    """

    __slots__ = ("entered", "goals", "held", "hushed", "journey", "letters", "moves", "steps", "window", "worth")

    def __init__(self, journey: str, window: Window) -> None:
        self.journey, self.window = journey, window
        self.moves: list[Moved] = []
        self.letters: dict[bytes, Letter] = {}
        self.held: dict[bytes, str] = {}
        self.hushed: set[tuple[bytes, str]] = set()
        self.entered: dict[bytes, int] = {}
        self.goals: dict[bytes, int] = {}
        self.worth: list[tuple[str, int, list[str]]] = []
        """(currency, millionths, steps credited) of each goal reached."""
        self.steps: set[tuple[str, str, str]] = set()
        """(journey, step, template) of all that was sent so far, before the window too."""

    def see(self, actor: Any, effect: Effect) -> None:
        """Be told an effect."""
        if isinstance(effect, Moved) and effect.journey == self.journey and self.window.has(effect.time):
            self.moves.append(effect)
            if effect.what == "entered":
                self.entered[effect.run] = effect.time
            elif effect.what == "waiting" and effect.why.startswith(quiet.WHY):
                self.hushed.add((effect.run, effect.step))
            elif effect.what == "converted":
                self.goals[effect.run] = effect.time
                self.worth.append((effect.currency, effect.value, [step for step, _ in effect.credited]))

    def told(self, person: Person, letter: Letter) -> None:
        """Be told what became of a message."""
        planned = letter.planned
        if letter.fate == "sent":
            self.steps.add((planned.journey, planned.step, planned.template))
        if planned.journey != self.journey:
            return
        if self.window.has(letter.time):
            self.letters[planned.id] = letter
            if letter.fate == "held":
                self.held[planned.id] = letter.reason

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened in the window."""
        return not self.moves and not self.letters
