"""What a value may be, as a function's annotations say it: read from their text, and held against values as JSON has them."""

import ast
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from msgspec import Struct

TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
    "None": (type(None),),
}


class One(Struct, frozen=True):
    """One of the things a value may be. ``type``: of `TYPES`; ``each``: what is in a list, or stands under the names of a dict;
    ``fields``: of a dict whose names are known."""

    type: str
    each: tuple["One", ...] = ()
    fields: tuple["Entry", ...] | None = None


Shape: TypeAlias = tuple[One, ...]
"""Several: any of them. None: anything."""
ANYTHING: Final[Shape] = ()
_OF_ALL: Final = ("size", "first", "last")
"""What Liquid reads of any list or dict."""


class Entry(Struct, frozen=True):
    """A name of a dict."""

    name: str
    shape: Shape = ANYTHING
    required: bool = True


class Unreadable(Exception):
    """An annotation that says nothing a value could be held against; ``text``: of it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def read(annotation: ast.expr | None, known: Mapping[str, Shape]) -> Shape:
    """Read ``str | None``, ``list[str]``, ``dict[str, int]``, or the name of one that is ``known``; raises Unreadable."""
    match annotation:
        case None | ast.Name(id="Any"):
            return ANYTHING
        case ast.Constant(value=None):
            return (One("None"),)
        case ast.Name(id=name) if name in known:
            return known[name]
        case ast.Name(id=name) if name in TYPES:
            return (One(name),)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            one, other = read(left, known), read(right, known)
            return one + other if one and other else ANYTHING
        case ast.Subscript(value=ast.Name(id="list"), slice=inner):
            return (One("list", _inner(inner, known)),)
        case ast.Subscript(value=ast.Name(id="dict"), slice=ast.Tuple(elts=[_, inner])):
            return (One("dict", _inner(inner, known)),)
        case other:
            raise Unreadable(ast.unparse(other))


def _inner(annotation: ast.expr, known: Mapping[str, Shape]) -> Shape:
    try:
        return read(annotation, known)
    except Unreadable:
        return ANYTHING


def named(tree: ast.Module) -> dict[str, Shape]:
    """Give the classes of a file that say the names of a dict: those of ``TypedDict``. What of them can't be read is anything."""
    found: dict[str, Shape] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any(_name(base) == "TypedDict" for base in node.bases):
            total = not any(
                word.arg == "total" and isinstance(word.value, ast.Constant) and word.value.value is False
                for word in node.keywords
            )
            found[node.name] = (One("dict", fields=tuple(_fields(node, found, total))),)
        elif isinstance(node, ast.ClassDef) and any(_name(base) in found for base in node.bases):
            inherited = {each.name: each for base in node.bases for each in fields(found.get(_name(base), ()))}
            own = {each.name: each for each in _fields(node, found, True)}
            found[node.name] = (One("dict", fields=tuple((inherited | own).values())),)
    return found


def _fields(node: ast.ClassDef, known: Mapping[str, Shape], total: bool) -> list[Entry]:
    found = []
    for line in node.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            said, required = line.annotation, total
            if isinstance(said, ast.Subscript) and (word := _name(said.value)) in ("NotRequired", "Required"):
                said, required = said.slice, word == "Required"
            found.append(Entry(line.target.id, _inner(said, known), required))
    return found


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def fields(shape: Shape) -> tuple[Entry, ...]:
    """The names under which something can be read of it; none where it is no dict, or one of any names."""
    return tuple(each for one in shape for each in one.fields or ())


def misfit(shape: Shape, value: Any, name: str) -> str:
    """Say what of a value is of another type than that, or "". ``name``: what the value is called."""
    if not shape:
        return ""
    alike = [one for one in shape if _is(value, one.type)]
    if not alike:
        return f"{name} is {value!r:.80}, which is no {' or '.join(dict.fromkeys(one.type for one in shape))}"
    found = ""
    for one in alike:
        found = _within(one, value, name)
        if not found:
            return ""
    return found


def _within(one: One, value: Any, name: str) -> str:
    for entry in one.fields or ():
        if entry.name not in value:
            if entry.required:
                return f"{name} has no `{entry.name}`"
        elif said := misfit(entry.shape, value[entry.name], f"{name}.{entry.name}"):
            return said
    if one.each:
        named = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in named:
            place = f"{name}.{key}" if isinstance(value, dict) else f"{name}[{key}]"
            if said := misfit(one.each, each, place):
                return said
    return ""


def _is(value: Any, name: str) -> bool:
    return isinstance(value, TYPES[name]) and (name == "bool" or not isinstance(value, bool))


def lacks(shape: Shape, path: Iterable[str]) -> tuple[str, list[str]] | None:
    """(the first name of a path that nothing stands under, those that something does), or None where something may stand there."""
    for name in path:
        if not shape or name in _OF_ALL or any(one.type == "list" for one in shape):
            return None
        entries = {entry.name: entry.shape for entry in fields(shape)}
        free = [one for one in shape if one.type == "dict" and one.fields is None]
        if name not in entries and not free:
            return name, list(entries)
        shape = entries.get(name) or next((one.each for one in free), ANYTHING)
    return None
