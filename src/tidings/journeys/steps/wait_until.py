"""``wait_until: RULE`` with ``at_most: DURATION``: stay until the rule holds, or that long."""

from collections.abc import Callable
from typing import Any, ClassVar, Self

from tidings.journeys.answer import Answer, GoOn, Here, Wait
from tidings.journeys.base import Plain
from tidings.journeys.condition import Condition
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader
from tidings.kernel.times import show_duration


class Kind(Plain, frozen=True):
    """``at_most`` in microseconds; None waits for ever."""

    key: ClassVar[str] = "wait_until"
    form: ClassVar[Form] = Form(
        "Wait until",
        "Stays until a rule holds, and goes on at that moment.",
        (
            Field("wait_until", "rule", "Until", required=True, example='did "Project Created" since entry'),
            Field(
                "at_most",
                "duration",
                "At most",
                "Goes on after this long even if the rule never holds.",
                example="3 days",
            ),
        ),
        group="time",
    )
    rule: Condition | None = None
    at_most: int | None = None

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``wait_until`` and ``at_most``."""
        if reader.data.get("wait_until") is None:
            reader.problem(
                "the rule is missing", 'write for example `wait_until: did "Project Created" since entry`', "wait_until"
            )
        return cls(rule=reader.condition("wait_until"), at_most=reader.duration("at_most"))

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write both fields."""
        assert self.rule is not None
        data = {"wait_until": self.rule.text}
        return data if self.at_most is None else data | {"at_most": show_duration(self.at_most)}

    def lasting(self) -> tuple[Condition, ...]:
        """The rule waited for."""
        return (self.rule,) if self.rule else ()

    def lasts(self) -> int:
        """What it waits at most."""
        return self.at_most or 0

    def run(self, here: Here) -> Answer:
        """Go on when the rule holds or the time is up."""
        assert self.rule is not None
        if here.holds(self.rule):
            return GoOn(why=self.rule.text)
        changes = here.changes_at(self.rule)
        if self.at_most is None:
            return Wait(changes)
        until = here.arrived + self.at_most
        if here.now >= until:
            return GoOn(what="passed", why=f"waited {show_duration(self.at_most)}")
        return Wait(until if changes is None else min(until, changes))
