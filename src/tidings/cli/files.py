"""``init``, ``check``, ``fmt``, ``schema``: a project's files by themselves."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter
from rich.markup import escape

from tidings.cli import show
from tidings.cli.asking import HERE, AsJson, Folder, WorkspaceName
from tidings.cli.installation import catalog_of, foreign_in, installation
from tidings.kernel.problems import Problem
from tidings.people.catalog import Seen
from tidings.project import editors, stories
from tidings.project.check import check as check_project
from tidings.project.fmt import fmt as canonical_form
from tidings.project.folder import Project, read_readable
from tidings.project.overlay import of_workspace


def init(
    path: Folder = HERE,
    *,
    workspace: Annotated[str, Parameter(help="The name of its workspace.")] = "production",
    json: AsJson = False,
) -> int:
    """Make a new project folder: a journey of one mail, to begin with. Files that are there stay as they are."""
    made = [file for file in STARTER if not (path / file).exists()]
    for file in made:
        target = path / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(STARTER[file].replace("WORKSPACE", workspace), encoding="utf-8")
    if json:
        show.show_json({"folder": str(path), "made": made})
        return show.DONE
    for file in STARTER:
        show.say(f"[green]+[/] {file}" if file in made else f"[dim]· {file} is there already[/]")
    where = "" if path == HERE else f" {escape(str(path))}"
    show.say(
        f"\nNext: look at journeys/hello.yaml, then run [bold]tidings plan{where}[/] and [bold]tidings apply{where}[/]"
    )
    return show.DONE


async def check(
    path: Folder = HERE,
    *,
    seen: Annotated[
        bool, Parameter(negative="", help="Warn also of what the workspace never saw, and of secrets not its own.")
    ] = False,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Check a project and its tests: every fault with file, line and column. Without `--seen` it speaks to no installation."""
    project = read_readable(path)
    catalog: Sequence[Seen] | None = None
    secrets: list[Problem] = []
    if seen and (name := workspace or project.settings.get("workspace")):
        async with installation() as here:
            catalog = await catalog_of(here, str(name))
            secrets = await foreign_in(here, of_workspace(project, str(name)), str(name))
    problems = [*check_project(project, catalog), *secrets, *stories.check(path, project)]
    if json:
        show.show_json([show.problem_data(problem) for problem in problems])
    else:
        show.show_problems(problems)
        if not problems:
            show.say("[green]✓[/] no problems")
    return show.REFUSED if _stops(problems) else show.DONE


def fmt(
    path: Folder = HERE,
    *,
    check: Annotated[bool, Parameter(negative="", help="Write nothing; exit 1 where a file is not canonical.")] = False,
    json: AsJson = False,
) -> int:
    """Put a project's files into their canonical form. Comments become notes, which the canvas shows too."""
    done = canonical_form(path)
    for file, text in done.changed.items() if not check else ():
        (path / file).write_text(text, encoding="utf-8")
    if json:
        faults = [show.problem_data(problem) for problem in done.problems]
        show.show_json({"changed": list(done.changed), "same": done.same, "problems": faults})
    else:
        for file in done.changed:
            show.say(f"[yellow]~[/] {escape(file)}")
        show.show_problems(done.problems)
        count, would = len(done.changed), "would be " if check else ""
        show.say(f"{count} {would}written, {done.same} canonical already")
    return show.REFUSED if done.problems or (check and done.changed) else show.DONE


def schema(path: Folder = HERE, *, json: AsJson = False) -> int:
    """Write the schemas by which editors complete and check project files, and point VS Code to them."""
    written = editors.write(path)
    if json:
        show.show_json({"written": written})
    else:
        for file in written:
            show.say(f"[green]+[/] {escape(file)}")
        show.say("editors that speak yaml-language-server complete journeys, segments, events and tests now")
    return show.DONE


def checked(path: Path) -> Project:
    """Read a project that has no faults; prints and refuses those it has."""
    return faultless(read_readable(path))


def faultless(project: Project) -> Project:
    """Give a project back that has no faults; prints and refuses those it has."""
    problems = check_project(project)
    show.show_problems(problems)
    if count := sum(not problem.warning for problem in problems):
        show.refuse(f"{count} problem{'s' * (count != 1)}; nothing was changed")
    return project


def workspace_named(project: Project, name: str | None) -> str:
    """The workspace the project is for."""
    return name or str(project.settings["workspace"])


def _stops(problems: list[Problem]) -> bool:
    return any(not problem.warning for problem in problems)


STARTER: Final = {
    "tidings.toml": """\
workspace = "WORKSPACE"
timezone = "UTC"
sender = "team"

[senders.team]
email = "hello@example.com"
name = "Example"

[channels.email]
provider = "mailbox"
""",
    "journeys/hello.yaml": """\
journey: hello
name: Say hello
trigger:
  event: Signed Up
audience: email is present
steps:
  - id: hello
    send: hello
""",
    "templates/hello.md": """\
---
channel: email
subject: 'Hello {{ customer.first_name | default: "there" }}'
---
Hello {{ customer.first_name | default: "there" }},

nice to have you here.

[Unsubscribe]({% unsubscribe_url %})
""",
}
"""The files of a new project."""
