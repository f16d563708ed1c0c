"""The doorkeeper: however many workers look after the doors of however many partitions, a limit is never passed and the first come
first."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Database
from tests.processor.town import Town
from tidings.journeys.ramp import Ramp, parse, write
from tidings.kernel.records import Event
from tidings.kernel.times import HOUR, MINUTE
from tidings.people.document import decode
from tidings.processor.door import look


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database, workers=2, batch=20)
    yield made
    await made.close()


def body(**journeys: dict[str, Any]) -> dict[str, Any]:
    return {
        "segments": {},
        "templates": {},
        "journeys": {
            id: {
                "version": 1,
                "status": "live",
                "document": {"journey": id, "trigger": {"event": id}, "steps": [{"id": "w", "wait": "9 days"}], **more},
            }
            for id, more in journeys.items()
        },
    }


async def moved(town: Town, journey: str, what: str) -> list[str]:
    """Ids of the people of whom it is said, by the time of it."""
    rows = await town.database.fetch(
        "SELECT p.doc FROM people p JOIN history h ON h.partition = p.partition AND h.person = p.id AND h.kind = 21 AND h.name = $1 "
        "WHERE position($2::bytea in h.body) > 0 ORDER BY h.time, h.id",
        journey,
        what.encode(),
    )
    return [dict(decode(row[0]).identifiers)["id"] for row in rows]


async def inside(town: Town) -> dict[str, int]:
    rows = await town.database.fetch("SELECT journey, count(*) FROM standing WHERE step <> '' GROUP BY journey")
    return dict(rows)


async def settled(town: Town, **wanted: int) -> None:
    """Wait until so many are inside of each journey, let many look at once, and see that it stays so."""
    async with asyncio.timeout(100):
        while (found := await inside(town)) != wanted and all(
            found.get(id, 0) <= count for id, count in wanted.items()
        ):
            await town.rest()
    now = time.time_ns() // 1000
    await asyncio.gather(*(look(town.database.pool, now) for _ in range(5)))
    await town.rest()
    assert await inside(town) == wanted


async def told(town: Town, journey: str, what: str, count: int) -> None:
    """Wait until it is said of so many, and see that it stays so."""
    async with asyncio.timeout(100):
        while len(await moved(town, journey, what)) < count:
            await town.rest()
    assert len(await moved(town, journey, what)) == count


async def test_no_limit_is_passed_and_the_first_come_first(town: Town) -> None:
    """``rate`` waits, ``strict`` refuses, ``few`` has room when somebody leaves, ``off`` is paused and then closed."""
    made = body(
        rate={"limits": {"entry": "7 per hour"}},
        strict={"limits": {"entry": "5 per day", "over": "refuse"}},
        few={"limits": {"at_once": 5, "in_all": 7}, "exit": 'did "stop" since entry'},
        off={"limits": {"at_once": 2}},
    )
    await town.define(made)
    people = [f"p{n:02}" for n in range(20)]
    events = [town.record(Event(name, {}), ("id", person)) for person in people for name in ("rate", "strict", "few")]
    await town.send(*events, *(town.record(Event("off", {}), ("id", person)) for person in people[:4]))
    await town.send(*(town.record(Event("rate", {}), ("id", f"late {n}")) for n in range(20)))
    await settled(town, rate=7, strict=5, few=5, off=2)
    await told(town, "strict", "refused", 15)

    now = time.time_ns() // 1000
    await asyncio.gather(*(look(town.database.pool, now + HOUR - MINUTE) for _ in range(3)))
    made["journeys"]["off"] |= {"status": "paused"}
    made["journeys"]["off"]["document"]["limits"]["at_once"] = 9
    await town.define(made)
    first = await moved(town, "few", "entered")
    await town.send(*(town.record(Event("stop", {}), ("id", person)) for person in first[:3]))
    await settled(town, rate=7, strict=5, few=4, off=2)
    await told(town, "few", "entered", 7)
    await told(town, "few", "refused", 13)

    made["journeys"]["off"] |= {"status": "closed"}
    await town.define(made)
    await asyncio.gather(*(look(town.database.pool, now + HOUR + MINUTE) for _ in range(3)))
    await settled(town, rate=14, strict=5, few=4, off=2)
    assert set(await moved(town, "rate", "entered")) < set(people)
    assert await moved(town, "rate", "refused") == []
    await told(town, "off", "refused", 2)


async def test_whom_a_ramp_holds_no_doorkeeper_lets_in(town: Town) -> None:
    """``far`` has a ramp of nobody until somebody goes on, ``near`` has a door behind it too."""
    made = body(far={}, near={"limits": {"at_once": 3}})
    stages = parse("0%")
    now = time.time_ns() // 1000
    for entry in made["journeys"].values():
        entry["ramp"] = write(Ramp(stages, now, 0, now, {}))
    await town.define(made)
    await town.send(*(town.record(Event(name, {}), ("id", f"p{n}")) for n in range(6) for name in ("far", "near")))
    await settled(town)
    assert await town.database.fetchval("SELECT count(*) FROM standing WHERE step = '' AND version = 0") == 12
    assert await town.database.fetch("SELECT FROM admissions") == []
    for entry in made["journeys"].values():
        entry["ramp"] = write(Ramp(stages, now, 1, now, {}))
    await town.define(made)
    await settled(town, far=6, near=3)
    assert await town.database.fetchval("SELECT count(*) FROM standing WHERE step = '' AND version = 1") == 3
