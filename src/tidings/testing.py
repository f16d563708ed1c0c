"""Journey tests in pytest: collects ``tests/*.yaml`` of every project folder, and plays stories for tests written in Python.

Loaded by pytest itself (entry point ``pytest11``). Docs: reference/journey-tests.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # every run of pytest loads this module: what reads projects is imported where there is one
    from tidings.project.folder import Project
    from tidings.project.stories import Stage, Test

__all__ = ["play", "pytest_collect_file", "read_project"]


def read_project(folder: str | Path) -> Project:
    """Read a project folder. Raises Invalid with every fault."""
    from tidings.kernel.problems import Invalid
    from tidings.project.check import check
    from tidings.project.folder import read_readable

    project = read_readable(Path(folder))
    problems = [problem for problem in check(project) if not problem.warning]
    if problems:
        raise Invalid(problems)
    return project


def play(project: Project, story: Mapping[str, Any]) -> None:
    """Play a story, written as in a file. Raises AssertionError with what did not come out; Invalid where the story can't be read."""
    __tracebackhide__ = True
    from tidings.project.positions import Positions
    from tidings.project.stories import Stage, Test, lines
    from tidings.simulate.story import stories

    stage = Stage(project)
    for each in stories(story):
        played = stage.play(each)
        if played.faults:
            told = "\n".join(lines(Test("story", 1, each, Positions("story")), played))
            raise AssertionError(f"{each.test}\n{told}")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a journey test's file: a YAML file in a `tests` folder beside a `tidings.toml`."""
    if file_path.suffix != ".yaml" or _project_of(file_path) is None:
        return None
    return StoryFile.from_parent(parent, path=file_path)


def _project_of(path: Path) -> Path | None:
    for folder in path.parents:
        if folder.name == "tests":
            return folder.parent if (folder.parent / "tidings.toml").is_file() else None
    return None


@lru_cache(4)
def _stage(folder: Path) -> Stage:
    from tidings.project.stories import Stage

    return Stage(read_project(folder))


class StoryFile(pytest.File):
    """A file of stories."""

    def collect(self) -> Iterable[StoryItem]:
        """Read them; a fault of the file or of the project is a fault of collecting."""
        from tidings.kernel.problems import Invalid
        from tidings.project.stories import read

        folder = _project_of(self.path)
        assert folder is not None
        try:
            stage = _stage(folder)
            tests = read(self.path, folder)
        except Invalid as invalid:
            raise self.CollectError(str(invalid)) from None
        for test in tests:
            yield StoryItem.from_parent(self, name=test.story.test, test=test, stage=stage)


class StoryItem(pytest.Item):
    """One story."""

    def __init__(self, *, test: Test, stage: Stage, **rest: Any) -> None:
        super().__init__(**rest)
        self.test, self.stage = test, stage

    def runtest(self) -> None:
        """Play it."""
        from tidings.project.stories import lines

        played = self.stage.play(self.test.story)
        if played.faults:
            raise _Failed("\n".join(lines(self.test, played)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: Any) -> Any:
        """Say what did not come out, without Python's stack."""
        if isinstance(excinfo.value, _Failed):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where it stands."""
        return self.path, self.test.line - 1, self.name


class _Failed(Exception):
    """A story that did not come out."""
