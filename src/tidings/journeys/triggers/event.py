"""``event: NAME`` with ``where``: an event of that name starts a run."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Self

from tidings import rules
from tidings.journeys.base import Starter
from tidings.journeys.condition import Condition
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader

KINDS = ("track", "page", "screen")


class Kind(Starter, frozen=True, dict=True):
    """``kind`` is track unless the document says ``page`` or ``screen``."""

    key: ClassVar[str] = "event"
    form: ClassVar[Form] = Form(
        "An event happens",
        "Each time somebody does this, they may come in.",
        (
            Field("event", "event", "Event", required=True, example="Signed Up"),
            Field(
                "kind",
                "choice",
                "What people do",
                choices=KINDS,
                says=("Something in your product", "They open a page", "They open a screen of the app"),
                usual="Something in your product",
            ),
            Field("where", "where", "Only where", "A rule about the event's own properties.", example='plan = "trial"'),
        ),
    )
    event: str
    where: Condition | None = None
    kind: str = "track"

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``event``, ``where`` and ``kind``."""
        reader.only(("event", "kind", "where"), "an event trigger")
        kind = reader.text("kind", "track")
        if kind not in KINDS:
            reader.problem(f"`{kind}` is no kind of event", f"it is one of: {', '.join(KINDS)}", "kind")
        return cls(reader.text("event", example="Signed Up"), reader.condition("where", over_event=True), kind)

    def write(self) -> dict[str, Any]:
        """Write the fields."""
        data = {"event": self.event}
        if self.kind != "track":
            data["kind"] = self.kind
        if self.where is not None:
            data["where"] = self.where.text
        return data

    def events(self) -> tuple[tuple[str, str], ...]:
        """The one event."""
        return ((self.kind, self.event),)

    @cached_property
    def _matches(self) -> Any:
        return rules.compile_where(self.where.rule) if self.where is not None else None

    def starts(self, properties: Mapping[str, Any] | None) -> bool:
        """Whether ``where`` holds over the event."""
        if properties is None:
            return False
        return self._matches is None or bool(self._matches(properties))

    def asks(self) -> Condition | None:
        """What ``where`` does."""
        return self.where

    def says(self) -> str:
        """The trigger in words."""
        what = "" if self.kind == "track" else f"{self.kind} "
        return f'{what}"{self.event}"' + (f" where {self.where.text}" if self.where else "")
