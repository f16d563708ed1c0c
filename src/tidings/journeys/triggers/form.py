"""``form: ID`` with ``where``: a form that was sent in starts a run."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Final, Self

from tidings import rules
from tidings.journeys.base import Starter
from tidings.journeys.condition import Condition
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader
from tidings.rules import tree

EVENT: Final = "Form Submitted"
"""The event that a submission becomes, with `form_id` and the form's fields as its properties."""


class Kind(Starter, frozen=True, dict=True):
    """``id``: the form's, as the page sends it."""

    key: ClassVar[str] = "form"
    form: ClassVar[Form] = Form(
        "A form is sent in",
        "Each time somebody sends the form, they may come in; its fields are read as `event.x`.",
        (
            Field("form", "text", "Form", "The form's id.", required=True, example="demo-request"),
            Field("where", "where", "Only where", "A rule about the form's fields.", example="seats >= 10"),
        ),
    )
    id: str
    where: Condition | None = None

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``form`` and ``where``."""
        reader.only(("form", "where"), "a form trigger")
        return cls(reader.text("form", example="demo-request"), reader.condition("where", over_event=True))

    def write(self) -> dict[str, Any]:
        """Write both fields."""
        return {"form": self.id} | ({"where": self.where.text} if self.where else {})

    def events(self) -> tuple[tuple[str, str], ...]:
        """The event that a submission is."""
        return (("track", EVENT),)

    @cached_property
    def _matches(self) -> Any:
        return rules.compile_where(self.where.rule) if self.where is not None else None

    def starts(self, properties: Mapping[str, Any] | None) -> bool:
        """Whether it is this form, and ``where`` holds over its fields."""
        if properties is None or properties.get("form_id") != self.id:
            return False
        return self._matches is None or bool(self._matches(properties))

    def asks(self) -> Condition | None:
        """That it is this form, and what ``where`` does."""
        own = tree.Compare(("form_id",), "=", self.id)
        return Condition(own if self.where is None else tree.All((own, self.where.rule)))

    def says(self) -> str:
        """The trigger in words."""
        return f'form "{self.id}" sent in' + (f" where {self.where.text}" if self.where else "")
