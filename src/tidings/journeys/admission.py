"""How many of those before a door may come in now: by what is inside, what came lately, and what ever came. Pure."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from tidings.journeys.limits import Limits

FULL: Final = "there is no room: "
"""How it begins why somebody was sent away at the door."""


class Room(NamedTuple):
    """``free``: how many may come in now. ``again``: when time alone makes room for more (None: it does not). ``why``: what is full, ""
    where nothing is. ``ever``: it stays full."""

    free: int
    again: int | None = None
    why: str = ""
    ever: bool = False


def room(limits: Limits, inside: int, lately: Sequence[int], ever: int, now: int) -> Room:
    """Say how many may come in. ``inside``: runs at a step, or on their way there; ``lately``: when others were let in, ascending, as far
    back as the rate reaches; ``ever``: all that ever were."""
    found = [Room(1 << 30)]
    if limits.in_all:
        left = max(0, limits.in_all - ever)
        found.append(Room(left, None, f"the {limits.in_all:,} that it takes in all have come", ever=not left))
    if limits.at_once:
        found.append(Room(max(0, limits.at_once - inside), None, f"{limits.at_once:,} are inside at once"))
    if (rate := limits.rate) is not None:
        counted = [at for at in lately if at > now - rate.within]
        free = max(0, rate.times - len(counted))
        again = counted[len(counted) - rate.times] + rate.within if not free else None
        found.append(Room(free, again, f"{limits.entry} came"))
    return min(found, key=lambda each: (each.free, not each.ever))
