"""Customer.io's audience filter, translated to a rule: who a call means by conditions on attributes and segments."""

from collections.abc import Mapping
from typing import Any, Final

from tidings import rules
from tidings.rules import tree

DEPTH: Final = 20
_KINDS: Final = ("and", "or", "not", "segment", "attribute")
_EXAMPLE: Final = '{"attribute": {"field": "plan", "operator": "eq", "value": "pro"}}'


def rule_of(filter: Any) -> str:
    """Give the rule that a filter says, as text. Raises ValueError with what is wrong."""
    return rules.show(_clause(filter, 0))


def _clause(filter: Any, depth: int) -> tree.Rule:
    if depth > DEPTH:
        raise ValueError("`recipients` is nested too deeply")
    named = [kind for kind in _KINDS if isinstance(filter, Mapping) and kind in filter]
    if len(named) != 1:
        raise ValueError(f"a filter is one of {', '.join(f'`{kind}`' for kind in _KINDS)}, for example {_EXAMPLE}")
    kind, value = named[0], filter[named[0]]
    if kind in ("and", "or"):
        if not isinstance(value, list) or not value:
            raise ValueError(f"`{kind}` is a list of filters")
        parts = tuple(_clause(each, depth + 1) for each in value)
        if len(parts) == 1:
            return parts[0]
        return tree.All(parts) if kind == "and" else tree.Any(parts)
    if kind == "not":
        return tree.Not(_clause(value, depth + 1))
    if not isinstance(value, Mapping):
        raise ValueError(f"`{kind}` is an object, for example {_EXAMPLE}")
    return _segment(value) if kind == "segment" else _attribute(value)


def _segment(value: Mapping[str, Any]) -> tree.Rule:
    id = value.get("id")
    if type(id) is int:
        id = str(id)
    if not isinstance(id, str) or not id:
        raise ValueError("`segment` says which by its `id`, the name it has in rules")
    return tree.InSegment(id)


def _attribute(value: Mapping[str, Any]) -> tree.Rule:
    field, operator = value.get("field"), value.get("operator")
    if not isinstance(field, str) or not all(field.split(".")):
        raise ValueError("`attribute` names its `field`")
    path = tuple(field.split("."))
    if operator == "exists":
        return tree.Present(path)
    if operator != "eq":
        raise ValueError(f"the operator {operator!r} is not known; there are `eq` and `exists`")
    wanted = value.get("value")
    if not isinstance(wanted, str | int | float):
        raise ValueError("`eq` compares with a `value`: a text, a number, true or false")
    return tree.Compare(path, "=", wanted)
