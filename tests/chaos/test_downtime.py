"""A worker that was down finds what it missed, and makes of it what one that was there all along has made."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_hex
from typing import Any

import asyncpg
import msgspec
import pytest

from tests.chaos.lives import ARMS
from tests.conftest import Database, named
from tests.processor.town import Town
from tidings.database.pool import open_pool
from tidings.history import kinds
from tidings.kernel.records import Built, Event, Identify, Record, Touch, decode, encode, home
from tidings.kernel.times import HOUR, SECOND
from tidings.people import document
from tidings.people.latest import Latest, known
from tidings.processor.facts import unpack
from tidings.project.apply import put
from tidings.project.store import newest

SHIFT = 2 * HOUR
_RUN = 12
"""Bytes of a move's id that say whose it is; behind them moves of one moment are counted, from wherever the batch began."""
JOURNEYS = {
    "welcome": {
        "journey": "welcome",
        "trigger": {"event": "Signed Up"},
        "reenter": "always",
        "exit": 'did "Left" since entry',
        "steps": [
            {"id": "hello", "send": "hello"},
            {"id": "rest", "wait": "1 second"},
            {"id": "which", "branch": ARMS},
            {"id": "more", "wait_until": 'did "Ordered" at least 2 times since entry', "at_most": "2 seconds"},
            {"id": "mark", "set": {"welcomed": True}},
        ],
    },
    "lapsed": {
        "journey": "lapsed",
        "trigger": {"segment": "left busy"},
        "reenter": "always",
        "steps": [{"id": "track", "track": "Lapsed"}, {"id": "nudge", "send": "nudge"}],
    },
}
SEGMENTS = {
    "busy": {"segment": "busy", "name": "Busy", "rule": 'did "Ordered" at least 2 times within 1 second'},
    "quiet": {"segment": "quiet", "name": "Quiet", "rule": 'did not "Ordered" within 2 seconds and welcomed = true'},
}
LATER = {
    "fresh": {"segment": "fresh", "name": "Fresh", "rule": 'did "Signed Up" within 3 seconds'},
    "lapsers": {"segment": "lapsers", "name": "Lapsers", "rule": 'did "Lapsed"'},
}


def body(**more: Any) -> dict[str, Any]:
    return {
        "segments": SEGMENTS | more,
        "journeys": {
            id: {"version": 1, "status": "live", "document": {"name": id, **document}}
            for id, document in JOURNEYS.items()
        },
        "templates": {
            name: {"version": 1, "text": f"---\nsubject: {name}\n---\n<p>{name}</p>\n", "format": "html"}
            for name in ("hello", "nudge", "thanks")
        },
    }


KEEP = """
CREATE TABLE kept AS SELECT xid, seq, stamp, partition, body FROM log;
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kept VALUES (new.xid, new.seq, new.stamp, new.partition, new.body);
    RETURN NULL;
END $$;
CREATE TRIGGER keep AFTER INSERT ON log FOR EACH ROW EXECUTE FUNCTION keep();
"""
"""Keeps what went through the log, which its worker empties behind itself."""


@asynccontextmanager
async def fresh(postgres: str, template: str) -> AsyncIterator[Database]:
    """A database beside the test's own."""
    name = f"tidings_{token_hex(6)}"
    connection = await asyncpg.connect(postgres)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    pool = await open_pool(named(postgres, name), name="tidings test", smallest=0, largest=20)
    try:
        yield Database(named(postgres, name), pool)
    finally:
        pool.terminate()
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()


@pytest.mark.timeout(
    900
)  # its story takes as long as it takes, and is then lived twice more; a machine may have much else to do
@pytest.mark.parametrize(("people", "lasts"), [(12, 5), pytest.param(150, 40, marks=pytest.mark.slow)])
async def test_two_hours_late(database: Database, postgres: str, template: str, people: int, lasts: float) -> None:
    await database.execute(KEEP)
    there = await Town.make(database)
    await there.define(body())
    await there.built()
    await live(there, people, lasts)
    await settled(there)
    await there.close()
    expected = await state(database, 0, ids=False)
    assert {"welcome"} <= {name for kind, name, *_ in expected["history"] if kind == kinds.MOVED}
    assert {"quiet", "fresh"} <= {name for kind, name, *_ in expected["history"] if kind == kinds.MEMBERSHIP}
    for shift in (0, SHIFT):
        async with fresh(postgres, template) as other:
            await copy(database, other, shift)
            town = Town(other, there.workspace, there.secret)
            await town.hire(batch=random.choice([7, 100, 2000]))
            await settled(town)
            await town.close()
            found = await state(other, shift, ids=not shift)
        expected = await state(database, 0, ids=not shift)
        for what in expected:
            there_was, here_is = (Counter(map(frozen, each[what])) for each in (expected, found))
            missing, extra = list(there_was - here_is), list(here_is - there_was)
            said = "\n".join([*(f"- {row}" for row in missing[:9]), *(f"+ {row}" for row in extra[:9])])
            assert not missing + extra, f"{what}, {shift // HOUR} hours late:\n{said}"


async def live(town: Town, people: int, lasts: float) -> None:
    """Let people do things as they come, and the rules change in the middle."""
    dice = random.Random(5)
    for number in range(people):
        await town.send(town.record(Identify({"email": f"p{number}@example.com"}), ("id", f"p{number}")))
    for turn in range(people * 12):
        who = ("id", f"p{dice.randrange(people)}")
        name = dice.choices(["Signed Up", "Ordered", "Left"], [4, 8, 1])[0]
        record = town.record(Event(name, {}), who)
        await town.append([(home(record), record)])
        if turn == people * 6:
            async with town.database.pool.acquire() as connection:
                before = await newest(connection, town.workspace)
            await put(town.database.pool, before, body(**LATER))
        await asyncio.sleep(dice.random() * lasts / (people * 6))


async def settled(town: Town) -> None:
    """Wait until nothing is left to be applied, built or awaited."""
    deadline = time.monotonic() + 240
    while True:
        await town.rest()
        await town.built()
        if not await town.database.fetchval("SELECT count(*) FROM people_times WHERE wake_at IS NOT NULL"):
            return
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def copy(source: Database, target: Database, shift: int) -> None:
    """Put into another database's log what came in from outside, as if it had come so much earlier."""
    for table in ("workspaces", "definitions"):
        rows = await source.fetch(f"SELECT * FROM {table}")
        async with target.pool.acquire() as connection:
            await connection.copy_records_to_table(
                table, columns=list(rows[0].keys()), records=[tuple(row) for row in rows]
            )
    rows = await source.fetch("SELECT stamp, partition, body FROM kept ORDER BY xid, seq")
    clocks: dict[int, int] = {}
    records = []
    for (
        stamp,
        partition,
        packed,
    ) in rows:  # with the time the log gave each: what is left out here may have put a clock ahead of a row's stamp
        clocks[partition] = max(clocks.get(partition, 0), stamp)
        records.append((clocks[partition], partition, decode(packed)))
    async with target.pool.acquire() as connection:
        await connection.copy_records_to_table(
            "log",
            columns=("stamp", "partition", "body"),
            records=[
                (stamp - shift, partition, encode(earlier(record, shift)))
                for stamp, partition, record in records
                if not isinstance(record.body, Built | Touch)
            ],
        )


def earlier(record: Record, shift: int) -> Record:
    return msgspec.structs.replace(record, time=record.time - shift, received=record.received - shift)


async def state(database: Database, shift: int, *, ids: bool) -> dict[str, list[Any]]:
    """Everything that became of the log, as of the moments it happened in the first place. What timers cause has ids made from the
    moment, so with other moments they are left out."""
    people = [document.decode(row[0]) for row in await database.fetch("SELECT doc FROM people ORDER BY id")]
    history = await database.fetch(
        "SELECT kind, name, person, time, received, id, body FROM history ORDER BY 1, 2, 3, 5, 4, 6"
    )
    rows = {
        "people": [
            [
                msgspec.to_builtins(
                    msgspec.structs.replace(each, place=0, counters={}, latest=Latest()), builtin_types=(bytes,)
                ),
                {key: document.read_times(kept) for key, kept in each.counters.items()},
                {name: known(each.latest, each.attributes, name) * SECOND for name in each.attributes},
            ]
            for each in people
        ],
        "history": [
            (kind, name, person.hex(), at, received, id[:_RUN] if kind == kinds.MOVED else id, unpack(said))
            for kind, name, person, at, received, id, said in history
        ],
        "memberships": await database.fetch("SELECT segment, person, since FROM memberships ORDER BY segment, person"),
        "deliveries": await database.fetch(
            "SELECT id, person, journey, step, template, due, state FROM deliveries ORDER BY person, due, step"
        ),
    }
    return {what: [back(list(row), shift, ids) for row in found] for what, found in rows.items()}


def frozen(value: Any) -> Any:
    """Give a value as one that can be counted: thousands of rows are held against as many."""
    if isinstance(value, dict):
        return frozenset((name, frozen(each)) for name, each in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(frozen, value))
    return value


def back(value: Any, shift: int, ids: bool) -> Any:
    """Move every moment in a value; without ``ids``, those are left out."""
    if isinstance(value, dict):
        return {name: back(each, shift, ids) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [back(each, shift, ids) for each in value]
    if isinstance(value, bytes) and not ids:
        return b""
    if isinstance(value, int) and not isinstance(value, bool) and value > 10**15:
        return value + shift
    return value
