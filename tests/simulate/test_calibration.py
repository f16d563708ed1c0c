"""What is hard to play as it was: doors, groups that only a context names, people older than history. It agrees with what really was."""

import time
from typing import Any

import pytest
from msgspec.structs import replace

from tests.processor.test_laws import live as append
from tests.processor.town import Town
from tests.simulate.spring import run, town
from tidings.history import SLICES, forget_before
from tidings.journeys.ramp import Ramp, parse, write
from tidings.kernel.records import Body, Event, Group, Identify, Member, encode, home
from tidings.kernel.times import DAY

__all__ = ["town"]
PEOPLE = [("id", name) for name in ("ann", "ben", "cat", "dan")]


@pytest.fixture(autouse=True)
def ends_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidings.simulate.backtest.MARGIN", 0)


def journey(trigger: dict[str, Any], **more: Any) -> dict[str, Any]:
    document = {"journey": "j", "trigger": trigger, "steps": [{"id": "w", "wait": "1 day"}], **more}
    return {"journeys": {"j": {"version": 1, "status": "live", "document": document}}}


async def told(town: Town) -> None:
    """Wait until every member was told what befell their group."""
    await town.rest()
    while await town.database.fetchval("SELECT count(*) FROM occasions"):
        await town.rest()
    await town.rest()


@pytest.mark.parametrize(
    ("limits", "moves"),
    [
        ({"at_once": 100}, {"queued": [4, 4, 4], "entered": [4, 4, 4], "waiting": [4, 4, 4]}),
        (
            {"at_once": 3, "over": "refuse"},
            {"queued": [4, 4, 4], "entered": [3, 3, 3], "waiting": [3, 3, 3], "refused": [1, 1, 1]},
        ),
        ({"at_once": 3}, {"queued": [4, 4, 4], "entered": [3, 3, 3], "waiting": [3, 3, 3]}),
    ],
    ids=["room for all", "sent away", "still there"],
)
async def test_whoever_waited_to_be_let_in_waits_as_long(
    town: Town, limits: dict[str, Any], moves: dict[str, list[int]]
) -> None:
    await town.hire()
    await town.define(journey({"event": "Asked"}, limits=limits))
    await town.send(*(town.record(Event("Asked", {}), who) for who in PEOPLE))
    rest = "SELECT count(*) FROM standing WHERE step = ''"
    while await town.database.fetchval(rest) > (
        moves["queued"][0] - moves["entered"][0] if "over" not in limits else 0
    ):
        await town.rest()
    result, count = await run(town, "j", days=1)
    assert count.calibration.examples == []
    assert count.calibration.moves == moves
    assert result.agreement == 1.0


async def test_whom_a_ramp_really_held_is_counted(town: Town) -> None:
    await town.hire()
    body, now = journey({"event": "Asked"}), time.time_ns() // 1000
    entry = body["journeys"]["j"]
    stages = parse("50% for 1 day, 100%")
    entry["ramp"] = write(Ramp(stages, now, 0, now, {}))
    await town.define(body)
    await town.send(*(town.record(Event("Asked", {}), ("id", f"p{n}")) for n in range(12)))
    result, count = await run(town, "j", days=1)
    assert result.agreement == 1.0, "it lets in whom it let in"
    assert 0 < count.ramped < 12
    assert count.calibration.moves["queued"] == [count.ramped] * 3
    entry["ramp"] = write(Ramp(stages, now, 1, time.time_ns() // 1000, {}))  # somebody let it go on
    await town.define(body)
    await town.rest()
    result, again = await run(town, "j", days=1)
    assert again.ramped == count.ramped
    assert any(f"A ramp really held back {count.ramped} entries for a while" in said for said in result.assumed)


async def test_an_event_befalls_the_group_that_its_context_names(town: Town) -> None:
    await town.hire()
    await town.define(journey({"group": "company", "event": "Upgraded"}, reenter="always"))
    await town.send(*(town.record(Group("company", "acme"), who) for who in PEOPLE))
    await town.send(*(town.record(Group("company", "other"), who) for who in PEOPLE[:2]))
    named = Event("Upgraded", {}, context={"groupId": "acme"})
    await town.send(replace(town.record(named, PEOPLE[0]), context={"context": {"groupId": "acme", "ip": "1.2.3.4"}}))
    await told(town)
    result, count = await run(town, "j", days=1)
    assert count.calibration.examples == []
    assert result.agreement == 1.0
    assert count.calibration.moves["entered"] == [4, 4, 4]


async def test_who_is_older_than_what_history_is_kept_for_begins_as_who_they_were(town: Town) -> None:
    now = time.time_ns() // 1000
    begin, asked = now - 40 * DAY, now - 20 * DAY
    audience = 'in segment "pro" and size > 3 and in segment "beta" and in group company where relation.role = "admin"'
    body = journey({"event": "Asked"}, audience=audience, reenter="never")
    body["settings"] = {"retention": "30 days"}
    body["segments"] = {"beta": {"segment": "beta", "manual": True}, "pro": {"segment": "pro", "rule": 'plan = "pro"'}}
    met = journey({"segment": "entered pro"}, reenter="always")["journeys"]["j"]
    body["journeys"]["k"] = met | {"document": met["document"] | {"journey": "k"}}
    await town.define(body, begin - DAY)
    rows = []

    def add(at: int, who: tuple[str, str], said: Body) -> None:
        record = town.record(said, who, at=at, received=at)
        rows.append((at, home(record), encode(record)))

    for n, who in enumerate(PEOPLE):
        add(begin + n, who, Identify({"plan": "pro" if n < 3 else "free", "size": 2}))
        add(begin + n, who, Group("company", "acme", {}, {"role": "admin"}))
        add(begin + n, who, Member("beta", True))
    add(begin + DAY, PEOPLE[0], Identify({"size": 5}))
    add(begin + DAY + 1, PEOPLE[0], Event("Asked", {}))
    for n, who in enumerate(PEOPLE):
        add(asked + n, who, Identify({"size": 5}))
        add(asked + n, who, Event("Asked", {}))
    await append(town, rows)
    await town.hire()
    await town.rest()
    async with town.database.pool.acquire() as connection:
        for slice in range(SLICES):
            await forget_before(connection, slice, town.workspace, now - 30 * DAY)
    result, count = await run(town, "j", days=25)
    assert count.calibration.examples == []
    assert result.agreement == 1.0
    assert count.calibration.moves == {
        "refused": [2, 2, 2],
        "entered": [2, 2, 2],
        "waiting": [2, 2, 2],
        "passed": [2, 2, 2],
        "done": [2, 2, 2],
    }
    assert (count.older, count.unnamed) == (4, 0)
    assert any("4 people are older than what history is kept for" in said for said in result.assumed)
    _, count = await run(town, "k", days=25)
    assert count.sides[0].entries == 0, "they were in the segment before"
