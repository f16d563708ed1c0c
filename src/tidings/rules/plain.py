"""From tree to plain data and back: what JSON, a definition's snapshot and the web app hold."""

import re
from typing import Any

import msgspec

from tidings.rules.check import check
from tidings.rules.errors import RuleError, fault
from tidings.rules.tree import Rule

_PLACE = re.compile(r"^(.*?)(?: - at `\$?(.*)`)?$", re.DOTALL)
_STEP = re.compile(r"\[(\d+)\]|\.?([^.\[\]]+)")


def to_json(rule: Rule) -> dict[str, Any]:
    """Give the tree as plain data: dictionaries, lists, texts, numbers, true and false."""
    data: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(rule))
    return data


def from_json(data: Any) -> Rule:
    """Read plain data, or JSON as bytes or text; raises RuleError that says where in it the fault is."""
    try:
        rule: Rule = (
            msgspec.json.decode(data, type=Rule) if isinstance(data, bytes | str) else msgspec.convert(data, type=Rule)
        )
    except RecursionError:
        raise fault("the rule is nested too deeply", "make a segment of a part of it") from None
    except msgspec.DecodeError as error:
        raise _readable(error) from None
    check(rule)
    return rule


def _readable(error: msgspec.DecodeError) -> RuleError:
    match = _PLACE.match(str(error))
    assert match is not None
    path = tuple(int(number) if number else name for number, name in _STEP.findall(match[2] or ""))
    return fault(match[1][:1].lower() + match[1][1:], "", path=path)
