"""``attribute: NAME`` with ``from`` and ``to``: a change of the person's attribute starts a run."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Final, Self

from tidings.journeys.base import Starter
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader
from tidings.rules.values import equal_to

_ANY: Final = (int, float, True, False, None, list)


class Kind(Starter, frozen=True, dict=True):
    """``path``: the names from the root down. ``was`` and ``becomes``: values of which one must match, None where any does; a null
    among them is a missing attribute."""

    key: ClassVar[str] = "attribute"
    form: ClassVar[Form] = Form(
        "An attribute changes",
        "Starts when an attribute of the person gets another value.",
        (
            Field("attribute", "attribute", "Attribute", required=True, example="plan"),
            Field("from", "text", "From", "A value, or a list; any if left out.", also=_ANY, example="trial"),
            Field("to", "text", "To", "A value, or a list; any if left out.", also=_ANY, example="pro"),
        ),
    )
    path: tuple[str, ...]
    was: tuple[Any, ...] | None = None
    becomes: tuple[Any, ...] | None = None

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``attribute``, ``from`` and ``to``."""
        reader.only(("attribute", "from", "to"), "an attribute trigger")
        return cls(reader.attribute("attribute", "plan"), _values(reader, "from"), _values(reader, "to"))

    def write(self) -> dict[str, Any]:
        """Write the fields; one value alone stands without a list."""
        data: dict[str, Any] = {"attribute": ".".join(self.path)}
        for key, values in (("from", self.was), ("to", self.becomes)):
            if values is not None:
                data[key] = values[0] if len(values) == 1 else list(values)
        return data

    def attributes(self) -> tuple[str, ...]:
        """The root of the path."""
        return self.path[:1]

    @cached_property
    def _tests(self) -> tuple[Any, Any]:
        return _test(self.was), _test(self.becomes)

    def changed(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """Whether the value is another one, from one of these to one of those."""
        old, new = _at(before, self.path), _at(after, self.path)
        if old == new and type(old) is type(new):
            return False
        was, becomes = self._tests
        return bool(was(old) and becomes(new))

    def matches(self, attributes: Mapping[str, Any], segments: Mapping[str, int], since: int) -> bool | None:
        """Whether the value is one of those it may become."""
        return bool(self._tests[1](_at(attributes, self.path))) if self.becomes is not None else None

    def says(self) -> str:
        """The trigger in words."""
        text = f"{'.'.join(self.path)} changed"
        for word, values in (("from", self.was), ("to", self.becomes)):
            if values is not None:
                text += f" {word} {' or '.join('nothing' if value is None else str(value) for value in values)}"
        return text


def _values(reader: Reader, key: str) -> tuple[Any, ...] | None:
    if key not in reader.data:
        return None
    value = reader.data[key]
    values = tuple(value) if isinstance(value, list | tuple) else (value,)
    if not values or not all(each is None or isinstance(each, str | int | float) for each in values):
        reader.problem(
            f"`{key}` is a value or a list of values", f"write for example `{key}: pro` or `{key}: [pro, team]`", key
        )
        return None
    return values


def _test(values: tuple[Any, ...] | None) -> Any:
    if values is None:
        return lambda seen: True
    missing, tests = None in values, [equal_to(value) for value in values if value is not None]
    return lambda seen: missing if seen is None else any(test(seen) for test in tests)


def _at(attributes: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = attributes
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
