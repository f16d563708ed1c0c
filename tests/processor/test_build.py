"""Builds: who is moved by new rules, who is passed over, and what stands aside of them until something touches them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Database
from tests.processor.town import Town
from tidings.engine import Concern, Definitions, Workspace
from tidings.kernel.ids import PARTITIONS
from tidings.kernel.records import Built, Delete, Event, Identify, Merge
from tidings.people.document import Person
from tidings.processor.build import Builder
from tidings.processor.find import Somebody
from tidings.processor.force import Force
from tidings.processor.portion import Part

ANN, BEN, CAT = ("id", "ann"), ("id", "ben"), ("id", "cat")


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database)
    yield made
    await made.close()


async def define(town: Town, **rules: str) -> None:
    """Put segments in force, and let everybody be built."""
    body: dict[str, Any] = {name: {"segment": name, "name": name, "rule": rule} for name, rule in rules.items()}
    await town.define({"segments": body})
    await town.rest()
    await town.built()


async def paid(town: Town, who: tuple[str, str], times: int, name: str = "Paid") -> None:
    await town.send(*(town.record(Event(name, {"total": n}), who) for n in range(times)))


async def person(town: Town, who: tuple[str, str]) -> Person:
    found = await town.person(*who)
    assert found is not None
    return found


async def members(town: Town, segment: str) -> set[str]:
    rows = await town.database.fetch("SELECT person FROM memberships WHERE segment = $1", segment)
    found = {(await person(town, who)).id: who[1] for who in (ANN, BEN, CAT) if await town.person(*who)}
    return {found[row[0]] for row in rows}


async def aside(town: Town) -> set[bytes]:
    return {row[0] for row in await town.database.fetch("SELECT person FROM passed")}


async def test_who_did_too_little_is_not_written_and_is_not_forgotten(town: Town) -> None:
    await define(town)
    await paid(town, ANN, 3)
    await paid(town, BEN, 2)
    await paid(town, CAT, 1, "Looked")
    before = {who: await person(town, who) for who in (BEN, CAT)}
    await define(town, often='did "Paid" at least 3 times within 30 days')
    assert await members(town, "often") == {"ann"}
    assert {who: await person(town, who) for who in (BEN, CAT)} == before
    assert await aside(town) == {before[BEN].id}
    await town.database.execute("DELETE FROM history WHERE kind = 1")  # what stands aside is enough
    await paid(town, BEN, 1)
    await paid(town, CAT, 2)
    assert await members(town, "often") == {"ann", "ben"}
    assert await aside(town) == set()
    ben = await person(town, BEN)
    assert ben.built == town.number
    assert list(ben.timers) == ["often"]


async def test_a_rule_over_what_is_counted_already_finds_those_who_did_it(town: Town) -> None:
    await define(town)
    await paid(town, ANN, 2)
    await define(town, often='did "Paid" at least 3 times within 30 days')
    await define(
        town,
        often='did "Paid" at least 3 times within 30 days',
        twice='did "Paid" at least 2 times within 30 days',
    )
    assert await members(town, "twice") == {"ann"}


async def test_an_edited_rule_lets_those_go_for_whom_it_no_longer_holds(town: Town) -> None:
    await define(town, keen='did "Paid" within 30 days')
    await paid(town, ANN, 1)
    await paid(town, BEN, 1, "Looked")
    assert await members(town, "keen") == {"ann"}
    await define(town, keen='did "Looked" within 30 days')
    assert await members(town, "keen") == {"ben"}
    assert "keen" not in (await person(town, ANN)).segments


async def test_a_rule_over_attributes_writes_only_those_it_holds_for(town: Town) -> None:
    await define(town)
    await town.send(town.record(Identify({"plan": "pro"}), ANN), town.record(Identify({"plan": "free"}), BEN))
    before = await person(town, BEN)
    await define(town, pro='plan = "pro" and not did "Paid"')
    assert await members(town, "pro") == {"ann"}
    assert await person(town, BEN) == before
    await define(town)
    assert await members(town, "pro") == set()
    assert (await person(town, ANN)).segments == {}


async def test_a_rule_over_what_events_say_finds_them(town: Town) -> None:
    await define(town)
    await paid(town, ANN, 3)
    await paid(town, BEN, 2)
    await define(town, large='did "Paid" at least 2 times within 30 days where total > 0')
    assert await members(town, "large") == {"ann"}
    await town.send(town.record(Event("Paid", {"total": 5}), BEN))
    assert await members(town, "large") == {"ann", "ben"}


async def test_several_builds_may_pass_over_somebody_before_they_come_back(town: Town) -> None:
    await define(town)
    await paid(town, ANN, 1)
    await paid(town, ANN, 1, "Looked")
    one, two = 'did "Paid" at least 2 times within 30 days', 'did "Looked" at least 2 times within 30 days'
    await define(town, one=one)
    await define(town, one=one, two=two)
    await town.database.execute("DELETE FROM history WHERE kind = 1")
    await paid(town, ANN, 1)
    await paid(town, ANN, 1, "Looked")
    assert set((await person(town, ANN)).segments) == {"one", "two"}


async def test_what_stands_aside_goes_with_the_deleted_and_along_with_the_merged(town: Town) -> None:
    await define(town)
    await paid(town, ANN, 1)
    await paid(town, BEN, 2)
    await paid(town, CAT, 1)
    await define(town, often='did "Paid" at least 3 times within 30 days')
    assert len(await aside(town)) == 3
    await town.send(town.record(Delete(), CAT))
    assert len(await aside(town)) == 2
    await town.send(town.record(Merge(BEN), ANN))
    await town.until(lambda ann: BEN in ann.identifiers, ANN)
    assert set((await person(town, ANN)).segments) == {"often"}
    assert await aside(town) == set()


async def test_a_build_that_was_overtaken_ends_nothing(database: Database) -> None:
    """Its people are left to the next one, so its end must not say that they were built."""
    town = await Town.make(database)
    await define(town)
    await paid(town, ANN, 3)
    town.workers[0].stop()
    await town.tasks[0]
    town.workers, town.tasks = [], []
    rule = 'did "Paid" at least 3 times within 30 days'
    body: dict[str, Any] = {"often": {"segment": "often", "name": "often", "rule": rule}}
    await town.define({"segments": body})
    overtaken = town.number
    await town.define({"segments": {**body, "pro": {"segment": "pro", "name": "pro", "rule": 'plan = "pro"'}}})
    await town.append([(partition, town.record(Built(overtaken, [], True))) for partition in range(PARTITIONS)])
    await town.hire()
    await town.rest()
    await town.built()
    assert await members(town, "often") == {"ann"}
    await town.close()


async def test_a_build_goes_on_where_it_was_interrupted(database: Database) -> None:
    town = await Town.make(database)
    await define(town)
    await paid(town, ANN, 3)
    await paid(town, BEN, 3)
    ann = await person(town, ANN)
    town.workers[0].stop()
    await town.tasks[0]
    town.workers, town.tasks = [], []
    rule = 'did "Paid" at least 3 times within 30 days'
    await town.define({"segments": {"often": {"segment": "often", "name": "often", "rule": rule}}})
    await database.execute(  # as a build leaves it that was cut off behind Ann
        "INSERT INTO builds VALUES ($1, $2, $3, $4, 1) ON CONFLICT (partition, workspace) DO UPDATE "
        "SET number = excluded.number, person = excluded.person",
        ann.partition,
        town.workspace,
        town.number,
        ann.id,
    )
    await town.hire()
    await town.rest()
    await town.built()
    assert await members(town, "often") == {"ben"}
    await town.close()


async def test_a_new_exit_counts_from_history_what_reached_each_of_the_runs_side_by_side(town: Town) -> None:
    document = {
        "journey": "cart",
        "trigger": {"event": "Cart"},
        "run_per": "event.cart_id",
        "steps": [{"id": "settle", "wait": "1 day"}],
    }
    entry = {"version": 1, "status": "live", "document": document}
    await town.define({"journeys": {"cart": entry}})
    for cart in "ab":
        await town.send(town.record(Event("Cart", {"cart_id": cart}), ANN))
    await town.send(
        town.record(Event("Order", {"cart_id": "b"}), ANN), town.record(Event("Order", {"cart_id": "c"}), ANN)
    )
    assert [run.key for run in (await person(town, ANN)).runs] == ["a", "b"]
    later = {**document, "exit": 'did "Order" since entry'}
    history = {"1": document, "2": later}
    await town.define({"journeys": {"cart": {**entry, "version": 2, "document": later, "history": history}}})
    await town.rest()
    await town.built()
    assert [run.key for run in (await person(town, ANN)).runs] == ["a"]
    rows = await town.database.fetch("SELECT journey, step FROM standing")
    assert [tuple(row) for row in rows] == [("cart", "settle")]


async def test_a_schedule_gives_a_timer_to_those_it_concerns_when_it_is_published(town: Town) -> None:
    await define(town)
    await paid(town, ANN, 2)
    await paid(town, BEN, 1)
    await town.send(town.record(Identify({"plan": "pro"}), CAT))
    document = {
        "journey": "digest",
        "trigger": {"schedule": "every day at 09:00", "who": 'did "Paid" at least 2 times or plan = "pro"'},
        "reenter": "always",
        "steps": [{"id": "settle", "wait": "1 day"}],
    }
    await town.define({"segments": {}, "journeys": {"digest": {"version": 1, "status": "live", "document": document}}})
    await town.rest()
    await town.built()
    assert [list((await person(town, who)).dates) for who in (ANN, BEN, CAT)] == [["digest"], [], ["digest"]]
    await paid(town, BEN, 1)
    assert list((await person(town, BEN)).dates) == ["digest"]


@pytest.mark.parametrize("turns", range(4))
async def test_a_builder_ends_though_news_come_as_it_is_told_to(database: Database, turns: int) -> None:
    builder = Builder(database.pool, Force())
    running = asyncio.create_task(builder.run())
    await asyncio.sleep(0.01)
    builder.news.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    ended, _ = await asyncio.wait({running}, timeout=5)
    assert ended


def test_much_of_a_build_is_handed_in_at_once_in_records_that_a_batch_can_take() -> None:
    definitions = Definitions(
        Workspace(1, b""), 2, {"segments": {"often": {"segment": "often", "name": "often", "rule": 'did "Paid"'}}}
    )
    part = Part(5, 1, 2, Concern(definitions, 1))
    people = [bytes([5]) + n.to_bytes(15) for n in range(1, 1001)]
    for id in people:
        assert not part.is_full
        part.put(Somebody(id, {}, concerned=True, touch=False))
    assert part.is_full
    part.done = True
    records = part.records()
    bodies = [record.body for record in records if isinstance(record.body, Built)]
    assert [id for body in bodies for id, _ in body.people] == people
    assert max(len(body.people) for body in bodies) <= 250
    assert [body.done for body in bodies] == [False, False, False, False, True]
    assert len({record.id for record in records}) == len(records)
    part.clear()
    assert not part.is_full
    assert part.handed == 1000
