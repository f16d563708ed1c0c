"""Where each value of a document stands in its file, so that a fault found later can point at it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tidings.kernel.problems import Problem

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Place:
    """Line and column, counted from 1. ``text``: where the value's own text begins, (line, column, lines are kept)."""

    line: int
    column: int
    text: tuple[int, int, bool] | None = None


@dataclass
class Positions:
    """The places of one file. ``values`` by path; ``keys``: where the name of a mapping's entry stands."""

    file: str
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def locate(self, problem: Problem) -> Problem:
        """Give the problem its file, line and column; a line and column it has already are within the text of the value."""
        place = self._nearest(problem.path)
        if problem.line and place.text is not None:
            line, column, kept = place.text
            if kept:
                return replace(
                    problem, file=self.file, line=line + problem.line - 1, column=column + problem.column - 1
                )
            if problem.line == 1:
                return replace(problem, file=self.file, line=line, column=column + problem.column - 1)
        return replace(problem, file=self.file, line=place.line, column=place.column)

    def locate_all(self, problems: Iterable[Problem]) -> list[Problem]:
        """Locate each, in the order of the file."""
        return sorted(map(self.locate, problems), key=lambda problem: (problem.line, problem.column))

    def _nearest(self, path: Path) -> Place:
        while path:
            place = self.values.get(path)
            name = self.keys.get(path)
            if place is not None and name is not None and place.line > name.line:
                return name  # a mapping or list below its name
            if place is not None:
                return place
            path = path[:-1]
        return self.values.get((), Place(1, 1))
