"""Schedules: whose clock it is, what a worker that comes late finds, and what a publication does."""

from typing import Any

import pytest

from tests.engine.test_examples import give, real, sent
from tests.laws.real import Real
from tests.laws.stories import Input
from tidings import journeys
from tidings.engine import Definitions, Workspace
from tidings.engine.why import Why, why
from tidings.kernel.effects import Moved, Planned
from tidings.kernel.problems import Invalid
from tidings.kernel.records import Event
from tidings.kernel.times import DAY, HOUR, parse_iso, show_iso

SEND = [{"id": "m", "send": "m"}]


def scheduled(**trigger: Any) -> Real:
    return real({"trigger": trigger, "steps": SEND, "reenter": "always"})


def knows(life: Real, minute: int, **attributes: Any) -> None:
    life.give(Input(minute, None, {}, 0, attributes))


def due(life: Real) -> list[str]:
    return [show_iso(effect.due) for effect in life.effects if isinstance(effect, Planned)]


def test_it_goes_by_the_persons_clock_and_moves_with_them() -> None:
    life = scheduled(schedule="every day at 09:00", zone="person")  # it is 2023-11-14, 22:13 UTC
    knows(life, 0, timezone="Asia/Tokyo")
    life.step(None, parse_iso("2023-11-15T12:00:00Z"))
    assert due(life) == ["2023-11-15T00:00:00Z"]
    knows(life, 900, timezone="America/New_York")
    life.step(None, parse_iso("2023-11-16T00:30:00Z"))
    assert due(life)[1:] == ["2023-11-15T14:00:00Z"]


def test_who_comes_late_finds_each_occurrence_at_its_own_time() -> None:
    late, prompt = scheduled(schedule="every monday at 09:00"), scheduled(schedule="every monday at 09:00")
    for life in (late, prompt):
        knows(life, 0, a=1)
    for hour in range(24 * 21):
        prompt.step(None, prompt.at(0) + hour * HOUR)
    late.step(None, late.at(0) + 21 * DAY)
    assert due(late) == due(prompt) == ["2023-11-20T09:00:00Z", "2023-11-27T09:00:00Z", "2023-12-04T09:00:00Z"]


def test_whom_time_alone_lets_in_is_found_and_whom_it_does_not_concern_has_no_timer() -> None:
    life = scheduled(schedule="every day at 09:00", who='did "Came" and not did "Came" within 36 hours')
    knows(life, 0, a=1)
    assert life.person.wake_at is None
    life.give(Input(1, "Came", {}, 0, {}))
    assert life.person.dates == {"j": parse_iso("2023-11-16T22:14:00Z") // DAY * DAY + DAY + 9 * HOUR}
    life.step(None, parse_iso("2023-11-18T00:00:00Z"))
    assert due(life) == ["2023-11-17T09:00:00Z"]


def test_one_day_comes_once() -> None:
    life = real({"trigger": {"schedule": "on 2023-12-01 at 10:00"}, "steps": SEND})
    knows(life, 0, a=1)
    life.step(None, life.at(0) + 400 * DAY)
    assert due(life) == ["2023-12-01T10:00:00Z"]
    assert life.person.wake_at is None


def test_a_publication_sets_the_timer_of_those_who_were_there_before() -> None:
    body = scheduled(schedule="every day at 09:00", who='did "Paid" at least 2 times').definitions.body
    life = real({"steps": SEND})
    for _ in range(2):
        give(life, Event("Paid", {}))
    life.definitions = Definitions(Workspace(1, b"k" * 32), 2, body)
    life.step(None, life.at(60))
    assert life.person.dates == {"j": parse_iso("2023-11-15T09:00:00Z")}
    life.definitions = Definitions(Workspace(1, b"k" * 32), 3, {**body, "journeys": {}})
    life.step(None, life.at(61))
    assert life.person.dates == {}


def test_it_must_be_said_whether_people_come_again() -> None:
    document = {"journey": "j", "trigger": {"schedule": "every monday at 09:00"}, "steps": SEND}
    with pytest.raises(Invalid, match="whether people may"):
        journeys.read(document)
    for reenter in ("never", "always", "after 3 days"):
        assert journeys.write(journeys.read(document | {"reenter": reenter}))["reenter"] == reenter


def test_why_says_when_it_comes_and_what_the_rule_lacks() -> None:
    life = scheduled(schedule="every monday at 09:00", who='plan = "pro"')
    knows(life, 0, plan="free")
    moves = [effect for effect in life.effects if isinstance(effect, Moved)]
    told = why(life.definitions, life.person, "j", life.at(1), moves, [])
    assert isinstance(told, Why)
    assert (
        '✗ it starts by the clock: every monday at 09:00 for plan = "pro"; no such moment is to come for this person'
        in told.reasons
    )
    assert any("plan" in reason and "free" in reason for reason in told.reasons)
    assert sent(life) == []
