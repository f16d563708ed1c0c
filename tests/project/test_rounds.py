"""A journey that starts itself at once goes round without end, and `check` says so before anybody is in it: of those the engine stops."""

from typing import Any

import pytest

from tests.engine.test_examples import give, moves, real
from tidings.kernel.records import Consent, Event, Identify
from tidings.project.check import check
from tidings.project.folder import Project, Source

MAIL = {"hello": Source("---\nsubject: Hi\n---\nHi", "html")}
SETTINGS = {"workspace": "w", "channels": {"email": {"provider": "mailbox"}}}
AGAIN = {"id": "again", "track": "Go"}


def journey(id: str, event: str, *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"journey": id, "trigger": {"event": event}, "reenter": "always", "steps": list(steps)} | more


def told(
    *documents: dict[str, Any], segments: Any = (), events: Any = ()
) -> list[tuple[str, tuple[str | int, ...], str]]:
    project = Project(
        settings=SETTINGS,
        templates=MAIL,
        journeys={document["journey"]: document for document in documents},
        segments={each["segment"]: each for each in segments},
        events={each["event"]: each for each in events},
    )
    return [(each.file, each.path, each.message) for each in check(project)]


def test_a_last_step_that_starts_its_own_journey_is_warned_of() -> None:
    found = told(journey("a", "Go", {"id": "hi", "send": "hello"}, AGAIN))
    assert found == [("journey a", ("steps", 1), "this starts `a` again at once, without end")]
    branch = {"id": "b", "branch": [{"when": "plan = 1", "steps": [{"id": "s", "start": "a"}]}]}
    assert told(journey("a", "Go", branch)) == [
        ("journey a", ("steps", 0, "branch", 0, "steps", 0), "this starts `a` again at once, without end")
    ]


@pytest.mark.parametrize(
    "document",
    [
        journey("a", "Go", {"id": "w", "wait": "1 day"}, AGAIN),
        journey("a", "Go", {"id": "u", "wait_until": 'did "Paid" since entry', "at_most": "1 day"}, AGAIN),
        journey("a", "Go", AGAIN, {"id": "hi", "send": "hello"}),
        journey("a", "Go", AGAIN, reenter="after 1 day"),
        journey("a", "Go", AGAIN, reenter="never"),
        journey("a", "Went", AGAIN),
        journey("a", "Go", AGAIN | {"properties": {"n": 1}}, trigger={"event": "Go", "where": "n > 1"}),
    ],
)
def test_what_waits_or_lets_nobody_in_again_is_not(document: dict[str, Any]) -> None:
    assert told(document) == []


def test_journeys_that_start_each_other_are_warned_of() -> None:
    one = journey("a", "Go", {"id": "t", "track": "Went"}, {"id": "hi", "send": "hello"})
    found = told(one, journey("b", "Went", AGAIN))
    assert [(file, path) for file, path, _ in found] == [("journey a", ("steps", 0)), ("journey b", ("steps", 0))]
    assert found[0][2] == "this starts `b`, which leads back to `a` at once, without end"
    assert told(one, journey("b", "Went", {"id": "w", "wait": "1 hour"}, AGAIN)) == []


def goes_round(document: dict[str, Any], *segments: dict[str, Any]) -> bool:
    """Whether the engine stops somebody in it."""
    life = real(document | {"journey": "j"}, {each["segment"]: each for each in segments})
    for plan in ("trial", "pro", "trial", "team", "trial"):
        give(life, Identify({"plan": plan}))
    for visits in (1, 2, 3):
        give(life, Identify({"visits": visits}))
    give(life, Consent(True))
    give(life, Event("Opened", {}))
    return "parked" in [what for what, _ in moves(life)]


PLAN = {"attribute": "plan"}
IN_TRIAL = {"segment": "entered trials"}
TRIALS = {"segment": "trials", "rule": 'plan = "trial"'}
HAND = {"segment": "trials", "manual": True}
LOOKED = {"event": "looked", "name": "Looked", "rule": 'did "Opened" where page = "pricing"'}
PUT, TAKE = {"id": "put", "add_to": "trials"}, {"id": "take", "remove_from": "trials"}


def to(id: str, value: Any, name: str = "plan") -> dict[str, Any]:
    return {"id": id, "set": {name: value}}


@pytest.mark.parametrize(
    ("trigger", "steps"),
    [
        ({"attribute": "visits"}, [to("s", {"add": 1}, "visits")]),
        ({"attribute": "visits"}, [to("s", "{{ customer.visits | plus: 1 }}", "visits")]),
        (PLAN, [to("r", "trial"), to("s", "pro")]),
        (PLAN, [to("r", None), to("s", "pro")]),
        (PLAN | {"from": "trial", "to": "pro"}, [to("r", "trial"), to("s", "pro")]),
        (IN_TRIAL, [to("r", "pro"), to("s", "trial")]),
        ({"segment": "left trials"}, [to("r", "trial"), to("s", "pro")]),
        ({"segment": "entered pro-trials"}, [to("r", "pro"), to("s", "trial")]),
        (
            {"attribute": "unsubscribed", "to": True},
            [{"id": "y", "subscribe": "all"}, {"id": "n", "unsubscribe": "all"}],
        ),
    ],
)
def test_what_a_last_step_sets_is_warned_of_where_it_changes_each_time(
    trigger: dict[str, Any], steps: list[dict[str, Any]]
) -> None:
    document, nested = (
        journey("a", "", *steps, trigger=trigger),
        {"segment": "pro-trials", "rule": 'in segment "trials"'},
    )
    found = told(document, segments=[TRIALS, nested])
    assert goes_round(document, TRIALS, nested)
    assert found == [("journey a", ("steps", len(steps) - 1), "this starts `a` again at once, without end")]


@pytest.mark.parametrize(
    ("trigger", "steps"),
    [
        (PLAN, [to("s", "pro")]),
        (PLAN, [to("r", "pro"), to("s", "pro")]),
        (PLAN, [to("r", "trial"), {"id": "w", "wait": "1 hour"}, to("s", "pro")]),
        (PLAN | {"to": "team"}, [to("r", "trial"), to("s", "pro")]),
        (PLAN, [to("s", "{{ customer.plan | downcase }}")]),
        (PLAN, [to("s", {"append": "x"})]),
        ({"attribute": "visits", "to": 3}, [to("s", {"add": 1}, "visits")]),
        (PLAN, [to("r", "trial", "tier"), to("s", "pro", "tier")]),
        (IN_TRIAL, [to("s", "trial")]),
        (IN_TRIAL, [to("r", "pro"), to("s", "team")]),
    ],
)
def test_what_it_sets_once_and_for_all_is_not(trigger: dict[str, Any], steps: list[dict[str, Any]]) -> None:
    document = journey("a", "", *steps, trigger=trigger)
    assert not goes_round(document, TRIALS)
    assert told(document, segments=[TRIALS]) == []


def test_a_segment_kept_by_hand_goes_round_as_well() -> None:
    found = told(journey("a", "", TAKE, PUT, trigger=IN_TRIAL), segments=[HAND])
    assert [path for _, path, _ in found] == [("steps", 1)]
    assert told(journey("a", "", PUT, trigger=IN_TRIAL), segments=[HAND]) == []


def test_journeys_that_set_back_what_the_other_sets_are_warned_of() -> None:
    one = journey("a", "", to("s", "pro"), trigger=PLAN | {"to": "trial"})
    other = journey("b", "", to("s", "trial"), trigger=PLAN | {"to": "pro"})
    assert [(file, path) for file, path, _ in told(one, other)] == [
        ("journey a", ("steps", 0)),
        ("journey b", ("steps", 0)),
    ]
    alone = journey("a", "", to("s", "pro"), trigger=PLAN)
    assert told(alone, journey("b", "Went", to("s", "trial"))) == []  # the other is no part of a round


def test_a_derived_event_is_what_it_is_made_of() -> None:
    def opened(page: str) -> dict[str, Any]:
        return journey("a", "Looked", {"id": "t", "track": "Opened", "properties": {"page": page}})

    assert [path for _, path, _ in told(opened("pricing"), events=[LOOKED])] == [("steps", 0)]
    assert told(opened("home"), events=[LOOKED]) == []


def test_a_jump_back_that_the_engine_would_stop_is_warned_of() -> None:
    hi, wait = {"id": "hi", "send": "hello"}, {"id": "w", "wait": "1 day"}
    back = {"id": "g", "go_to": "hi", "at_most": "60 times"}
    (found,) = told(journey("a", "Go", hi, back))
    assert found[1:] == (("steps", 1, "at_most"), "whoever goes round 50 times without waiting is stopped by a fault")
    assert goes_round(journey("a", "Opened", hi, back))
    assert told(journey("a", "Go", hi, wait, back)) == []
