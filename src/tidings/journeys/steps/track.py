"""``track: EVENT`` with ``properties``: let an event happen to the person, as if it had been sent."""

from collections.abc import Callable
from typing import Any, ClassVar, Self

from msgspec import field

from tidings.journeys.answer import Answer, GoOn, Here
from tidings.journeys.base import Plain
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader
from tidings.journeys.value import Value, read_value, worked_out


class Kind(Plain, frozen=True):
    """Other journeys may start from it, and segments count it."""

    key: ClassVar[str] = "track"
    form: ClassVar[Form] = Form(
        "Track an event",
        "Lets an event happen to the person, as if the product had sent it.",
        (
            Field("track", "event", "Event", required=True, example="Onboarding Finished"),
            Field("properties", "values", "Properties", example={"seats": "{{ event.seats }}"}),
        ),
        group="data",
    )
    event: str = ""
    properties: Value = field(default_factory=lambda: Value({}))

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``track`` and ``properties``."""
        properties = Value({})
        if "properties" in reader.data and reader.at("properties", data=reader.data["properties"]).data:
            properties = read_value(reader, "properties")
        return cls(event=reader.text("track", example="Onboarding Finished"), properties=properties)

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write both fields."""
        return {"track": self.event} | ({"properties": self.properties.plain} if self.properties.plain else {})

    def run(self, here: Here) -> Answer:
        """Track and go on; a property that can't be worked out is left out, and said."""
        properties, lacking = worked_out(self.properties, here.work_out)
        here.track(self.event, properties)
        return GoOn(why="; ".join([self.event, *lacking]))
