"""What most step and trigger kinds answer to questions that do not concern them."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from msgspec import Struct

from tidings.journeys.answer import Ahead
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

    def latest(self, at: int) -> int:
        """When it has lasted."""
        return at + self.lasts()

    def templates(self) -> tuple[str, ...]:
        """No templates."""
        return ()

    def names(self) -> tuple[tuple[str, str], ...]:
        """Nothing else either."""
        return ()

    def reads(self) -> frozenset[str]:
        """No attribute moves its wait."""
        return frozenset()

    def leads(self) -> tuple[str, ...]:
        """It sends nobody elsewhere."""
        return ()

    def turns(self) -> int:
        """It sends nobody elsewhere."""
        return 0

    def passes(self) -> bool:
        """Runs go on behind it."""
        return True

    def pauses(self) -> bool:
        """It may be passed in no time."""
        return False

    def ways(self) -> Mapping[str, int | None]:
        """It does not divide people by what it asks."""
        return {}

    def ahead(self, at: int, zone: Callable[[str], str]) -> Ahead | None:
        """Runs go on at once."""
        return Ahead(at) if self.passes() else Ahead(at, into=())


class Starter(Struct, frozen=True):
    """A trigger that nothing starts; a kind overrides what starts it."""

    key: ClassVar[str] = ""
    form: ClassVar[Form] = Form("", "")

    def events(self) -> tuple[tuple[str, str], ...]:
        """None."""
        return ()

    def segments(self) -> tuple[tuple[str, bool], ...]:
        """None."""
        return ()

    def attributes(self) -> tuple[str, ...]:
        """None."""
        return ()

    def dates(self) -> tuple[str, ...]:
        """None."""
        return ()

    def timed(self) -> bool:
        """Where it reads a date."""
        return bool(self.dates())

    def recurs(self) -> bool:
        """It does not come again by itself."""
        return False

    def rules(self) -> tuple[Condition, ...]:
        """It concerns everybody."""
        return ()

    def matches(self, attributes: Mapping[str, Any], segments: Mapping[str, int], since: int) -> bool | None:
        """Nobody can match before it happens."""
        return None

    def group(self) -> str:
        """It is not about a group."""
        return ""

    def said(self) -> tuple[tuple[str, str], ...]:
        """What it begins from."""
        return self.events()

    def befalling(self) -> tuple[str, ...]:
        """What befalls a group and lets members in: events by name, "" for a changed attribute; () where nothing does."""
        if not self.group():
            return ()
        return tuple(name for _, name in self.said()) or ("",)

    def befalls(
        self, event: str, properties: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> bool:
        """Nothing of a group does."""
        return False

    def called(self) -> bool:
        """No call does."""
        return False

    def starts(self, properties: Mapping[str, Any] | None) -> bool:
        """No event does."""
        return False

    def asks(self) -> Condition | None:
        """Nothing of an event."""
        return None

    def changed(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """No change does."""
        return False

    def next(self, attributes: Mapping[str, Any], zone: Callable[[str], str], after: int) -> int | None:
        """No time does."""
        return None
