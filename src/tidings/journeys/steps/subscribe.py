"""``subscribe: TOPIC`` or ``all``: write down that the person wants these messages."""

from collections.abc import Callable
from typing import Any, ClassVar, Final, Self

from tidings.journeys.answer import Answer, GoOn, Here
from tidings.journeys.base import Plain
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader

ALL: Final = "all"


class Kind(Plain, frozen=True):
    """``all`` takes back an unsubscribing from everything; what was said of topics stays as it was."""

    key: ClassVar[str] = "subscribe"
    form: ClassVar[Form] = Form(
        "Subscribe",
        "Writes down that the person wants the messages of a topic.",
        (Field("subscribe", "topic", "Topic", "Or `all`.", required=True, also=(ALL,), example="product-news"),),
        group="data",
    )
    topic: str = ""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``subscribe``."""
        return cls(topic=reader.name("subscribe", "product-news"))

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write ``subscribe``."""
        return {"subscribe": self.topic}

    def names(self) -> tuple[tuple[str, str], ...]:
        """The topic, if it is one."""
        return () if self.topic == ALL else (("topic", self.topic),)

    def run(self, here: Here) -> Answer:
        """Write it down and go on."""
        here.agree("" if self.topic == ALL else self.topic, True)
        return GoOn(why=self.topic)
