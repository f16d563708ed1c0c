"""Filters about data as such: a value in place of a missing one, sizes, JSON, chance."""

import json
import random as chance
from collections.abc import Mapping
from typing import Any, Final

from liquid.undefined import Undefined

from tidings.content.liquid.filters.numbers import whole
from tidings.content.liquid.values import plain_json


def default(value: Any, instead: Any = "", *, allow_false: Any = False) -> Any:
    """The value, or ``instead`` where it is missing, nil, false or empty."""
    if isinstance(value, Undefined) or value is None:
        return instead
    if value is False:
        return value if allow_false is True else instead
    return instead if isinstance(value, (str, list, tuple, Mapping)) and not len(value) else value


def size(value: Any) -> int:
    return len(value) if isinstance(value, (str, list, tuple, range, Mapping)) else 0


def to_json(value: Any, indent: Any = 0) -> str:
    return plain_json(value, whole(indent))


def from_json(value: Any) -> Any:
    """Read text as JSON; raises for text that is none."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(str(value), parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deep") from error


def _refuse(name: str) -> Any:
    raise ValueError(f"`{name}` is no JSON")


def random(value: Any, least: Any = 0) -> int:
    """A random whole number from ``least`` up to, but without, the value: ``100 | random``."""
    low, high = whole(least), whole(value)
    return chance.randrange(low, high) if high > low else low


FILTERS: Final = {"from_json": from_json, "json": to_json, "random": random, "size": size, "to_json": to_json}
MISSING: Final = {"default": default}
"""Filters that a missing value may reach."""
