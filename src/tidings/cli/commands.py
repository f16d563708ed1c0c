"""Every command, and the function that does it. Only what is called is loaded: all of them together cost a second.

A function stands as `module:name`; where the command is called otherwise, as `command=module:name`.
"""

import ast
from functools import cache
from pathlib import Path
from typing import Final

from cyclopts import App

from tidings import __version__

HELP: Final = "Customer messaging that follows what people do in your product."

app = App(name="tidings", help=HELP, version=f"tidings {__version__}", help_format="markdown")


def _add(to: App, functions: str, group: str | None = None) -> None:
    for each in functions.split():
        command, _, place = each.rpartition("=")
        module, _, function = place.partition(":")
        name = command or function.replace("_", "-")
        to.command(f"tidings.cli.{place}", name=name, group=group, help=_docstrings(module)[function])


@cache
def _docstrings(module: str) -> dict[str, str]:
    """What the functions of a module say of themselves, for the list of commands; read from its text, since that loads nothing."""
    tree = ast.parse((Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8"))
    functions = (each for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
    return {each.name: ast.get_docstring(each) or "" for each in functions}


def _below(word: str, help: str, functions: str, group: str) -> None:
    """Add commands below a word of their own."""
    own = App(name=word, help=help, group=group)
    _add(own, functions)
    app.command(own)


_add(app, "running:up running:api running:worker running:deliver running:migrate running:doctor", "Running")
_add(app, "files:init files:check files:fmt files:schema project:plan project:apply project:pull", "Projects")
_add(app, "test=stories:play backtest:simulate backtest:backtest", "Projects")
_below(
    "backtests",
    "Backtests that were run: list, show, cancel, remove.",
    "list=backtest:show_all show=backtest:show_one backtest:cancel backtest:remove",
    "Projects",
)
_below(
    "approval",
    "List, look at, approve and decline what waits for approval.",
    "list=approval:show_all show=approval:look approval:give approval:decline",
    "Projects",
)
_below(
    "journey",
    "List, publish, pause, resume, close and stop journeys; retry what failed.",
    "list=journey:show_all numbers=journey:show_numbers journey:publish journey:take_in journey:ramp journey:shadow "
    "journey:shadowed journey:pause journey:resume journey:close journey:stop journey:parked journey:retry "
    "versions=flight:show_versions flight:diff flight:rollback flight:people progress=flight:show_progress",
    "Journeys and people",
)
_below(
    "person",
    "Show a person, say why, undo a merge, forget somebody.",
    "show=person:show_one person:why person:unmerge person:delete",
    "Journeys and people",
)
_below(
    "delivery",
    "Tell a message's story; send again what did not arrive.",
    "show=delivery:show_one delivery:retry",
    "Journeys and people",
)
_below(
    "events", "Watch what comes in, and list what was seen.", "events:tail list=events:show_all", "Journeys and people"
)
_below(
    "rejected",
    "List and replay records that could not be applied.",
    "list=rejected:show_all rejected:replay",
    "Journeys and people",
)
_add(app, "rejected:replay", "Journeys and people")
_below("account", "Let somebody in who forgot their password.", "reset=account:make_link", "Keys")
_below(
    "source",
    "List, create and remove the sources that may send events.",
    "list=source:show_all source:create source:remove",
    "Keys",
)
