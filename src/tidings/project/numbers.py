"""A journey's numbers, step by step in the order it is written: what was counted, and who stands where now."""

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tidings import events, journeys
from tidings.database.pool import Connection
from tidings.history import conversions, numbers
from tidings.history.conversions import Converted
from tidings.history.numbers import Number
from tidings.journeys.goal import Goal
from tidings.journeys.step import every
from tidings.kernel.times import HOUR
from tidings.people import standing
from tidings.project import store

LEFT: Final = ("held_out", "exited", "stopped", "merged")
"""Ways out of a journey other than its end. Who is parked stands still, and is in it."""
LEFT_AT: Final = (*LEFT, "done")
"""Ways out of a journey at one of its steps: whoever came to its end stands at none, so who is done at a step came to an `exit`."""
PASSED: Final = ("passed", "branched", "planned", "skipped")
"""Ways past a step."""
GONE: Final = (*PASSED, *LEFT_AT, "moved")
"""Ways away from a step: each visit ends by one of them."""


def went(moves: Mapping[str, int]) -> tuple[int, int, int]:
    """Give how often runs went past a step, passed it over, and ended at it, of moves counted by what they are."""
    past = sum(moves.get(what, 0) for what in PASSED)
    skipped = moves.get("skipped", 0)
    return past - skipped, skipped, sum(moves.get(what, 0) for what in LEFT_AT)


class StepNumbers(Struct, frozen=True):
    """``counts``: by move (passed, skipped, exited, …) and by outcome of its messages (sent, opened, …). ``waiting``: who is there now."""

    step: str
    kind: str
    counts: dict[str, int]
    waiting: int = 0

    @property
    def came(self) -> int:
        """How often a run came to it: whoever went from it since, and who is there. Of a run that an undone merge gave back, once."""
        return sum(self.counts.get(what, 0) for what in GONE) - self.counts.get("returned", 0) + self.waiting

    @property
    def passed(self) -> int:
        """How often a run went past it."""
        return sum(self.counts.get(what, 0) for what in PASSED)

    @property
    def left(self) -> int:
        """How often a run ended at it."""
        return sum(self.left_by.values())

    @property
    def left_by(self) -> dict[str, int]:
        """The same by why: a holdout, an `exit` rule, the journey's stop, a merge, or the end by an exit step."""
        return {what: self.counts[what] for what in LEFT_AT if self.counts.get(what)}


class Arm(Struct, frozen=True):
    """Runs that began, and those of them that reached the goal."""

    entered: int
    converted: int

    @property
    def share(self) -> float:
        """Which part reached it."""
        return self.converted / self.entered if self.entered else 0.0


class Sides(Struct, frozen=True):
    """Those whom something was done to, beside those whom it was not."""

    treated: Arm
    control: Arm

    @property
    def lift(self) -> float | None:
        """By how much more of the treated converted than of the others, as a part of the latter's share: 0.5 is half as many again.
        None where either lacks what it takes to tell."""
        if not (self._are_shares and self.control.converted):
            return None
        return self.treated.share / self.control.share - 1

    @property
    def is_sure(self) -> bool:
        """Whether chance alone would make such a difference less than once in 20 times (the usual test of two shares, z over 1.96)."""
        control, treated = self.control, self.treated
        if not self._are_shares:
            return False
        both = (control.converted + treated.converted) / (control.entered + treated.entered)
        spread = sqrt(both * (1 - both) * (1 / control.entered + 1 / treated.entered))
        return bool(spread) and abs(treated.share - control.share) / spread > 1.96

    @property
    def _are_shares(self) -> bool:
        """Whether somebody is on both sides, and no more reached the goal than began: of a week, runs of the week before may."""
        return all(each.entered and each.converted <= each.entered for each in (self.treated, self.control))


class JourneyNumbers(Struct, frozen=True):
    """``entered``, ``done``, ``converted`` and ``refused`` are of the whole journey; ``control`` those of its people who are in the control
    group; ``queued`` who stands before the door now; ``value`` what reaching the goal was worth, in millionths, by currency;
    ``counting``: it is still to be counted of runs that began before it was so; ``unknown``: what history does not tell of those, in
    sentences; ``steps`` those of the live version, and behind them steps of older ones that were counted or where people still stand;
    ``held`` by split: those who went on there beside those who were held out, where the journey has a goal."""

    journey: str
    version: int
    entered: int
    done: int
    converted: int
    refused: int
    inside: int
    steps: list[StepNumbers]
    hourly: list[Number] = []
    control: Arm | None = None
    queued: int = 0
    value: dict[str, int] = {}
    counting: bool = False
    unknown: list[str] = []
    held: dict[str, Sides] = {}
    has_goal: bool = False

    @property
    def treated(self) -> Arm:
        """Everybody who is not in the control group."""
        control = self.control or Arm(0, 0)
        return Arm(self.entered - control.entered, self.converted - control.converted)

    @property
    def compared(self) -> Sides | None:
        """The treated beside the control group; None where nobody of it came, or nothing counts as success."""
        return Sides(self.treated, self.control) if self.control is not None and self.has_goal else None


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
    """Read a journey's numbers, of all versions or of one; over a connection of `one_moment` they fit together though people come in
    meanwhile. Raises Invalid where there is no such journey in force."""
    in_force = await store.newest(connection, workspace)
    entry = in_force.journey(journey)
    read = await numbers.read(connection, workspace, journey, version=version, since=since, until=until, hourly=hourly)
    derived = events.in_force(in_force.body)
    made = journeys.read(entry["document"], derived)
    goal = made.goal
    reached: list[Converted] = []
    drawn: dict[str, tuple[int, int]] = {}
    counting, unknown = False, list[str]()
    if goal is not None:
        reached = await conversions.read(
            connection, workspace, journey, goal.id, version=version, since=since, until=until, hourly=hourly
        )
        drawn = await conversions.by_draw(
            connection, workspace, journey, goal.id, version=version, since=since, until=until
        )
        counting = await _counting(connection, workspace, journey, goal.id)
        unknown = await _unknown(connection, workspace, journey, goal)
    stands = await standing.counts(connection, workspace, journey)
    waiting = {
        step: sum(count for own, count in versions.items() if version in (None, own))
        for step, versions in stands.items()
    }
    steps = [(step.id, step.kind.key) for step in every(made.steps)]
    found = _laid_out(journey, entry["version"], steps, read, waiting, hourly)
    held = _held(found.steps, drawn) if goal is not None else {}
    return replace(_with_goal(found, reached), counting=counting, unknown=unknown, held=held, has_goal=goal is not None)


async def goal_of(connection: Connection, workspace: int, journey: str) -> Goal | None:
    """Read the goal of a journey in force; None where it has none, or is not there."""
    in_force = (await store.newest(connection, workspace)).body
    entry = in_force.get("journeys", {}).get(journey)
    return journeys.read(entry["document"], events.in_force(in_force)).goal if entry else None


async def _counting(connection: Connection, workspace: int, journey: str, goal: bytes) -> bool:
    """Whether the goal is still to be counted of runs that began before it."""
    passes: int | None = await connection.fetchval(
        "SELECT passes FROM recounts WHERE workspace = $1 AND journey = $2 AND goal = $3", workspace, journey, goal
    )
    return not passes


async def _unknown(connection: Connection, workspace: int, journey: str, goal: Goal) -> list[str]:
    """Say what history does not tell of runs that began before the goal was so, where there are any and it reads that."""
    asked = goal.rule.compiled
    if not (asked.group_attributes or asked.uses_journey):
        return []
    since: int | None = await connection.fetchval(
        "SELECT since FROM recounts WHERE workspace = $1 AND journey = $2 AND goal = $3", workspace, journey, goal.id
    )
    before = await numbers.read(connection, workspace, journey, until=since - HOUR) if since is not None else []
    if not any(each.what == "entered" for each in before):
        return []
    found = []
    if asked.group_attributes:
        names = ", ".join(f"{name} of a {type}" for type, name in sorted(asked.group_attributes))
        found.append(
            f"Of runs that began before this goal: {names} is known from when a rule first read it; before that, only what the person's "
            "own calls said of it."
        )
    if asked.uses_journey:
        found.append(
            "Of runs that began before this goal: what a run had learned (`journey.`) is not in history, so it counts as missing."
        )
    return found


def _held(steps: Iterable[StepNumbers], converted: Mapping[str, tuple[int, int]]) -> dict[str, Sides]:
    """Set those whom each split let go on beside those whom it held out, where it did both."""
    found = {}
    for each in steps:
        went, held = each.counts.get("drawn", 0), each.counts.get("held_out", 0)
        if went and held:
            of_went, of_held = converted.get(each.step, (0, 0))
            found[each.step] = Sides(Arm(went, of_went), Arm(held, of_held))
    return found


def _with_goal(found: JourneyNumbers, reached: Sequence[Converted]) -> JourneyNumbers:
    """Put in what was counted of the goal: of runs, and at the steps whose messages are credited."""
    runs = [each for each in reached if not each.step]
    value: dict[str, int] = {}
    for each in runs:
        if each.currency:
            value[each.currency] = value.get(each.currency, 0) + each.value
    credited: dict[str, int] = {}
    for each in reached:
        if each.step:
            credited[each.step] = credited.get(each.step, 0) + each.count
    control = found.control
    if control is not None:
        control = Arm(control.entered, sum(each.count for each in runs if each.control))
    steps = [
        replace(step, counts={**step.counts, "converted": credited.get(step.step, 0)})
        if step.step in credited or "converted" in step.counts
        else step
        for step in found.steps
    ]
    hours = [each for each in found.hourly if not each.what.startswith("converted")]
    if found.hourly:  # each run once, and at the steps that are credited rather than where it stood
        of_hour: dict[tuple[int, str, int], int] = {}
        for each in reached:
            place = (each.version, each.step, each.hour)
            of_hour[place] = of_hour.get(place, 0) + each.count
        hours += [Number(version, step, "converted", hour, count) for (version, step, hour), count in of_hour.items()]
    return replace(
        found, converted=sum(each.count for each in runs), control=control, value=value, steps=steps, hourly=hours
    )


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
        sum(count for step, count in waiting.items() if step),
        [
            StepNumbers(id, kinds.get(id, ""), counts.get(id, {}), waiting.get(id, 0))
            for id in [*(step for step, _ in steps), *older]
        ],
        read if hourly else [],
        Arm(whole["entered_control"], whole.get("converted_control", 0)) if "entered_control" in whole else None,
        waiting.get("", 0),
    )
