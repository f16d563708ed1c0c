"""``wait_until``: stay until a rule holds, or until the first of several does; ``at_most`` bounds the wait."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

from msgspec import Struct

from tidings.journeys.answer import AT_MOST, EARLIER, Ahead, Answer, GoOn, Here, Wait
from tidings.journeys.base import Plain
from tidings.journeys.condition import Condition
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader
from tidings.kernel.times import show_duration

_EXAMPLE = 'did "Project Created" since entry'


class Arm(Struct, frozen=True):
    """``when=None`` is the arm taken when the time is up."""

    when: Condition | None
    steps: tuple[Any, ...]


class Kind(Plain, frozen=True):
    """Either ``rule`` or ``arms``. ``at_most`` in microseconds; None waits for ever.

    Of rules that hold at once the first counts; a rule that holds when the time is up counts before the time.
    """

    key: ClassVar[str] = "wait_until"
    form: ClassVar[Form] = Form(
        "Wait until",
        "Stays until something happens or is so, or the first of several, and goes on at that moment.",
        (
            Field(
                "wait_until",
                "rule",
                "Until",
                "What they wait for, or several things with steps behind each: whichever happens first.",
                required=True,
                also=(list,),
                example=_EXAMPLE,
            ),
            Field(
                "at_most",
                "duration",
                "At most",
                "Goes on after this long even if the rule never holds. Left empty, people may wait for ever.",
                example="3 days",
            ),
        ),
        group="time",
    )
    rule: Condition | None = None
    at_most: int | None = None
    arms: tuple[Arm, ...] = ()

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read a rule and ``at_most``, or a list of ``{when, steps}`` whose last may be ``{at_most, steps}``."""
        given = reader.data.get("wait_until")
        if isinstance(given, list | tuple):
            return cls._read_arms(reader, given)
        if given is None:
            reader.problem("the rule is missing", f"write for example `wait_until: {_EXAMPLE}`", "wait_until")
        return cls(rule=reader.condition("wait_until"), at_most=reader.duration("at_most"))

    @classmethod
    def _read_arms(cls, reader: Reader, items: Any) -> Self:
        arms, at_most = [], None
        if "at_most" in reader.data:
            hint = "make it the last way: `- at_most: 3 days` with its `steps:`"
            reader.problem("among ways, `at_most` is a way of its own", hint, "at_most")
        if not items:
            reader.problem("there is nothing to wait for", "begin with `- when: RULE`", "wait_until")
        for index, item in enumerate(items):
            inner = reader.at("wait_until", index, data=item)
            when = None
            if "at_most" in inner.data:
                inner.only(("at_most", "steps"), "the way for when the time is up")
                at_most = inner.duration("at_most")
                if index != len(items) - 1:
                    inner.problem("the way with `at_most` is the last one", "move it to the end", "at_most")
            else:
                inner.only(("when", "steps"), "a way")
                when = inner.condition("when")
                if "when" not in inner.data:
                    inner.problem("this way has no rule", "give it `when: RULE`, or `at_most: 3 days`")
            arms.append(Arm(when, inner.steps("steps")))
        return cls(at_most=at_most, arms=tuple(arms))

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write what was read."""
        if self.arms:
            return {"wait_until": [self._write_arm(arm, steps(arm.steps)) for arm in self.arms]}
        assert self.rule is not None
        data = {"wait_until": self.rule.text}
        return data if self.at_most is None else data | {"at_most": show_duration(self.at_most)}

    def _write_arm(self, arm: Arm, steps: list[Any]) -> dict[str, Any]:
        if arm.when is None:
            return {"at_most": show_duration(self.at_most or 0), "steps": steps}
        return {"when": arm.when.text, "steps": steps}

    def branches(self) -> tuple[Any, ...]:
        """The arms' steps."""
        return tuple(arm.steps for arm in self.arms)

    def lasting(self) -> tuple[Condition, ...]:
        """The rules waited for."""
        return tuple(arm.when for arm in self.arms if arm.when) or ((self.rule,) if self.rule else ())

    def lasts(self) -> int:
        """What it waits at most."""
        return self.at_most or 0

    def passes(self) -> bool:
        """Among arms, one of them is always taken."""
        return not self.arms

    def ways(self) -> Mapping[str, int | None]:
        """The time limit's; whoever goes on by a rule does so before."""
        if self.at_most is None:
            return {}
        late = len(self.lasting()) if self.arms else None
        return {**dict.fromkeys((rule.text for rule in self.lasting()), EARLIER), self._late: late}

    @property
    def _late(self) -> str:
        """Why somebody goes on whose time is up."""
        return f"waited {show_duration(self.at_most or 0)}"

    def ahead(self, at: int, zone: Callable[[str], str]) -> Ahead | None:
        """When the time is up, for whom no rule comes to hold before."""
        if self.at_most is None:
            return None
        return Ahead(at + self.at_most, ((len(self.lasting()) if self.arms else None, 1.0),), grade=AT_MOST)

    def run(self, here: Here) -> Answer:
        """Go on when a rule holds or the time is up."""
        rules = self.lasting()
        for index, rule in enumerate(rules):
            if here.holds(rule):
                return GoOn(into=index, what="branched", why=rule.text) if self.arms else GoOn(why=rule.text)
        times = [changes for rule in rules if (changes := here.changes_at(rule)) is not None]
        if self.at_most is not None:
            until = here.arrived + self.at_most
            if here.now >= until:
                return GoOn(into=len(rules), what="branched", why=self._late) if self.arms else GoOn(why=self._late)
            times.append(until)
        return Wait(min(times, default=None))
