"""``unsubscribe: TOPIC`` or ``all``: write down that the person no longer wants these messages."""

from collections.abc import Callable
from typing import Any, ClassVar, Final, Self

from tidings.journeys.answer import Answer, GoOn, Here
from tidings.journeys.base import Plain
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader

ALL: Final = "all"


class Kind(Plain, frozen=True):
    """``all`` also cancels every message to the person that is planned and not yet on its way."""

    key: ClassVar[str] = "unsubscribe"
    form: ClassVar[Form] = Form(
        "Unsubscribe",
        "Writes down that the person no longer wants the messages of a topic.",
        (Field("unsubscribe", "topic", "Topic", "Or `all`.", required=True, also=(ALL,), example="product-news"),),
        group="data",
    )
    topic: str = ""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``unsubscribe``."""
        return cls(topic=reader.name("unsubscribe", "product-news"))

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write ``unsubscribe``."""
        return {"unsubscribe": self.topic}

    def names(self) -> tuple[tuple[str, str], ...]:
        """The topic, if it is one."""
        return () if self.topic == ALL else (("topic", self.topic),)

    def run(self, here: Here) -> Answer:
        """Write it down and go on."""
        here.agree("" if self.topic == ALL else self.topic, False)
        return GoOn(why=self.topic)
