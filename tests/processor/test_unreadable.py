"""Definitions that no worker can read: they can't be published, and if there are some all the same, nobody else stands still for them."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Database
from tests.processor.town import Town
from tidings.app.doctor import _definitions, _published
from tidings.kernel.ids import PARTITIONS
from tidings.kernel.problems import Invalid
from tidings.kernel.records import SYSTEM, Control, Event
from tidings.processor.control import repeat
from tidings.project import store
from tidings.project.apply import put

PAYERS = {"payers": {"segment": "payers", "name": "Payers", "rule": 'did "Paid"'}}
BROKEN: dict[str, dict[str, Any]] = {
    "a rule": {"segments": {"payers": {"segment": "payers", "name": "Payers", "rule": 'did "Paid'}}},
    "a step": {
        "journeys": {
            "j": {
                "version": 1,
                "status": "live",
                "document": {"journey": "j", "trigger": {"event": "Go"}, "steps": [{"id": "a", "fly": "high"}]},
            }
        }
    },
    "a template": {"templates": {"hello": {"version": 1, "format": "html", "text": "---\nsubject: [\n---\nHello"}}},
    "a setting": {"settings": {"start_age": "soon"}},
    "its form": {"segments": {"payers": 5}},
}


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database)
    yield made
    await made.close()


@pytest.mark.parametrize("fault", BROKEN)
async def test_what_cannot_be_read_cannot_be_published(town: Town, fault: str) -> None:
    async with town.database.pool.acquire() as connection:
        before = await store.newest(connection, town.workspace)
    with pytest.raises(Invalid):
        await put(town.database.pool, before, BROKEN[fault])
    assert await town.database.fetchval("SELECT count(*) FROM definitions") == 0
    assert await town.database.fetchval("SELECT count(*) FROM log") == 0


async def test_what_cannot_be_read_is_passed_over_and_others_go_on(town: Town) -> None:
    await town.define({"segments": PAYERS})
    first = town.workspace
    second = await town.found()
    await town.define({"segments": PAYERS})
    town.choose(first)
    for body in (json.dumps(BROKEN["a rule"]), None):
        town.number += 1
        if body is not None:
            await town.database.execute(
                "INSERT INTO definitions (workspace, number, body) VALUES ($1, $2, $3)", first, town.number, body
            )
        controls = [(p, town.record(Control(town.number), trust=SYSTEM, source=0)) for p in range(PARTITIONS)]
        await town.append(controls)
    for workspace in (first, second):
        town.choose(workspace)
        await town.send(town.record(Event("Paid", {}), ("id", "ann")))
        person = await town.person("id", "ann")
        assert person is not None
        assert "payers" in person.segments, "what was in force stays so, and the other workspace does not notice"
    async with town.database.pool.acquire() as connection:
        (said,) = _definitions(await _published(connection))
        assert said.well is False
        assert said.says.startswith(f"definitions 2 of workspace {first} can't be read: ")
        await connection.execute(
            "UPDATE definitions SET body = $1, made_at = 0 WHERE number = 2", json.dumps({"segments": {}})
        )
        (said,) = _definitions(await _published(connection))
        assert (said.well, said.says) == (False, "definitions 2 of town are in force in 0 of 64 partitions only")
        assert await repeat(connection, range(PARTITIONS)) == PARTITIONS, "who can read them says so again"
        await town.rest()
        assert await repeat(connection, range(PARTITIONS)) == 0
        (said,) = _definitions(await _published(connection))
        assert said.well
    town.choose(first)
    await town.send(town.record(Event("Paid", {}), ("id", "ben")))
    person = await town.person("id", "ben")
    assert person is not None
    assert not person.segments
