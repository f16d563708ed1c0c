"""``set: {attribute: value}``: change the person; a null removes."""

from collections.abc import Callable
from typing import Any, ClassVar, Self

from msgspec import field

from tidings.journeys.answer import Answer, GoOn, Here
from tidings.journeys.base import Plain
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader

IDENTIFYING = ("id", "email", "anonymous_id", "cio_id")


class Kind(Plain, frozen=True):
    """Attributes by name; identifiers are not a journey's to change."""

    key: ClassVar[str] = "set"
    form: ClassVar[Form] = Form(
        "Set attributes",
        "Changes attributes of the person; null removes one.",
        (Field("set", "values", "Attributes", required=True, example={"onboarded": True}),),
        group="data",
    )
    attributes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``set``."""
        values = reader.at("set", data=reader.data["set"]).data
        if not values and not reader.problems:
            reader.problem("nothing to set", "write for example `set: {onboarded: true}`", "set")
        for name in values:
            if name in IDENTIFYING:
                reader.problem(
                    f"`{name}` identifies the person and can't be set by a journey",
                    "set another attribute",
                    "set",
                    name,
                )
        return cls(attributes={str(name): value for name, value in values.items()})

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write ``set``."""
        return {"set": dict(self.attributes)}

    def run(self, here: Here) -> Answer:
        """Set and go on."""
        here.set(self.attributes)
        return GoOn(why=", ".join(self.attributes))
