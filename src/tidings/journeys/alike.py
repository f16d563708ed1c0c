"""A document as every reader of JSON has it, so that what a browser is given comes back the same to the byte.

A browser has one sort of number, exact to 53 bits, in which ``1.0`` is ``1``; and it puts names that are whole numbers before all others.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from tidings.kernel.problems import Problem

EXACT: Final = (1 << 53) - 1
DEEPEST: Final = 64
"""Levels that are looked at; what is nested deeper is refused where it is read."""
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,9}")
_INDICES: Final = (1 << 32) - 1


def alike(data: Any, problems: list[Problem], path: tuple[str | int, ...] = ()) -> Any:
    """Give the data as a browser would give it back; a number that it could not keep is noted."""
    if isinstance(data, float) and data.is_integer():
        data = int(data)
    if isinstance(data, int) and abs(data) > EXACT:
        problems.append(Problem(f"`{data}` is too large to be kept to the digit", 'quotes make it text: "…"', path))
    if len(path) > DEEPEST:
        return data
    if isinstance(data, Mapping):
        if any(isinstance(name, str) and _index(name) is not None for name in data):
            data = dict(sorted(data.items(), key=lambda item: _place(item[0])))
        return {name: alike(value, problems, (*path, name)) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [alike(value, problems, (*path, index)) for index, value in enumerate(data)]
    return data


def _place(name: Any) -> int:
    index = _index(name) if isinstance(name, str) else None
    return _INDICES if index is None else index


def _index(name: str) -> int | None:
    return int(name) if _INDEX.fullmatch(name) and int(name) < _INDICES else None
