"""What starts a run: one plain example a kind of trigger, clocks that jump, and dates that move."""

from typing import Any

import pytest

from tests.engine.test_examples import give, real, sent
from tests.laws.real import Real
from tests.laws.stories import Input
from tidings import journeys
from tidings.engine import Definitions, Workspace
from tidings.journeys.triggers.date import Kind as Date
from tidings.kernel.effects import Rejected
from tidings.kernel.ids import digest
from tidings.kernel.problems import Invalid
from tidings.kernel.records import SECRET, Enter, Event, Record
from tidings.kernel.times import parse_iso

SEND = [{"id": "m", "send": "m"}]


def journey(trigger: dict[str, Any], **more: Any) -> Real:
    return real({"trigger": trigger, "steps": SEND, "reenter": "always", **more})


def knows(life: Real, minute: int, **attributes: Any) -> None:
    life.give(Input(minute, None, {}, 0, attributes))


def test_an_attribute_starts_by_what_it_was_and_becomes() -> None:
    life = journey({"attribute": "plan", "from": ["trial", None], "to": "pro"})
    plans = ("pro", "pro", "free", "pro", "trial", "pro")
    counts = []
    for minute, plan in enumerate(plans):
        knows(life, minute, plan=plan)
        counts.append(len(sent(life)))
    assert counts == [1, 1, 1, 1, 1, 2]


def test_an_inner_attribute_starts_only_when_itself_changes() -> None:
    life = journey({"attribute": "address.city"})
    knows(life, 0, address={"city": "Oslo", "zip": "0150"})
    knows(life, 1, address={"city": "Oslo", "zip": "0151"})
    assert len(sent(life)) == 1
    knows(life, 2, address={"city": "Bergen"})
    assert len(sent(life)) == 2


def test_a_form_starts_by_its_id_and_fields() -> None:
    life = journey({"form": "demo", "where": "seats >= 10"})
    for fields in (
        {"form_id": "demo", "seats": 5},
        {"form_id": "other", "seats": 50},
        {"form_id": "demo", "seats": 50},
    ):
        give(life, Event("Form Submitted", fields))
    assert len(sent(life)) == 1


def test_a_changed_date_moves_the_entry_and_a_removed_one_cancels_it() -> None:
    life = journey({"date": "ends", "offset": "5 minutes before"})
    at = lambda minute: life.at(minute) // 1_000_000  # noqa: E731
    knows(life, 0, ends=at(20))
    assert life.person.wake_at == life.at(15)
    knows(life, 1, ends=at(30))
    life.step(None, life.at(24))
    assert sent(life) == []
    life.step(None, life.at(25))
    assert sent(life) == ["m"]
    knows(life, 26, ends=at(60))
    knows(life, 27, ends=None)
    assert life.person.wake_at is None
    knows(life, 28, ends=at(31))
    assert life.person.wake_at is None  # five minutes before it have passed


def test_a_date_set_long_before_the_journey_was_published_counts() -> None:
    body = journey({"date": "ends"}).definitions.body
    life = real({"steps": SEND})
    knows(life, 0, ends=life.at(50) // 1_000_000)
    life.definitions = Definitions(Workspace(1, b"k" * 32), 2, body)
    life.step(None, life.at(10))
    assert life.person.wake_at == life.at(50)
    life.step(None, life.at(55))
    assert sent(life) == ["m"]


def test_another_zone_moves_a_date_read_on_the_persons_clock() -> None:
    life = journey({"date": "ends", "at": "09:00", "zone": "person"})
    knows(life, 0, ends="2023-12-24")
    assert life.person.wake_at == parse_iso("2023-12-24T09:00:00Z")
    knows(life, 1, timezone="Asia/Tokyo")
    assert life.person.wake_at == parse_iso("2023-12-24T00:00:00Z")


@pytest.mark.parametrize(
    ("fields", "value", "after", "expected"),
    [
        ({"at": "09:00"}, "2026-03-30", "2026-01-01", "2026-03-30T07:00:00Z"),  # summer
        ({"at": "09:00", "offset": "2 days before"}, "2026-03-30", "2026-01-01", "2026-03-28T08:00:00Z"),  # winter
        ({"at": "02:30"}, "2026-03-29", "2026-01-01", "2026-03-29T01:30:00Z"),  # the clock skips it: 03:30
        ({"at": "02:30"}, "2026-10-25", "2026-01-01", "2026-10-25T00:30:00Z"),  # twice: the first
        ({"offset": "1 hour before"}, "2026-03-30T10:00:00Z", "2026-01-01", "2026-03-30T09:00:00Z"),
        ({"every": "year", "at": "08:30"}, "2000-02-29", "2026-01-01", "2026-02-28T07:30:00Z"),
        ({"every": "year", "at": "08:30"}, "2000-02-29", "2026-02-28T07:30:00Z", "2027-02-28T07:30:00Z"),
        ({"every": "year", "at": "08:30"}, "2000-02-29", "2027-12-01", "2028-02-29T07:30:00Z"),
        ({"every": "year", "at": "08:30"}, "2026-05-01", "2026-01-01", "2027-05-01T06:30:00Z"),  # not in its own year
        ({"at": "09:00"}, "2026-03-30", "2026-03-30T07:00:00Z", None),  # passed
        ({}, "soon", "2026-01-01", None),
    ],
)
def test_when_a_date_comes(fields: dict[str, Any], value: Any, after: str, expected: str | None) -> None:
    trigger = {"date": "d", "zone": "Europe/Oslo", **fields}
    kind = journeys.read({"journey": "j", "trigger": trigger, "steps": SEND, "reenter": "always"}).trigger
    assert isinstance(kind, Date)
    since = parse_iso(after)
    assert since is not None
    assert kind.next({"d": value}, lambda name: name, since) == (parse_iso(expected) if expected else None)


@pytest.mark.parametrize(
    ("trigger", "says"),
    [
        ({"attribute": "plan", "to": []}, "a value or a list of values"),
        ({"date": "d", "at": "09:00", "offset": "2 hours before"}, "whole days"),
        ({"date": "d", "every": "year"}, "needs a time of day"),
        ({"date": "d", "every": "month"}, "can only be `year`"),
        ({"date": "d", "offset": "3 days"}, "on which side"),
        ({"date": "d", "every": "year", "at": "09:00"}, "people enter once"),
        ({"form": ""}, "`form` is"),
    ],
)
def test_what_is_wrong_is_said(trigger: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        journeys.read({"journey": "j", "trigger": trigger, "steps": SEND})


@pytest.mark.parametrize(
    "trigger",
    [
        {"attribute": "plan", "from": None, "to": ["pro", "team"]},
        {"attribute": "a.b"},
        {"date": "d", "offset": "3 days before", "every": "year", "at": "09:00", "zone": "person"},
        {"date": "d"},
        {"form": "demo", "where": "seats >= 10"},
    ],
)
def test_a_trigger_is_written_as_it_was_read(trigger: dict[str, Any]) -> None:
    document = {"journey": "j", "trigger": trigger, "reenter": "always", "steps": SEND}
    assert journeys.write(journeys.read(document)) == document


def test_a_call_lets_somebody_in_and_its_data_is_read_as_the_event() -> None:
    arms = [{"when": "event.total > 100", "steps": [{"id": "a", "send": "large"}]}]
    steps = [{"id": "w", "wait": "5 minutes"}, {"id": "b", "branch": arms}]
    life = real({"trigger": {"api": True}, "steps": steps})
    life.give(Input(0, "Go", {}, 0, {}))
    assert not life.person.runs
    now = life.at(1)
    life.step(Record(digest("call"), 1, 1, SECRET, (("id", "u"),), now, now, Enter("j", {"total": 120})), now)
    life.history.append(("enter", "j", {"total": 120}, now, digest("call"), now))
    life.step(None, life.at(7))
    assert sent(life) == ["large"]


def test_a_call_of_a_journey_that_begins_otherwise_is_refused() -> None:
    life = real({"steps": SEND})
    for name in ("j", "nowhere"):
        give(life, Enter(name))
    assert [effect.reason for effect in life.effects if isinstance(effect, Rejected)] == [
        f"there is no journey {name} that begins from the API" for name in ("j", "nowhere")
    ]
    assert sent(life) == []
