"""A value of the document that may hold Liquid: ``{{ event.total | times: 2 }}`` stands for a number, not for its text.

What a step works out must come out the same whenever it is worked out again: nothing in it draws at random, and its limits count turns
of loops and characters rather than seconds.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from math import inf, isfinite
from typing import Any, ClassVar, Final

from msgspec import Struct

from tidings.content.liquid import RenderError, Script, State, parse
from tidings.content.liquid.limits import Meter
from tidings.journeys.reading import Reader
from tidings.kernel.problems import Invalid, Problem
from tidings.kernel.storable import storable

ROOTS: Final = ("customer", "event", "trigger", "event_timestamp", "journey", "company", "objects")
"""What a step may read."""
_LIQUID: Final = re.compile(r"\{\{|\{%")
_CHANCE: Final = re.compile(r"\{%-?\s*(random|generate_uuid)\b|\|\s*(random)\b")
DEEPEST: Final = 10
"""Lists and mappings within each other."""


class Unworkable(Exception):
    """A value could not be worked out; the text says why."""


class Value(Struct, frozen=True, dict=True):
    """``plain``: as it stands in the document, any JSON; ``reads``: first names its Liquid may read. Equal where the documents are."""

    reads: ClassVar[tuple[str, ...]] = ROOTS
    plain: Any

    @cached_property
    def parts(self) -> tuple[tuple[str, "Value"], ...]:
        """The values by name, where it is a mapping."""
        return tuple((name, Value(value)) for name, value in self.plain.items())

    @cached_property
    def scripts(self) -> Mapping[str, Script]:
        """The Liquid in it, by its text."""
        return {text: parse(text, html=False, roots=self.reads) for text in _texts(self.plain)}

    @cached_property
    def roots(self) -> frozenset[str]:
        """First names of what it reads: ``customer``, ``event``, …"""
        found = {path for script in self.scripts.values() for path in script.variables}
        return frozenset(re.split(r"[.\[]", path, maxsplit=1)[0] for path in found)

    def work_out(self, given: Mapping[str, Any], now: int) -> Any:
        """Give the value with its Liquid worked out; raises `Unworkable`. ``now``: microseconds, for what names the time."""
        return self._worked(self.plain, given, now)

    def _worked(self, plain: Any, given: Mapping[str, Any], now: int) -> Any:
        if isinstance(plain, str):
            script = self.scripts.get(plain)
            return plain if script is None else _run(script, given, now)
        if isinstance(plain, Mapping):
            return {name: self._worked(value, given, now) for name, value in plain.items()}
        if isinstance(plain, list | tuple):
            return [self._worked(value, given, now) for value in plain]
        return plain


def worked_out(value: Value, work_out: Callable[[Value], Any]) -> tuple[dict[str, Any], list[str]]:
    """Work out what stands in a mapping, each for itself; what can't be is left out, and said."""
    found, lacking = {}, []
    for name, each in value.parts:
        try:
            found[name] = work_out(each)
        except Unworkable as fault:
            lacking.append(f"{name}: {fault}")
    return found, lacking


def read_value(reader: Reader, *path: str | int) -> Value:
    """Read what stands at ``path``; Liquid that can't be used is noted, and what it stands in is empty."""
    plain: Any = reader.data
    faults = len(reader.problems)
    for key in path:
        plain = plain[key]
    plain = _copied(plain)
    _check(plain, reader, path, 0)
    return Value(plain if len(reader.problems) == faults else type(plain)())


def _copied(plain: Any) -> Any:
    if isinstance(plain, Mapping):
        return {str(name): _copied(value) for name, value in plain.items()}
    return [_copied(value) for value in plain] if isinstance(plain, list | tuple) else plain


def _check(plain: Any, reader: Reader, path: tuple[str | int, ...], depth: int) -> None:
    if depth > DEEPEST:
        reader.problem(f"this is nested deeper than {DEEPEST} levels", "", *path)
    elif isinstance(plain, str) and _LIQUID.search(plain):
        if chance := _CHANCE.search(plain):
            word = chance[1] or chance[2]
            hint = "use a `split`, which draws the same for the same person"
            reader.problem(f"`{word}` draws at random, which a step can't repeat", hint, *path)
            return
        try:
            parse(plain, html=False, roots=ROOTS)
        except Invalid as error:
            where = (*reader.path, *path)
            reader.problems += [Problem(each.message, each.hint, where) for each in error.problems]
    elif isinstance(plain, Mapping):
        for name, value in plain.items():
            _check(value, reader, (*path, name), depth + 1)
    elif isinstance(plain, list):
        for index, value in enumerate(plain):
            _check(value, reader, (*path, index), depth + 1)


def _texts(plain: Any) -> Iterator[str]:
    if isinstance(plain, str):
        if _LIQUID.search(plain):
            yield plain
    elif isinstance(plain, Mapping):
        for value in plain.values():
            yield from _texts(value)
    elif isinstance(plain, list | tuple):
        for value in plain:
            yield from _texts(value)


class _Counted(Meter):
    """Spends turns and characters as every rendering does, and no time: the same text comes to the same end on any machine."""

    __slots__ = ()

    def __init__(self) -> None:
        self.deadline = inf
        self.iterations = self.written = 0


def _run(script: Script, given: Mapping[str, Any], now: int) -> Any:
    state = State(now, _Counted())
    try:
        return _plain(script.value(given, state)) if script.is_value else storable(script.render(given, state))
    except RenderError as error:
        raise Unworkable(error.message) from error


def _plain(value: Any) -> Any:
    """Give a value as JSON has it; raises `Unworkable` for what JSON has no form for."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and isfinite(value):
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | range):
        return [_plain(each) for each in value]
    raise Unworkable(f"{value!r} is no value that can be kept")
