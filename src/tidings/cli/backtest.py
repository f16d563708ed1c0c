"""``simulate``: a journey with made-up people; ``backtest``: with the real history of everybody; ``backtests``: those that were run."""

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.markup import escape
from rich.progress import BarColumn, Progress, TimeElapsedColumn

from tidings.api.csv_lines import csv_lines
from tidings.cli import show
from tidings.cli.asking import HERE, AsJson, Folder, WorkspaceName
from tidings.cli.installation import Installation, installation, workspace_of
from tidings.cli.rehearsed import tell
from tidings.database import clock, embedded
from tidings.database.access import Workspace
from tidings.engine import Workspace as Secret
from tidings.journeys.reading import Reader
from tidings.kernel.ids import read as read_id
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.kernel.times import DAY, parse_iso
from tidings.project import rehearsal, store
from tidings.project.folder import SETTINGS, Project, read_folder
from tidings.project.overlay import of_workspace
from tidings.project.read_yaml import read_yaml
from tidings.project.rehearsal import LIVE, SideOf
from tidings.simulate import kept, typed
from tidings.simulate.backtest import HEAD, PROCESSES, Asked, Result, rows
from tidings.simulate.backtest import backtest as run
from tidings.simulate.model import model
from tidings.simulate.outside import NO_STUBS, Stubs
from tidings.simulate.side import Side, concerns
from tidings.simulate.simulation import simulate as play

Id = Annotated[str, Parameter(help="The backtest's id.")]
Csv = Annotated[Path | None, Parameter(name="--csv", help="Write what would have happened to each person here too.")]

Against = Annotated[
    str,
    Parameter(
        help="What it is held against: `live`, `draft` (the folder's), a version's number, a file, or `nothing`."
    ),
]


async def backtest(
    journey: Annotated[str, Parameter(help="The journey's id.")],
    path: Folder = HERE,
    *,
    draft: Annotated[Path | None, Parameter(help="A file with the journey, instead of the one in the folder.")] = None,
    version: Annotated[int, Parameter(help="A version that was in force, instead of the one in the folder.")] = 0,
    against: Against = LIVE,
    days: Annotated[int, Parameter(help="How many days back.")] = 30,
    until: Annotated[str | None, Parameter(help="The moment the days end, ISO 8601; left out, now.")] = None,
    sample: Annotated[int, Parameter(help="Only about so many people, drawn at random; 0: everybody.")] = 0,
    seed: Annotated[int, Parameter(help="By which the people are drawn.")] = 1,
    answers: Annotated[
        Path | None, Parameter(help="A file with `answers` and `failures` by step, as tests have.")
    ] = None,
    processes: Annotated[int, Parameter(help="How many processes play.")] = PROCESSES,
    csv: Csv = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Play a journey on the real history of the people: who would have entered, what would have been sent, what held back and why.

    The journey of the folder is held against the version in force; without a folder, the version in force is played alone. It reads a
    snapshot and sends nothing. First comes how well the version in force, played so, agrees with what it really did.
    """
    if days < 1 or sample < 0 or processes < 0:
        show.refuse("days, sample and processes are counts", "write for example --days 30")
    end = _day(until, "--until") if until is not None else 0
    async with installation() as here:
        own = await here.workspace(workspace, path)
        sides = await _sides(here, own, journey, path, draft, version, against)
        stubs = _stubs(answers, journey, sides) if answers is not None else NO_STUBS
        asked = Asked(journey, sides, days, sample, seed, "command line", stubs, end)
        with _bar(json) as bar:
            task = bar.add_task(f"playing {journey}", total=None)

            async def progress(done: int, parts: int) -> None:
                bar.update(task, completed=done, total=parts)

            url = here.settings.database_url or embedded.address(here.settings.data) or ""
            id = await run(here.pool, url, own, asked, progress, processes)
        return await _show(here, own, id, csv, json)


async def simulate(
    journey: Annotated[str, Parameter(help="The journey's id.")],
    path: Folder = HERE,
    *,
    draft: Annotated[Path | None, Parameter(help="A file with the journey, instead of the one in the folder.")] = None,
    version: Annotated[int, Parameter(help="A version that was in force, instead of the one in the folder.")] = 0,
    against: Against = "nothing",
    people: Annotated[int, Parameter(help="How many people to make up.")] = 1000,
    days: Annotated[int, Parameter(help="How many days they live.")] = 30,
    seed: Annotated[int, Parameter(help="By which they are drawn: the same makes the same people.")] = 1,
    answers: Annotated[
        Path | None, Parameter(help="A file with `answers` and `failures` by step, as tests have.")
    ] = None,
    start: Annotated[str | None, Parameter(help="The first day, ISO 8601; left out, today.")] = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Play a journey with people made up after the real ones: how often they do what, and what is known of them.

    How each thing is drawn stands below the result. It sends nothing and writes nothing.
    """
    if people < 1 or days < 1:
        show.refuse("people and days are counts", "write for example --people 1000")
    async with installation() as here:
        own = await here.workspace(workspace, path)
        chosen = await _sides(here, own, journey, path, draft, version, against)
        secret = Secret(own.id, own.secret)
        sides = [Side(label, journey, secret, body, live) for label, body, live in chosen]
        async with here.pool.acquire() as connection:
            known = await model(connection, own.id, *concerns(sides))
            now = await clock.now(connection)
    stubs = _stubs(answers, journey, chosen) if answers is not None else NO_STUBS
    begin = _day(start, "--start") if start is not None else now - now % DAY
    with _bar(json) as bar:
        task = bar.add_task(f"playing {journey}", total=people)
        result = play(sides, known, people, begin, days, seed, lambda done: bar.update(task, completed=done), stubs)
    if json:
        show.show_json(msgspec.to_builtins(result))
    else:
        tell(journey, result, [body["journeys"][journey]["document"] for _, body, _ in chosen])
    return show.DONE


def _day(text: str, option: str) -> int:
    found = parse_iso(text)
    if found is None:
        show.refuse(f"`{text}` is no day", f"write for example {option} 2026-03-02")
    return found


def _bar(quiet: bool) -> Progress:
    columns = (
        "[progress.description]{task.description}",
        BarColumn(),
        "{task.completed}/{task.total}",
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=show.err(), transient=True, disable=quiet)


async def show_all(*, workspace: WorkspaceName = None, json: AsJson = False) -> int:
    """List the newest."""
    async with workspace_of(workspace) as (own, connection):
        found = await kept.newest(connection, own.id)
    if json:
        show.show_json([msgspec.to_builtins(each) for each in found])
    else:
        columns = ("id", "journey", "made", "state", "days")
        lines = [(each.id, each.journey, each.made_at[:16], _state(each), each.asked["days"]) for each in found]
        show.table(columns, lines, "no backtest was run yet")
    return show.DONE


async def show_one(backtest: Id, *, csv: Csv = None, workspace: WorkspaceName = None, json: AsJson = False) -> int:
    """Show what one came to."""
    async with installation() as here:
        return await _show(here, await here.workspace(workspace), backtest, csv, json)


async def cancel(backtest: Id, *, workspace: WorkspaceName = None, json: AsJson = False) -> int:
    """Let one that runs stop."""
    async with workspace_of(workspace) as (own, connection):
        done = await kept.cancel(connection, own.id, _id(backtest))
    if not done:
        show.refuse(f"no backtest `{backtest}` runs", "`tidings backtests list` shows them")
    if json:
        show.show_json({"backtest": backtest, "cancelled": True})
    else:
        show.say(f"[green]✓[/] {escape(backtest)} stops within seconds")
    return show.DONE


async def remove(backtest: Id, *, workspace: WorkspaceName = None, json: AsJson = False) -> int:
    """Forget one, and what it kept of people."""
    async with workspace_of(workspace) as (own, connection):
        done = await kept.remove(connection, own.id, _id(backtest))
    if not done:
        show.refuse(f"there is no backtest `{backtest}`", "`tidings backtests list` shows them")
    if json:
        show.show_json({"backtest": backtest, "removed": True})
    else:
        show.say(f"[green]✓[/] {escape(backtest)} is gone")
    return show.DONE


async def _sides(
    here: Installation, own: Workspace, journey: str, path: Path, draft: Path | None, version: int, against: str
) -> list[SideOf]:
    """Choose the sides: what is asked about, and what it is held against."""
    if draft is not None and version:
        show.refuse("--draft and --version name two things to rehearse", "name one, and the other with --against")
    async with here.pool.acquire() as connection:
        in_force = await store.newest(connection, own.id)
    project = _project(path, own.name)
    in_force_side = rehearsal.live(in_force, journey)
    drafted = project is not None and journey in project.journeys
    if draft is not None:
        sides = [rehearsal.of_file(draft, project, in_force, journey)]
    elif version:
        sides = [rehearsal.of_version(in_force, journey, version)]
    elif project is not None and drafted:
        sides = [rehearsal.of_project(project, in_force, journey)]
    elif in_force_side is not None:
        sides = [in_force_side]
    else:
        raise rehearsal.unknown(journey, in_force)
    if against == "draft":
        if project is None or not drafted:
            show.refuse(f"there is no folder with journeys/{journey}.yaml", "name the project's folder")
        sides.append(rehearsal.of_project(project, in_force, journey))
    elif against.isdigit():
        sides.append(rehearsal.of_version(in_force, journey, int(against)))
    elif against not in (LIVE, "nothing"):
        sides.append(rehearsal.of_file(_file(against), project, in_force, journey))
    if against != "nothing" and in_force_side is not None and in_force_side not in sides:
        sides.append(in_force_side)
    return sides


def _stubs(file: Path, journey: str, sides: list[SideOf]) -> Stubs:
    """Read what the outside world answers, for steps that history holds no answer to."""
    try:
        data, places = read_yaml(file.read_text("utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        show.refuse(f"{file} can't be read: {error}", "name a YAML file with `answers:`")
    problems: list[Problem] = []
    reader = Reader({}, (), problems).at(data=data)
    reader.only(("answers", "failures"), "a file of answers")
    found = [reader.at(key, data=reader.data.get(key, {})).data for key in ("answers", "failures")]
    if problems:
        raise Invalid(places.locate_all(problems))
    stubs = Stubs(dict(found[0]), {str(step): str(why) for step, why in found[1].items()})
    try:
        return typed.check(stubs, journey, [body for _, body, _ in sides])
    except Invalid as wrong:
        raise Invalid(places.locate_all(wrong.problems)) from None


def _file(name: str) -> Path:
    if not Path(name).exists():
        hint = (
            did_you_mean(name, [LIVE, "draft", "nothing"])
            or "name a journey's YAML file, a version, `live` or `nothing`"
        )
        show.refuse(f"there is no file {name}", hint)
    return Path(name)


def _project(path: Path, workspace: str) -> Project | None:
    return of_workspace(read_folder(path), workspace) if (path / SETTINGS).is_file() else None


async def _show(here: Installation, own: Workspace, id: str, to: Path | None, json: bool) -> int:
    async with here.pool.acquire() as connection:
        found = await kept.read(connection, own.id, id)
        if found is None:
            show.refuse(f"there is no backtest `{id}`", "`tidings backtests list` shows them")
    if to is not None and found.result is not None:
        with to.open("wb") as file:
            file.write(csv_lines([HEAD]))
            async for person, called, lives in kept.people(here.pool, _id(id)):
                file.write(csv_lines(rows(found.result["labels"], person, called, lives)))
    if json:
        show.show_json(msgspec.to_builtins(found))
    elif found.result is None:
        show.say(f"{escape(found.id)}: {_state(found)}" + (f": {escape(found.reason)}" if found.reason else ""))
    else:
        tell(found.journey, msgspec.convert(found.result, Result), found.asked.get("documents", []), found.id)
        if to is not None:
            show.say(f"[green]✓[/] written to {escape(str(to))}")
    return show.DONE if found.state in ("done", "running") else show.REFUSED


def _state(found: kept.Backtest) -> str:
    return f"running, {found.done} of {found.parts}" if found.state == "running" else found.state


def _id(text: str) -> bytes:
    found = read_id(text)
    if found is None:
        show.refuse(f"`{text}` is no backtest's id", "`tidings backtests list` shows them")
    return found
