"""The doors of a rehearsal: who may come in, and when, for people on one virtual clock."""

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from msgspec import Struct

from tidings.engine import Definitions
from tidings.journeys.admission import FULL, room
from tidings.kernel.effects import Moved
from tidings.kernel.records import Admit
from tidings.kernel.times import MINUTE

Doorkeeper: TypeAlias = Callable[[Moved, int], tuple[int, Admit | None]]
"""Says what becomes of a run before a door at a moment: what it is told then; or (None) when to ask again."""


NEVER: Final = 1 << 62
"""When it is asked again of a run that was not let in as long as history reaches."""


def open_door(queued: Moved, now: int) -> tuple[int, Admit | None]:
    """Let everybody in at once."""
    return now, Admit(queued.run)


def as_it_was(real: Iterable[Moved]) -> Doorkeeper:
    """Let whoever really stood before a door come in when they did, if they did; everybody else at once."""
    told: dict[bytes, tuple[int, Admit | None]] = {}
    for move in real:
        if move.what == "queued":
            told[move.run] = (NEVER, None)
        elif move.run in told and move.what in ("entered", "refused"):
            is_full = move.what == "refused" and move.why.startswith(FULL)
            told[move.run] = (move.time, Admit(move.run, not is_full, move.why if is_full else ""))
    return lambda queued, now: told.get(queued.run, (now, Admit(queued.run)))


class Doors(Struct):
    """Counts who is let in. ``inside``: how many runs of a journey stand at a step at a moment. Where that has no room, it is asked again a
    minute later; who asks first is first."""

    definitions: Definitions
    inside: Callable[[str, int], int]
    came: dict[str, list[int]] = {}

    def ask(self, queued: Moved, now: int) -> tuple[int, Admit | None]:
        """Say what becomes of a run."""
        limits = self.definitions.journeys[queued.journey].journey.limits
        lately = self.came.setdefault(queued.journey, [])
        inside = self.inside(queued.journey, now) if limits.at_once else 0
        found = room(limits, inside, lately, len(lately), now)
        if found.free:
            lately.append(now)
            return now, Admit(queued.run)
        if found.ever or limits.over == "refuse":
            return now, Admit(queued.run, False, f"{FULL}{found.why}")
        return (found.again or now + MINUTE), None
