"""Journeys as documents: what is read is written again, and what is wrong is said with its path."""

import json
from typing import Any

import pytest

from tidings import journeys
from tidings.journeys.goal import millionths as read_millionths
from tidings.journeys.goal import show_amount
from tidings.journeys.kinds import step_kinds, trigger_kinds
from tidings.kernel.problems import Invalid

WHOLE: dict[str, Any] = {
    "journey": "onboarding",
    "name": "Trial onboarding",
    "note": "Owned by growth",
    "trigger": {"event": "Signed Up", "where": 'plan = "trial"'},
    "audience": "email is present",
    "reenter": "after 30 days",
    "exit": 'in segment "paying"',
    "goal": {"rule": 'did "Subscription Started" since entry', "within": "14 days"},
    "limits": {"entry": "100 per hour", "at_once": 500, "in_all": 10000, "over": "refuse", "send": "60 per minute"},
    "priority": 10,
    "steps": [
        {"id": "welcome", "send": "welcome"},
        {"id": "settle", "name": "Let it settle", "note": "why", "wait": "1 day"},
        {"id": "first", "wait_until": 'did "Project Created" since entry', "at_most": "3 days"},
        {
            "id": "got-it",
            "branch": [
                {"when": 'did "Project Created" since entry', "steps": [{"id": "praise", "send": "nice"}]},
                {
                    "otherwise": [
                        {
                            "id": "nudge",
                            "only_if": "not unsubscribed = true",
                            "send": "help",
                            "at": {"days": "weekdays", "between": ["09:00", "17:00"], "zone": "person"},
                        }
                    ]
                },
            ],
        },
        {
            "id": "test",
            "split": [
                {"share": 50, "steps": [{"id": "a", "send": "tips-a"}]},
                {"share": 50, "name": "b", "steps": [{"id": "b", "send": "tips-b"}]},
            ],
        },
        {"id": "mark", "set": {"onboarded": True}},
        {"id": "tell", "track": "Onboarded", "properties": {"by": "journey"}},
        {"id": "end", "exit": "all said"},
    ],
}


def test_what_is_written_is_what_was_read() -> None:
    journey = journeys.read(WHOLE)
    assert journeys.write(journey) == WHOLE
    assert journeys.read(journeys.write(journey)) == journey


def test_a_goal_by_an_event_is_written_as_it_is_read() -> None:
    goal = {"event": "Order Completed", "where": "total > 0 or vip = true", "within": "7 days", "value": "sums.total"}
    goal |= {"currency": "event.currency", "credit": "any clicked"}
    journey = journeys.read({**WHOLE, "goal": goal})
    assert journeys.write(journey)["goal"] == goal
    assert journey.goal is not None
    assert journey.goal.rule.text == 'did "Order Completed" since entry where total > 0 or vip = true'
    other = journeys.read({**WHOLE, "goal": {**goal, "within": "8 days"}}).goal
    assert other is not None
    assert other.id != journey.goal.id


@pytest.mark.parametrize(
    ("amount", "millionths"),
    [
        (19.99, 19_990_000),
        ("0.1", 100_000),
        (7, 7_000_000),
        (" 1249.90 ", 1_249_900_000),
        ("-3", -3_000_000),
        (0.1 + 0.2, 300_000),
        (True, None),
        ("many", None),
        (None, None),
        ("NaN", None),
        ("Infinity", None),
        (10**20, None),
    ],
)
def test_amounts_are_exact(amount: object, millionths: int | None) -> None:
    assert read_millionths(amount) == millionths


def test_amounts_are_shown_with_what_decimals_they_have() -> None:
    assert [show_amount(each, "EUR") for each in (1_249_900_000, 5_000_000, 1_234, -500_000)] == [
        "1,249.90 EUR",
        "5.00 EUR",
        "0.001234 EUR",
        "-0.50 EUR",
    ]


def test_branches_join_again() -> None:
    route = journeys.route(journeys.read(WHOLE))
    assert route.first == "welcome"
    assert route.nodes["got-it"].into == ("praise", "nudge")
    assert route.nodes["praise"].next == route.nodes["nudge"].next == "test"
    assert route.nodes["end"].next == ""


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"steps": []}, ("steps",), "at least one step"),
        ({"stepz": []}, ("stepz",), "no field `stepz`"),
        ({"trigger": {"evnt": "x"}}, ("trigger",), "did you mean `event`?"),
        ({"trigger": None}, ("trigger",), "trigger is missing"),
        ({"reenter": "sometimes"}, ("reenter",), "after 30 days"),
        ({"audience": "email is"}, ("audience",), ""),
        ({"audience": 'did "X" since entry'}, ("audience",), "before the person has entered"),
        ({"goal": {"rule": "a = 1"}}, ("goal",), "no window"),
        ({"goal": {"within": "1 day"}}, ("goal",), "a goal is a rule, or an event"),
        ({"goal": {"event": "", "within": "1 day"}}, ("goal", "event"), "the event is empty"),
        ({"goal": {"rule": "a = 1", "event": "x", "within": "1 day"}}, ("goal",), "write one of both"),
        ({"goal": {"rule": "a = 1", "value": "total", "within": "1 day"}}, ("goal", "value"), "is about an event"),
        ({"goal": {"event": "x", "value": "total", "within": "1 day"}}, ("goal",), "a value has a currency"),
        ({"goal": {"event": "x", "value": "t", "currency": "euro", "within": "1 day"}}, ("goal", "currency"), "EUR"),
        ({"goal": {"event": "x", "credit": "best sent", "within": "1 day"}}, ("goal", "credit"), "last sent"),
        ({"journey": "no good"}, ("journey",), "can't be a name"),
        ({"limits": {"sned": "1 per minute"}}, ("limits", "sned"), "did you mean `send`?"),
        ({"limits": {"send": "fast"}}, ("limits", "send"), "60 per minute"),
        ({"limits": {"at_once": 0}}, ("limits", "at_once"), "number of runs"),
        ({"limits": {"over": "refuse"}}, ("limits", "over"), "needs a limit"),
        ({"limits": {"entry": "5 per day", "over": "queue"}}, ("limits", "over"), "`wait` or `refuse`"),
        ({"priority": "high"}, ("priority",), "whole number"),
        ({"steps": [{"id": "a", "sned": "x"}]}, ("steps", 0, "sned"), "did you mean `send`?"),
        ({"steps": [{"id": "a", "wait": "3"}]}, ("steps", 0, "wait"), "3 days"),
        ({"steps": [{"id": "a", "wait": 3}]}, ("steps", 0, "wait"), "no unit"),
        ({"steps": [{"id": "a", "send": "x"}, {"id": "a", "send": "y"}]}, ("steps", 1, "id"), "two steps are called"),
        ({"trigger": {"event": "x", "segment": "entered y"}}, ("trigger", "segment"), "one thing starts a run"),
        ({"steps": [{"id": "a", "branch": [{"else": []}]}]}, ("steps", 0, "branch", 0, "else"), "write `otherwise:`"),
        ({"steps": [{"id": "a", "send": "x", "wait": "1 day"}]}, ("steps", 0, "wait"), "does one thing"),
        ({"steps": [{"send": "x"}]}, ("steps", 0, "id"), "missing"),
        ({"steps": [{"id": "a", "set": {"email": "x"}}]}, ("steps", 0, "set", "email"), "identifies"),
        (
            {"steps": [{"id": "a", "split": [{"share": 0, "steps": []}, {"share": 1, "steps": []}]}]},
            ("steps", 0, "split", 0, "share"),
            "above zero",
        ),
        ({"steps": [{"id": "a", "branch": [{"steps": []}]}]}, ("steps", 0, "branch", 0), "no rule"),
        (
            {"steps": [{"id": "a", "send": "x", "at": {"between": ["17:00", "09:00"]}}]},
            ("steps", 0, "at", "between"),
            "ends before",
        ),
        (
            {"steps": [{"id": "a", "send": "x", "at": {"zone": "Europe/Osl"}}]},
            ("steps", 0, "at", "zone"),
            "Europe/Oslo",
        ),
        ({"steps": [{"id": "a", "set": {"x": "{{ event.total | tims: 2 }}"}}]}, ("steps", 0, "set", "x"), "times"),
        ({"steps": [{"id": "a", "set": {"x": "{{ plan }}"}}]}, ("steps", 0, "set", "x"), "customer.plan"),
        ({"steps": [{"id": "a", "set": {"x": "{{ 9 | random }}"}}]}, ("steps", 0, "set", "x"), "at random"),
        ({"steps": [{"id": "a", "set": {"x": {"ad": 1}}}]}, ("steps", 0, "set", "x", "ad"), "did you mean `add`?"),
        ({"steps": [{"id": "a", "wait_for_time": {}}]}, ("steps", 0, "wait_for_time"), "nothing is waited for"),
        ({"steps": [{"id": "a", "wait_for_time": {"at": "9"}}]}, ("steps", 0, "wait_for_time", "at"), "09:00"),
        (
            {"steps": [{"id": "a", "wait_for_time": {"attribute": "x", "at": "09:00", "offset": "2 hours before"}}]},
            ("steps", 0, "wait_for_time", "offset"),
            "whole days",
        ),
        (
            {"steps": [{"id": "a", "wait_for_time": {"date": "2026-02-30"}}]},
            ("steps", 0, "wait_for_time", "date"),
            "no date",
        ),
        (
            {"steps": [{"id": "a", "wait_for_time": {"at": "09:00", "missing": "wait"}}]},
            ("steps", 0, "wait_for_time", "missing"),
            "attribute",
        ),
        ({"steps": [{"id": "a", "wait_until": []}]}, ("steps", 0, "wait_until"), "nothing to wait for"),
        (
            {"steps": [{"id": "a", "wait_until": [{"at_most": "1 day", "steps": []}, {"when": "x = 1", "steps": []}]}]},
            ("steps", 0, "wait_until", 0, "at_most"),
            "last",
        ),
        (
            {"steps": [{"id": "a", "wait_until": [{"when": "x = 1", "steps": []}], "at_most": "1 day"}]},
            ("steps", 0, "at_most"),
            "way of its own",
        ),
        ({"steps": [{"id": "a", "go_to": "a", "at_most": "5"}]}, ("steps", 0, "at_most"), "5 times"),
        (
            {"steps": [{"id": "a", "split": [{"holdout": 0}, {"share": 1, "steps": []}]}]},
            ("steps", 0, "split", 0, "holdout"),
            "above zero",
        ),
    ],
)
def test_faults_are_told_with_their_place(change: dict[str, Any], path: tuple[str | int, ...], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        journeys.read(WHOLE | change)
    told = [problem for problem in caught.value.problems if problem.path == path]
    assert told, [(problem.path, problem.message) for problem in caught.value.problems]
    assert words in f"{told[0].message} {told[0].hint}"


def test_values_are_kept_as_a_browser_gives_them_back() -> None:
    """One sort of number, and names that are whole numbers first."""
    given = {"b": 1.0, "10": {"x": -0.0, "7": [2.0, 0.5], "01": True}, "2": 1e-7}
    step = {"id": "mark", "set": given}
    written = journeys.write(journeys.read({"journey": "a", "trigger": {"event": "Paid"}, "steps": [step]}))["steps"][0]
    wanted = '{"2": 1e-07, "10": {"7": [2, 0.5], "x": 0, "01": true}, "b": 1}'
    assert json.dumps(written["set"]) == wanted
    step["set"] = {"account": 9007199254740993}
    with pytest.raises(Invalid) as caught:
        journeys.read({"journey": "a", "trigger": {"event": "Paid"}, "steps": [step]})
    (problem,) = caught.value.problems
    assert problem.path == ("steps", 0, "set", "account")
    assert "too large to be kept to the digit" in problem.message


def test_every_kind_is_found_by_walking() -> None:
    assert set(step_kinds()) >= {"send", "wait", "wait_until", "branch", "split", "set", "track", "exit"}
    assert set(trigger_kinds()) >= {"event", "segment", "attribute", "date", "form"}
