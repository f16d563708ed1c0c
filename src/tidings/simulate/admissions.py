"""The doors of a rehearsal: who may come in, and when, for people on one virtual clock."""

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from tidings.engine import Definitions
from tidings.journeys.admission import room
from tidings.kernel.effects import Moved
from tidings.kernel.records import Admit
from tidings.kernel.times import MINUTE

Doorkeeper: TypeAlias = Callable[[Moved, int], tuple[int, Admit | None]]
"""Says what becomes of a run before a door at a moment: what it is told then; or (None) when to ask again."""


def open_door(queued: Moved, now: int) -> tuple[int, Admit | None]:
    """Let everybody in at once."""
    return now, Admit(queued.run)


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
            return now, Admit(queued.run, False, f"there is no room: {found.why}")
        return (found.again or now + MINUTE), None
