"""Filters that compute. Whole numbers stay whole; halves round away from zero; what is no number counts as zero."""

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

Number = int | float


def number(value: Any) -> Number:
    """Read a number; 0 for what is none."""
    if isinstance(value, bool):
        return 0
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, str) and len(value) < 400 and "_" not in value:
        try:
            return int(value)
        except ValueError:
            try:
                read = float(value)
            except ValueError:
                return 0
            return read if math.isfinite(read) else 0
    return 0


def whole(value: Any) -> int:
    """Read a whole number; raises ValueError for what is none."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and len(value) < 20:
        return int(value)
    raise ValueError("a whole number belongs here")


def _exact(left: Number, right: Number) -> tuple[Decimal, Decimal]:
    return Decimal(str(left)), Decimal(str(right))


def _both_whole(left: Number, right: Number) -> bool:
    return isinstance(left, int) and isinstance(right, int)


def abs_(value: Any) -> Number:
    return abs(number(value))


def at_least(value: Any, least: Any) -> Number:
    return max(number(value), number(least))


def at_most(value: Any, most: Any) -> Number:
    return min(number(value), number(most))


def ceil(value: Any) -> int:
    return math.ceil(number(value))


def floor(value: Any) -> int:
    return math.floor(number(value))


def round_(value: Any, digits: Any = 0) -> Number:
    given, places = number(value), max(0, min(whole(digits or 0), 15))
    if isinstance(given, int):
        return given
    rounded = Decimal(str(given)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return float(rounded) if places else int(rounded)


def plus(value: Any, other: Any) -> Number:
    left, right = number(value), number(other)
    if _both_whole(left, right):
        return left + right
    a, b = _exact(left, right)
    return float(a + b)


def minus(value: Any, other: Any) -> Number:
    return plus(value, -number(other))


def times(value: Any, other: Any) -> Number:
    left, right = number(value), number(other)
    if _both_whole(left, right):
        return left * right
    a, b = _exact(left, right)
    return float(a * b)


def divided_by(value: Any, other: Any) -> Number:
    """Two whole numbers give a whole number, rounded down; write ``3.0`` for a fraction."""
    left, right = number(value), number(other)
    if right == 0:
        raise ValueError("can't divide by 0")
    return left // right if _both_whole(left, right) else left / right


def modulo(value: Any, other: Any) -> Number:
    left, right = number(value), number(other)
    if right == 0:
        raise ValueError("can't divide by 0")
    if _both_whole(left, right):
        return left % right
    a, b = _exact(left, right)
    return float(((a % b) + b) % b)


FILTERS: Final = {
    "abs": abs_,
    "at_least": at_least,
    "at_most": at_most,
    "ceil": ceil,
    "divided_by": divided_by,
    "floor": floor,
    "minus": minus,
    "modulo": modulo,
    "plus": plus,
    "round": round_,
    "times": times,
}
