"""Many who are due at once are taken a portion at a time, and what others do gets its turn between two."""

import time
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from tests.conftest import Database
from tests.processor.town import Town
from tidings.engine import Definitions, Step, Workspace, step
from tidings.kernel.ids import home_of, partition_of, person_id
from tidings.kernel.records import Event, Identify
from tidings.kernel.times import SECOND
from tidings.people import store
from tidings.people.document import Person
from tidings.processor.batch import Batch
from tidings.processor.due import Due

DIGEST = {
    "journey": "digest",
    "trigger": {"schedule": "every day at 09:00", "who": 'plan = "pro"'},
    "reenter": "always",
    "steps": [{"id": "mark", "set": {"told": True}}],
}
PEOPLE, PORTION = 1000, 40


@pytest.fixture
async def waiting(database: Database) -> Town:
    """A thousand people for whom a schedule's time came a second ago, and nobody to let them in yet."""
    town = await Town.make(database)
    await town.define({"journeys": {"digest": {"version": 1, "status": "live", "document": DIGEST}}})
    await town.rest()
    await town.built()
    town.workers[0].stop()
    await town.tasks[0]
    town.workers.clear()
    town.tasks.clear()
    definitions = Definitions(Workspace(town.workspace, town.secret), town.number, town.body)
    now = time.time_ns() // 1000
    rows, coming = [], []
    for n in range(PEOPLE):
        id = person_id(partition_of(town.workspace, "id", f"p{n}"), town.workspace, n)
        new = Person(id=id, workspace=town.workspace, partition=home_of(id), created=now, first=id)
        made = step(definitions, new, town.record(Identify({"plan": "pro"})), now - 2 * SECOND)
        assert isinstance(made, Step)
        rows.append(store.row(replace(made.person, dates={"digest": now - SECOND})))
        coming.append((home_of(id), town.workspace, id, "digest", now - SECOND))
    async with database.pool.acquire() as connection, connection.transaction():
        await store.write(connection, sorted(rows))
        columns = ("partition", "workspace", "person", "journey", "at")
        await connection.copy_records_to_table("coming", columns=columns, records=coming)
    return town


async def test_others_get_their_turn_while_a_schedule_lets_in_a_thousand(
    waiting: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, portions, came = waiting, list[int](), list[int]()
    wake, apply = Batch.wake, Batch.apply

    async def woken(batch: Batch, people: Sequence[bytes], until: int) -> None:
        portions.append(len(people))
        if len(portions) == 3:
            record = town.record(Event("Live", {}), ("id", "visitor"))
            await town.append([(partition_of(town.workspace, "id", "visitor"), record)])
        await wake(batch, people, until)

    async def applied(batch: Batch, items: Any) -> None:
        if items:
            came.append(len(portions))
        await apply(batch, items)

    monkeypatch.setattr(Batch, "wake", woken)
    monkeypatch.setattr(Batch, "apply", applied)
    try:
        await town.hire(PORTION)
        while sum(portions) < PEOPLE:
            await town.rest()
        await town.rest()
        assert await town.database.fetchval("SELECT count(*) FROM people WHERE name IS NULL") == PEOPLE + 1
        begun = await town.database.fetch("SELECT person FROM history WHERE kind = 21 AND name = 'digest'")
        assert len({row[0] for row in begun}) == PEOPLE
        assert max(portions) <= PORTION
        assert len(came) == 1
        assert came[0] - 3 <= 3, "whoever comes waits for a few portions, and not for all"
    finally:
        await town.close()


def test_portions_are_sized_by_what_the_last_one_took() -> None:
    due = Due(2000)
    assert due.portion == 500
    due.took(500, 0.1)
    due.took(1000, 0.2)
    assert due.portion == 2000
    due.took(2000, 0.2)
    assert due.portion == 2000, "never more than a batch"
    due.took(2000, 1.2)
    assert due.portion == 500
    due.took(300, 0.1)
    assert due.portion == 500, "a portion that was not full says nothing"
    due.took(500, 60)
    assert due.portion == 100
    due.took(100, 0.1)
    assert due.portion == 200
    assert Due(40).portion == 40
