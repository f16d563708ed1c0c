"""``branch``: the first arm whose rule holds; the arms join again after the step."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, Self

from msgspec import Struct

from tidings.journeys.answer import AT_MOST, Ahead, Answer, GoOn, Here
from tidings.journeys.base import Plain
from tidings.journeys.condition import Condition
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader

OTHERWISE: Final = "otherwise"
NONE_HELD: Final = "no arm held"
"""Why a run went where no rule led it."""


class Arm(Struct, frozen=True):
    """``when=None`` is the arm taken otherwise."""

    when: Condition | None
    steps: tuple[Any, ...]


class Kind(Plain, frozen=True):
    """Where no arm's rule holds and none is *otherwise*, the run goes straight on."""

    key: ClassVar[str] = "branch"
    form: ClassVar[Form] = Form(
        "Branch",
        "Takes the first way whose question holds; the ways join again behind it.",
        (
            Field(
                "branch",
                "fields",
                "Ways",
                "Asked in order: people take the first whose question holds for them.",
                required=True,
                many=True,
                fields=(
                    Field("when", "rule", "When", example='plan = "pro"'),
                    Field("steps", "steps", "Then"),
                    Field("otherwise", "steps", "Otherwise"),
                ),
            ),
        ),
        group="way",
    )
    arms: tuple[Arm, ...] = ()

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read a list of ``{when, steps}``, the last of which may be ``{otherwise: steps}``."""
        items = reader.items("branch", "arms")
        arms = []
        for index, item in enumerate(items):
            inner = reader.at("branch", index, data=item)
            if "otherwise" in inner.data:
                inner.only(("otherwise",), "the last way")
                if index != len(items) - 1:
                    inner.problem("`otherwise` is the last way", "move it to the end", "otherwise")
                arms.append(Arm(None, inner.steps("otherwise")))
                continue
            word = next((str(key) for key in inner.data if key in ("else", "default")), "")
            if word and "when" not in inner.data:
                inner.problem(f"a way has no field `{word}`", "write `otherwise:`", word)
                arms.append(Arm(None, ()))
                continue
            inner.only(("when", "steps"), "a way")
            when = inner.condition("when")
            if "when" not in inner.data:
                inner.problem("this way has no rule", "give it `when: RULE`, or make it `otherwise:`")
            arms.append(Arm(when, inner.steps("steps")))
        if not items:
            reader.problem("a branch needs at least one way", "begin with `- when: RULE`", "branch")
        return cls(arms=tuple(arms))

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write the arms in order."""
        return {
            "branch": [
                {"when": arm.when.text, "steps": steps(arm.steps)} if arm.when else {"otherwise": steps(arm.steps)}
                for arm in self.arms
            ]
        }

    def branches(self) -> tuple[Any, ...]:
        """The arms' steps."""
        return tuple(arm.steps for arm in self.arms)

    def moment(self) -> tuple[Condition, ...]:
        """Every arm's rule."""
        return tuple(arm.when for arm in self.arms if arm.when)

    def passes(self) -> bool:
        """Where no arm holds and none is taken otherwise."""
        return all(arm.when is not None for arm in self.arms)

    def ways(self) -> Mapping[str, int | None]:
        """The arms by their rules, and on where none holds."""
        arms = {arm.when.text if arm.when else OTHERWISE: index for index, arm in reversed([*enumerate(self.arms)])}
        return {**arms, **({NONE_HELD: None} if self.passes() else {})}

    def ahead(self, at: int, zone: Callable[[str], str]) -> Ahead | None:
        """By any of the arms."""
        arms: list[tuple[int | None, float]] = [(index, 1.0) for index in range(len(self.arms))]
        return Ahead(at, (*arms, *([(None, 1.0)] if self.passes() else [])), grade=AT_MOST)

    def run(self, here: Here) -> Answer:
        """Take the first arm that holds."""
        for index, arm in enumerate(self.arms):
            if arm.when is None or here.holds(arm.when):
                return GoOn(into=index, what="branched", why=arm.when.text if arm.when else OTHERWISE)
        return GoOn(what="branched", why=NONE_HELD)
