"""A journey's numbers, step by step in the order it is written: what was counted, and who stands where now."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from tidings import journeys
from tidings.database.pool import Connection
from tidings.history import numbers
from tidings.history.numbers import Number
from tidings.journeys.step import every
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.people import standing
from tidings.project import store

LEFT: Final = ("exited", "stopped", "merged", "parked")
"""Ways out of a journey other than its end."""
PASSED: Final = ("passed", "branched", "planned", "skipped")
"""Ways past a step."""


class StepNumbers(Struct, frozen=True):
    """``counts``: by move (passed, skipped, exited, …) and by outcome of its messages (sent, opened, …). ``waiting``: who is there now."""

    step: str
    kind: str
    counts: dict[str, int]
    waiting: int = 0

    @property
    def passed(self) -> int:
        """How often a run went past it."""
        return sum(self.counts.get(what, 0) for what in PASSED)

    @property
    def left(self) -> int:
        """How often a run ended at it."""
        return sum(self.counts.get(what, 0) for what in LEFT)


class JourneyNumbers(Struct, frozen=True):
    """``entered``, ``done``, ``converted`` and ``refused`` are of the whole journey; ``steps`` those of the live version, and behind them
    steps of older ones that were counted or where people still stand."""

    journey: str
    version: int
    entered: int
    done: int
    converted: int
    refused: int
    inside: int
    steps: list[StepNumbers]
    hourly: list[Number] = []


async def of_journey(
    connection: Connection,
    workspace: int,
    journey: str,
    *,
    version: int | None = None,
    since: int | None = None,
    until: int | None = None,
    hourly: bool = False,
) -> JourneyNumbers:
    """Read a journey's numbers, of all versions or of one. Raises Invalid where there is no such journey in force."""
    in_force = await store.newest(connection, workspace)
    known = in_force.body.get("journeys", {})
    if journey not in known:
        hint = did_you_mean(journey, list(known)) or f"there are: {', '.join(known) or 'none'}"
        raise Invalid([Problem(f"there is no journey `{journey}`", hint)])
    read = await numbers.read(connection, workspace, journey, version=version, since=since, until=until, hourly=hourly)
    stands = await standing.counts(connection, workspace, journey)
    waiting = {
        step: sum(count for own, count in versions.items() if version in (None, own))
        for step, versions in stands.items()
    }
    steps = [(step.id, step.kind.key) for step in every(journeys.read(known[journey]["document"]).steps)]
    return _laid_out(journey, known[journey]["version"], steps, read, waiting, hourly)


def _laid_out(
    journey: str,
    version: int,
    steps: Sequence[tuple[str, str]],
    read: Iterable[Number],
    waiting: dict[str, int],
    hourly: bool,
) -> JourneyNumbers:
    read = list(read)
    counts: dict[str, dict[str, int]] = {}
    whole: dict[str, int] = {}
    for number in read:
        own = counts.setdefault(number.step, {})
        own[number.what] = own.get(number.what, 0) + number.count
        whole[number.what] = whole.get(number.what, 0) + number.count
    kinds = dict(steps)
    older = sorted(({*counts, *waiting} - {""}) - kinds.keys())
    return JourneyNumbers(
        journey,
        version,
        whole.get("entered", 0),
        whole.get("done", 0),
        whole.get("converted", 0),
        whole.get("refused", 0),
        sum(waiting.values()),
        [
            StepNumbers(id, kinds.get(id, ""), counts.get(id, {}), waiting.get(id, 0))
            for id in [*(step for step, _ in steps), *older]
        ],
        read if hourly else [],
    )
