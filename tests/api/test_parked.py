"""Runs that a fault stopped are listed with it and counted, and try again: one, those of a fault, or all; once, however often asked."""

import asyncio
from typing import Any

import pytest

from tests.api.serving import Server
from tests.api.test_manage import until
from tidings.database.access import create_source
from tidings.project.apply import put
from tidings.project.store import InForce, newest
from tidings.teams import audit

STEPS = [{"id": "hello", "send": "hello"}, {"id": "later", "wait": "1 day"}]
AGAIN = [{"id": "ping", "send": "ping"}]
SENDER = {"sender": "team", "senders": {"team": {"email": "team@example.com"}}}


def template(word: str) -> dict[str, Any]:
    return {
        "version": 1,
        "format": "text",
        "text": f"---\nchannel: email\nsubject: {word}\ntransactional: true\n---\n{word}",
    }


def body(*templates: str) -> dict[str, Any]:
    """Two journeys, with these of their messages."""
    journeys = {
        id: {
            "version": 1,
            "status": "live",
            "document": {"journey": id, "name": id.title(), "trigger": {"event": event}, "steps": steps},
        }
        for id, event, steps in (("welcome", "Signed Up", STEPS), ("nudge", "Pinged", AGAIN))
    }
    return {
        "settings": SENDER,
        "journeys": journeys,
        "templates": {name: template(name) for name in templates},
    }


@pytest.fixture
async def stuck(live: Server) -> Server:
    """Three people stand still in one journey, one of them in another as well: their messages are gone."""
    await put(live.database.pool, InForce(live.workspace), body())
    for n in range(3):
        await live.post("/v1/identify", {"userId": f"u{n}", "traits": {"email": f"u{n}@example.com"}})
        await live.post("/v1/track", {"userId": f"u{n}", "event": "Signed Up"})
    await live.post("/v1/track", {"userId": "u0", "event": "Pinged"})
    await until(live, "/api/parked", lambda said: len(said["runs"]) == 4)
    return live


async def mend(server: Server, *templates: str) -> None:
    async with server.database.pool.acquire() as connection:
        before = await newest(connection, server.workspace)
    await put(server.database.pool, before, body(*templates))


async def again(server: Server, **which: str) -> int:
    said = await server.ask("/api/parked/retry", "POST", json={"journey": "welcome", **which})
    assert said.status_code == 202, said.text
    return int(said.json()["runs"])


async def test_they_are_listed_with_what_stopped_them(stuck: Server) -> None:
    pages, after = [], ""
    while after is not None:
        said = (await stuck.ask(f"/api/parked?journey=welcome&limit=2&after={after}")).json()
        pages += said["runs"]
        after = said["next"]
    assert sorted(each["email"] for each in pages) == [f"u{n}@example.com" for n in range(3)]
    one = pages[0]
    assert (one["journey"], one["step"], one["fault"]) == ("welcome", "hello", "there is no template `hello`")
    assert one["at"] is not None
    assert [each["id"] for each in (await stuck.ask("/api/parked?step=ping")).json()["runs"]] == ["u0"]
    assert (await stuck.ask("/api/parked?fault=other")).json()["runs"] == []
    assert {(each["id"], each["journey"]) for each in (await stuck.ask("/api/parked?q=u0@ex")).json()["runs"]} == {
        ("u0", "welcome"),
        ("u0", "nudge"),
    }
    assert (await stuck.ask("/api/parked?q=nobody")).json() == {"runs": [], "next": None}
    assert (await stuck.ask("/api/parked?after=x")).status_code == 409
    faults = (await stuck.ask("/api/parked/faults")).json()["faults"]
    assert [(each["name"], each["step"], each["runs"]) for each in faults] == [
        ("Welcome", "hello", 3),
        ("Nudge", "ping", 1),
    ]
    looks = (await stuck.ask("/api/home")).json()["looks"]
    assert {(each["says"], each["place"]) for each in looks} >= {
        ("3 people stand still at a fault in Welcome", "parked?journey=welcome"),
        ("1 person stands still at a fault in Nudge", "parked?journey=nudge"),
    }


async def test_one_of_them_all_of_a_fault_and_all_try_again(stuck: Server) -> None:
    await mend(stuck, "hello")
    first = (await stuck.ask("/api/parked?journey=welcome")).json()["runs"][0]
    assert await again(stuck, run=first["run"]) == 1
    said = await until(stuck, "/api/parked?journey=welcome", lambda said: len(said["runs"]) == 2)
    assert first["run"] not in {each["run"] for each in said["runs"]}
    assert await again(stuck, fault="something else") == 0
    assert await again(stuck, fault=first["fault"], step="hello") == 2
    await until(stuck, "/api/parked", lambda said: len(said["runs"]) == 1)
    page = await until(stuck, "/api/journeys/welcome", lambda said: said["steps"][1]["waiting"] == 3)
    assert page["inside"] == 3, "each was sent on, once"
    async with stuck.database.pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM deliveries") == 3
        notes = await audit.newest(connection, stuck.workspace, audit.Wanted(what="retried"))
    assert [each.name for each in notes] == ["welcome"] * 2
    assert notes[-1].after == {"run": first["run"]}


async def test_who_asks_twice_before_they_have_tried_asks_once(stuck: Server) -> None:
    """They are still parked behind the same fault; a second record of the same visit is dropped, not rejected."""
    async with stuck.database.pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE people IN SHARE MODE")  # nobody moves until both have asked
        assert await asyncio.gather(again(stuck), again(stuck)) == [3, 3]
    await until(stuck, "/api/journeys/welcome/people?what=parked&step=hello", lambda said: len(said["people"]) == 6)
    assert (await stuck.ask("/api/rejected")).json()["rejected"] == []


async def test_who_may_not_publish_lets_nobody_try_again(stuck: Server) -> None:
    async with stuck.database.pool.acquire() as connection:
        key = await create_source(connection, stuck.workspace, "reads", "app")
        await connection.execute("UPDATE sources SET scopes = '{people:read}' WHERE name = 'reads'")
    headers = {"Authorization": f"Bearer {key}"}
    assert (await stuck.client.get("/api/parked", headers=headers)).status_code == 200
    said = await stuck.client.post("/api/parked/retry", headers=headers, json={"journey": "welcome"})
    assert said.status_code == 403
    assert (await stuck.ask("/api/parked/retry", "POST", json={"journey": "wellcome"})).status_code == 409
    assert (await stuck.ask("/api/parked/retry", "POST", json={"journey": "welcome", "run": "x"})).status_code == 409
