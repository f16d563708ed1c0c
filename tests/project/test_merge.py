"""Two edits of one journey: what only one side touched is taken, what both touched is told with both sides."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws.stories import Workspace, workspaces
from tidings import journeys
from tidings.project.merge import Conflict, merge

BASE: dict[str, Any] = {
    "journey": "onboarding",
    "trigger": {"event": "Signed Up"},
    "steps": [
        {"id": "welcome", "send": "welcome"},
        {"id": "settle", "wait": "1 day"},
        {
            "id": "fork",
            "branch": [
                {"when": 'plan = "pro"', "steps": [{"id": "pro", "send": "pro"}]},
                {"otherwise": [{"id": "free", "send": "free"}, {"id": "later", "wait": "2 days"}]},
            ],
        },
        {"id": "end", "exit": True},
    ],
}


def edited(*edits: tuple[Any, ...]) -> dict[str, Any]:
    """The base with values put at paths; a path that ends in a list's length appends, None takes out."""
    document = deepcopy(BASE)
    for *path, value in deepcopy(edits):
        inner: Any = document
        for key in path[:-1]:
            inner = inner[key]
        if value is None:
            del inner[path[-1]]
        elif isinstance(inner, list) and isinstance(path[-1], float):
            inner.insert(int(path[-1]), value)
        else:
            inner[path[-1]] = value
    return document


def is_structural(edit: tuple[Any, ...]) -> bool:
    """Whether it puts a step in or takes one out; such edits are made last, from the end, so that the other paths stay right."""
    return edit[-1] is None or isinstance(edit[-2], float)


WAIT = ("steps", 1, "wait", "2 days")
INNER = ("steps", 2, "branch", 1, "otherwise", 0, "send", "free-2")
EXTRA = ("steps", 1.0, {"id": "extra", "wait": "1 hour"})
TAIL = ("steps", 3.0, {"id": "tail", "wait": "1 hour"})


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([WAIT], [INNER]),
        ([("name", "Onboarding")], [("audience", "email is present")]),
        ([WAIT, ("exit", 'in segment "paying"')], [EXTRA]),
        ([EXTRA], [TAIL]),
        ([("steps", 3, None)], [INNER]),
        ([WAIT, INNER], [WAIT]),
        ([("steps", 2, "branch", 0, "steps", 0, "send", "pro-2")], [INNER]),
    ],
    ids=str,
)
def test_what_only_one_side_touched_is_taken(ours: list[Any], theirs: list[Any]) -> None:
    both = [*ours, *(edit for edit in theirs if edit not in ours)]
    both.sort(key=lambda edit: (is_structural(edit), -edit[1] if is_structural(edit) else 0))
    found = merge(BASE, edited(*ours), edited(*theirs))
    assert found.conflicts == ()
    assert found.document == edited(*both)
    journeys.read(found.document)
    assert merge(BASE, edited(*theirs), edited(*ours)).document == found.document


@pytest.mark.parametrize(
    ("ours", "theirs", "where", "sides"),
    [
        ([WAIT], [("steps", 1, "wait", "3 days")], ("steps", "settle", "wait"), ("2 days", "3 days")),
        ([("steps", 1, None)], [WAIT], ("steps", "settle"), (None, {"id": "settle", "wait": "2 days"})),
        ([EXTRA], [("steps", 1.0, {"id": "other", "exit": True})], ("steps",), (["extra"], ["other"])),
        ([("name", "A")], [("name", "B")], ("name",), ("A", "B")),
        (
            [("steps", 2, "branch", 0, "when", "plan = 1")],
            [("steps", 2, "branch", 0, "when", "plan = 2")],
            ("steps", "fork", "branch"),
            None,
        ),
    ],
    ids=str,
)
def test_what_both_touched_is_told_with_both_sides(
    ours: list[Any], theirs: list[Any], where: tuple[str, ...], sides: tuple[Any, Any] | None
) -> None:
    (conflict,) = merge(BASE, edited(*ours), edited(*theirs)).conflicts
    assert conflict.where == where
    if sides is not None:
        assert conflict == Conflict(where, *sides)


@pytest.mark.parametrize("others", [(), (("steps", 3, None),), (TAIL,)], ids=str)
def test_what_one_took_out_and_the_other_changed_is_as_ours_has_it_meanwhile(others: tuple[Any, ...]) -> None:
    changed, gone = edited(WAIT), edited(*others, ("steps", 1, None))
    kept = merge(BASE, changed, gone)
    (conflict,) = kept.conflicts
    assert conflict == Conflict(("steps", "settle"), {"id": "settle", "wait": "2 days"}, None)
    assert kept.document == edited(*others, WAIT)
    taken = merge(BASE, gone, changed)
    assert taken.conflicts == (Conflict(("steps", "settle"), None, {"id": "settle", "wait": "2 days"}),)
    assert taken.document == gone


STEP = {"id": "until", "wait_until": 'did "A"', "at_most": "1 day"}


@pytest.mark.parametrize(
    ("ours", "theirs", "made"),
    [
        ({"wait_until": 'did "B"'}, {"at_most": "2 days"}, {"wait_until": 'did "B"'}),
        ({"only_if": "x = 1"}, {"at_most": "2 days", "wait_until": 'did "B"'}, {"only_if": "x = 1"}),
        ({"at_most": "3 days"}, {"at_most": "2 days", "only_if": "x = 1"}, {"at_most": "3 days"}),
        ({"at_most": None}, {"wait_until": 'did "B"'}, {"at_most": None}),
    ],
    ids=str,
)
def test_what_a_step_does_is_one_thing(ours: dict[str, Any], theirs: dict[str, Any], made: dict[str, Any]) -> None:
    """Told with both sides, and ours stands whole meanwhile; but who sees the other's edits as they are made may edit other fields."""

    def with_step(change: dict[str, Any]) -> dict[str, Any]:
        step = {key: value for key, value in {**STEP, **change}.items() if value is not None}
        return {**BASE, "steps": [*BASE["steps"], step]}

    found = merge(with_step({}), with_step(ours), with_step(theirs))
    assert len(found.conflicts) == 1
    assert found.document == with_step(made)
    if not ours.keys() & theirs.keys():
        mine, other = with_step(ours)["steps"][-1], with_step(theirs)["steps"][-1]
        assert found.conflicts == (Conflict(("steps", "until"), mine, other),)
        both = merge(with_step({}), with_step(ours), with_step(theirs), together=True)
        assert (both.conflicts, both.document) == ((), with_step({**theirs, **ours}))
    named = merge(with_step({}), with_step(ours), with_step({"name": "Until", "note": "Ask Ann"}))
    assert (named.conflicts, named.document) == ((), with_step({**ours, "name": "Until", "note": "Ask Ann"}))


def test_steps_within_arms_are_apart_from_the_step_that_has_them() -> None:
    fork = ("steps", 2, "only_if", "x = 1")
    assert merge(BASE, edited(fork), edited(INNER)).document == edited(fork, INNER)
    other = ("steps", 2, "branch", 0, "when", 'plan = "team"')
    (conflict,) = merge(BASE, edited(fork), edited(other)).conflicts
    assert conflict.where == ("steps", "fork")


def test_reordering_on_one_side_is_taken_on_both_it_is_told() -> None:
    steps = BASE["steps"]
    swapped = {**BASE, "steps": [steps[1], steps[0], *steps[2:]]}
    other = {**BASE, "steps": [*steps[:2], steps[3], steps[2]]}
    assert merge(BASE, swapped, edited(WAIT)).document["steps"][0] == {"id": "settle", "wait": "2 days"}
    (conflict,) = merge(BASE, swapped, other).conflicts
    assert conflict.where == ("steps",)


def test_true_is_not_one() -> None:
    base = {"steps": [{"id": "mark", "set": {"a": 1}}]}
    ours = {"steps": [{"id": "mark", "set": {"a": True}}]}
    theirs = {"steps": [{"id": "mark", "set": {"a": 2}}]}
    assert merge(base, ours, base).document["steps"][0]["set"]["a"] is True
    assert merge(base, ours, theirs).conflicts


@settings(max_examples=50, deadline=None)
@given(workspaces(), st.data())
def test_one_side_alone_is_taken_whole_and_equal_edits_agree(made: Workspace, data: st.DataObject) -> None:
    texts = [journeys.write(journeys.read(entry["document"])) for entry in made.body["journeys"].values()]
    base = data.draw(st.sampled_from(texts))
    other = {**data.draw(st.sampled_from(texts)), "journey": base["journey"]}
    for ours, theirs, expected in ((other, base, other), (base, other, other), (other, other, other)):
        found = merge(base, ours, theirs)
        assert found.conflicts == ()
        assert found.document == expected
        assert list(found.document) == list(expected)
