"""The program `tidings`: its commands, and what becomes of their refusals.

Exit codes: 0 done, 1 problems were found or what was asked for was refused, 2 the command was not understood.
"""

import sys
from collections.abc import Sequence
from typing import Final

import asyncpg
from cyclopts import App, CycloptsError
from rich.markup import escape

from tidings import __version__
from tidings.cli import backtest, delivery, events, journey, person, project, rejected, running, source, stories
from tidings.cli.show import DONE, REFUSED, USAGE, Refusal, err, show_problems
from tidings.database.embedded import NotStarted
from tidings.database.migrate import Unfit
from tidings.kernel.problems import Invalid
from tidings.project.apply import Overtaken, Unapproved

HELP: Final = "Customer messaging that follows what people do in your product."

app = App(name="tidings", help=HELP, version=f"tidings {__version__}", help_format="markdown")
for group in (running, project, stories, backtest, journey, person, delivery, events, rejected, source):
    group.register(app)


def main(tokens: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    sys.exit(run(sys.argv[1:] if tokens is None else tokens))


def run(tokens: Sequence[str]) -> int:
    """Run one command; gives the exit code."""
    try:
        code = app(list(tokens), exit_on_error=False, print_error=True, result_action="return_value")
    except CycloptsError:
        return USAGE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our output has seen enough
        sys.stderr.close()
        return DONE
    except Invalid as error:
        show_problems(error.problems)
        return REFUSED
    except Refusal as refusal:
        _say(str(refusal), refusal.hint)
        return REFUSED
    except Unapproved as error:
        _say(str(error), f"`tidings approval show {error.request.id}` shows it")
        return REFUSED
    except (Overtaken, NotStarted, Unfit) as error:
        _say(str(error))
        return REFUSED
    except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, ConnectionError) as error:
        _say(f"the connection to the database was lost: {error}", "`tidings doctor` says more")
        return REFUSED
    return code if isinstance(code, int) else DONE


def _say(message: str, hint: str = "") -> None:
    console = err()
    console.print(f"[red]✗[/] {escape(message)}")
    if hint:
        console.print(f"    [dim]→ {escape(hint)}[/]")
