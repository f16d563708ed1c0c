"""How an attribute's value compares with a rule's: numbers, numeric texts, times, texts, lists.

Theory. A rule's value is a number, a text or true/false. An attribute's value is any JSON. They compare

- as numbers, where one is a number and the other a number or a numeric text;
- as times, where one is an ISO 8601 text and the other one too, or unix seconds;
- as texts, otherwise, where both are texts: by code points, upper and lower case apart.

Two texts are *equal* only as texts or as times: "01" is not "1". For more and less, two numeric texts are numbers. True and
false equal only themselves and have no order; NaN and the infinities are no numbers; a list or an object equals nothing.
What cannot be compared makes every comparison false, but ``!=``, which is always the opposite of ``=``.
"""

import operator
import re
from collections.abc import Callable
from math import isfinite
from typing import Any, Final, TypeAlias

from tidings.kernel.times import EARLIEST, LATEST, SECOND, parse_iso
from tidings.rules.tree import Order, Value

Test: TypeAlias = Callable[[Any], bool]

_NUMERIC: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DIGITS: Final = 64
_ORDERS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def comparing(sign: Order, value: Value) -> Test:
    """Give the test of an attribute's value (None where it is missing) against a rule's."""
    if sign == "=":
        return equal_to(value)
    if sign == "!=":
        equal = equal_to(value)
        return lambda seen: not equal(seen)
    return _ordered(_ORDERS[sign], value)


def equal_to(value: Value) -> Test:
    """Give the test of ``= value``."""
    if isinstance(value, bool):
        return lambda seen: seen is value
    if isinstance(value, str):
        return _equal_to_text(value)
    return _equal_to_number(value)


def _equal_to_text(text: str) -> Test:
    wanted, instant = number_in(text), parse_iso(text)
    if wanted is None and instant is None:
        return lambda seen: seen == text and type(seen) is str

    def equal(seen: Any) -> bool:
        if type(seen) is str:
            return seen == text or (instant is not None and instant_in(seen) == instant)
        number = number_of(seen)
        if number is None:
            return False
        return number == wanted if wanted is not None else instant_of(number) == instant

    return equal


def _equal_to_number(wanted: int | float) -> Test:
    instant = instant_of(wanted)

    def equal(seen: Any) -> bool:
        if type(seen) is str:
            number = number_in(seen)
            return number == wanted if number is not None else instant is not None and parse_iso(seen) == instant
        return type(seen) in _NUMBERS and seen == wanted

    return equal


_NUMBERS: Final = frozenset((int, float))


def _ordered(order: Callable[[Any, Any], bool], value: Value) -> Test:
    """Give the test of more or less: the closure compares like with like."""
    text = value if isinstance(value, str) else None
    number = number_in(value) if isinstance(value, str) else value
    instant = parse_iso(value) if isinstance(value, str) and number is None else instant_of(number)

    def holds(seen: Any) -> bool:
        if type(seen) is str:
            own = number_in(seen)
            if number is not None:
                if own is not None:
                    return order(own, number)
                moment = parse_iso(seen)
                if moment is not None and instant is not None:
                    return order(moment, instant)
            elif instant is not None:
                moment = instant_of(own) if own is not None else parse_iso(seen)
                if moment is not None:
                    return order(moment, instant)
            return text is not None and order(seen, text)
        own = number_of(seen)
        if own is None:
            return False
        if number is not None:
            return order(own, number)
        moment = instant_of(own)
        return moment is not None and instant is not None and order(moment, instant)

    return holds


def one_of(values: tuple[Value, ...]) -> Test:
    """Give the test of ``in (…)``: equal to one of them."""
    plain = frozenset(value for value in values if isinstance(value, str))
    slow = [
        equal_to(value)
        for value in values
        if not isinstance(value, str) or number_in(value) is not None or parse_iso(value)
    ]

    def holds(seen: Any) -> bool:
        if type(seen) is str and seen in plain:
            return True
        return any(test(seen) for test in slow)

    return holds


def containing(value: Value) -> Test:
    """Give the test of ``contains``: a list has an equal element, or a text this text in it."""
    equal = equal_to(value)
    part = value if isinstance(value, str) else None if isinstance(value, bool) else repr(value)

    def holds(seen: Any) -> bool:
        if type(seen) is str:
            return part is not None and part in seen
        return isinstance(seen, list | tuple) and any(map(equal, seen))

    return holds


def starting_with(text: str) -> Test:
    """Give the test of ``starts with``."""
    return lambda seen: type(seen) is str and seen.startswith(text)


def ending_with(text: str) -> Test:
    """Give the test of ``ends with``."""
    return lambda seen: type(seen) is str and seen.endswith(text)


def matching(expression: Any) -> Test:
    """Give the test of ``matches``, for a compiled expression."""
    search = expression.search
    return lambda seen: type(seen) is str and search(seen) is not None


def number_of(value: Any) -> int | float | None:
    """Give a number that a value is, true and false, NaN and the infinities being none."""
    if type(value) is int or (type(value) is float and isfinite(value)):
        return value
    return None


def number_in(text: str) -> int | float | None:
    """Give the number a text spells (``42``, ``-1.5``, ``2e3``), or None."""
    text = text.strip()
    if len(text) > _DIGITS or not _NUMERIC.fullmatch(text):
        return None
    if text.lstrip("+-").isdigit():
        return int(text)
    number = float(text)
    return number if isfinite(number) else None


def instant_of(seconds: int | float | None) -> int | None:
    """Give the instant of unix seconds, or None outside 1900 to 2100."""
    if seconds is None or not EARLIEST <= seconds * SECOND < LATEST:
        return None
    return round(seconds * SECOND)


def instant_in(value: Any) -> int | None:
    """Give the instant a value stands for: an ISO 8601 text, unix seconds, or a text of such; None where it is no time."""
    if type(value) is str:
        number = number_in(value)
        return parse_iso(value) if number is None else instant_of(number)
    return instant_of(number_of(value))
