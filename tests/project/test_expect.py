"""What a publish may expect of those who are inside already: they are moved on by what is to come, and nothing of it is kept."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Database
from tests.processor.town import Town
from tidings.database.access import Workspace
from tidings.delivery.policy import Sent
from tidings.delivery.store import write_sends
from tidings.kernel.records import Event, Identify
from tidings.project.expect import expected, inside
from tidings.project.store import newest
from tidings.project.would import Would

SEND = {"id": "a", "send": "hello"}


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database)
    yield made
    await made.close()


def body(*steps: dict[str, Any], version: int = 1, status: str = "live") -> dict[str, Any]:
    document = {"journey": "go", "trigger": {"event": "Go"}, "steps": list(steps)}
    entry = {"version": version, "status": status, "document": document, "history": {str(version): document}}
    template = {"version": 1, "format": "html", "text": "---\nsubject: Hello\n---\nHello"}
    return {"settings": {"workspace": "town"}, "journeys": {"go": entry}, "templates": {"hello": template}}


async def test_those_inside_are_moved_on_by_what_is_to_come(town: Town) -> None:
    wait, only = {"id": "w", "wait": "2 days"}, {**SEND, "only_if": 'did "Go" at least 1 times within 30 days'}
    await town.define(body(wait, SEND))
    reached = [town.record(Identify({"email": f"p{n}@example.com"}), ("id", f"p{n}")) for n in range(9)]
    await town.send(*reached, *(town.record(Event("Go", {}), ("id", f"p{n}")) for n in range(9)))
    await town.rest()
    async with asyncio.timeout(20):  # the catalog is written by the worker, a moment after what it counts
        while not await town.database.fetchval("SELECT EXISTS (SELECT FROM catalog WHERE name = 'Go')"):
            await asyncio.sleep(0.05)
    own, pool = Workspace(town.workspace, "town", town.secret), town.database.pool
    async with pool.acquire() as connection:
        before = await newest(connection, town.workspace)
    was = await town.database.fetch("SELECT doc FROM people ORDER BY id")

    async def coming(made: dict[str, Any], hours: int) -> tuple[int, int, float, bool]:
        found = await inside(pool, own, before, made, "go", hours)
        return found.people, found.looked, found.messages, found.first is not None

    assert await coming(body(wait, SEND), 24) == (9, 9, 0, False)
    assert await coming(body(wait, SEND), 49) == (9, 9, 9, True)
    sooner = {"id": "w", "wait": "1 hour"}
    again = {"id": "w2", "wait": "1 hour"}
    shorter = body(sooner, only, again, {**SEND, "id": "b"}, version=2)
    shorter["journeys"]["go"]["history"]["1"] = before.body["journeys"]["go"]["document"]
    assert await coming(shorter, 1) == (9, 9, 9, True), "by the terms that are to come, with what history says"
    assert await coming(shorter, 2) == (9, 9, 18, True)
    never = {**SEND, "only_if": 'not did "Go" within 30 days'}
    assert await coming(body(sooner, never), 2) == (9, 9, 0, False)
    assert await coming(body(sooner, SEND, status="paused"), 2) == (9, 9, 0, False)
    assert await town.database.fetch("SELECT doc FROM people ORDER BY id") == was

    capped = {**shorter, "settings": {"workspace": "town", "limits": {"marketing": "1 per 7 days"}}}
    found = await inside(pool, own, before, capped, "go", 2)
    assert (found.messages, found.held) == (9, 9), "the first of each goes, the second waits for the cap"
    recent = write_sends([Sent(b"m", int(time.time() * 1_000_000), "email", "")])
    await town.database.execute(
        "INSERT INTO sends (partition, person, recent) SELECT partition, id, $1 FROM people ORDER BY id LIMIT 4", recent
    )
    found = await inside(pool, own, before, capped, "go", 2)
    assert (found.messages, found.held) == (5, 13), "what they were sent before counts"

    match = Would("go", 5000, 4500, 5500, "100 per hour")
    told = await expected(pool, own, before, shorter, "go", match, ramp="10%")
    assert (told.inside, told.hours, told.next, told.taken) == (9, 1, 9, 101), "nine came in the hour that is known"
    assert ", beside 9 inside already, and about " in told.sentence
    assert told.sentence.endswith(f"; who matches already is taken in besides, up to {told.taken:,} of them by then")
