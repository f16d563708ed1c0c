"""What functions a file of actions offers, read from its text: nothing of it is run to find out."""

import ast
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from tidings.actions import shape
from tidings.actions.shape import ANYTHING, TYPES, Shape, Unreadable, misfit
from tidings.kernel.problems import Invalid, Problem, did_you_mean

HTTP: Final = "http"
"""The parameter that is given the guarded way out, rather than an argument."""
WORDS: Final = f"one of {', '.join(TYPES)}, `list[…]`, `dict[str, …]`, a TypedDict of the file, or several with |"


class Argument(Struct, frozen=True):
    """``shape``: what it may be."""

    name: str
    shape: Shape = ANYTHING
    required: bool = True


class Function(Struct, frozen=True):
    """A function that a step may run. ``http``: it takes the guarded way out. ``returns``: what it says it returns; ``vague``: the text of
    that where it says nothing a value can be held against. ``line``: of its file."""

    name: str
    arguments: tuple[Argument, ...]
    http: bool = False
    returns: Shape = ANYTHING
    vague: str = ""
    line: int = 1

    def misuse(self, given: Mapping[str, Any]) -> list[tuple[str, str, str]]:
        """(argument, what is wrong, what would be right) where these names can't be given to it."""
        known = [argument.name for argument in self.arguments]
        wrong = [
            (
                name,
                f"`{self.name}` takes no `{name}`",
                did_you_mean(name, known) or f"it takes: {', '.join(known) or 'nothing'}",
            )
            for name in given
            if name not in known
        ]
        lacking = [each.name for each in self.arguments if each.required and each.name not in given]
        return wrong + [("", f"`{self.name}` needs `{name}`", f"give `with:` a `{name}`") for name in lacking]

    def unfit(self, given: Mapping[str, Any]) -> str:
        """Say which value is of another type than its argument, or ""."""
        for argument in self.arguments:
            if argument.name in given and (said := misfit(argument.shape, given[argument.name], argument.name)):
                return said
        return ""

    def refuses(self, given: Mapping[str, Any]) -> str:
        """Say why it can't be run with these arguments, or ""."""
        return next((what for _, what, _ in self.misuse(given)), "") or self.unfit(given)

    def breaks(self, value: Any) -> str:
        """Say what of a value it returned is of another type than it says it returns, or ""."""
        said = misfit(self.returns, value, "what it returned")
        return f"`{self.name}`: {said}" if said else ""


def place(name: str) -> dict[str, str]:
    """Give file and function of a name as a step says it: ``leads.score``; a name alone is both."""
    file, _, function = name.partition(".")
    return {"file": file, "function": function or file.replace("-", "_")}


def functions(source: str, file: str) -> dict[str, Function]:
    """Read the functions whose names do not begin with ``_``; raises Invalid with line and column."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line, column = getattr(error, "lineno", 1) or 1, getattr(error, "offset", 1) or 1
        message = f"this is no Python: {getattr(error, 'msg', error)}"
        raise Invalid([Problem(message, file=file, line=line, column=column)]) from error
    found, problems, known = {}, list[Problem](), shape.named(tree)
    for node in tree.body:
        if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_"):
            message = f"`{node.name}` is an async function; a step waits for plain ones"
            problems.append(Problem(message, "write `def`", file=file, line=node.lineno, column=node.col_offset + 1))
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            found[node.name] = _function(node, file, problems, known)
    if problems:
        raise Invalid(problems)
    return found


def _function(node: ast.FunctionDef, file: str, problems: list[Problem], known: Mapping[str, Shape]) -> Function:
    given = node.args
    if given.vararg or given.kwarg or given.posonlyargs:
        message = f"`{node.name}` takes arguments that have no name of their own"
        problems.append(Problem(message, "name each argument", file=file, line=node.lineno, column=node.col_offset + 1))
    free = len(given.args) - len(given.defaults)
    pairs = [(each, index < free) for index, each in enumerate(given.args)]
    pairs += [(each, default is None) for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    arguments = [
        Argument(each.arg, _shape(each, file, problems, known), required)
        for each, required in pairs
        if each.arg != HTTP
    ]
    returns, vague = ANYTHING, ""
    try:
        returns = shape.read(node.returns, known)
    except Unreadable as fault:
        vague = fault.text
    return Function(
        node.name, tuple(arguments), any(each.arg == HTTP for each, _ in pairs), returns, vague, node.lineno
    )


def _shape(argument: ast.arg, file: str, problems: list[Problem], known: Mapping[str, Shape]) -> Shape:
    try:
        return shape.read(argument.annotation, known)
    except Unreadable as fault:
        place = (argument.lineno, argument.col_offset + 1)
        message = f"an argument can't be a `{fault.text}`"
        problems.append(Problem(message, f"it is {WORDS}", file=file, line=place[0], column=place[1]))
        return ANYTHING
