"""``set: {attribute: value}``: change the person. A value may be Liquid, a change (``{add: 1}``), or null, which removes."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, Self

from msgspec import field

from tidings.journeys.answer import Answer, GoOn, Here
from tidings.journeys.base import Plain
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader
from tidings.journeys.value import Unworkable, Value, read_value
from tidings.kernel.problems import did_you_mean

IDENTIFYING = ("id", "email", "anonymous_id", "cio_id")
CHANGES: Final = ("add", "append", "remove")


class Kind(Plain, frozen=True):
    """Attributes by name; identifiers are not a journey's to change. What can't be worked out is left as it is, and said."""

    key: ClassVar[str] = "set"
    form: ClassVar[Form] = Form(
        "Set attributes",
        "Changes attributes of the person; null removes one.",
        (
            Field(
                "set",
                "values",
                "Attributes",
                "A value, Liquid, or a change: `{add: 1}`, `{append: red}`, `{remove: red}`.",
                required=True,
                example={"onboarded": True},
            ),
        ),
        group="data",
    )
    attributes: dict[str, Value] = field(default_factory=dict)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``set``."""
        values = reader.at("set", data=reader.data["set"]).data
        if not values and not reader.problems:
            reader.problem("nothing to set", "write for example `set: {onboarded: true}`", "set")
        for name, value in values.items():
            if name in IDENTIFYING:
                reader.problem(
                    f"`{name}` identifies the person and can't be set by a journey",
                    "set another attribute",
                    "set",
                    name,
                )
            _check_change(reader, str(name), value)
        return cls(attributes={str(name): read_value(reader, "set", name) for name in values})

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write ``set``."""
        return {"set": {name: value.plain for name, value in self.attributes.items()}}

    def run(self, here: Here) -> Answer:
        """Set and go on."""
        values, lacking = {}, []
        for name, value in self.attributes.items():
            try:
                values[name] = _changed(here.read((name,)), here.work_out(value))
            except Unworkable as fault:
                lacking.append(f"{name} stays as it is: {fault}")
        if values:
            here.set(values)
        return GoOn(why="; ".join([", ".join(values), *lacking]) if values else "; ".join(lacking))


def _change(value: Any) -> str:
    """The word of a change, "" for a value."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return ""
    (word,) = value
    return word if word in CHANGES else ""


def _check_change(reader: Reader, name: str, value: Any) -> None:
    word = _change(value)
    if word == "add" and not isinstance(value[word], int | float | str):
        reader.problem("what is added is a number", "write for example `{add: 1}`", "set", name, word)
    elif isinstance(value, Mapping) and len(value) == 1 and not word:
        (own,) = value
        if hint := did_you_mean(str(own), CHANGES):
            reader.problem(f"there is no change `{own}`", hint, "set", name, own)


def _changed(old: Any, value: Any) -> Any:
    """Give the attribute's new value; raises `Unworkable` where the old one is of another type."""
    word = _change(value)
    if not word:
        return value
    given = value[word]
    if word == "add":
        old = 0 if old is None else old
        if not _is_number(old) or not _is_number(given):
            raise Unworkable(f"{(given if _is_number(old) else old)!r} is no number")
        return old + given
    if old is not None and not isinstance(old, list | tuple):
        raise Unworkable(f"{old!r} is no list")
    entries = list(old or ())
    if word == "append":
        return entries if given in entries else [*entries, given]
    return [entry for entry in entries if entry != given]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
