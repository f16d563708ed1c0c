"""What a worker makes of a database that refuses, forgets to answer, or lets it wait: the same as if nothing had been."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Database
from tests.processor.cutting import way
from tests.processor.town import Town
from tidings.engine import Workspace as Secret
from tidings.engine import seal
from tidings.kernel.ids import PARTITIONS
from tidings.kernel.records import SYSTEM, Control, Event, Identify, Record, encode, home
from tidings.kernel.times import MINUTE, SECOND
from tidings.processor import Worker
from tidings.settings import Settings

RESTED = {"rested": {"segment": "rested", "name": "Rested", "rule": "rested = true"}}
PAYERS = {"payers": {"segment": "payers", "name": "Payers", "rule": 'did "Paid"'}}
KEEN = {"keen": {"segment": "keen", "name": "Keen", "rule": 'did "Begun" at least 2 times'}}
WAITING = {
    "journeys": {
        "later": {
            "version": 1,
            "status": "live",
            "document": {
                "journey": "later",
                "name": "Later",
                "trigger": {"event": "Begun"},
                "steps": [{"id": "rest", "wait": "10 minutes"}, {"id": "mark", "set": {"rested": True}}],
            },
        }
    }
}


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database, workers=0)
    yield made
    await made.close()


async def stamped(town: Town, *rows: tuple[int, Record]) -> None:
    """Append records as they would have been at other times: (stamp, record)."""
    async with town.database.pool.acquire() as connection:
        await connection.copy_records_to_table(
            "log",
            columns=("stamp", "partition", "body"),
            records=[(stamp, home(record), encode(record)) for stamp, record in rows],
        )


async def define_at(town: Town, stamp: int, body: dict[str, Any]) -> None:
    """Put definitions in force as it would have been at another time."""
    town.number += 1
    sealed = seal(Secret(town.workspace, town.secret), town.number, dict(body), town.body or None)
    town.body = sealed
    await town.database.execute(
        "INSERT INTO definitions (workspace, number, body) VALUES ($1, $2, $3)",
        town.workspace,
        town.number,
        json.dumps(sealed),
    )
    async with town.database.pool.acquire() as connection:
        await connection.copy_records_to_table(
            "log",
            columns=("stamp", "partition", "body"),
            records=[
                (stamp + partition, partition, encode(town.record(Control(town.number), trust=SYSTEM)))
                for partition in range(PARTITIONS)
            ],
        )


async def test_a_commit_whose_answer_was_lost_is_found_done(town: Town) -> None:
    async with way(town.database.url) as through:
        worker = Worker(town.database.pool, through.url, Settings())
        town.workers.append(worker)
        town.tasks.append(asyncio.create_task(worker.run()))
        await town.define(WAITING)
        await town.rest()
        for turn in range(3):
            through.cut_commits = 1
            await town.send(town.record(Event("Paid", {"turn": turn}), ("id", "ann")))
            assert through.cut_commits == 0
        through.cut_commits = 1
        await town.define(WAITING | {"segments": PAYERS})
        await town.rest()
        await town.send(town.record(Event("Paid", {"turn": 3}), ("id", "ann")))
        person = await town.person("id", "ann")
    assert person is not None
    assert await town.events(person) == ["Paid"] * 4
    assert list(person.segments) == ["payers"], "what came into force by the lost commit is in force"


async def test_rows_that_are_read_again_keep_their_time(town: Town) -> None:
    await town.database.execute("CREATE SEQUENCE tries")
    await town.database.execute(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF nextval('tries') <= 3 THEN RAISE unique_violation; END IF;
            RETURN NEW;
        END $$
        """
    )
    await town.database.execute("CREATE TRIGGER refuse BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION refuse()")
    now = time.time_ns() // 1000
    stamps = [now - 60 * MINUTE + n * MINUTE for n in range(5)]
    await stamped(town, *((stamp, town.record(Event("Paid", {}), ("id", "ann"))) for stamp in stamps))
    await town.hire()
    await town.rest()
    assert await town.database.fetchval("SELECT last_value FROM tries") > 3
    rows = await town.database.fetch("SELECT received FROM history WHERE name = 'Paid' ORDER BY place")
    assert [row[0] for row in rows] == stamps


async def test_definitions_and_timers_that_were_missed_come_in_their_order(town: Town) -> None:
    """Two sets of definitions, a timer between them and one behind, all while no worker was there."""
    begun = time.time_ns() // 1000 - 120 * MINUTE
    ann = ("id", "ann")
    await define_at(town, begun - MINUTE, WAITING)
    await stamped(town, (begun, town.record(Event("Begun", {}), ann, at=begun, received=begun)))
    await define_at(town, begun + 5 * MINUTE, WAITING | {"segments": RESTED})
    await define_at(town, begun + 20 * MINUTE, {"segments": RESTED | KEEN})
    await town.hire()
    await town.rest()
    person = await town.person("id", "ann")
    assert person is not None
    assert person.attributes.get("rested") is True, "the journey was there when the timer was due"
    entered = await town.database.fetch("SELECT name, time FROM history WHERE kind = 20 ORDER BY time")
    assert [tuple(row) for row in entered] == [("rested", begun + 10 * MINUTE)]


async def test_definitions_do_not_wait_for_a_timer_that_is_due_behind_them(town: Town) -> None:
    begun = time.time_ns() // 1000 - 120 * MINUTE
    await define_at(town, begun - MINUTE, WAITING)
    await stamped(town, (begun, town.record(Event("Begun", {}), ("id", "ann"), at=begun, received=begun)))
    await define_at(town, begun + 5 * MINUTE, WAITING | {"segments": RESTED})
    await town.hire()
    await town.rest()
    assert await town.database.fetchval("SELECT count(*) FROM in_force WHERE number = 2") == 64
    person = await town.person("id", "ann")
    assert person is not None
    assert list(person.segments) == ["rested"]


async def test_a_timer_that_nobody_has_any_more_does_not_keep_the_worker_awake(town: Town) -> None:
    worker = await town.hire()
    await town.define(WAITING)
    await town.rest()
    now = await town.database.fetchval("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
    worker._next_due = now - SECOND
    worker._asked_due = True
    await town.send(town.record(Identify({}), ("id", "ann")))
    assert worker._next_due is None
