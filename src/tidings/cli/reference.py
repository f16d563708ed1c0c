"""The page ``docs/reference/cli.md``, written from the commands themselves."""

import inspect
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from cyclopts import App
from cyclopts.argument import Argument

from tidings.cli.commands import app

HEAD: Final = """# Command line

`tidings COMMAND --help` says what stands here too. Commands find the installation by its [settings](settings.md)
(`TIDINGS_DATABASE_URL`, or `TIDINGS_DATA`, the data folder), and the workspace by `--workspace`, by the `tidings.toml` of the current
folder, or because there is only one.

- **Exit codes**: 0 done; 1 problems were found, or what was asked for was refused; 2 the command was not understood.
- **`--json`** prints one JSON document on standard output (`events tail --follow`: one a line). Problems go to standard error.
- **`--yes`** answers what would be asked. Where nobody sits at a terminal, a command that would ask refuses instead.
- A fault in a file is printed as `file:line:column: what is wrong`, and below it what would be right.
"""


def reference() -> str:
    """Print the page."""
    commands = [(path, command) for path, command in _commands(app, ("tidings",))]
    parts = [HEAD]
    for group, inside in groupby(commands, key=lambda found: _group(found[0])):
        parts.append(f"## {group}\n")
        parts += [_command(" ".join(path), command) for path, command in inside]
    return "\n".join(parts)


def commands() -> list[str]:
    """Give every command, as it is written after `tidings`."""
    return [" ".join(path[1:]) for path, _ in _commands(app, ("tidings",))]


def _commands(parent: App, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], App]]:
    for name in parent:
        command = parent[name]
        if command.default_command is not None and not name.startswith("-"):
            yield (*path, name), command
        elif not name.startswith("-"):
            yield from _commands(command, (*path, name))


def _group(path: tuple[str, ...]) -> str:
    return str(app[path[1]].group[0])  # type: ignore[index]  # every command is added with one


def _command(name: str, command: App) -> str:
    arguments = list(command.assemble_argument_collection())
    places = [argument for argument in arguments if argument.field_info.kind.name == "POSITIONAL_OR_KEYWORD"]
    usage = [name, *(_word(place) if place.required else f"[{_word(place)}]" for place in places)]
    usage += ["[OPTIONS]"] if len(places) < len(arguments) else []
    lines = [f"### {name}\n", f"```console\n{' '.join(usage)}\n```\n", f"{inspect.getdoc(command.default_command)}\n"]
    if arguments:
        lines.append("| | |\n| --- | --- |")
        lines += [f"| `{_shown(argument, argument in places)}` | {_says(argument)} |" for argument in arguments]
        lines.append("")
    return "\n".join(lines)


def _word(argument: Argument) -> str:
    return argument.names[0].lstrip("-").upper()


def _shown(argument: Argument, place: bool) -> str:
    if place:
        return _word(argument)
    name = argument.names[0]
    return name if argument.field_info.default is False else f"{name} {name.lstrip('-').upper()}"


def _says(argument: Argument) -> str:
    default = argument.field_info.default
    choices = argument.get_choices()
    said = (argument.parameter.help or "").replace("|", "\\|")
    if choices:
        said += f" One of {', '.join(f'`{choice}`' for choice in choices)}."
    if default not in (None, False, inspect.Parameter.empty):
        said += f" Without it: `{default}`."
    return said
