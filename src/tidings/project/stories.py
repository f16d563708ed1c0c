"""The journey tests of a project: its ``tests/*.yaml``, read, and played on what the project would put in force."""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from tidings.kernel.problems import Invalid, Problem
from tidings.project.body import make_body
from tidings.project.folder import Project
from tidings.project.positions import Positions
from tidings.project.read_yaml import read_yaml
from tidings.simulate.named import Names, misspelt, steps_of
from tidings.simulate.play import Played, play
from tidings.simulate.story import Story
from tidings.simulate.story import readable as read_stories
from tidings.simulate.typed import misfits

FOLDER = "tests"


class Test(Struct, frozen=True):
    """One story and where it stands. ``file``: within the project; ``line`` counted from 1."""

    __test__ = False  # not one of pytest's

    file: str
    line: int
    story: Story
    places: Positions

    def line_of(self, path: tuple[str | int, ...]) -> int:
        """Give the line of an entry of the story."""
        return self.places.locate(Problem("", path=path)).line if path else self.line


def files(folder: Path) -> Iterator[Path]:
    """Give the project's test files, in the order of their names."""
    tests = folder / FOLDER
    for path in sorted(tests.rglob("*.yaml")) if tests.is_dir() else ():
        if not path.name.startswith("."):
            yield path


def read(path: Path, folder: Path) -> list[Test]:
    """Read one file. Raises Invalid with file, line and column of every fault."""
    tests, problems = readable(path, folder)
    if problems:
        raise Invalid(problems)
    return tests


def readable(path: Path, folder: Path) -> tuple[list[Test], list[Problem]]:
    """Read what can be read of one file, and say every fault with file, line and column."""
    file = path.relative_to(folder).as_posix()
    try:
        data, places = read_yaml(path.read_text("utf-8"), file)
    except (OSError, UnicodeDecodeError) as error:
        return [], [Problem(f"it can't be read: {error}", file=file)]
    except Invalid as error:
        return [], error.problems
    found, problems = read_stories(data)
    tests = [Test(file, places.locate(Problem("", path=(*story.path, "test"))).line, story, places) for story in found]
    return tests, list(places.locate_all(problems))


def check(folder: Path, project: Project) -> list[Problem]:
    """Give every fault of the project's tests: of reading, names of what the project does not have, and answers that no function gives."""
    topics = project.settings.get("topics") or {} if ("settings", "") not in project.unread else None
    steps = {id: steps_of(document) for id, document in project.journeys.items()}
    names = Names(steps, project.templates, project.segments, topics)
    body = {
        "journeys": {id: {"document": document} for id, document in project.journeys.items()},
        "actions": {name: source.text for name, source in project.actions.items()},
    }
    problems = [
        Problem("a test is no `.yml` file", "its file ends with .yaml", file=path.relative_to(folder).as_posix())
        for path in sorted((folder / FOLDER).rglob("*.yml"))
    ]
    for path in files(folder):
        tests, faults = readable(path, folder)
        problems += faults
        for test in tests:
            problems += test.places.locate_all(problem for _, problem in misspelt(test.story, names))
            problems += test.places.locate_all(
                Problem(wrong, path=(*test.story.path, "answers", step))
                for step, wrong in misfits(test.story.answers, [body])
            )
    return sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column))


class Stage:
    """A project ready to be rehearsed: what it would put in force, made once."""

    def __init__(self, project: Project) -> None:
        self.body = make_body(project, {})

    def play(self, story: Story) -> Played:
        """Play one story."""
        return play(self.body, story)


def lines(test: Test, played: Played) -> list[str]:
    """Say what did not come out, in words: each fault with its line, then what happened, and why."""
    told = [f"{test.file}:{test.line_of(fault.path)} {_about(fault.who)}{fault.text}" for fault in played.faults]
    for who, happened in played.trace.items():
        told += ["", f"what happened to {who}:", *(f"  {line}" for line in happened)]
    for (who, journey), reasons in played.reasons.items():
        told += ["", f"{who} and {journey}, in the end:", *(f"  {reason}" for reason in reasons)]
    return told


def _about(who: str) -> str:
    return f"{who}, " if who else ""
