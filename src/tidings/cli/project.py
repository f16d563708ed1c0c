"""``plan``, ``apply``, ``pull``: a folder of files and the definitions in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter
from msgspec import to_builtins
from rich.markup import escape

from tidings.cli import planned, show
from tidings.cli.asking import HERE, AsJson, Folder, WorkspaceName, Yes, agreed, answered
from tidings.cli.files import checked, faultless, workspace_named
from tidings.cli.flight import ChoicesFile, Choose, TakeIn, flight_data, read_choices, read_take_in
from tidings.cli.installation import Installation, catalog_of, foreign_in, installation
from tidings.database.access import create_workspace, list_workspaces
from tidings.project import store
from tidings.project.alone import alone
from tidings.project.apply import NO_RAMPS
from tidings.project.apply import apply as put_in_force
from tidings.project.begun import check as check_ramp
from tidings.project.body import Choices, canonical, documents_of, make_body
from tidings.project.check import check as check_project
from tidings.project.drift import Drift, Side, brought_home, drifted, plain, pulled_from, remember
from tidings.project.expect import expected
from tidings.project.flight import Flight, flights, with_keepers
from tidings.project.folder import KINDS, Project, read_readable
from tidings.project.intake import parse
from tidings.project.overlay import of_workspace
from tidings.project.plan import Plan
from tidings.project.plan import plan as make_plan
from tidings.project.pull import bytes_of, compare, write
from tidings.project.store import NOBODY_IN, Said
from tidings.project.upload import upload
from tidings.project.would import Would, would
from tidings.simulate.forecast import Forecast
from tidings.teams.audit import Actor
from tidings.teams.inherit import inherit

_FORECAST: Final = 5
"""Journeys of a plan that are forecast at most: each takes a second or two."""
Preferred = Annotated[
    Side | None, Parameter(help="Whose side to take where the files and the web app changed the same: files or web.")
]


async def plan(
    path: Folder = HERE,
    *,
    choose: Choose = None,
    choices: ChoicesFile = None,
    take_in: TakeIn = None,
    prefer: Preferred = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Show what `apply` would change: added, changed with a diff, removed; what becomes of people inside; how many match journeys
    already; and what the web app changed meanwhile."""
    chosen, taken = read_choices(choose, choices), read_take_in(take_in)
    project = of_workspace(checked(path), workspace)
    async with installation() as here:
        in_force = await _in_force(here, workspace_named(project, workspace))
        await _warn_unseen(here, project, workspace)
        project = await _settled(here, project, in_force, _Way(path, workspace, prefer, json))
        body = make_body(project, in_force.body, chosen)
        found, people = await _plan(here, project, in_force, body)
        matching = await would(here.pool, in_force.workspace, in_force.body, body, taken)
        coming = await _forecasts(here, workspace_named(project, workspace), found, in_force, body, matching)
        others = await _workspaces(here)
    if json:
        data = planned.plan_data(found, {each.journey: flight_data(each) for each in people})
        show.show_json({**data, **_told(coming, matching)})
    else:
        planned.show_plan(found, {each.journey: each for each in people})
        planned.show_new(workspace_named(project, workspace), others)
        planned.show_forecasts(coming, _changed(found)[_FORECAST:] if coming else ())
        planned.show_would(matching)
        if any(each.people and not each.rate for each in matching):
            show.say("[dim]to take them in as well: `--take-in JOURNEY='1000 per hour'`[/]")
    return show.DONE


async def apply(
    path: Folder = HERE,
    *,
    choose: Choose = None,
    choices: ChoicesFile = None,
    take_in: TakeIn = None,
    yes: Yes = False,
    prefer: Preferred = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Make the installation match a project: shows the plan, asks, and puts it in force.

    A workspace that does not exist yet is made; in the web app it belongs to whoever owns all the others. What the web app changed since
    the files were last applied stays, or is merged; refused where both changed the same step, and where somebody else changed
    the definitions after the plan was shown. Where people match a new journey already, it asks whether they are taken in too, unless
    `--take-in` says so or `--yes` leaves them outside.
    """
    chosen = read_choices(choose, choices)
    return await put(path, None, chosen, yes, prefer, workspace, json, taken=read_take_in(take_in))


async def put(
    path: Path,
    journey: str | None,
    choices: Choices,
    yes: bool,
    prefer: Side | None,
    workspace: str | None,
    json: bool,
    shadow: bool = False,
    ramp: str = "",
    taken: Mapping[str, str] = NOBODY_IN,
) -> int:
    """Show the plan of a project, or of one journey of it alone, ask, and put it in force."""
    if ramp:
        check_ramp(ramp)
    project = of_workspace(checked(path), workspace)
    files = plain(canonical(project))
    async with installation() as here:
        name = workspace_named(project, workspace)
        in_force = await _in_force(here, name)
        project = await _settled(here, project, in_force, _Way(path, workspace, prefer, json), journey)
        if journey is not None:
            project = faultless(alone(project, in_force, journey))
            own = plain(canonical(project))
            files = {key: document for key, document in files.items() if own.get(key) == document}
        if not json:
            await _warn_unseen(here, project, workspace)
        body = make_body(project, in_force.body, choices)
        found, people = await _plan(here, project, in_force, body)
        ramps = {journey: ramp} if journey is not None and ramp else {}
        matching = await would(here.pool, in_force.workspace, in_force.body, body, taken)
        coming = await _forecasts(here, name, found, in_force, body, matching, ramps)
        others = await _workspaces(here)
        if not json:
            planned.show_plan(found, {each.journey: each for each in people})
            planned.show_new(name, others)
            planned.show_forecasts(coming, _changed(found)[_FORECAST:] if coming else ())
            planned.show_would(matching)
        if (found.changes or taken) and not yes:
            if not agreed(f"Put this in force in {name}?"):
                return show.REFUSED
            taken = {**taken, **_asked(matching)}
        async with here.pool.acquire() as connection:
            place = await create_workspace(connection, name)
            owners = await inherit(connection, place.id, Actor(None, show.operator().id))
            await upload(connection, place.id, path, project)
        said = Said(files, whole=journey is None)
        hidden = journey or "" if shadow else ""
        applied = await put_in_force(
            here.pool,
            place.id,
            project,
            over=found.number,
            said=said,
            shadow=hidden,
            ramps=ramps,
            actor=show.operator(),
            choices=choices,
            take_in=taken,
        )
    if json:
        data = planned.plan_data(found, {each.journey: flight_data(each) for each in people})
        told = {"number": applied.number, "changed": applied.changed}
        show.show_json({**data, **told, **_told(coming, matching)})
    elif applied.changed:
        show.say(f"[green]✓[/] definitions {applied.number} are in force in {escape(place.name)}")
        if any(each.inside for each in people):
            show.say("[dim]people inside are carried in the background: `tidings journey progress --wait` shows it[/]")
    if owners and not json:
        show.say(f"[dim]in the web app it belongs to {escape(' and '.join(owners))}[/]")
    return show.DONE


def _told(coming: Mapping[str, Forecast], matching: Sequence[Would]) -> dict[str, Any]:
    told = {"forecasts": to_builtins(coming), "matching": to_builtins(matching)}
    return {key: value for key, value in told.items() if value}


def _asked(matching: Sequence[Would]) -> dict[str, str]:
    """Ask about each journey that people match already whether they are taken in."""
    found = {}
    for each in matching:
        if not each.rate and each.people != 0:
            rate = answered(
                f"{each.journey}: take them in, at which rate (`1000 per hour`, `all`; nothing: they stay outside)?"
            )
            if rate:
                parse(rate)
                found[each.journey] = rate
    return found


async def pull(
    path: Folder = HERE,
    *,
    yes: Yes = False,
    prune: Annotated[bool, Parameter(negative="", help="Remove files of definitions that are not in force.")] = False,
    prefer: Preferred = None,
    discard: Annotated[
        bool, Parameter(negative="", help="Also write over what was changed in the files and never applied.")
    ] = False,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Write the definitions in force to a folder. Files that say the same already are not touched.

    What was changed in the files and never applied stays, or is merged; refused where the web app changed the same step meanwhile.
    """
    async with installation() as here:
        own = await here.workspace(workspace, path)
        project = None if discard else _readable(path)
        async with here.pool.acquire() as connection:
            in_force = await store.newest(connection, own.id)
            documents = None
            if project is not None:
                project, before = of_workspace(project, own.name), pulled_from(path, own.name)
                found = await brought_home(connection, own.id, project, in_force, pulled=before, prefer=prefer)
                documents = _to_write(found, json)
            pulled = compare(in_force, path, own.name, documents)
            shown = await bytes_of(connection, own.id, pulled)
    over = [file for file in pulled.files if (path / file).exists()]
    if over and project is None and not discard:
        show.refuse(
            f"the files have faults, so it can't be told whether {over[0]} has changes of yours that were not applied",
            "mend what `tidings check` shows, or add --discard to write over them",
        )
    gone = pulled.extra if prune else []
    if not json:
        for file in pulled.files:
            show.say(f"[yellow]~ changed[/] {escape(file)}" if file in over else f"[green]+ added[/]   {escape(file)}")
        for file in pulled.extra:
            show.say(
                f"[red]- removed[/] {escape(file)}" if prune else f"[dim]· {escape(file)} is not in force (kept)[/]"
            )
    if (over or gone) and not yes and not agreed("Write over these files?"):
        return show.REFUSED
    write(pulled, path, shown, prune=prune)
    if pulled.files or gone:
        remember(path, own.name, pulled.number)
    if json:
        show.show_json({"number": pulled.number, "written": pulled.files, "same": pulled.same, "extra": pulled.extra})
    else:
        show.say(f"[green]✓[/] {len(pulled.files)} written, {pulled.same} were the same")
    return show.DONE


def _to_write(found: Drift, json: bool) -> dict[str, Any]:
    """The documents that a pull leaves in the folder; refuses where it and the web app changed the same."""
    if not json:
        planned.show_drift(found)
    if found.conflicts:
        show.refuse(
            "the files and what is in force changed the same; nothing was written",
            "`--prefer files` or `--prefer web` takes one side, `--discard` all that is in force",
        )
    return {"settings": found.project.settings} | {kind.folder: getattr(found.project, kind.folder) for kind in KINDS}


def _readable(path: Path) -> Project | None:
    """The project in a folder; None where there is none, or one with faults: what was changed in it is then not known."""
    project = read_readable(path)
    return None if any(not each.warning for each in check_project(project)) else project


@dataclass(frozen=True)
class _Way:
    """How a folder is compared with what is in force."""

    path: Path
    workspace: str | None
    prefer: Side | None
    json: bool


async def _settled(
    here: Installation, project: Project, in_force: store.InForce, way: _Way, journey: str | None = None
) -> Project:
    """The folder with the web app's changes brought in; refuses where both changed the same (of one journey: where it is concerned)."""
    pulled = pulled_from(way.path, workspace_named(project, way.workspace))
    async with here.pool.acquire() as connection:
        found = await drifted(connection, in_force.workspace, project, in_force, pulled=pulled, prefer=way.prefer)
    if not way.json:
        planned.show_drift(found)
    own = plain(canonical(alone(project, in_force, journey))) if journey is not None else {}
    now = plain(documents_of(in_force.body))
    key = [(document.kind, document.name) for document in found.conflicts]
    if [each for each in key if journey is None or own.get(each) != now.get(each)]:
        show.refuse(
            "the files and what is in force changed the same; nothing was changed",
            "`tidings pull` takes what is in force into the files; `--prefer files` or `--prefer web` takes one side",
        )
    return faultless(found.project) if found.documents else project


async def _warn_unseen(here: Installation, project: Project, workspace: str | None) -> None:
    """Say what the project names and the workspace never saw or does not have; what the files alone tell was said before."""
    name = workspace_named(project, workspace)
    catalog, told = await catalog_of(here, name), check_project(project)
    unseen = [problem for problem in check_project(project, catalog) if problem not in told]
    show.show_problems([*unseen, *await foreign_in(here, project, name)])


async def _forecasts(
    here: Installation,
    name: str,
    plan: Plan,
    in_force: store.InForce,
    body: Mapping[str, Any],
    matching: Sequence[Would],
    ramps: Mapping[str, str] = NO_RAMPS,
) -> dict[str, Forecast]:
    """What would come of each journey that is new or changed, of a few of them, in a workspace that has people."""
    changed = _changed(plan)
    async with here.pool.acquire() as connection:
        own = next((each for each in await list_workspaces(connection) if each.name == name), None)
    if own is None:
        return {}
    taken = {each.journey: each for each in matching}
    found = {
        id: await expected(here.pool, own, in_force, body, id, taken.get(id), ramps.get(id, ""))
        for id in changed[:_FORECAST]
    }
    return {id: each for id, each in found.items() if each.of}


def _changed(plan: Plan) -> list[str]:
    return [each.name for each in plan.of("added") + plan.of("changed") if each.kind == "journey"]


async def _workspaces(here: Installation) -> list[str]:
    async with here.pool.acquire() as connection:
        return [own.name for own in await list_workspaces(connection)]


async def _plan(
    here: Installation, project: Project, in_force: store.InForce, body: Mapping[str, Any]
) -> tuple[Plan, list[Flight]]:
    """What would change, and what becomes of people inside."""
    people = await flights(here.pool, in_force, body)
    async with here.pool.acquire() as connection:
        return await with_keepers(connection, in_force, make_plan(project, in_force), people), people


async def _in_force(here: Installation, name: str) -> store.InForce:
    """What is in force in a workspace; in one that does not exist yet, nothing."""
    async with here.pool.acquire() as connection:
        for own in await list_workspaces(connection):
            if own.name == name:
                return await store.newest(connection, own.id)
    return store.InForce(0)
