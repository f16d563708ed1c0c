"""The runs of a person: which of them a happening moves, when each is to be looked at again, and how they end."""

from collections import deque
from typing import Any, Final

import msgspec

from tidings.engine import calls, door, goals, said
from tidings.engine.counting import Counting
from tidings.engine.definitions import Definitions, Version
from tidings.engine.happening import BY, CIRCLE, DEEPEST, Happening, Touched
from tidings.engine.needs import Facts
from tidings.engine.passage import Passage
from tidings.journeys.condition import Condition
from tidings.kernel.effects import RUN_ENDED, Cancelled, Moved
from tidings.kernel.records import Answered, Consent
from tidings.people.document import WATCHING, Person, Run, copy, memory_of

BRIEFLY: Final = 200
"""Characters of a fault that the document keeps; history has the rest."""


class Running(Counting):
    """Works on a copy of the person. ``line``: what is still to happen in this step, and the runs that go on behind it, as run, depth
    and way."""

    def __init__(self, definitions: Definitions, person: Person, facts: Facts) -> None:
        super().__init__(definitions, copy(person), facts)
        if person.runs:
            self.person.runs = [msgspec.structs.replace(run) for run in person.runs]
        self.cause = b""
        self.ordinal = 0
        self.answer: Answered | None = None
        self.retried: set[bytes] = set()
        self.line: deque[Happening | tuple[bytes, int, tuple[str, ...]]] = deque()

    def _alive(self, run: Run) -> bool:
        """Whether the run goes on; it ends where its journey is stopped or gone."""
        version = self.definitions.version(run)
        if version is None or (version.status == "stopped" and run.ended is None):
            if run.ended is None:
                self.end(run, "stopped", "the journey was stopped" if version else "the journey was removed")
            self._drop(run)
            return False
        return True

    def _settle_run(self, run: Run, happening: Happening, touched: Touched) -> None:
        version = self.definitions.version(run)
        assert version is not None
        due = run.wake is not None and run.wake <= self.now
        if run.goal_until is not None:
            goals.settle(
                self,
                run,
                version,
                happening,
                version.goal is not None and (due or _reached(version.goal.rule, touched)),
            )
        if run.ended is not None:
            if run.goal_until is None:
                self._drop(run)
            else:
                run.wake = self.run_wake(run, version, None)
            return
        if run.version > version.number:
            run.wake = None  # it is asked when its version is in force here
            return
        exit = version.journey.exit
        if exit is not None and (due or _reached(exit, touched)) and self.ask(exit, run):
            self.end(run, "exited", exit.text)
        elif due or run.kept or _reached_any(version, touched):
            self._evaluate_wake(run, version)

    def _evaluate(self, run: Run, happening: Happening | None) -> None:
        """Ask a run everything afresh, after its journey's definition changed."""
        version = self.definitions.version(run)
        assert version is not None
        if run.parked or run.version > version.number:
            return
        exit = version.journey.exit
        if exit is not None and self.ask(exit, run):
            self.end(run, "exited", exit.text)
        elif door.is_before(run):
            door.wait(self, run, version)
        elif run.step not in version.route.nodes:
            self.end(run, "stopped", f"step {run.step} is gone")
        elif run.wake is None or run.wake > self.now:  # else its timer fires first, as of its own time
            self._move(run, 0, ())

    def _waits(self, run: Run, happening: Happening, touched: Touched) -> bool:
        """Whether the run stands at a step that this may move."""
        if any(item[0] == run.id for item in self.line if isinstance(item, tuple)):
            return False
        if run.parked or door.is_before(run):
            return False
        if happening.due and run.wake is not None and run.wake <= self.now:
            return True
        if happening.answer is not None and calls.awaits(self.definitions, run, happening.answer):
            return True
        version = self.definitions.version(run)
        if version is None or version.number < run.version:
            return False
        step = self.definitions.terms(run, version)
        if step is None:
            return False
        reads = step.kind.reads()
        if reads and not (reads.isdisjoint(touched.attributes) and reads.isdisjoint(touched.groups)):
            return True
        return any(_reached(condition, touched) for condition in step.kind.lasting())

    def _move(self, run: Run, depth: int, way: tuple[str, ...]) -> None:
        """Let the run go as far as it can now."""
        version = self.definitions.version(run)
        assert version is not None
        passage = Passage(self, run, version, depth, way)
        until = passage.advance()
        if run.ended is None and not run.parked:
            run.wake = self.run_wake(run, version, until)

    def _evaluate_wake(self, run: Run, version: Version) -> None:
        """Set the wake again where what it was computed from may have moved."""
        node = version.route.nodes.get(run.step)
        if door.is_before(run):
            door.wait(self, run, version)
            return
        if node is None or run.parked or any(item[0] == run.id for item in self.line if isinstance(item, tuple)):
            return
        if run.wake is not None and run.wake <= self.now:
            return  # the run moves in a moment, which sets it
        times = [run.wake, self.run_wake(run, version, None)]
        run.wake = min((time for time in times if time is not None), default=None)

    def run_wake(self, run: Run, version: Version, until: int | None) -> int | None:
        """When a run is to be looked at again: at ``until``, or when time alone could change its exit or goal."""
        times = [until]
        exit, goal = version.journey.exit, version.goal
        if exit is not None and run.ended is None:
            times.append(self.change(exit, run))
        if goal is not None and run.goal_until is not None and run.converted is None:
            times += [run.goal_until if run.ended is not None else None, self.change(goal.rule, run)]
        return min((time for time in times if time is not None and time > self.now), default=None)

    def agree(self, body: Consent, at: int = 0) -> dict[str, Any]:
        """Write down what the person agreed to (``at``: said then, unix seconds; 0: now); answers the attributes that say so."""
        return said.agree(self, body, at or said.when(self.now))

    def begin(self, run: Run, happening: Happening) -> None:
        """Let a run that has just come in move when its turn comes."""
        self.line.append((run.id, happening.depth + 1, (*happening.way, run.journey)))

    def end(self, run: Run, what: str, why: str) -> None:
        """End a run; one before the door was never in. What it has planned and nobody claimed is not sent, unless it simply reached its
        end."""
        if door.is_before(run):
            door.leave(self, run, why)
            return
        self.effects.append(Moved(run.id, run.journey, run.version, run.step, what, self.now, why, key=run.key))
        if what not in ("done", "held_out"):
            self.effects.append(Cancelled(run.id, f"{RUN_ENDED}{why}", self.now))
        run.ended, run.wake = self.now, None
        known = memory_of(run.journey, run.key)
        entries, entered, _ = self.person.memory.get(known, (1, run.entered, 0))
        self.person.memory = {**self.person.memory, known: (entries, entered, self.now)}
        version = self.definitions.version(run)
        if run.goal_until is None or run.converted is not None or version is None:
            self._drop(run)
        else:
            run.wake = self.run_wake(run, version, None)
            watching = [other for other in self.person.runs if other.ended is not None]
            if len(watching) > WATCHING:
                self._drop(watching[0])

    def _drop(self, run: Run) -> None:
        self.person.runs = [other for other in self.person.runs if other is not run]

    def park(self, run: Run, why: str, detail: str = "") -> None:
        """Stop a run where it stands, until somebody looks. ``detail``: more of it, which history keeps."""
        run.parked, run.wake = why[:BRIEFLY], None
        told = f"{why}\n{detail}" if detail else why
        self.effects.append(Moved(run.id, run.journey, run.version, run.step, "parked", self.now, told, key=run.key))

    def cause_happening(self, happening: Happening, run: Run) -> bool:
        """Put what a run caused in the line, and the run behind it; False (the run is parked) where the chain has no end."""
        loop = list(dict.fromkeys(happening.way[-10:])) if happening.depth > DEEPEST else self._round(happening)
        if loop:
            self.park(run, f"{CIRCLE}{' → '.join([*loop, loop[0]])}")
            return False
        self.line.append(happening)
        self.line.append((run.id, happening.depth, happening.way))
        return True

    def _round(self, happening: Happening) -> list[str]:
        """Give the way by which an event that a step lets happen came of the same step, by a group; [] where it did not. It ends at
        the first round: each would let in everybody for each of the one before."""
        way = happening.way
        by = max((n for n, place in enumerate(way) if place.startswith(BY)), default=0)
        return list(way[way.index(way[-1]) : -1]) if happening.event is not None and way[-1] in way[:by] else []

    def again(self, run: Run, happening: Happening) -> None:
        """Put a run in the line behind what is already there."""
        self.line.append((run.id, happening.depth, happening.way))


def _reached(condition: Condition, touched: Touched) -> bool:
    compiled = condition.compiled
    return bool(
        any(counter.key in touched.counters for counter in compiled.counters)
        or not compiled.attributes.isdisjoint(touched.attributes)
        or not compiled.segments.isdisjoint(touched.segments)
        or not compiled.groups.isdisjoint(touched.groups)
        or (compiled.uses_journey and "journey" in touched.attributes)
    )


def _reached_any(version: Version, touched: Touched) -> bool:
    return any(_reached(condition, touched) for condition in version.lasting())
