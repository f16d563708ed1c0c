"""``remove_from: SEGMENT``: take the person out of a segment kept by hand."""

from collections.abc import Callable
from typing import Any, ClassVar, Self

from tidings.journeys.answer import Answer, GoOn, Here
from tidings.journeys.base import Plain
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader


class Kind(Plain, frozen=True):
    """What follows from leaving it comes before the next step."""

    key: ClassVar[str] = "remove_from"
    form: ClassVar[Form] = Form(
        "Remove from a segment",
        "Takes the person out of a segment kept by hand.",
        (Field("remove_from", "segment", "Segment", "One without a rule.", required=True, example="beta-testers"),),
        group="data",
    )
    segment: str = ""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``remove_from``."""
        return cls(segment=reader.name("remove_from", "beta-testers"))

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write ``remove_from``."""
        return {"remove_from": self.segment}

    def names(self) -> tuple[tuple[str, str], ...]:
        """The segment."""
        return (("manual segment", self.segment),)

    def run(self, here: Here) -> Answer:
        """Remove and go on."""
        here.member(self.segment, False)
        return GoOn(why=self.segment)
