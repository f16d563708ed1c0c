"""Loops and jumps: what is refused, what is warned of, and what is let be."""

from typing import Any

import pytest

from tidings import journeys
from tidings.engine.happening import DEEPEST
from tidings.journeys import ways
from tidings.kernel.problems import Invalid
from tidings.kernel.times import DAY, HOUR

END = {"id": "e", "exit": True}
SEND = {"id": "a", "send": "a"}
WAIT = {"id": "w", "wait": "1 day"}
CLOCK = {"id": "w", "wait_for_time": {"at": "09:00"}}


def read(*steps: Any) -> journeys.Journey:
    return journeys.read({"journey": "j", "trigger": {"event": "Go"}, "steps": list(steps)})


@pytest.mark.parametrize(
    "steps",
    [
        [SEND, WAIT, {"id": "g", "go_to": "a"}],
        [SEND, CLOCK, {"id": "g", "go_to": "a"}],
        [SEND, {"id": "g", "go_to": "a", "at_most": "5 times"}],
        [{"id": "g", "go_to": "a"}, SEND],
        [SEND, {"id": "g", "go_to": "b", "at_most": "once"}, {"id": "b", "send": "b"}, WAIT, {"id": "h", "go_to": "a"}],
    ],
)
def test_rounds_that_wait_or_are_bounded_are_let_be(steps: list[Any]) -> None:
    read(*steps)


@pytest.mark.parametrize(
    "steps",
    [
        [SEND, {"id": "g", "go_to": "a"}],
        [{"id": "g", "go_to": "g"}],
        [SEND, WAIT | {"only_if": "x = 1"}, {"id": "g", "go_to": "a"}],
        [SEND, {"id": "w", "wait_until": "x = 1"}, {"id": "g", "go_to": "a"}],
        [SEND, {"id": "w", "wait_for_time": {"days": ["monday"]}}, {"id": "g", "go_to": "a"}],
        [SEND, {"id": "b", "branch": [{"when": "x = 1", "steps": [WAIT]}]}, {"id": "g", "go_to": "a"}],
        [{"id": "b", "branch": [{"otherwise": [SEND, {"id": "g", "go_to": "b"}]}]}, WAIT],
    ],
)
def test_rounds_that_may_never_wait_are_refused(steps: list[Any]) -> None:
    with pytest.raises(Invalid) as caught:
        read(*steps)
    (problem,) = caught.value.problems
    assert "round" in problem.message
    assert problem.path[-1] == "go_to"


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([SEND, {"id": "g", "go_to": "a", "at_most": "51 times"}], ["g"]),
        ([SEND, {"id": "g", "go_to": "a", "at_most": "50 times"}], []),
        ([SEND, WAIT, {"id": "g", "go_to": "a", "at_most": "200 times"}], []),
        ([SEND, WAIT | {"only_if": "x = 1"}, {"id": "g", "go_to": "a", "at_most": "200 times"}], ["g"]),
        ([SEND, {"id": "w", "wait_until": "x = 1"}, {"id": "g", "go_to": "a", "at_most": "200 times"}], []),
        ([{"id": "g", "go_to": "a", "at_most": "200 times"}, SEND], []),
    ],
)
def test_a_bound_beyond_what_the_engine_lets_anybody_go_round_is_found(steps: list[Any], found: list[str]) -> None:
    assert ways.hasty(journeys.route(read(*steps)), DEEPEST) == found


def test_a_jump_to_nowhere_names_the_nearest_step() -> None:
    with pytest.raises(Invalid) as caught:
        read({"id": "remind", "send": "a"}, WAIT, {"id": "g", "go_to": "remnd"})
    (problem,) = caught.value.problems
    assert problem.path == ("steps", 2, "go_to")
    assert "there is no step `remnd`" in problem.message
    assert "`remind`" in problem.hint


@pytest.mark.parametrize(
    ("steps", "lost"),
    [
        ([SEND, WAIT], []),
        ([{"id": "e", "exit": True}, SEND, WAIT], ["a"]),
        ([{"id": "e", "only_if": "x = 1", "exit": True}, SEND], []),
        ([WAIT, {"id": "g", "go_to": "w"}, SEND], ["a"]),
        ([WAIT, {"id": "g", "go_to": "w", "at_most": "twice"}, SEND], []),
        ([{"id": "b", "branch": [{"when": "x = 1", "steps": [{"id": "e", "exit": True}]}]}, SEND], []),
        ([{"id": "b", "branch": [{"when": "x = 1", "steps": [END]}, {"otherwise": [END | {"id": "f"}]}]}, SEND], ["a"]),
    ],
)  # fmt: skip
def test_steps_nobody_comes_to_are_found(steps: list[Any], lost: list[str]) -> None:
    assert ways.unreachable(journeys.route(read(*steps))) == lost


@pytest.mark.parametrize(
    ("steps", "days"),
    [
        ([WAIT, {"id": "v", "wait_until": "x = 1", "at_most": "2 days"}, SEND], {"w": 0, "v": 1, "a": 3}),
        (
            [{"id": "b", "branch": [{"when": "x = 1", "steps": [WAIT]}, {"otherwise": [SEND]}]}, END],
            {"b": 0, "w": 0, "a": 0, "e": 1},
        ),
        ([SEND, WAIT, {"id": "g", "go_to": "a", "at_most": "5 times"}, END], {"a": 0, "w": 0, "g": 1, "e": 1}),
        ([WAIT, {"id": "g", "go_to": "e"}, SEND, END], {"w": 0, "g": 1, "e": 1}),
    ],
)
def test_how_long_the_longest_way_to_a_step_waits(steps: list[Any], days: dict[str, int]) -> None:
    took = ways.lasting(journeys.route(read(*steps)))
    assert {id: waits.before // DAY for id, waits in took.items()} == days


def test_who_comes_at_the_wrong_hour_waits_longest() -> None:
    office = {"days": "weekdays", "between": ["09:00", "17:00"]}
    asked = [{"id": "m", "wait_for_time": {"days": ["monday"]}}]
    steps = [{"id": "s", "send": "t", "at": office}, {"id": "t", "send": "t", "at": office}, *asked]
    took = ways.lasting(journeys.route(read(*steps)))
    assert took["s"] == (0, 64 * HOUR, 64 * HOUR), "from Friday at five until Monday at nine"
    assert took["t"] == (64 * HOUR, 64 * HOUR, 64 * HOUR), "who came in the hours of one is in those of the next"
    assert took["m"].until == 151 * HOUR, "from Monday at five, over Tuesday at nine, until the next Monday begins"
