"""What functions a file of actions offers, read from its text: nothing of it is run to find out."""

import ast
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from tidings.kernel.problems import Invalid, Problem, did_you_mean

HTTP: Final = "http"
"""The parameter that is given the guarded way out, rather than an argument."""
TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
    "None": (type(None),),
}


class Argument(Struct, frozen=True):
    """``types``: names of `TYPES` it may be; none: anything."""

    name: str
    types: tuple[str, ...] = ()
    required: bool = True


class Function(Struct, frozen=True):
    """A function that a step may run. ``http``: it takes the guarded way out."""

    name: str
    arguments: tuple[Argument, ...]
    http: bool = False

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
            if argument.name in given and argument.types:
                value = given[argument.name]
                if not any(_is(value, name) for name in argument.types):
                    return f"{argument.name} is {value!r:.80}, which is no {' or '.join(argument.types)}"
        return ""


def functions(source: str, file: str) -> dict[str, Function]:
    """Read the functions whose names do not begin with ``_``; raises Invalid with line and column."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line, column = getattr(error, "lineno", 1) or 1, getattr(error, "offset", 1) or 1
        message = f"this is no Python: {getattr(error, 'msg', error)}"
        raise Invalid([Problem(message, file=file, line=line, column=column)]) from error
    found, problems = {}, list[Problem]()
    for node in tree.body:
        if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_"):
            message = f"`{node.name}` is an async function; a step waits for plain ones"
            problems.append(Problem(message, "write `def`", file=file, line=node.lineno, column=node.col_offset + 1))
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            found[node.name] = _function(node, file, problems)
    if problems:
        raise Invalid(problems)
    return found


def _function(node: ast.FunctionDef, file: str, problems: list[Problem]) -> Function:
    given = node.args
    if given.vararg or given.kwarg or given.posonlyargs:
        message = f"`{node.name}` takes arguments that have no name of their own"
        problems.append(Problem(message, "name each argument", file=file, line=node.lineno, column=node.col_offset + 1))
    free = len(given.args) - len(given.defaults)
    pairs = [(each, index < free) for index, each in enumerate(given.args)]
    pairs += [(each, default is None) for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    arguments = [
        Argument(each.arg, _types(each, file, problems), required) for each, required in pairs if each.arg != HTTP
    ]
    return Function(node.name, tuple(arguments), any(each.arg == HTTP for each, _ in pairs))


def _types(argument: ast.arg, file: str, problems: list[Problem]) -> tuple[str, ...]:
    """Read ``str | None`` and ``list[str]`` by their outer names; no annotation, or ``Any``, is anything."""
    waiting: list[ast.expr | None] = [argument.annotation]
    found = []
    while waiting:
        match waiting.pop(0):
            case None | ast.Name(id="Any"):
                return ()
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                waiting += [left, right]
            case ast.Subscript(value=value):
                waiting.append(value)
            case ast.Name(id=name) if name in TYPES:
                found.append(name)
            case ast.Constant(value=None):
                found.append("None")
            case other:
                message = f"an argument can't be a `{ast.unparse(other)}`"
                hint = f"it is one of {', '.join(TYPES)}, or several with |"
                place = (argument.lineno, argument.col_offset + 1)
                problems.append(Problem(message, hint, file=file, line=place[0], column=place[1]))
                return ()
    return tuple(found)


def _is(value: Any, name: str) -> bool:
    return isinstance(value, TYPES[name]) and (name == "bool" or not isinstance(value, bool))
