"""How a template reads and prints values: by key alone, never by attribute, so that no name reaches into the program."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from liquid.token import Token
from liquid.undefined import FalsyStrictUndefined, Undefined
from markupsafe import Markup, escape, soft_str

from tidings.content.liquid.limits import bounded

_SUFFIX = " is missing"
_SIGNS = re.compile("[&<>\"']")
"""What HTML gives a meaning to; most values have none of it, and looking is quicker than escaping."""


class Missing(FalsyStrictUndefined):
    """Stands where a name has no value: false in a condition, replaced by ``default``, an error where it would be printed."""

    def __init__(self, name: str, *, token: Token | None = None, obj: object = None, hint: str | None = None) -> None:
        super().__init__(name, token=token, obj=obj, hint=name + _SUFFIX)


def missing_name(message: str) -> str:
    """Give the name that an error about a missing value speaks of, or ""."""
    return message.removesuffix(_SUFFIX) if message.endswith(_SUFFIX) else ""


def item(obj: Any, key: Any) -> Any:
    """Read ``obj[key]``; raises KeyError, IndexError or TypeError where there is none.

    ``size``, ``first`` and ``last`` of a mapping are its own keys before they are properties.
    """
    if isinstance(obj, Undefined):  # is a Mapping too, whose every key raises an error of its own
        raise KeyError(key)
    if isinstance(obj, Mapping):
        try:
            return obj[key]
        except KeyError:
            if key == "size":
                return len(obj)
            if key == "first" and obj:
                first = next(iter(obj))
                return (first, obj[first])
            raise
    if isinstance(obj, (list, tuple, range)):
        if key == "size":
            return len(obj)
        if key == "first":
            return obj[0]
        if key == "last":
            return obj[-1]
        if isinstance(key, int) and not isinstance(key, bool):
            return obj[key]
        raise TypeError(key)
    if isinstance(obj, str) and key == "size":
        return len(obj)
    raise TypeError(key)


def at(obj: Any, key: Any, missing: Missing) -> Any:
    """Follow one key."""
    if type(obj) is dict and key in obj:
        return obj[key]
    try:
        return item(obj, key)
    except (KeyError, IndexError, TypeError):
        return missing


def reach(obj: Any, keys: tuple[Any, ...], missing: Missing) -> Any:
    """Follow keys from a value; ``missing`` where the way ends."""
    try:
        for key in keys:
            obj = obj[key] if type(obj) is dict and key in obj else item(obj, key)
    except (KeyError, IndexError, TypeError):
        return missing
    return obj


def text(value: Any) -> str:
    """Print a value: whole numbers without ``.0``, nothing for nil, lists joined, mappings as JSON."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]  # its type is asked above, where isinstance would be slower
    if kind is int:
        return str(value)
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        bounded(len(value))
        return "".join([text(entry) for entry in value])
    if isinstance(value, range):
        return f"{value.start}..{value.stop - 1}"
    if isinstance(value, dict):
        return plain_json(value)
    return str(value)


def number(value: float) -> str:
    """Print a float as people write it: 3, not 3.0; never in powers of ten where it is readable without."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    shown = repr(value)
    return f"{Decimal(shown):f}" if "e" in shown and 1e-10 < abs(value) < 1e21 else shown


def html(value: Any) -> str:
    """Print a value for HTML: escaped, unless it is marked as HTML already."""
    kind = type(value)
    if kind is str:
        return escape(value) if _SIGNS.search(value) else value
    if kind is int or kind is float:
        return text(value)
    if isinstance(value, (list, tuple)):
        bounded(len(value))
        return Markup("").join([entry if isinstance(entry, Markup) else text(entry) for entry in value])
    return escape(value if isinstance(value, str) else text(value))


def safe_text(value: Any) -> str:
    """Print a value for a filter that works on text; HTML stays marked as such."""
    return value if isinstance(value, str) else soft_str(text(value))


def plain_json(value: Any, indent: int = 0) -> str:
    """Write JSON as JavaScript would (no space after the separators); dates as ISO 8601."""
    data = msgspec.json.encode(value, enc_hook=_plain)
    if indent:
        data = msgspec.json.format(data, indent=min(indent, 8))
    bounded(len(data))
    return data.decode()


def _plain(value: Any) -> Any:
    if isinstance(value, range):
        bounded(len(value))
        return list(value)
    if isinstance(value, Mapping):
        return {str(key): value[key] for key in value}
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value)
