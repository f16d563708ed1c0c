"""Test on me, over HTTP: a whole journey in seconds, its mail to whoever asked and to nobody else, nothing counted, and cancelled."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.api.serving import Server
from tests.api.test_manage import until
from tests.api.test_management import enter
from tidings.channels import mailbox
from tidings.project import store
from tidings.project.apply import put
from tidings.project.store import Draft, InForce

ME = "me@example.com"
OTHERS = "---\nchannel: email\nsubject: Hi {{ customer.first_name }}\nbcc: boss@example.com\n---\n"
TEMPLATES = {
    "hello": f"{OTHERS}Your {{{{ event.plan }}}}: {{}}{{{{ customer.lucky }}}}, <a href='https://shop.example/x'>go</a>",
    "text": "---\nchannel: sms\n---\nA word",
    "again": "---\nchannel: email\nbcc: '{{ customer.manager }}'\nsubject: Still there?\n---\nWell, {{ customer.email }}?",
    "other": "---\nchannel: email\nsubject: Of another journey\n---\nNo",
}
DOCUMENT: dict[str, Any] = {
    "journey": "welcome",
    "trigger": {"event": "Signed Up", "where": 'plan = "gold"'},
    "audience": "email is present",
    "goal": {"event": "Bought", "within": "9 days"},
    "steps": [
        {"id": "luck", "set": {"lucky": 7}},
        {"id": "first", "send": "hello"},
        {"id": "word", "send": "text"},
        {"id": "settle", "wait": "3 days"},
        {"id": "tell", "track": "Settled"},
        {"id": "hook", "webhook": "https://hooks.example/x", "as": "score", "at_most": "1 hour", "on_error": "go on"},
        {"id": "second", "send": "again"},
    ],
}
OTHER: dict[str, Any] = {"journey": "other", "trigger": {"event": "Settled"}, "steps": [{"id": "o", "send": "other"}]}


def entry(document: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "status": "live", "document": document, "history": {"1": document}}


BODY: dict[str, Any] = {
    "settings": {
        "workspace": "production",
        "sender": "team",
        "senders": {"team": {"email": "team@example.com"}},
        "channels": {"email": {"provider": "mailbox"}, "sms": {"provider": "mailbox"}},
    },
    "journeys": {"other": entry(OTHER)},
    "templates": {name: {"version": 1, "format": "html", "text": text} for name, text in TEMPLATES.items()},
}
FAST: dict[str, Any] = {
    "seconds": 0,
    "attributes": {"first_name": "Ada", "email": "ceo@example.com", "phone": "+4915112345678"},
    "data": {"plan": "pro"},
    "given": [{"at": "1 day", "set": {"email": "ceo@example.com", "manager": "boss@example.com"}}],
}


@pytest.fixture
async def ready(server: Server) -> Server:
    """One journey as a draft, another in force that listens to what it tracks."""
    await put(server.database.pool, InForce(server.workspace), BODY)
    await drafted(server, DOCUMENT)
    return server


async def drafted(server: Server, document: dict[str, Any]) -> None:
    async with server.database.pool.acquire() as connection:
        now = await store.draft(connection, server.workspace, "journey", "welcome")
        revision = now.revision + 1 if now else 1
        made = Draft(server.workspace, "journey", "welcome", revision, 1, document, "ada", 0, "ada", 0)
        assert await store.write_draft(connection, made) is not None


@asynccontextmanager
async def followed(browser: httpx.AsyncClient, **body: Any) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    async with browser.stream("POST", "/api/journeys/welcome/test", json=FAST | body) as said:
        assert said.status_code == 200, (await said.aread()).decode()
        yield (json.loads(line) async for line in said.aiter_lines())


async def mails(server: Server, to: str) -> list[Any]:
    async with server.database.pool.acquire() as connection:
        return list((await mailbox.search(connection, server.workspace, to)).messages)


async def counted(server: Server) -> dict[str, int]:
    tables = ("log", "people", "deliveries", "sends", "history", "outbox", "calls")
    rows = await server.database.fetch("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')")
    there = {row["relname"] for row in rows} & set(tables)
    assert {"log", "people", "deliveries", "sends", "history"} <= there
    return {name: (await server.database.fetch(f"SELECT count(*) AS n FROM {name}"))[0]["n"] for name in sorted(there)}


async def test_the_whole_journey_comes_to_me_and_to_nobody_else(ready: Server) -> None:
    before = await counted(ready)
    async with enter(ready, ME, "author") as browser, followed(browser) as news:
        told = [each async for each in news]
    lines = [each["line"] for each in told if each["kind"] == "line"]
    assert [each["step"] for each in lines if each["move"] == "planned"] == ["first", "word", "second"]
    waits = [(each["from"], each["until"]) for each in told if each["kind"] == "wait"]
    assert len(waits) == 3, "until the next day, three days, and the hour a webhook has"
    assert [each["fate"] for each in told if each["kind"] == "mail"] == ["sent", "shown", "sent"]
    assert told[-1]["kind"] == "end"
    assert "over" in told[-1]["says"]
    # what came, as it reads, marked, with the links as they were written
    (second, first) = await mails(ready, ME)
    assert (first.subject, second.subject) == ("[Test] Hi Ada", "[Test] Still there?")
    # attributes named another address, what happened changed it, templates named others: nobody else has anything
    async with ready.database.pool.acquire() as connection:
        page = await mailbox.search(connection, ready.workspace, "")
        assert {each.recipient for each in page.messages} == {ME}
        assert len(page.messages) == 2
    assert await counted(ready) == before, "nothing is written that counts, and no other journey heard of it"
    audit = await ready.database.fetch("SELECT what, kind, name FROM audit WHERE what = 'tested'")
    assert [tuple(row) for row in audit] == [("tested", "journey", "welcome")]


async def test_closing_the_stream_ends_it(ready: Server) -> None:
    async with enter(ready, ME, "author") as browser:
        async with followed(browser, seconds=60) as news:
            async for each in news:
                if each["kind"] == "wait":
                    break
            busy = await browser.post("/api/journeys/welcome/test", json=FAST)
            assert (busy.status_code, busy.json()["code"]) == (429, "busy")
        for _ in range(200):  # it is over as soon as the server sees that nobody listens
            again = await browser.post("/api/journeys/welcome/test", json=FAST)
            if again.status_code != 429:
                break
            await asyncio.sleep(0.1)
        assert again.status_code == 200
    assert [each.subject for each in await mails(ready, ME)].count("[Test] Still there?") == 1, "of the second alone"


async def test_only_who_may_edit_and_has_an_address_and_while_sending_is_not_stopped(ready: Server) -> None:
    assert (await ready.ask("/api/journeys/welcome/test", "POST", json=FAST)).status_code == 403
    async with enter(ready, "viewer@example.com", "viewer") as browser:
        assert (await browser.post("/api/journeys/welcome/test", json=FAST)).status_code == 403
    async with enter(ready, ME, "owner") as browser:
        said = await browser.post("/api/journeys/welcome/test/beginning", json={})
        assert said.json() == {
            "to": ME,
            "attributes": {"first_name": "", "lucky": "", "manager": ""},
            "data": {"plan": ""},
            "groups": {},
        }
        stopped = await browser.post("/api/sending/stop", json={"reason": "enough"})
        assert stopped.status_code < 300, stopped.text
        refused = await browser.post("/api/journeys/welcome/test", json=FAST)
        assert (refused.status_code, refused.json()["code"]) == (409, "stopped")
    assert await mails(ready, ME) == []


async def test_what_a_test_begins_with_lets_me_in(live: Server) -> None:
    left = {**DOCUMENT, "exit": 'plan = "team"', "audience": "seats > 3"}
    await put(live.database.pool, InForce(live.workspace), {**BODY, "journeys": {"welcome": entry(left)}})
    await live.post("/v1/identify", {"userId": "u", "traits": {"plan": "team", "seats": 5, "first_name": "Ada"}})
    await until(live, "/api/catalog", lambda said: any(each["property"] == "seats" for each in said["catalog"]))
    async with enter(live, ME, "author") as browser:
        begun = (await browser.post("/api/journeys/welcome/test/beginning", json={})).json()["attributes"]
        assert (begun["plan"], begun["seats"], begun["first_name"]) == ("", 5, "Ada")
        body = {"seconds": 0, "attributes": {"plan": "team", "seats": 5}}
        said = await browser.post("/api/journeys/welcome/test", json=body)
        assert "They were not let in" in json.loads(said.text.splitlines()[-1])["says"]
