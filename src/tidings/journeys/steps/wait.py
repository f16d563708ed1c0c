"""``wait: DURATION``: stay that long after arriving."""

from collections.abc import Callable
from typing import Any, ClassVar, Self

from tidings.journeys.answer import Ahead, Answer, GoOn, Here, Wait
from tidings.journeys.base import Plain
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader
from tidings.kernel.times import show_duration


class Kind(Plain, frozen=True):
    """``duration`` in microseconds."""

    key: ClassVar[str] = "wait"
    form: ClassVar[Form] = Form(
        "Wait",
        "Stays here for a while.",
        (Field("wait", "duration", "How long", required=True, example="1 day"),),
        group="time",
    )
    duration: int = 0

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``wait``."""
        return cls(duration=reader.duration("wait") or 0)

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write ``wait``."""
        return {"wait": show_duration(self.duration)}

    def lasts(self) -> int:
        """The duration."""
        return self.duration

    def pauses(self) -> bool:
        """Any wait is one."""
        return self.duration > 0

    def ahead(self, at: int, zone: Callable[[str], str]) -> Ahead | None:
        """After the duration."""
        return Ahead(at + self.duration)

    def run(self, here: Here) -> Answer:
        """Wait until arrival plus the duration."""
        until = here.arrived + self.duration
        return GoOn(why=show_duration(self.duration)) if here.now >= until else Wait(until)
