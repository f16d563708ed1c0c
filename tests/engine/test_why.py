"""What the record of a run says, in words: where no rule led, it names those that were false."""

from typing import Any

import pytest

from tests.engine.test_examples import give, go, real
from tidings.engine.why import Why, why
from tidings.kernel.effects import Moved
from tidings.kernel.records import Identify

ARMS: list[dict[str, Any]] = [
    {"when": 'plan = "pro"', "steps": [{"id": "a", "track": "A"}]},
    {"when": "seats > 3", "steps": [{"id": "b", "track": "B"}]},
]
END = {"id": "w", "wait": "1 day"}


@pytest.mark.parametrize(
    ("arms", "plan", "said"),
    [
        ([*ARMS, {"otherwise": [{"id": "c", "track": "C"}]}], "free", 'otherwise, as not plan = "pro", not seats > 3'),
        (ARMS, "free", 'no arm held, as not plan = "pro", not seats > 3'),
        (ARMS, "pro", 'plan = "pro"'),
    ],
)
def test_a_branch_says_which_rules_were_false(arms: list[dict[str, Any]], plan: str, said: str) -> None:
    made = real({"steps": [{"id": "fork", "branch": arms}, END]})
    give(made, Identify({"plan": plan}))
    made.give(go(3))
    moves = [effect for effect in made.effects if isinstance(effect, Moved)]
    told = why(made.definitions, made.person, "j", made.at(4), moves, [])
    assert isinstance(told, Why)
    (line,) = (line for line in told.path if "branched" in line)
    assert line.endswith(f" branched fork: {said}")
    assert " entered by version 1" in told.path[0], "by which version they came in"
    assert ", by version 1, and stands at step w" in told.answer
