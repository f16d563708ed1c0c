"""What a worker makes of a database that refuses, forgets to answer, or lets it wait: the same as if nothing had been."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any

import asyncpg
import pytest

from tests.conftest import Database
from tests.processor.cutting import way
from tests.processor.town import Town
from tidings import log
from tidings.engine import Workspace as Secret
from tidings.engine import seal
from tidings.history import kinds, unpack
from tidings.kernel.ids import PARTITIONS
from tidings.kernel.records import SYSTEM, Body, Control, Delete, Event, Identify, Record, encode, home
from tidings.kernel.times import MINUTE, SECOND
from tidings.processor import Worker
from tidings.settings import Settings

RESTED = {"rested": {"segment": "rested", "name": "Rested", "rule": "rested = true"}}
PAYERS = {"payers": {"segment": "payers", "name": "Payers", "rule": 'did "Paid"'}}
KEEN = {"keen": {"segment": "keen", "name": "Keen", "rule": 'did "Begun" at least 2 times'}}
WAITING: dict[str, Any] = {
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


async def test_what_is_due_is_written_before_what_was_received_in_that_microsecond(town: Town) -> None:
    begun = time.time_ns() // 1000 - 60 * MINUTE
    await define_at(town, begun - MINUTE, WAITING)
    said = [(begun, Event("Begun", {})), (begun + 10 * MINUTE, Identify({"rested": "by hand"}))]
    await stamped(town, *((at, town.record(body, ("id", "ann"), at=at, received=at)) for at, body in said))
    await town.hire()
    await town.rest()
    person = await town.person("id", "ann")
    assert person is not None
    assert person.attributes["rested"] == "by hand"
    rows = await town.database.fetch(
        "SELECT body FROM history WHERE person = $1 AND kind = $2 ORDER BY received, place, seq",
        person.id,
        kinds.ATTRIBUTES,
    )
    assert [unpack(row[0]) for row in rows] == [{"rested": True}, {"rested": "by hand"}]


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


async def trip(town: Town, table: str, when: str, code: str) -> None:
    """Let the database refuse rows of a table, with an SQLSTATE."""
    await town.database.execute(
        f"CREATE FUNCTION trip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {when} THEN RAISE EXCEPTION 'tripped' USING ERRCODE = '{code}'; END IF; RETURN NEW; END $$"
    )
    await town.database.execute(
        f"CREATE TRIGGER trip BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION trip()"
    )


@pytest.mark.parametrize("code", ["22021", "23514", "54000", "23505"])
async def test_a_record_the_database_can_not_take_is_rejected_and_the_others_are_applied(town: Town, code: str) -> None:
    await trip(town, "people", "NEW.email = 'bad@example.com'", code)
    await town.hire()
    people = [f"p{n}" for n in range(30)]
    await town.send(
        *(town.record(Identify({"email": f"{name}@example.com"}), ("id", name)) for name in [*people, "bad"])
    )
    for name in people:
        assert await town.person("email", f"{name}@example.com") is not None
    assert await town.person("email", "bad@example.com") is None
    assert await town.rejected() == ["applying it failed by a fault of ours, which is in the worker's log"]


async def test_timers_that_can_not_fire_rest_and_the_others_fire(town: Town) -> None:
    begun = time.time_ns() // 1000 - 120 * MINUTE
    await define_at(town, begun - MINUTE, WAITING)
    waits = (
        "SELECT FROM people_times t WHERE t.partition = NEW.partition AND t.person = NEW.id AND t.wake_at IS NOT NULL"
    )
    rests = f"NEW.email = '7@example.com' AND EXISTS ({waits})"
    await trip(town, "people", rests, "22003")
    people = range(20)
    for body in (Identify({}), Event("Begun", {})):
        await stamped(town, *((begun, at(town, begun, body, n)) for n in people))
    await town.hire(batch=5)
    await town.rest()
    assert await marked(town, people) == [n for n in people if n != 7]
    await town.database.execute("DROP TRIGGER trip ON people")
    await town.send(town.record(Event("Seen", {}), ("email", "7@example.com")))
    assert await marked(town, people) == list(people)
    assert await town.rejected() == []


async def test_more_are_due_than_are_looked_for_at_once(town: Town) -> None:
    """Some of them are moved by what they do meanwhile, and one is deleted."""
    begun = time.time_ns() // 1000 - 120 * MINUTE
    await define_at(town, begun - MINUTE, WAITING)
    people = range(60)
    for body in (Identify({}), Event("Begun", {})):
        await stamped(town, *((begun, at(town, begun, body, n)) for n in people))
    await town.append(
        [(home(record), record) for n in people[::7] for record in [at(town, begun, Event("Seen", {}), n)]]
    )
    await town.append([(home(record), record) for record in [town.record(Delete(), ("email", "9@example.com"))]])
    await town.hire(batch=3)
    await town.rest()
    assert await marked(town, people) == [n for n in people if n != 9]
    moves = await town.database.fetch("SELECT count(*) FROM history WHERE kind = $1 GROUP BY person", kinds.MOVED)
    assert len(moves) == 59
    assert len({row[0] for row in moves}) == 1, "somebody was moved twice"


def at(town: Town, moment: int, body: Body, number: int) -> Record:
    return town.record(body, ("email", f"{number}@example.com"), at=moment, received=moment)


async def marked(town: Town, people: Iterable[int]) -> list[int]:
    """Who came to the journey's end."""
    found = {n: await town.person("email", f"{n}@example.com") for n in people}
    return [n for n, person in found.items() if person is not None and person.attributes.get("rested")]


async def test_nobody_waits_for_a_clock_that_was_put_back(town: Town) -> None:
    """Some rows lie an hour ahead, some an hour behind what came before them in their partition."""
    now = time.time_ns() // 1000
    await define_at(town, now - 300 * MINUTE, WAITING)
    people = [f"p{n}" for n in range(50)]
    jumps = (-60, 60, -120, 0)
    for jump in jumps:
        stamp = now + jump * MINUTE
        await stamped(
            town, *((stamp + n, town.record(Event("Seen", {}), ("id", name))) for n, name in enumerate(people))
        )
    await stamped(town, *((now, town.record(Event("Begun", {}), ("id", name))) for name in people))
    await town.hire(batch=20)
    await town.rest()
    rows = await town.database.fetch(
        "SELECT person, array_agg(received ORDER BY place) FROM history WHERE name IN ('Seen', 'Begun') GROUP BY person"
    )
    assert len(rows) == 50
    for _, times in rows:
        assert len(times) == len(jumps) + 1
        assert times == sorted(times), "now falls"
    clocks = await town.database.fetch("SELECT clock FROM cursors")
    assert max(row[0] for row in clocks) >= now + 60 * MINUTE
    waiting = await town.database.fetch("SELECT wake_at FROM people_times")
    assert all(row[0] >= now + 70 * MINUTE for row in waiting), "a timer fired before its time"
    await town.send(*(town.record(Event("Seen", {}), ("id", name)) for name in people))
    assert await town.database.fetchval("SELECT count(*) FROM history WHERE name = 'Seen'") == 250


async def test_many_rows_behind_an_open_transaction_are_applied_when_it_ends(town: Town) -> None:
    """More than a worker reads ahead."""
    await town.hire(batch=10)
    slow = await asyncpg.connect(town.database.url)
    transaction = slow.transaction()
    await transaction.start()
    await log.append(slow, [(0, encode(town.record(Event("Seen", {}), ("id", "slow"))))])
    records = [town.record(Event("Seen", {}), ("id", f"p{n}")) for n in range(300)]
    for record in records:
        await town.append([(home(record), record)])
    await transaction.commit()
    await slow.close()
    await town.rest()
    assert await town.database.fetchval("SELECT count(*) FROM history WHERE name = 'Seen'") == 301


async def test_what_somebody_does_next_does_not_overtake_who_they_are(town: Town) -> None:
    """A browser's person lives with one worker, the user's records come to the other."""
    workers = [await town.hire(), await town.hire()]
    while await town.database.fetchval("SELECT count(DISTINCT lease_owner) FROM cursors") < 2:
        for worker in workers:
            worker._due_to_keep()
        await town.rest()
    document = WAITING["journeys"]["later"]["document"] | {"audience": "email is present"}
    await town.define({"journeys": {"later": WAITING["journeys"]["later"] | {"document": document}}})
    await town.built()
    numbers = range(60)
    browser = {n: ("anonymous_id", f"b{n}") for n in numbers}
    await town.send(*(town.record(Event("Looked", {}), browser[n]) for n in numbers))
    for n in numbers:
        who = ("id", f"u{n}")
        said = town.record(Identify({"email": f"{n}@example.com"}), who, browser[n])
        began = town.record(Event("Begun", {}), who)
        await town.append([(home(said), said), (home(began), began)])
    await town.rest()
    people = [await town.person("anonymous_id", f"b{n}") for n in numbers]
    assert [n for n, person in enumerate(people) if person is None or "later" not in person.memory] == []
    assert [
        n for n, person in enumerate(people) if person is None or await town.events(person) != ["Looked", "Begun"]
    ] == []
    assert await town.database.fetchval("SELECT count(*) FROM people") == 60
