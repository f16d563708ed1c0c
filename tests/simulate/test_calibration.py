"""What was hard to play as it was: doors, groups that only a context names. The version in force agrees with what it did, move by move."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.processor.town import Town
from tests.simulate.spring import run, town
from tidings.kernel.records import Event, Group

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
