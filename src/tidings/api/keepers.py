"""Those in a journey for whom a change of what it is made of stays as it was."""

from msgspec import Struct

from tidings.project.plan import Change


class KeptBy(Struct):
    """People who finish on a former version of a journey."""

    journey: str
    version: int
    people: int


def kept_by(change: Change) -> list[KeptBy]:
    """Show who keeps what a change is of."""
    return [KeptBy(*keeper) for keeper in change.keeps]
