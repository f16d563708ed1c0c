"""What befalls a group lets its members in: each once, however many they are, whoever comes and goes meanwhile."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Database
from tests.processor.town import Town
from tidings.history import unpack
from tidings.kernel.ids import partition_of
from tidings.kernel.records import Event, Group, Merge, Ungroup
from tidings.processor import occasions

ANN, BEN, CAT = ("id", "ann"), ("id", "ben"), ("id", "cat")
ADMINS = 'in group company where relation.role = "admin"'


@pytest.fixture(params=[1, 2], ids=["one worker", "two workers"])
async def town(database: Database, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    made = await Town.make(database, workers=request.param)
    yield made
    await made.close()


async def define(town: Town, trigger: dict[str, Any], **more: Any) -> None:
    document = {
        "journey": "j",
        "trigger": {"group": "company", **trigger},
        "reenter": "always",
        "steps": [{"id": "wait", "wait": "1 day"}],
        **more,
    }
    await town.define({"journeys": {"j": {"version": 1, "status": "live", "document": document}}})
    await town.rest()


async def join(town: Town, *who: tuple[str, str], role: str = "member", group: str = "acme") -> None:
    await town.send(*(town.record(Group("company", group, {}, {"role": role}), each) for each in who))
    await settled(town)


async def settled(town: Town) -> None:
    """Wait until every occasion was told of."""
    await town.rest()
    while await town.database.fetchval("SELECT count(*) FROM occasions"):
        await town.rest()
    await town.rest()


async def entered(town: Town) -> list[str]:
    """Who came in, once for each time."""
    rows = await town.database.fetch("SELECT body, person FROM history WHERE kind = 21 AND name = 'j'")
    people = {(await town.person(*who)).id: who[1] for who in (ANN, BEN, CAT) if await town.person(*who)}  # type: ignore[union-attr]
    return sorted(people[person] for body, person in rows if unpack(body)["what"] == "entered")


async def test_an_event_of_one_lets_in_those_of_the_group_it_is_meant_for(town: Town) -> None:
    await define(town, {"event": "Upgraded", "where": "seats > 5", "members": ADMINS})
    await join(town, ANN, BEN, role="admin")
    await join(town, CAT)
    await join(town, CAT, role="admin", group="other")
    await town.send(
        town.record(Event("Upgraded", {"seats": 9, "group_id": "acme"}), CAT),
        town.record(Event("Upgraded", {"seats": 2, "group_id": "acme"}), CAT),
        town.record(Event("Upgraded", {"seats": 9, "group_id": "strangers"}), CAT),
    )
    await settled(town)
    assert await entered(town) == ["ann", "ben"]
    ann = await town.person(*ANN)
    assert ann is not None
    time, id = ann.runs[0].event or (0, b"")
    assert await town.database.fetchval("SELECT name FROM history WHERE time = $1 AND id = $2", time, id) == "Upgraded"


async def test_a_changed_attribute_lets_them_in_by_what_it_was_and_each_change_counts(town: Town) -> None:
    await define(
        town,
        {"attribute": "plan", "from": ["trial", "team"], "to": ["team", "trial"]},
        steps=[{"id": "m", "track": "M"}],
    )
    await join(town, ANN, BEN)
    for plan in ("trial", "team", "team", "trial", "free"):
        await town.send(town.record(Group("company", "acme", {"plan": plan}, member=False)))
    await settled(town)
    assert await entered(town) == ["ann", "ann", "ben", "ben"]


async def test_who_joins_later_or_has_left_is_not_let_in(town: Town) -> None:
    await define(town, {"event": "Upgraded"})
    await join(town, ANN, BEN)
    told = occasions.tell

    async def later(*given: Any) -> int:
        return 0

    occasions.tell = later  # type: ignore[assignment]
    try:
        await town.send(town.record(Event("Upgraded", {}), ANN))
        await town.rest()
        await join_only(town, CAT)
        await town.send(town.record(Ungroup("company", "acme"), BEN))
    finally:
        occasions.tell = told
    await settled(town)
    assert await entered(town) == ["ann"]


async def join_only(town: Town, who: tuple[str, str]) -> None:
    await town.send(town.record(Group("company", "acme"), who))
    await town.rest()


async def test_two_who_become_one_meanwhile_come_in_once(town: Town) -> None:
    await define(town, {"event": "Upgraded"}, steps=[{"id": "m", "track": "M"}])
    await join(town, ANN, BEN)
    told = occasions.tell

    async def later(*given: Any) -> int:
        return 0

    occasions.tell = later  # type: ignore[assignment]
    try:
        await town.send(town.record(Event("Upgraded", {}), ANN))
        await town.send(town.record(Merge(BEN), ANN))
    finally:
        occasions.tell = told
    await settled(town)
    assert len(await entered(town)) == 1


@pytest.mark.parametrize("town", [1], indirect=True)
async def test_a_large_group_is_told_to_the_last_member_by_whoever_goes_on(town: Town) -> None:
    await define(town, {"event": "Upgraded"})
    members = [("id", f"m{n}") for n in range(2500)]
    await town.send(*(town.record(Group("company", "acme"), who) for who in members))
    pages, told = 0, occasions.tell

    async def two(*given: Any) -> int:
        nonlocal pages
        pages += bool(await given[0].fetchval("SELECT EXISTS (SELECT FROM occasions)"))
        return await told(*given) if pages <= 2 else 0

    occasions.tell = two
    try:
        await town.send(town.record(Event("Upgraded", {}), members[7]))
        while pages <= 2:
            await town.rest()
        assert 0 < len(await there(town)) <= 2 * occasions.PAGE
        town.workers[0].stop()
        await town.tasks[0]
    finally:
        occasions.tell = told
    town.workers.clear()
    town.tasks.clear()
    await town.hire()
    await settled(town)
    assert len(await there(town)) == 2500
    assert await town.database.fetchval("SELECT count(*) FROM history WHERE kind = 17") == 2500


@pytest.mark.parametrize("town", [1], indirect=True)
async def test_a_large_group_holds_no_other_up(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(occasions, "PAGE", 10)
    await define(town, {"event": "Upgraded"})
    homes = {key: partition_of(town.workspace, "group:company", key) for key in map(str, range(20))}
    large, small = min(homes, key=homes.__getitem__), max(homes, key=homes.__getitem__)
    members = [("id", f"m{n}") for n in range(100)]
    await town.send(*(town.record(Group("company", large), who) for who in members))
    await town.send(town.record(Group("company", small), ANN))
    pages, told = list[int](), occasions.tell

    async def noted(*given: Any) -> int:
        if not rows:
            return 0
        left = await told(*given)
        pages.append(given[-1].partition)
        return left

    rows = 0
    monkeypatch.setattr(occasions, "tell", noted)
    await town.send(town.record(Event("Upgraded", {}), members[0]), town.record(Event("Upgraded", {}), ANN))
    rows = await town.database.fetchval("SELECT count(*) FROM occasions")
    assert rows == 2
    await settled(town)
    assert len(await there(town)) == 101
    assert homes[small] in pages[:2], "its page comes next, and not behind all of the large one's"
    assert pages.count(homes[large]) >= 10


async def there(town: Town) -> set[bytes]:
    """Who stands in the journey; the table has one row for each run."""
    await town.rest()
    rows = [row[0] for row in await town.database.fetch("SELECT person FROM standing")]
    assert len(rows) == len(set(rows))
    return set(rows)


async def test_what_goes_round_by_a_group_is_stopped_after_one_round_and_named(town: Town) -> None:
    await define(town, {"event": "Upgraded"}, steps=[{"id": "m", "track": "Upgraded"}])
    await join(town, ANN, BEN, CAT)
    await town.send(town.record(Event("Upgraded", {}), ANN))
    await settled(town)
    assert await entered(town) == sorted(["ann", "ben", "cat"] * 2)
    for who in (ANN, BEN, CAT):
        person = await town.person(*who)
        assert person is not None
        assert [run.parked for run in person.runs] == ["an endless loop: j/m → all of the company → j → j/m"]


async def test_what_everybody_does_once_by_a_group_is_no_loop(town: Town) -> None:
    await define(town, {"event": "Upgraded"}, steps=[{"id": "m", "track": "Upgraded"}], reenter="never")
    await join(town, ANN, BEN, CAT)
    await town.send(town.record(Event("Upgraded", {}), ANN))
    await settled(town)
    assert await entered(town) == ["ann", "ben", "cat"]
    assert not [run for who in (ANN, BEN, CAT) if (person := await town.person(*who)) for run in person.runs]
