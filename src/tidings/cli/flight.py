"""People in flight on the command line: versions, roll back, who stands where, and the choices that `plan` and `apply` take."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from msgspec import to_builtins
from rich.markup import escape

from tidings.cli import planned, show
from tidings.cli.asking import AsJson, WorkspaceName, Yes, agreed
from tidings.cli.installation import Installation, installation
from tidings.delivery.clock import wall_clock
from tidings.kernel.times import DAY, show_iso
from tidings.people import standing
from tidings.project import behind
from tidings.project.body import Choices
from tidings.project.expect import expected
from tidings.project.flight import Flight, flights, otherwise, summary
from tidings.project.progress import Progress, progress
from tidings.project.read_yaml import read_yaml
from tidings.project.store import newest
from tidings.project.versions import compare, roll_back, rolled_back, versions
from tidings.project.would import would

Id = Annotated[str, Parameter(help="The journey's id.")]
Choose = Annotated[
    list[str] | None,
    Parameter(
        name="--choose",
        negative="",
        help="What becomes of people at a step: `JOURNEY/STEP=finish`, `=leave`, `=keep`, `=retime`, `='move STEP'`. Repeatable.",
    ),
]
ChoicesFile = Annotated[
    Path | None, Parameter(name="--choices", help="A YAML file of choices: journey, below it `step: choice` lines.")
]
TakeIn = Annotated[
    list[str] | None,
    Parameter(
        name="--take-in",
        negative="",
        help="Take in people who match a journey already, at a rate: `JOURNEY='1000 per hour'`, or `JOURNEY=all`. Repeatable.",
    ),
]
_LOOK = 0.5


async def show_versions(journey: Id, *, workspace: WorkspaceName = None, json: AsJson = False) -> int:
    """List a journey's versions, the newest first: when they came, by whom, and how many are still on them."""
    async with installation() as here:
        own = await here.workspace(workspace)
        found = await versions(here.pool, own.id, journey)
    columns = ("version", "published", "by", "approved by", "inside", "note")
    rows = [
        (each.version, show_iso(each.at) if each.at else "", each.author, each.approver, each.inside, each.note)
        for each in found
    ]
    if json:
        show.show_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        show.table(columns, rows, "it has no versions")
    return show.DONE


async def diff(
    journey: Id,
    old: Annotated[int | None, Parameter(help="A version; without it, the one before the newest.")] = None,
    new: Annotated[int | None, Parameter(help="Another; without it, the newest.")] = None,
    *,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Say in words what changed from one version to another."""
    async with installation() as here:
        own = await here.workspace(workspace)
        newer = new or (await versions(here.pool, own.id, journey))[0].version
        found = await compare(here.pool, own.id, journey, old or max(newer - 1, 1), newer)
    if json:
        show.show_json([{"what": each.what, "step": each.step, "text": each.text} for each in found])
    else:
        for each in found:
            show.say(escape(each.text))
        if not found:
            show.say("[dim]they say the same[/]")
    return show.DONE


async def rollback(
    journey: Id,
    version: Annotated[int, Parameter(help="The version to bring back.")],
    *,
    choose: Choose = None,
    choices: ChoicesFile = None,
    take_in: Annotated[
        str, Parameter(help="Take in people who match it already, at a rate: `1000 per hour`, or `all`.")
    ] = "",
    yes: Yes = False,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Publish an older version anew: shows what changes and what becomes of people inside, and asks."""
    chosen = read_choices(choose, choices)
    async with installation() as here:
        own = await here.workspace(workspace)
        async with here.pool.acquire() as connection:
            before = await newest(connection, own.id)
        body = rolled_back(before, journey, version, chosen)
        found = await flights(here.pool, before, body)
        taken = {journey: take_in} if take_in else {}
        matching = await would(here.pool, own.id, before.body, body, taken)
        match = next((each for each in matching if each.journey == journey), None)
        coming = await expected(here.pool, own, before, body, journey, match)
        if not json:
            for flight in found:
                for text in (*flight.changes, *summary(flight)):
                    show.say(escape(text))
                for text in otherwise(flight):
                    show.say(f"[dim]otherwise: {escape(text)}[/]")
            if found and coming.of:
                planned.show_forecasts({journey: coming})
            if not found:
                show.say("[dim]it says the same as the newest[/]")
            planned.show_would(matching)
        if found and not yes and not agreed(f"Publish version {version} of {journey} anew?"):
            return show.REFUSED
        applied = await roll_back(
            here.pool,
            own.id,
            journey,
            version,
            over=before.number,
            actor=show.operator(),
            choices=chosen,
            take_in=taken,
        )
    if json:
        data = [flight_data(flight) for flight in found]
        show.show_json({"flights": data, "number": applied.number, "changed": applied.changed})
    elif applied.changed:
        show.say(f"[green]✓[/] {escape(journey)} is as in version {version} again, as its newest version")
        if any(flight.inside for flight in found):
            show.say("[dim]people inside are carried in the background: `tidings journey progress --wait` shows it[/]")
    return show.DONE


async def people(
    journey: Id,
    step: Annotated[str | None, Parameter(help="A step; without it, how many are at each.")] = None,
    *,
    what: Annotated[
        str,
        Parameter(
            help="Who was counted so: entered, passed, left, sent, opened, …; without a step, of the journey itself."
        ),
    ] = "inside",
    version: Annotated[int | None, Parameter(help="Only on this version.")] = None,
    days: Annotated[int | None, Parameter(help="Only of the last so many days.")] = None,
    reason: Annotated[str, Parameter(help="Only those whose reason begins so.")] = "",
    after: Annotated[str, Parameter(help="The cursor shown last, for the next page.")] = "",
    limit: Annotated[int, Parameter(help="How many to show.")] = 50,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Show who stands at a step of a journey, or who is behind one of its numbers, the newest first, a page at a time."""
    async with installation() as here:
        own = await here.workspace(workspace)
        if step is None and what == "inside":
            return await _counts(here, own.id, journey, json)
        since = None if days is None else wall_clock() - days * DAY
        async with here.pool.acquire() as connection:
            found = await behind.people(
                connection,
                own.id,
                journey,
                what,
                step or "",
                version=version,
                since=since,
                reason=reason,
                after=after,
                limit=limit,
            )
    if json:
        show.show_json(to_builtins(found))
        return show.DONE
    rows = [
        (each.email or each.id or each.person or "(gone)", each.version, each.at, each.why) for each in found.people
    ]
    show.table(("person", "version", "at", "why"), rows, "nobody")
    if found.next is not None:
        show.say(f"[dim]more with --after {found.next}[/]")
    return show.DONE


async def _counts(here: Installation, workspace: int, journey: str, json: bool) -> int:
    async with here.pool.acquire() as connection:
        counts = await standing.counts(connection, workspace, journey)
    rows = [(step, version, people) for step, found in counts.items() for version, people in found.items()]
    if json:
        show.show_json([dict(zip(("step", "version", "people"), row, strict=True)) for row in rows])
    else:
        told = [(step or "(waits to come in)", version or "", people) for step, version, people in rows]
        show.table(("step", "version", "people"), told, "nobody is inside")
    return show.DONE


async def show_progress(
    *,
    wait: Annotated[bool, Parameter(negative="", help="Show it until everybody is carried.")] = False,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Show how far people have been carried to the newest definitions."""
    async with installation() as here:
        own = await here.workspace(workspace)
        while True:
            async with here.pool.acquire() as connection:
                found = await progress(connection, own.id)
            if not json:
                show.say(told(found))
            if found.is_done or not wait:
                break
            await asyncio.sleep(_LOOK)
    if json:
        show.show_json({"number": found.number, "done": found.share, "people": found.people})
    return show.DONE


def told(progress: Progress) -> str:
    """Say how far it is."""
    if progress.is_done:
        return f"everybody is on definitions {progress.number}"
    if not progress.reached:
        return f"definitions {progress.number} wait for a worker"
    return f"{progress.share:.0%} of people are on definitions {progress.number}, {progress.people:,} looked at so far"


def read_choices(choose: Sequence[str] | None, file: Path | None) -> Choices:
    """Read choices from the command line and from a file; what the command line says counts."""
    found: dict[str, dict[str, str]] = {}
    if file is not None:
        try:
            data, _ = read_yaml(file.read_text(encoding="utf-8"), str(file))
        except OSError as error:
            show.refuse(f"{file} can't be read: {error.strerror}")
        for journey, steps in data.items() if isinstance(data, dict) else ():
            if not isinstance(steps, dict):
                show.refuse(f"{file}: `{journey}` is a mapping of steps", "write `STEP: finish` lines below it")
            found[str(journey)] = {str(step): str(choice) for step, choice in steps.items()}
    for text in choose or ():
        place, equals, choice = text.partition("=")
        journey, slash, step = place.partition("/")
        if not (equals and slash and journey and step and choice):
            show.refuse(f"`{text}` is no choice", "write for example `onboarding/settle=finish`")
        found.setdefault(journey, {})[step] = choice
    return found


def read_take_in(texts: Sequence[str] | None) -> dict[str, str]:
    """Read journeys and the rates at which they take people in."""
    found = {}
    for text in texts or ():
        journey, equals, rate = text.partition("=")
        if not (equals and journey and rate):
            show.refuse(f"`{text}` is no journey with a rate", "write for example `win-back='1000 per hour'`")
        found[journey.strip()] = rate.strip()
    return found


def flight_data(flight: Flight) -> dict[str, Any]:
    """Give a flight as plain data."""
    return {
        "journey": flight.journey,
        "version": flight.version,
        "inside": flight.inside,
        "changes": list(flight.changes),
        "stops": [
            {
                "step": stop.step,
                "people": stop.people,
                "who": list(stop.who),
                "versions": {str(version): people for version, people in stop.versions.items()},
                "changes": list(stop.changes),
                "becomes": stop.becomes,
                "choice": stop.choice,
                "open": list(stop.open),
            }
            for stop in flight.stops
        ],
    }
