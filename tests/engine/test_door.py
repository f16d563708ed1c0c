"""The door: a run stands before it until a record lets it in or sends it away; and how many may come in."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.test_examples import give, go, moves, real, sent
from tests.laws.real import Real
from tidings.journeys import ramp as ramps
from tidings.journeys.admission import Room, room
from tidings.journeys.limits import Limits
from tidings.kernel.effects import Moved
from tidings.kernel.ids import digest
from tidings.kernel.records import Admit, Event, Identify, Touch
from tidings.kernel.share import in_share
from tidings.kernel.times import HOUR
from tidings.people.document import Run

STEPS = [{"id": "a", "send": "a"}, {"id": "w", "wait": "9 days"}]


def life(**journey: Any) -> Real:
    made = real({"limits": {"at_once": 5}, "steps": STEPS, **journey})
    made.give(go())
    return made


def before(made: Real) -> Run:
    (run,) = made.person.runs
    return run


def whys(made: Real) -> list[str]:
    return [effect.why for effect in made.effects if isinstance(effect, Moved) and effect.what in ("refused", "queued")]


def test_whoever_is_let_in_begins_then() -> None:
    made = life(goal={"event": "Paid", "within": "7 days"})
    assert moves(made) == [("queued", "")]
    assert whys(made) == ["waits to be let in: it takes 5 inside at once"]
    made.give(go(5))
    assert whys(made)[1:] == ["already in the journey"]
    give(made, Event("Paid", {}))
    give(made, Admit(before(made).id))
    assert moves(made)[2:] == [("entered", ""), ("planned", "a"), ("waiting", "w")]
    run = before(made)
    assert (run.entered, run.converted, run.goal_until is not None) == (made.at(4), None, True)
    give(made, Admit(run.id))
    assert len(moves(made)) == 5, "nobody is let in twice"


def test_whoever_is_sent_away_may_come_again() -> None:
    made = life()
    give(made, Admit(before(made).id, False, "there is no room"))
    assert moves(made) == [("queued", ""), ("refused", "")]
    assert made.person.memory == {}
    made.give(go(9))
    assert moves(made)[-1] == ("queued", "")


def test_the_audience_is_asked_again_and_an_exit_holds_at_the_door() -> None:
    made = real({"limits": {"at_once": 5}, "audience": "x = 1", "steps": STEPS})
    give(made, Identify({"x": 1}))
    made.give(go(2))
    give(made, Identify({"x": 2}))
    give(made, Admit(before(made).id))
    assert whys(made)[-1] == "outside the audience when its turn came: x = 1"
    left = life(exit='did "Paid" since entry')
    give(left, Event("Paid", {}))
    assert moves(left) == [("queued", ""), ("refused", "")]
    assert left.person.runs == []
    assert sent(left) == []


def test_time_alone_may_make_somebody_leave_the_door() -> None:
    made = real({"limits": {"at_once": 5}, "exit": 'not did "Go" within 10 minutes', "steps": STEPS})
    made.give(go())
    made.step(None, made.at(9))
    assert len(made.person.runs) == 1
    made.step(None, made.at(30))
    assert moves(made)[-1] == ("refused", "")
    assert made.person.wake_at is None


@pytest.mark.parametrize(
    ("limits", "inside", "lately", "ever", "found"),
    [
        (Limits(at_once=5), 3, [], 90, Room(2, None, "5 are inside at once")),
        (Limits(at_once=5), 7, [], 90, Room(0, None, "5 are inside at once")),
        (Limits(in_all=100), 3, [], 90, Room(10, None, "the 100 that it takes in all have come")),
        (Limits(in_all=90), 3, [], 90, Room(0, None, "the 90 that it takes in all have come", ever=True)),
        (Limits(entry="3 per hour"), 0, [0, HOUR, HOUR + 5], 9, Room(1, None, "3 per hour came")),
        (Limits(entry="3 per hour"), 0, [1, HOUR, HOUR + 5], 9, Room(0, HOUR + 1, "3 per hour came")),
        (Limits(entry="3 per hour", at_once=2), 1, [], 9, Room(1, None, "2 are inside at once")),
    ],
)
def test_how_many_may_come_in(limits: Limits, inside: int, lately: list[int], ever: int, found: Room) -> None:
    assert room(limits, inside, lately, ever, HOUR) == found


def ramped(text: str, **journey: Any) -> Real:
    made = real({"steps": STEPS, **journey})
    made.definitions.journeys["j"].ramp = ramps.Ramp(ramps.parse(text), made.at(0), 0, made.at(0), {})
    return made


def test_a_ramp_delays_whoever_is_outside_of_it_and_loses_nobody() -> None:
    made = ramped("0% for 30 minutes", audience="x is missing")
    made.give(go())
    assert whys(made) == ["outside the ramp: the journey lets in 0% of people for now"]
    assert (moves(made), made.person.wake_at) == ([("queued", "")], made.at(30))
    made.give(go(5))
    assert moves(made)[1:] == [("refused", "")], "already at the door"
    give(made, Admit(before(made).id))
    assert len(moves(made)) == 2, "no doorkeeper lets them in"
    made.step(None, made.at(90))
    assert moves(made)[2:] == [("entered", ""), ("planned", "a"), ("waiting", "w")]
    run = before(made)
    assert (run.version, run.entered) == (1, made.at(30)), (
        "at the moment the ramp came to them, however late somebody looked"
    )
    changed = ramped("0% for 30 minutes", audience="x is missing")
    changed.give(go())
    give(changed, Identify({"x": 1}))
    changed.step(None, changed.at(90))
    assert whys(changed)[-1] == "outside the audience when its turn came: x is missing"
    left = ramped("0% for 30 minutes", exit='did "Paid" since entry')
    left.give(go())
    give(left, Event("Paid", {}))
    assert (moves(left), left.person.runs) == ([("queued", ""), ("refused", "")], [])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 999), st.integers(0, 70), st.lists(st.integers(0, 100), max_size=4))
def test_everybody_comes_in_once_when_the_ramp_reaches_them_whoever_looks_when(
    n: int, minute: int, looks: list[int]
) -> None:
    made = ramped("10% for 20 minutes, 40% for 30 minutes")
    made.person.first = digest(n)
    stages = {0: 0.1, 20: 0.4, 50: 1.0}
    reach = next(at for at, share in stages.items() if in_share(share, "ramp", made.person.workspace, "j", digest(n)))
    for look in sorted({*looks, minute, 101}):
        if look == minute:
            made.give(go(minute))
        else:
            made.step(None, made.at(look))
    entered = [effect.time for effect in made.effects if isinstance(effect, Moved) and effect.what == "entered"]
    assert entered == [made.at(max(minute, reach))]


def test_behind_the_ramp_is_the_door() -> None:
    made = ramped("0% for 30 minutes", limits={"at_once": 5})
    made.give(go())
    assert before(made).version == 0
    made.step(None, made.at(31))
    assert whys(made)[1:] == ["the ramp lets it in; waits: it takes 5 inside at once"]
    give(made, Admit(before(made).id))
    assert moves(made)[2:] == [("entered", ""), ("planned", "a"), ("waiting", "w")]


def test_a_stage_without_end_holds_until_somebody_goes_on() -> None:
    made = ramped("0%")
    made.give(go())
    assert made.person.wake_at is None
    version = made.definitions.journeys["j"]
    assert version.ramp is not None
    version.ramp = version.ramp._replace(stage=1)
    made.definitions.number += 1
    give(made, Touch())
    assert moves(made)[1:] == [("entered", ""), ("planned", "a"), ("waiting", "w")]
    for status, kind, runs in (("paused", "queued", 1), ("closed", "refused", 0)):
        made = ramped("0% for 5 minutes")
        made.give(go())
        made.definitions.journeys["j"].status = status
        made.step(None, made.at(50))
        assert (moves(made)[-1], len(made.person.runs), made.person.wake_at) == ((kind, ""), runs, None)
