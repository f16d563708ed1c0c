"""What the record of a run says, in words: where no rule led, it names those that were false."""

import copy
from typing import Any

import pytest

from tests.engine.test_examples import give, go, real
from tests.laws.stories import Input
from tidings import rules
from tidings.engine.lacking import UNASKED, Sight
from tidings.engine.why import Why, why, why_member
from tidings.kernel.effects import Moved
from tidings.kernel.records import Identify
from tidings.kernel.times import show_iso

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
    assert line.endswith(f" branched `fork`: {said}")
    assert " entered by version 1" in told.path[0], "by which version they came in"
    assert ", by version 1, and stands at step `w`" in told.answer


def test_who_stands_in_it_is_told_what_would_take_them_out_and_the_goal() -> None:
    steps = [{"id": "w", "wait_until": 'did "Used" since entry', "at_most": "3 days"}]
    goal = {"rule": 'plan = "pro" and did "Bought" since entry', "within": "14 days"}
    made = real({"steps": steps, "exit": 'plan = "gone"', "goal": goal})
    made.give(go(3))
    asked = []

    def last(rule: rules.Rule, sight: Sight) -> rules.Held:
        asked.append((rules.show(rule), sight.run is not None))
        return rules.Held(of_run=True)

    told = why(made.definitions, made.person, "j", made.at(4), [], [], lasts=UNASKED._replace(rule=last))
    assert isinstance(told, Why)
    until = show_iso(made.person.runs[0].goal_until or 0)
    assert told.reasons[:2] == [
        "waits until:",
        '  no  did "Used" since entry (counted none); never true since they came in',
    ]
    assert told.reasons[3:] == [
        "leaves as soon as:",
        '  no  plan = "gone" (it is missing); never true since they came in',
        f"reaches the goal if, by {until}:",
        '  no  plan = "pro" and did "Bought" since entry; never true since they came in',
        '    no  plan = "pro" (it is missing); never true since they came in',
        '    no  did "Bought" since entry (counted none); never true since they came in',
    ]
    assert [each.of for each in told.false] == ["waits until"], "the exit must not hold, and the goal need not"
    assert all(run for _, run in asked)


def test_what_has_become_of_the_goal_is_told() -> None:
    made = real({"steps": [{"id": "w", "wait": "9 days"}], "goal": {"rule": 'did "Bought"', "within": "4 minutes"}})
    made.give(go(3))
    before = copy.deepcopy(made.person)

    def line(at: int) -> str:
        told = why(made.definitions, made.person, "j", made.at(at), [], [])
        assert isinstance(told, Why)
        return next(each for each in told.reasons if "goal" in each)

    assert line(6) == f"reaches the goal if, by {show_iso(made.at(7))}:"
    assert line(7) == f"did not reach its goal by {show_iso(made.at(7))}"
    made.give(Input(5, "Bought", {}, 0, {}))
    assert line(6) == f"reached its goal at {show_iso(made.at(5))}"
    made.person = before
    made.person.runs[0].goal = b"another"
    assert line(6) == "its goal was edited since they came in, and is counted from history"
    again = real({"steps": [{"id": "w", "wait": "9 days"}], "goal": {"rule": 'did "Go"', "within": "4 minutes"}})
    again.give(go(3))
    told = why(again.definitions, again.person, "j", again.at(4), [], [])
    assert isinstance(told, Why)
    assert "its goal is not counted: it held already when they came in, or was set later" in told.reasons


def test_whom_a_changed_segment_would_not_move_is_not_told_that_they_wait_to_be_worked_out() -> None:
    made = real({"steps": [END]}, {"rich": {"segment": "rich", "rule": 'plan = "pro"'}})
    made.definitions.segment_since["rich"] = made.at(9)  # changed later than anybody was worked out

    def reasons() -> list[str]:
        told = why_member(made.definitions, made.person, "rich", made.at(9), [])
        assert isinstance(told, Why)
        return told.reasons

    give(made, Identify({"plan": "free"}))
    assert not any("worked out anew" in line for line in reasons())
    made.person.attributes["plan"] = "pro"
    assert any("worked out anew" in line for line in reasons())
