"""``segment: entered NAME`` or ``left NAME``: a change of membership in the person's life starts a run."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from tidings.journeys.base import Starter
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader


class Kind(Starter, frozen=True):
    """``entered``: into the segment, else out of it."""

    key: ClassVar[str] = "segment"
    form: ClassVar[Form] = Form(
        "A segment is entered or left",
        "Starts when somebody comes into the segment, or drops out of it.",
        (
            Field(
                "segment",
                "segment",
                "Segment",
                "`entered NAME` or `left NAME`.",
                required=True,
                example="entered stalled-trials",
            ),
        ),
    )
    segment: str
    entered: bool = True

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``segment: entered trials`` (a bare name means entered)."""
        reader.only(("segment",), "a segment trigger")
        words = reader.text("segment", example="entered trials").split()
        if len(words) == 1:
            words = ["entered", *words]
        if len(words) != 2 or words[0] not in ("entered", "left"):
            reader.problem(
                "say whether the segment is entered or left",
                "write `segment: entered trials` or `segment: left trials`",
                "segment",
            )
            return cls("")
        return cls(words[1], words[0] == "entered")

    def write(self) -> dict[str, Any]:
        """Write the field."""
        return {"segment": f"{'entered' if self.entered else 'left'} {self.segment}"}

    def segments(self) -> tuple[tuple[str, bool], ...]:
        """The one change."""
        return ((self.segment, self.entered),)

    def starts(self, properties: Mapping[str, Any] | None) -> bool:
        """Always, once the membership changed."""
        return properties is None

    def matches(self, attributes: Mapping[str, Any], segments: Mapping[str, int], since: int) -> bool | None:
        """Whether somebody has been in it since then."""
        return segments.get(self.segment, since + 1) <= since if self.entered else None

    def says(self) -> str:
        """The trigger in words."""
        return f'{"entered" if self.entered else "left"} segment "{self.segment}"'
