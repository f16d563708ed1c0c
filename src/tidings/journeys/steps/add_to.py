"""``add_to: SEGMENT``: put the person into a segment kept by hand."""

from collections.abc import Callable
from typing import Any, ClassVar, Self

from tidings.journeys.answer import Answer, GoOn, Here
from tidings.journeys.base import Plain
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader


class Kind(Plain, frozen=True):
    """What follows from being in it comes before the next step."""

    key: ClassVar[str] = "add_to"
    form: ClassVar[Form] = Form(
        "Add to a segment",
        "Puts the person into a segment kept by hand.",
        (Field("add_to", "segment", "Segment", "One without a rule.", required=True, example="beta-testers"),),
        group="data",
    )
    segment: str = ""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``add_to``."""
        return cls(segment=reader.name("add_to", "beta-testers"))

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write ``add_to``."""
        return {"add_to": self.segment}

    def names(self) -> tuple[tuple[str, str], ...]:
        """The segment."""
        return (("manual segment", self.segment),)

    def run(self, here: Here) -> Answer:
        """Add and go on."""
        here.member(self.segment, True)
        return GoOn(why=self.segment)
