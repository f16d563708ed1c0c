"""The program `tidings`: its commands, and what becomes of their refusals.

Exit codes: 0 done, 1 problems were found or what was asked for was refused, 2 the command was not understood.
"""

import sys
from collections.abc import Sequence

from cyclopts import CycloptsError
from rich.markup import escape

from tidings.cli.commands import app
from tidings.cli.show import DONE, REFUSED, USAGE, Refusal, err, show_problems
from tidings.kernel.problems import Invalid


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
    except Exception as error:
        if (said := _refused(error)) is None:
            raise
        _say(*said)
        return REFUSED
    return code if isinstance(code, int) else DONE


def _refused(error: Exception) -> tuple[str, str] | None:
    """What to say where a command was refused, and what would help; None: it has a fault. What raises these is loaded only now."""
    import asyncpg

    from tidings.database.embedded import NotStarted
    from tidings.database.version import Unfit
    from tidings.project.apply import Overtaken, Unapproved

    match error:
        case Unapproved():
            return str(error), f"`tidings approval show {error.request.id}` shows it"
        case Overtaken() | NotStarted() | Unfit():
            return str(error), ""
        case asyncpg.PostgresConnectionError() | asyncpg.InterfaceError() | ConnectionError():
            return f"the connection to the database was lost: {error}", "`tidings doctor` says more"
    return None


def _say(message: str, hint: str = "") -> None:
    console = err()
    console.print(f"[red]✗[/] {escape(message)}")
    if hint:
        console.print(f"    [dim]→ {escape(hint)}[/]")
