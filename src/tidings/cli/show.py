"""What every command says and how: tables for people, JSON for programs, problems on the error stream, exit codes."""

import getpass
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final, NoReturn

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tidings.kernel.actor import Actor
from tidings.kernel.problems import Problem

DONE: Final = 0
REFUSED: Final = 1
"""Problems were found, or what was asked for was refused."""
USAGE: Final = 2
"""The command itself was not understood."""

_WIDE: Final = 240


class Refusal(Exception):
    """What was asked for is refused; the text says why, ``hint`` what would be right."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def out() -> Console:
    """The console for what was asked for; made afresh, so that it follows a redirected standard output, whose lines may be long."""
    console = Console(highlight=False, soft_wrap=True)
    return console if console.is_terminal else Console(highlight=False, soft_wrap=True, width=_WIDE)


def err() -> Console:
    """The console for problems and progress."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Print a line of our own words; square brackets are markup."""
    out().print(text)


def plain(text: str) -> None:
    """Print text that is not ours, as it is."""
    out().print(Text(text))


def show_json(data: Any) -> None:
    """Print data as JSON, one document."""
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False, default=str) + "\n")


def line_json(data: Any) -> None:
    """Print data as one line of JSON."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def refuse(message: str, hint: str = "") -> NoReturn:
    """Give up with a reason."""
    raise Refusal(message, hint)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], empty: str) -> None:
    """Print rows below column names, or what it means that there are none."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold", no_wrap=column != columns[-1])
    for row in rows:
        shown.add_row(*(Text("" if value is None else str(value)) for value in row))
    if shown.row_count:
        out().print(shown)
    else:
        say(f"[dim]{escape(empty)}[/]")


def show_problems(problems: Sequence[Problem]) -> None:
    """Print problems as editors and people read them: place, what, and what would be right."""
    console = err()
    for problem in problems:
        place = problem.file + (f":{problem.line}:{problem.column}" if problem.line else "")
        place = place or ".".join(map(str, problem.path))
        mark = "[yellow]warning[/] " if problem.warning else ""
        console.print((f"[bold]{escape(place)}[/]: " if place else "") + mark + escape(problem.message))
        if problem.hint:
            console.print(f"    [dim]→ {escape(problem.hint)}[/]")


def problem_data(problem: Problem) -> dict[str, Any]:
    """Give a problem as plain data."""
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "path": ".".join(map(str, problem.path)),
        "message": problem.message,
        "hint": problem.hint,
        "warning": problem.warning,
    }


def operator() -> Actor:
    """Who uses the command line: whoever has the installation's database may do what its owner may."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = "somebody"
    return Actor(f"command line ({name})")
