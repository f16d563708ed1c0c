"""What a publish is told of the next hour: counted on what people really did at this hour of the last days."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from tests.conftest import Database
from tests.processor.test_laws import live as append
from tests.processor.town import Town
from tidings.database.access import Workspace
from tidings.journeys.limits import Limits
from tidings.journeys.ramp import Ramp, parse
from tidings.kernel.ids import digest
from tidings.kernel.records import SECRET, Event, Record, encode, home
from tidings.kernel.times import DAY, HOUR, MINUTE, SECOND, parse_iso
from tidings.simulate.forecast import forecast, say, told
from tidings.simulate.measure import Measure

NOON = parse_iso("2026-11-26T12:00:00Z") or 0


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database, workers=1)
    yield made
    await made.close()


def body(**more: Any) -> dict[str, Any]:
    steps = [{"id": "w", "wait": "10 minutes"}, {"id": "a", "send": "hello"}, {"id": "b", "send": "hello"}]
    document = {"journey": "go", "trigger": {"event": "Go"}, "steps": steps, **more}
    return {
        "settings": {
            "workspace": "town",
            "sender": "team",
            "senders": {"team": {"email": "team@example.com"}},
            "limits": {"marketing": "1 per 1 day"},
            "timezone": "Europe/Oslo",
        },
        "segments": {},
        "journeys": {"go": {"version": 1, "status": "live", "document": document}},
        "templates": {"hello": {"version": 1, "format": "html", "text": "---\nsubject: Hello\n---\nHello"}},
    }


async def test_it_counts_this_hour_of_the_last_days(town: Town) -> None:
    """Three a day in the hour that comes next, one in another; each would get a mail, and wait for the cap with the second."""
    now = time.time_ns() // 1000
    rows = []
    for day in range(1, 8):
        for n, later in enumerate((20 * MINUTE, 21 * MINUTE, 22 * MINUTE, 5 * HOUR)):
            at, who = now - day * DAY + later, (("email", f"p{day}-{n}@example.com"),)
            record = Record(digest(day, n), town.workspace, 1, SECRET, who, at, at, Event("Go", {}))
            rows.append((at, home(record), encode(record)))
    await append(town, rows)
    await town.rest()
    own, pool = Workspace(town.workspace, "town", town.secret), town.database.pool
    found = await forecast(pool, own, body(limits={"entry": "2 per hour"}), "go", seconds=60)
    assert (found.people, found.of, found.hours) == (28, 28, 1)
    assert (found.entering, found.waiting, found.messages, found.held) == pytest.approx((3, 1, 3, 3))
    assert found.first is not None
    first = parse_iso(found.first)
    assert first is not None
    assert 30 * MINUTE - 2 * SECOND <= first - now <= 31 * MINUTE
    assert found.sentence.startswith(
        "about 3 people come in within the next hour and about 3 messages go out by then, first “Hello” "
    )
    assert found.sentence.endswith(" Europe/Oslo; held back: 3 messages by a cap, 1 person by the journey’s limits")
    assert found.basis == "going by what all 28 people did in the last 7 days"
    rows = await town.database.fetch("SELECT FROM backtest_people")
    assert rows == [], "it keeps nothing"
    other = await forecast(pool, own, body(trigger={"event": "Never"}), "go", seconds=60)
    assert other.sentence.startswith("nobody is likely to come in within the next day")
    grouped = await forecast(pool, own, body(trigger={"group": "company", "event": "Grown"}), "go", seconds=60)
    assert grouped.basis == (
        "going by what all 28 people did in the last 7 days; of what befell groups, "
        "only what a journey in force began from is known here: a backtest works it out"
    )


def test_it_is_scaled_up_and_says_how_rough_it_is() -> None:
    found = Measure(coming={"0": [280, 200, 14], "5": [999, 0, 0]}, firsts=[(1800, "late"), (60, "early")])
    sure = told(found, Limits(), 1.0, 4000, 4000, NOON, "Europe/Oslo")
    assert sure.sentence == (
        "about 40 people come in within the next hour and about 29 messages go out by then, "
        "first “early” at about 13:02 Europe/Oslo; held back: 2 messages by a cap"
    )
    assert sure.basis == "going by what all 4,000 people did in the last 7 days"
    later = told(Measure(coming={"0": [280, 0, 0]}, firsts=[(86400, "late")]), Limits(), 1.0, 9, 9, NOON, "UTC")
    assert later.sentence == (
        "about 40 people come in within the next hour and "
        "the first message is “late” on Friday 27 November at about 12:01 UTC"
    ), "a time of another day is said with its day"
    inside = say(replace(sure, inside=310, next=85, next_held=3), False, "UTC", NOON)
    assert inside == (
        "about 40 people come in within the next hour, beside 310 inside already, "
        "and about 114 messages go out by then, first “early” at about 12:02 UTC; held back: 5 messages by a cap"
    )
    alone = say(replace(sure, entering=0, messages=0, held=0, inside=1, next=1), False, "UTC", NOON)
    assert alone == (
        "nobody is likely to come in within the next hour; 1 person is inside already, "
        "and about 1 message goes out by then, first “early” at about 12:02 UTC"
    )
    tenth = told(found, Limits(in_all=100, over="refuse"), 0.1, 400, 4000, NOON, "UTC")
    assert (tenth.entering, tenth.waiting) == pytest.approx((400, 300))
    assert tenth.sentence.endswith("; 300 people refused by the journey’s limits")
    few = told(Measure(coming={"3": [2, 0, 0]}), Limits(), 0.1, 400, 4000, NOON, "UTC")
    assert few.sentence == "about 3 people come in within the next day and no message goes out by then"
    assert few.basis == "a rough guess, going by what 400 of 4,000 people did in the last 7 days"
    assert few.first is None
    one = told(Measure(coming={"3": [1, 0, 0]}), Limits(), 1.0, 1, 1, NOON, "UTC")
    assert one.sentence == "about 1 person comes in within the next day and no message goes out by then"
    ramp = Ramp(parse("10% for 30 minutes, 25%"), NOON, 0, NOON, {})
    slow = told(found, Limits(), 1.0, 4000, 4000, NOON, "UTC", ramp)
    assert (slow.entering, slow.share, slow.messages, slow.held) == pytest.approx((40, 0.25, 50 / 7, 0.5))
    assert slow.sentence.endswith("; held back: 1 message by a cap, 30 people by the ramp (at 25% then)")


def test_a_young_workspace_is_forecast_from_the_time_there_is() -> None:
    """Twelve came in the five hours that are known, at whichever hours of the day; a week of it would not be a week of nothing."""
    found = Measure()
    found.coming = {"19": [8, 8, 0], "21": [4, 4, 0]}
    said = told(found, Limits(), 1.0, 12, 12, NOON, "UTC", span=5 * HOUR)
    assert (said.hours, said.entering, said.messages, said.days) == (1, pytest.approx(2.4), pytest.approx(2.4), 1)
    assert said.basis == "going by what all 12 people did in the 5 hours since events began to come"
    found.coming = {"19": [2, 2, 0]}
    rare = told(found, Limits(), 1.0, 12, 12, NOON, "UTC", span=5 * HOUR)
    assert (rare.hours, rare.entering) == (24, pytest.approx(9.6))
    found.coming = {"19": [6, 6, 0]}
    minutes = told(found, Limits(), 1.0, 12, 12, NOON, "UTC", span=3 * MINUTE)
    assert minutes.entering == pytest.approx(120)
    assert minutes.basis == (
        "a rough guess, going by what all 12 people did in the 3 minutes since events began to come"
    ), "a product that was connected just now is not one where hardly anybody comes"
    found.coming = {"19": [1, 1, 0]}
    first = told(found, Limits(), 1.0, 1, 1, NOON, "UTC", span=MINUTE)
    assert first.first is None
    assert first.sentence == "it is too early to tell how many will come in"
    assert first.basis == "1 person of 1 would have come in in the minute since events began to come"
    inside = say(replace(first, inside=3, next=3, first="2026-11-26T11:02:00Z", called="Hi"), False, "UTC", NOON)
    assert inside.endswith(
        "; 3 people are inside already, and about 3 messages go out by then, first “Hi” at about 11:02 UTC"
    )
    found.coming = {"19": [2, 2, 0]}
    two = told(found, Limits(), 1.0, 12, 12, NOON, "UTC", span=36 * HOUR)
    assert (two.days, two.entering) == (2, 1.0)
    assert "in the last 2 days" in two.basis
    nobody = told(Measure(), Limits(), 1.0, 0, 0, NOON, "UTC")
    assert nobody.sentence == "nobody is likely to come in within the next day"
    assert nobody.basis == "nobody is known yet"
