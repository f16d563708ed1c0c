"""Two versions compared in words: plain examples, and laws over generated edits."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws.flights import edited
from tests.laws.stories import workspaces
from tidings.journeys import read
from tidings.journeys.difference import difference
from tidings.journeys.document import write
from tidings.journeys.step import every

OLD: dict[str, Any] = {
    "journey": "onboarding",
    "trigger": {"event": "Signed Up"},
    "exit": 'in segment "paying"',
    "steps": [
        {"id": "welcome", "send": "welcome"},
        {"id": "settle", "wait": "1 day"},
        {
            "id": "got-it",
            "branch": [
                {"when": 'did "Project Created" since entry', "steps": [{"id": "praise", "send": "praise"}]},
                {"otherwise": [{"id": "mark", "set": {"slow": True}}]},
            ],
        },
        {"id": "nudge", "send": "need-a-hand"},
        {"id": "until", "wait_until": 'did "X"', "at_most": "3 days"},
    ],
}


def said(new: dict[str, Any]) -> list[str]:
    return [each.text for each in difference(read(OLD), read(new))]


def changed(path: list[Any], value: Any) -> dict[str, Any]:
    new: Any = copy.deepcopy(OLD)
    at = new
    for key in path[:-1]:
        at = at[key]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    result: dict[str, Any] = new
    return result


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        (["steps", 1, "wait"], "2 days", "`settle`: wait 1 day became 2 days"),
        (["steps", 0, "send"], "hello", "`welcome`: message welcome became hello"),
        (["steps", 0, "only_if"], "x = 1", "`welcome`: only if is now x = 1"),
        (["steps", 4, "at_most"], None, "`until`: at most 3 days removed"),
        (["steps", 1], {"id": "settle", "send": "tips"}, "step `settle` was wait: 1 day, is now send a message: tips"),
        (["steps", 1, "name"], "Settle in", "step `settle` is called Settle in"),
        (["steps", 1, "note"], "why", "step `settle` has another note"),
        (["exit"], None, 'leaves when in segment "paying" removed'),
        (["reenter"], "always", "may come again is now always"),
        (["trigger", "event"], "Came", "starts when event Signed Up became event Came"),
        (["steps", 3], None, "step `nudge` (send a message: need-a-hand) removed"),
        (
            ["steps", 2, "branch", 0, "when"],
            'did "Invited"',
            '`got-it`: way 1, when did "Project Created" since entry, became when did "Invited"',
        ),
    ],
)
def test_one_edit_says_one_thing(path: list[Any], value: Any, text: str) -> None:
    assert said(changed(path, value)) == [text]


def test_steps_that_come_and_move() -> None:
    new = copy.deepcopy(OLD)
    new["steps"].insert(0, {"id": "first", "wait": "1 hour"})
    assert said(new) == ["new step: `first` (wait: 1 hour) to the front"]
    new = copy.deepcopy(OLD)
    nudge = new["steps"].pop(3)
    new["steps"][2]["branch"][1]["otherwise"].append(nudge)
    assert said(new) == ["step `nudge` moved into `got-it`, otherwise, after `mark`"]
    new = copy.deepcopy(OLD)
    new["steps"].append(new["steps"].pop(1))
    assert said(new) == ["step `settle` moved after `until`"]
    new = copy.deepcopy(OLD)
    new["steps"][2]["branch"].insert(0, {"when": "x = 1", "steps": [{"id": "vip", "send": "vip"}]})
    assert said(new) == [
        "`got-it`: new way when x = 1",
        "new step: `vip` (send a message: vip) into `got-it`, when x = 1",
    ]


@settings(max_examples=150, deadline=None)
@given(st.data(), workspaces())
def test_what_differs_says_something_and_what_is_the_same_nothing(data: st.DataObject, workspace: Any) -> None:
    for entry in workspace.body["journeys"].values():
        old = read(entry["document"])
        new = read(data.draw(edited(entry["document"], tuple(workspace.body["segments"]), "n")))
        assert difference(old, old) == []
        found = difference(old, new)
        assert bool(found) == (write(old) != write(new))
        before, after = {step.id for step in every(old.steps)}, {step.id for step in every(new.steps)}
        assert {each.step for each in found if each.what == "added"} == after - before
        assert {each.step for each in found if each.what == "removed"} == before - after
        assert {each.step for each in found if each.what in ("moved", "changed", "named")} <= before & after
        assert len({each.text for each in found}) == len(found)
