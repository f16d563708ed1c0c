"""People in flight: how many stand where in the journeys that a publish changes, and what becomes of them."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from tidings import journeys
from tidings.database.pool import Connection, Pool
from tidings.journeys.carrying import Fate, fate, read_choice, renames, terms
from tidings.journeys.difference import difference
from tidings.journeys.route import Node
from tidings.journeys.step import Step, every
from tidings.people import standing
from tidings.project import behind
from tidings.project.plan import Change, Keeper, Plan
from tidings.project.store import InForce

_PINNED: Final = ("template", "layout", "snippet", "asset", "action")
"""What versions pin; rules and settings are those in force, for everybody."""
_SOME: Final = 3
"""People of each step that are named."""


@dataclass(frozen=True)
class Stop:
    """Those who stand at one step. ``versions``: how many by the version they are on; ``changes``: what the publish says of the step;
    ``becomes``: what becomes of them, in words; ``choice``: as the publisher chose, or "" for what happens by itself; ``open``: what else
    may be chosen; ``next``: the step of the new version that comes next for them, "" where none does; the step itself, where it only got
    another id; ``who``: some of them, by what they are called."""

    step: str
    people: int
    versions: Mapping[int, int]
    changes: Sequence[str]
    becomes: str
    choice: str
    open: Sequence[str]
    next: str = ""
    who: Sequence[str] = ()

    @property
    def matters(self) -> bool:
        """Whether something happens here besides going on."""
        return bool(self.changes or self.choice or len(self.versions) > 1)


@dataclass(frozen=True)
class Flight:
    """A journey with people inside that is to change. ``version``: the new one, 0 where the journey is removed."""

    journey: str
    version: int
    inside: int
    changes: Sequence[str]
    stops: Sequence[Stop]


async def inside(pool: Pool, workspace: int) -> dict[str, int]:
    """Count the people inside each journey."""
    async with pool.acquire() as connection:
        return await standing.inside(connection, workspace)


async def flights(pool: Pool, in_force: InForce, body: Mapping[str, Any]) -> list[Flight]:
    """Say for each journey that changes by ``body`` what becomes of those inside. ``body``: as `make_body` gives it, with its choices."""
    found = []
    async with pool.acquire() as connection:
        for id, old in in_force.body.get("journeys", {}).items():
            new = body["journeys"].get(id)
            if new is not None and new["version"] == old["version"]:
                continue
            counts = await standing.counts(connection, in_force.workspace, id)
            counts.pop("", None)  # who stands before the door comes in by what is live then
            flight = _flight(id, old, new, counts)
            found.append(replace(flight, stops=[await _met(connection, in_force, id, stop) for stop in flight.stops]))
    return found


async def _met(connection: Connection, in_force: InForce, journey: str, stop: Stop) -> Stop:
    """Give a stop at which something happens with some of those who stand there."""
    if not stop.matters:
        return stop
    found = await behind.people(connection, in_force.workspace, journey, "inside", stop.step, limit=_SOME)
    called = (each.name or each.email or each.id for each in found.people)
    return replace(stop, who=tuple(name for name in called if name))


async def with_keepers(connection: Connection, in_force: InForce, plan: Plan, flights: Sequence[Flight] = ()) -> Plan:
    """Give a plan with those who keep what it changes: whoever finishes on a former version, which pins it. Of journeys that change
    themselves their flights say so. A closed journey takes a change where somebody is in it still."""
    closed = {id for id, entry in in_force.body.get("journeys", {}).items() if entry["status"] == "closed"}
    still = await standing.inside(connection, in_force.workspace) if closed else {}
    left = {id for id in closed if not still.get(id)}
    plan = replace(plan, changes=[_open(change, closed, left) for change in plan.changes])
    taking = {id for change in plan.changes if change.kind in _PINNED for id in change.takes}
    keepers: dict[str, list[Keeper]] = {}
    for id in sorted(taking - {flight.journey for flight in flights}):
        live, on = in_force.body["journeys"][id]["version"], dict[int, int]()
        for step, versions in (await standing.counts(connection, in_force.workspace, id)).items():
            for version, people in versions.items():
                if step and version != live:
                    on[version] = on.get(version, 0) + people
        keepers[id] = [Keeper(id, version, people) for version, people in sorted(on.items())]
    changes = [
        replace(change, keeps=tuple(each for id in change.takes for each in keepers.get(id, ())))
        if change.kind in _PINNED
        else change
        for change in plan.changes
    ]
    return replace(plan, changes=changes)


def _open(change: Change, closed: Container[str], left: Container[str]) -> Change:
    takes = tuple(id for id in change.takes if id not in left)
    return replace(change, takes=takes, closed=tuple(id for id in takes if id in closed))


def _flight(id: str, old: Mapping[str, Any], new: Mapping[str, Any] | None, counts: standing.Counts) -> Flight:
    count = sum(people for versions in counts.values() for people in versions.values())
    if new is None:
        stops = [_ends(step, versions) for step, versions in counts.items()]
        return Flight(id, 0, count, ("the journey is removed",), stops)
    before, after = journeys.read(old["document"]), journeys.read(new["document"])
    known, was = _steps(after.steps), _steps(before.steps)
    ways = {**journeys.route(before).nodes, **journeys.route(after).nodes}
    said: dict[str, list[str]] = {}
    for each in (found := difference(before, after)):
        said.setdefault(each.step, []).append(each.text)
    chosen = new.get("carries", {}).get(str(new["version"]), {})
    stops = []
    for step in sorted(counts, key=lambda step: (list(was).index(step) if step in was else len(was), step)):
        becomes = []
        for version, people in counts[step].items():
            same = new["history"].get(str(version)) == new["document"]
            result = fate(
                step,
                read_choice(chosen[step]) if step in chosen else None,
                known=step in known,
                previous=version == old["version"],
                same=same,
            )
            text = _becomes(result, version, new["version"], was.get(step), known.get(step))
            if result.what == "moved" and version == old["version"] and renames(step, result.to, was, known):
                text = f"move to `{result.to}` and wait on there, reckoned from when they came to `{step}`"
            becomes.append(text if len(counts[step]) == 1 else f"{people} of them {text}")
        words = ["finish", "leave", "move STEP", *(["retime", "keep"] if step in known else [])]
        total = sum(counts[step].values())
        changes = said.get(step, []) or ([f"step `{step}` is of an older version"] if step not in was else [])
        stops.append(
            Stop(
                step,
                total,
                counts[step],
                changes,
                "; ".join(becomes),
                chosen.get(step, ""),
                words,
                _renamed(step, was, known) or _next(step, ways, known),
            )
        )
    return Flight(id, new["version"], count, [each.text for each in found], stops)


def _renamed(step: str, before: Mapping[str, Step], after: Mapping[str, Step]) -> str:
    """The step under its new id, where only one can be meant."""
    found = [id for id in after if renames(step, id, before, after)]
    return found[0] if len(found) == 1 else ""


def _next(step: str, ways: Mapping[str, Node], known: Mapping[str, Step]) -> str:
    """Where the way leads on: past steps that are gone, by the way they were on."""
    line = [step]
    while line[-1] in ways and (after := ways[line[-1]].next) not in line:
        if after in known or not after:
            return after
        line.append(after)
    return ""


def _ends(step: str, versions: Mapping[int, int]) -> Stop:
    return Stop(step, sum(versions.values()), versions, ("the journey is removed",), "leave: their runs end", "", ())


def _becomes(fate: Fate, version: int, new: int, old: Step | None, step: Step | None) -> str:
    if fate.what == "finishes":
        return f"finish on version {version}, with the messages it has"
    if fate.what == "left":
        return "leave"
    if fate.what == "moved":
        return f"move to `{fate.to}` and go on from there"
    if fate.keeps:
        return f"go on in version {new}, and keep the terms they wait by"
    if old is not None and step is not None and terms(old) != terms(step):
        return f"go on in version {new} by its terms, reckoned from when they came to the step"
    return f"go on in version {new}"


def _steps(steps: Iterable[Any]) -> dict[str, Step]:
    return {step.id: step for step in every(tuple(steps))}


def summary(flight: Flight) -> list[str]:
    """Give a flight in lines of plain words, those who simply go on in one."""
    if not flight.inside:
        return []
    lines = [
        f"{_people(stop.people)} at `{stop.step}`{_who(stop)}: they {stop.becomes}"
        + (f" (chosen: {stop.choice})" * bool(stop.choice))
        for stop in flight.stops
        if stop.matters
    ]
    rest = sum(stop.people for stop in flight.stops if not stop.matters)
    if rest:
        lines.append(f"{_people(rest)} {'elsewhere' if lines else 'inside'}: they go on in version {flight.version}")
    return lines


def _who(stop: Stop) -> str:
    more = stop.people - len(stop.who)
    return f" ({', '.join(stop.who)}{f' and {more:,} more' if more else ''})" if stop.who else ""


def otherwise(flight: Flight) -> list[str]:
    """Say how to choose otherwise on the command line, a line for each step at which something happens besides going on."""
    found = []
    for stop in flight.stops:
        is_so = "finish" if not stop.choice and stop.becomes.startswith("finish") else stop.choice
        known = [each.replace("STEP", stop.next) for each in stop.open if stop.next or "STEP" not in each]
        ways = [way for way in known if way != is_so]
        if stop.matters and ways:
            more = f" (or {', '.join(ways[1:])})" if ways[1:] else ""
            found.append(f"--choose {flight.journey}/{stop.step}='{ways[0]}'{more}")
    return found


def _people(count: int) -> str:
    return "1 person is" if count == 1 else f"{count:,} people are"
