"""What most step kinds answer to questions that do not concern them."""

from typing import Any, ClassVar

from msgspec import Struct

from tidings.journeys.condition import Condition
from tidings.journeys.form import Form


class Plain(Struct, frozen=True):
    """A step without inner steps, rules or templates; a kind overrides what it has."""

    key: ClassVar[str] = ""
    form: ClassVar[Form] = Form("", "")

    def branches(self) -> tuple[Any, ...]:
        """No inner lists."""
        return ()

    def moment(self) -> tuple[Condition, ...]:
        """No rules."""
        return ()

    def lasting(self) -> tuple[Condition, ...]:
        """No rules."""
        return ()

    def lasts(self) -> int:
        """No time."""
        return 0

    def templates(self) -> tuple[str, ...]:
        """No templates."""
        return ()
