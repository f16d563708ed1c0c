"""``exit``: the run ends here; the text says why."""

from collections.abc import Callable
from typing import Any, ClassVar, Self

from tidings.journeys.answer import Answer, Done, Here
from tidings.journeys.base import Plain
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader


class Kind(Plain, frozen=True):
    """``exit: reason``, or ``exit: true`` without one."""

    key: ClassVar[str] = "exit"
    form: ClassVar[Form] = Form(
        "Exit",
        "They leave the journey here.",
        (
            Field(
                "exit",
                "text",
                "Why",
                "For whoever asks later.",
                required=True,
                also=(True,),
                example="not using it any more",
            ),
        ),
        group="way",
    )
    reason: str = ""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``exit``."""
        value = reader.data.get("exit")
        if value is True:
            return cls()
        return cls(reason=reader.text("exit", example="true"))

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write ``exit``."""
        return {"exit": self.reason or True}

    def passes(self) -> bool:
        """Nobody comes out of it."""
        return False

    def run(self, here: Here) -> Answer:
        """End the run."""
        return Done(self.reason or "reached an exit step")
