"""Taking in who matches already: each once, at the rate, by whoever goes on; and nobody who came by themselves or no longer matches."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Database
from tests.processor.town import Town
from tidings.history import unpack
from tidings.kernel.problems import Invalid
from tidings.kernel.records import Identify
from tidings.kernel.times import HOUR
from tidings.processor import intake as taking
from tidings.project import intake
from tidings.project.apply import take_in

PEOPLE = [("id", f"p{n}") for n in range(30)]
SEGMENT = {"segment": "pro", "name": "pro", "rule": 'plan = "pro"'}


@pytest.fixture
async def town(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    monkeypatch.setattr(taking, "_LOOK", 3600)  # looked at by the tests alone
    made = await Town.make(database)
    await made.define({"segments": {"pro": SEGMENT}})
    await made.send(*(made.record(Identify({"plan": "pro" if n % 2 else "free"}), who) for n, who in enumerate(PEOPLE)))
    yield made
    await made.close()


async def publish(town: Town, trigger: dict[str, Any], **more: Any) -> None:
    document = {"journey": "j", "trigger": trigger, "reenter": "always", "steps": [{"id": "m", "track": "M"}], **more}
    entry = {"version": 1, "status": "live", "document": document}
    await town.define({"segments": {"pro": SEGMENT}, "journeys": {"j": entry}})
    await town.rest()
    await town.built()


async def all_in(town: Town, now: int) -> None:
    """Look until nothing more is to be done at that moment."""
    while await taking.look(town.database.pool, now):
        await town.rest()
    await town.rest()


async def entered(town: Town) -> list[str]:
    """Who came in, once for each time."""
    rows = await town.database.fetch("SELECT body, person FROM history WHERE kind = 21 AND name = 'j'")
    names = {person.id: who[1] for who in PEOPLE if (person := await town.person(*who)) is not None}
    return sorted(names[row[1]] for row in rows if unpack(row[0])["what"] == "entered")


async def begun(town: Town, rate: str = "all") -> int:
    await take_in(town.database.pool, town.workspace, "j", rate)
    since: int = await town.database.fetchval("SELECT since FROM intakes")
    return since


ODD = sorted(f"p{n}" for n in range(30) if n % 2)


@pytest.mark.parametrize("trigger", [{"segment": "entered pro"}, {"attribute": "plan", "to": "pro"}])
async def test_each_who_matches_comes_in_once(town: Town, trigger: dict[str, Any]) -> None:
    await publish(town, trigger)
    assert await entered(town) == []
    since = await begun(town)
    await town.send(
        town.record(Identify({"plan": "free"}), PEOPLE[1]),  # no longer matches
        town.record(Identify({"plan": "pro"}), PEOPLE[0]),  # comes in by themselves
        town.record(Identify({"plan": "free"}), PEOPLE[3]),  # comes by themselves again
        town.record(Identify({"plan": "pro"}), PEOPLE[3]),
    )
    await all_in(town, since)
    assert await entered(town) == sorted({"p0", *ODD} - {"p1"})
    found = await intake.read(town.database.pool, town.workspace, "j")
    assert (found.matching, found.share, found.why) == (15, 1.0, "")
    assert found.ended
    with pytest.raises(Invalid, match="takes nobody in"):
        await intake.cancel(town.database.pool, town.workspace, "j")


async def test_of_many_people_a_sample_is_looked_at(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await publish(town, {"attribute": "plan", "to": "pro"})
    few = await intake.read(town.database.pool, town.workspace, "j")
    assert (few.matching, few.low, few.high) == (15, 15, 15)
    await town.send(*(town.record(Identify({"plan": "pro" if n % 2 else "free"}), ("id", f"q{n}")) for n in range(200)))
    await town.rest()
    monkeypatch.setattr("tidings.project.matching.SAMPLE", 64)
    many = await intake.read(town.database.pool, town.workspace, "j")
    assert many.low <= many.matching <= many.high
    assert 0 < many.high - many.low < 230


async def test_they_come_at_the_rate_and_a_worker_that_dies_is_followed_by_another(town: Town) -> None:
    await publish(town, {"segment": "entered pro"})
    since = await begun(town, "5 per hour")
    await all_in(town, since)
    assert len(await entered(town)) == 1
    await all_in(town, since + HOUR)
    town.workers[0].stop()
    await town.tasks[0]
    town.workers.clear()
    town.tasks.clear()
    await town.hire()
    assert len(await entered(town)) == 5
    with pytest.raises(Invalid, match="already"):
        await begun(town)
    for hour in range(2, 9):
        await all_in(town, since + hour * HOUR)
    assert await entered(town) == ODD


async def test_cancelled_is_over_and_a_pause_is_not_made_up_for(town: Town) -> None:
    await publish(town, {"segment": "entered pro"})
    since = await begun(town, "1 per hour")
    await all_in(town, since)
    body = town.body["journeys"]["j"]
    await town.define({**town.body, "journeys": {"j": {**body, "status": "paused"}}})
    await town.rest()
    await all_in(town, since + 10 * HOUR)
    await town.define({**town.body, "journeys": {"j": {**body, "status": "live"}}})
    await town.rest()
    await town.built()
    await all_in(town, since + 11 * HOUR)
    assert len(await entered(town)) == 2
    await intake.cancel(town.database.pool, town.workspace, "j")
    await all_in(town, since + 100 * HOUR)
    assert len(await entered(town)) == 2
    assert (await intake.read(town.database.pool, town.workspace, "j")).why == "it was cancelled"


async def test_what_nobody_can_match_already_is_refused(town: Town) -> None:
    await publish(town, {"event": "Go"})
    for rate, words in (("all", "nobody can match"), ("5 an hour", "no rate")):
        with pytest.raises(Invalid, match=words):
            await begun(town, rate)
