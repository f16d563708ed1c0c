"""``start: JOURNEY`` with data in ``with``: let the person enter another journey, now and beside this one."""

from collections.abc import Callable
from typing import Any, ClassVar, Self

from msgspec import field

from tidings.journeys.answer import Answer, GoOn, Here
from tidings.journeys.base import Plain
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader
from tidings.journeys.value import Value, read_value, worked_out


class Kind(Plain, frozen=True):
    """The other journey's audience, `reenter` and exit decide as they always do; it reads ``with`` as ``journey.x``."""

    key: ClassVar[str] = "start"
    form: ClassVar[Form] = Form(
        "Start a journey",
        "Lets the person enter another journey, which goes on beside this one.",
        (
            Field("start", "journey", "Journey", required=True, example="win-back"),
            Field("with", "values", "With", "Read there as `journey.x`.", example={"reason": "{{ event.reason }}"}),
        ),
        group="way",
    )
    journey: str = ""
    values: Value = field(default_factory=lambda: Value({}))

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``start`` and ``with``."""
        values = Value({})
        if "with" in reader.data and reader.at("with", data=reader.data["with"]).data:
            values = read_value(reader, "with")
        return cls(journey=reader.name("start", "win-back"), values=values)

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write both fields."""
        return {"start": self.journey} | ({"with": self.values.plain} if self.values.plain else {})

    def names(self) -> tuple[tuple[str, str], ...]:
        """The journey."""
        return (("journey", self.journey),)

    def run(self, here: Here) -> Answer:
        """Start it and go on; a value that can't be worked out is left out, and said."""
        values, lacking = worked_out(self.values, here.work_out)
        here.start(self.journey, values)
        return GoOn(why="; ".join([self.journey, *lacking]))
