"""``track: EVENT`` with ``properties``: let an event happen to the person, as if it had been sent."""

from collections.abc import Callable
from typing import Any, ClassVar, Self

from msgspec import field

from tidings.journeys.answer import Answer, GoOn, Here
from tidings.journeys.base import Plain
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader


class Kind(Plain, frozen=True):
    """Other journeys may start from it, and segments count it."""

    key: ClassVar[str] = "track"
    form: ClassVar[Form] = Form(
        "Track an event",
        "Lets an event happen to the person, as if the product had sent it.",
        (
            Field("track", "event", "Event", required=True, example="Onboarding Finished"),
            Field("properties", "values", "Properties"),
        ),
        group="data",
    )
    event: str = ""
    properties: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``track`` and ``properties``."""
        properties = reader.at("properties", data=reader.data.get("properties", {})).data
        return cls(
            event=reader.text("track", example="Onboarding Finished"),
            properties={str(k): v for k, v in properties.items()},
        )

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write both fields."""
        return {"track": self.event} | ({"properties": dict(self.properties)} if self.properties else {})

    def run(self, here: Here) -> Answer:
        """Track and go on."""
        here.track(self.event, self.properties)
        return GoOn(why=self.event)
