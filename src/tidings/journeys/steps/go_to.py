"""``go_to: STEP``: go on at another step of the journey, for as many times as ``at_most`` says."""

import re
from collections.abc import Callable
from typing import Any, ClassVar, Final, Self

from tidings.journeys.answer import AT_MOST, Ahead, Answer, GoOn, Here
from tidings.journeys.base import Plain
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader

_TIMES: Final = re.compile(r"(\d{1,4}) times?|once|twice")
_WORDS: Final = {"once": 1, "twice": 2}


class Kind(Plain, frozen=True):
    """``at_most``: how often one run is sent; then it goes straight on. None: always."""

    key: ClassVar[str] = "go_to"
    form: ClassVar[Form] = Form(
        "Go to a step",
        "Goes on at another step, back for a loop or ahead.",
        (
            Field("go_to", "step", "Step", required=True, example="remind"),
            Field("at_most", "times", "At most", "How often for one run; then it goes straight on.", example="5 times"),
        ),
        group="way",
    )
    step: str = ""
    at_most: int | None = None

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``go_to`` and ``at_most``."""
        return cls(step=reader.name("go_to", "remind"), at_most=_times(reader))

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write both fields."""
        data: dict[str, Any] = {"go_to": self.step}
        if self.at_most is not None:
            data["at_most"] = "once" if self.at_most == 1 else f"{self.at_most} times"
        return data

    def leads(self) -> tuple[str, ...]:
        """The step it names."""
        return (self.step,)

    def turns(self) -> int:
        """As it says."""
        return self.at_most or 0

    def passes(self) -> bool:
        """After the last time."""
        return self.at_most is not None

    def ahead(self, at: int, zone: Callable[[str], str]) -> Ahead | None:
        """At the step it names."""
        return Ahead(at, (), self.step) if self.at_most is None else Ahead(at, ((None, 1.0),), self.step, AT_MOST)

    def run(self, here: Here) -> Answer:
        """Send the run on, or let it pass."""
        if self.at_most is not None and here.taken >= self.at_most:
            return GoOn(why=f"was sent to {self.step} {self.at_most} times already")
        here.jump()
        return GoOn(to=self.step, what="branched", why=self.step)


def _times(reader: Reader) -> int | None:
    value = reader.data.get("at_most")
    if value is None:
        return None
    match = _TIMES.fullmatch(value) if isinstance(value, str) else None
    times = (_WORDS.get(value) or int(match[1])) if match else 0
    if not times:
        reader.problem("`at_most` says how often", "write for example `at_most: 5 times`", "at_most")
    return times or None
