"""Comparing values in conditions, the same in both ways of rendering.

Where the known Liquid engines differ, or raise an error in the middle of a send, this is what holds: nil and false are
blank; text that is a number compares as that number with a number, by size only (``==`` never mixes the two);
what can't be compared is false, never an error.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from liquid.builtin.expressions.primitive import Blank, Empty
from liquid.undefined import Undefined

from tidings.content.liquid.values import text


def truthy(value: Any) -> bool:
    """Only false, nil and what is missing are false."""
    return not (value is None or value is False or isinstance(value, Undefined))


def equal(left: Any, right: Any) -> bool:
    """``==``"""
    if isinstance(left, Undefined):
        left = None
    if isinstance(right, Undefined):
        right = None
    if isinstance(right, (Blank, Empty)):
        left, right = right, left
    if isinstance(left, Blank):
        return isinstance(right, Blank) or right is None or right is False or _blank(right)
    if isinstance(left, Empty):
        return isinstance(right, Empty) or (isinstance(right, (str, list, tuple, range, Mapping)) and not len(right))
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def _blank(value: Any) -> bool:
    return not value.strip() if isinstance(value, str) else isinstance(value, (list, tuple, Mapping)) and not len(value)


def less(left: Any, right: Any) -> bool:
    """``<``"""
    pair = _ordered(left, right)
    return pair is not None and bool(pair[0] < pair[1])


def at_most(left: Any, right: Any) -> bool:
    """``<=``"""
    pair = _ordered(left, right)
    return pair is not None and bool(pair[0] <= pair[1])


def _ordered(left: Any, right: Any) -> tuple[Any, Any] | None:
    if isinstance(left, str) and isinstance(right, str):
        return left, right
    a, b = _number(left), _number(right)
    return None if a is None or b is None else (a, b)


def _number(value: Any) -> Any:
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and len(value) < 40 and "_" not in value:
        try:
            return int(value)
        except ValueError:
            try:
                return float(value)
            except ValueError:
                return None
    return None


def contains(left: Any, right: Any) -> bool:
    """``contains``: a text in a text, an item in a list, a key in a mapping."""
    if not truthy(left) or not truthy(right):
        return False
    if isinstance(left, str):
        return text(right) in left
    if isinstance(left, Mapping):
        return isinstance(right, str) and right in left
    if isinstance(left, range):  # it may be longer than anybody can wait
        number = int(right) if isinstance(right, float) and right.is_integer() else right
        return isinstance(number, int) and not isinstance(number, bool) and number in left
    return isinstance(left, Collection) and any(equal(entry, right) for entry in left)
