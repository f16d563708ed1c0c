"""Rehearsals over HTTP: asked for, done apart from whoever answers, followed, cancelled, read and exported."""

import asyncio
import csv
import io
import json
from typing import Any

import pytest

from tests.api.serving import Server
from tests.api.test_manage import until
from tests.api.test_management import enter
from tidings.app.rehearse import rehearsing
from tidings.database.access import create_source
from tidings.kernel.times import HOUR
from tidings.project.apply import put
from tidings.project.store import InForce
from tidings.simulate import kept
from tidings.simulate.background import work

TEMPLATE = {
    "version": 1,
    "format": "markdown",
    "text": '---\nchannel: email\nsubject: Hello {{ customer.name | default: "you" }}\n---\nHi [there](https://example.com)',
}
DOCUMENT: dict[str, Any] = {
    "journey": "welcome",
    "trigger": {"event": "Signed Up"},
    "steps": [{"id": "hello", "send": "hello"}, {"id": "settle", "wait": "1 minute"}],
}
SLOWER = {**DOCUMENT, "steps": [*DOCUMENT["steps"], {"id": "again", "send": "hello"}]}
BODY: dict[str, Any] = {
    "settings": {"workspace": "production", "sender": "team", "senders": {"team": {"email": "team@example.com"}}},
    "journeys": {"welcome": {"version": 1, "status": "live", "document": DOCUMENT, "history": {"1": DOCUMENT}}},
    "templates": {"hello": TEMPLATE},
}


@pytest.fixture
async def lived(live: Server) -> Server:
    """Three people signed up an hour ago."""
    await put(live.database.pool, InForce(live.workspace), BODY)
    for n in range(3):
        email = "=u2@example.com" if n == 2 else f"u{n}@example.com"
        await live.post("/v1/identify", {"userId": f"u{n}", "traits": {"email": email, "name": f"U {n}"}})
        await live.post("/v1/track", {"userId": f"u{n}", "event": "Signed Up"})
    await until(live, "/api/journeys", lambda said: said["journeys"][0]["inside"] == 3)
    async with live.database.pool.acquire() as connection:
        await connection.execute("UPDATE history SET time = time - $1, received = received - $1", HOUR)
    return live


@pytest.fixture
async def ready(server: Server) -> Server:
    """The same definitions, and nobody."""
    await put(server.database.pool, InForce(server.workspace), BODY)
    return server


async def done(server: Server) -> None:
    """Do the one that waits longest, as the process of its own does."""
    async with server.database.pool.acquire() as connection:
        id = await kept.claim(connection)
    assert id is not None
    await work(server.database.pool, server.database.url, id, processes=0)


async def test_a_draft_is_backtested_against_the_version_in_force(lived: Server) -> None:
    async with enter(lived, "ann@example.com", "author") as ann, enter(lived, "vic@example.com", "viewer") as vic:
        first = {"if-none-match": "*"}
        await ann.put("/api/drafts/journey/welcome", json={"body": SLOWER}, headers=first)
        wanted = {"kind": "backtest", "journey": "welcome", "against": {"what": "live"}, "days": 1}
        assert (await vic.post("/api/rehearsals", json=wanted)).status_code == 403
        made = await ann.post("/api/rehearsals", json=wanted)
        assert made.status_code == 201, made.text
        id = made.json()["id"]
        assert (made.json()["state"], made.json()["sides"]) == ("waiting", ["draft", "live"])
        assert (await vic.get(f"/api/rehearsals/{id}")).json()["result"] is None
        await done(lived)
        page = (await vic.get(f"/api/rehearsals/{id}")).json()
        assert (page["rehearsal"]["state"], page["rehearsal"]["done"]) == ("done", page["rehearsal"]["parts"])
        assert page["documents"] == [SLOWER, DOCUMENT]
        draft, in_force = page["result"]["sides"]
        assert (draft["people"], in_force["people"]) == (3, 3)
        assert draft["messages"] == {"hello": {"sent": 3}, "again": {"sent": 3}}
        assert page["result"]["comparison"]["messages"]["again"] == {"only_a": 3}
        assert page["result"]["calibration"]["moves"]["entered"][1] == 3
        messages = (await vic.get(f"/api/rehearsals/{id}/messages?side=0")).json()["messages"]
        assert sorted({each["subject"] for each in messages}) == ["Hello U 0", "Hello U 1", "Hello U 2"]
        shown = await vic.get(f"/api/rehearsals/{id}/message?side=0&number=0")
        assert 'href="https://example.com"' in shown.text
        assert "/t/" not in shown.text, "it counts nothing and acts for nobody"
        lines = list(csv.reader(io.StringIO((await vic.get(f"/api/rehearsals/{id}/people.csv")).text)))
        assert lines[0][:5] == ["person", "called", "side", "time", "what"]
        assert sum(line[2] == "draft" and line[4] == "sent" for line in lines) == 6
        assert {line[1] for line in lines[1:]} == {"u0@example.com", "u1@example.com", "'=u2@example.com"}
        noted = await lived.database.fetch("SELECT actor, kind, name FROM audit WHERE what = 'exported'")
        assert [tuple(each) for each in noted] == [("vic@example.com", "backtest", "welcome")]
        listed = (await vic.get("/api/rehearsals?journey=welcome")).json()
        assert [each["id"] for each in listed["rehearsals"]] == [id]
        assert (await vic.get("/api/rehearsals?journey=other")).json()["rehearsals"] == []
        assert (await vic.post(f"/api/rehearsals/{id}/cancel")).status_code == 403
        assert (await vic.delete(f"/api/rehearsals/{id}")).status_code == 403
        keys = {}
        async with lived.database.pool.acquire() as connection, connection.transaction():
            for scope in ("people:read", "journeys:read"):
                keys[scope] = await create_source(connection, lived.workspace, scope, "app")
                await connection.execute("UPDATE sources SET scopes = $1 WHERE name = $2", [scope], scope)
        for scope, *paths in (
            ("people:read", "", "/progress", "/people.csv"),
            ("journeys:read", "/messages", "/people.csv", ""),
        ):
            headers = {"Authorization": f"Bearer {keys[scope]}"}
            said = [await lived.client.get(f"/api/rehearsals/{id}{path}", headers=headers) for path in paths]
            assert [each.status_code for each in said] == [403, 403, 200], scope
        assert (await ann.delete(f"/api/rehearsals/{id}")).status_code == 204
        assert (await ann.get(f"/api/rehearsals/{id}")).status_code == 404


async def test_a_simulation_is_played_with_people_made_up(ready: Server) -> None:
    async with enter(ready, "ann@example.com", "author") as ann:
        wanted = {"kind": "simulation", "journey": "welcome", "side": {"what": "document", "document": SLOWER}}
        id = (await ann.post("/api/rehearsals", json={**wanted, "people": 40, "days": 3})).json()["id"]
        await done(ready)
        page = (await ann.get(f"/api/rehearsals/{id}")).json()
        assert page["rehearsal"]["state"] == "done", page
        (side,) = page["result"]["sides"]
        assert page["result"]["people"] == 40
        assert side["entries"] >= side["messages"]["again"]["sent"] > 0
        assert len((await ann.get(f"/api/rehearsals/{id}/messages")).json()["messages"]) > 0
        assert (await ann.get(f"/api/rehearsals/{id}/people.csv")).status_code == 409


async def test_one_is_followed_and_cancelled_and_the_next_waits_for_its_turn(ready: Server) -> None:
    async with enter(ready, "ann@example.com", "author") as ann:
        wanted = {"kind": "simulation", "journey": "welcome", "side": {"what": "live"}, "people": 20_000, "days": 30}
        ids = [(await ann.post("/api/rehearsals", json=wanted)).json()["id"] for _ in range(5)]
        busy = await ann.post("/api/rehearsals", json=wanted)
        assert (busy.status_code, busy.json()["code"]) == (429, "busy")
        pool = ready.database.pool
        async with pool.acquire() as connection:
            first = await kept.claim(connection)
            assert first is not None
            assert await kept.claim(connection) is None, "one at a time"
        working = asyncio.create_task(work(pool, ready.database.url, first, processes=0))
        seen = []
        async with ann.stream("GET", f"/api/rehearsals/{ids[0]}/progress") as said:
            async for line in said.aiter_lines():
                if line.startswith("data: {"):
                    seen.append(json.loads(line[5:]))
                    if seen[-1]["done"] > 0:
                        break
        assert 0 < seen[-1]["done"] < 20_000
        assert seen[-1]["state"] == "running"
        cancelled = await ann.post(f"/api/rehearsals/{ids[0]}/cancel")
        assert cancelled.json()["state"] == "cancelled"
        await asyncio.wait_for(working, 30)
        assert (await ann.get(f"/api/rehearsals/{ids[0]}")).json()["rehearsal"]["state"] == "cancelled"
        for id in ids[1:]:
            assert (await ann.post(f"/api/rehearsals/{id}/cancel")).json()["state"] == "cancelled"
        async with pool.acquire() as connection:
            assert await kept.claim(connection) is None


async def test_one_whose_process_goes_away_is_begun_anew_and_then_given_up(ready: Server) -> None:
    async with enter(ready, "ann@example.com", "author") as ann:
        wanted = {"kind": "backtest", "journey": "welcome", "side": {"what": "version", "version": 1}, "days": 1}
        id = (await ann.post("/api/rehearsals", json=wanted)).json()["id"]
        for state in ("waiting", "failed"):
            async with ready.database.pool.acquire() as connection:
                first = await kept.claim(connection)
                assert first is not None
                await kept.let_go(connection, first)
            page = (await ann.get(f"/api/rehearsals/{id}")).json()
            assert page["rehearsal"]["state"] == state
        assert "went away" in page["rehearsal"]["reason"]


async def test_what_can_not_be_rehearsed_is_refused(ready: Server) -> None:
    async with enter(ready, "ann@example.com", "author") as ann:
        for side, says in (
            ({"what": "version", "version": 9}, "no version 9"),
            ({"what": "document", "document": {"trigger": {"event": "X"}, "steps": [{"id": "a", "send": "no"}]}}, "no"),
        ):
            said = await ann.post("/api/rehearsals", json={"kind": "backtest", "journey": "welcome", "side": side})
            assert (said.status_code, says in said.text) == (409, True), said.text
        none = await ann.post("/api/rehearsals", json={"kind": "backtest", "journey": "nothing"})
        assert none.status_code == 409
        many = await ann.post("/api/rehearsals", json={"kind": "backtest", "journey": "welcome", "days": 100_000})
        assert many.status_code == 400


async def test_an_answer_that_a_function_never_gives_is_refused(server: Server) -> None:
    steps = [{"id": "score", "run": "leads.score", "as": "lead"}, *DOCUMENT["steps"]]
    document = {**DOCUMENT, "steps": steps}
    entry = {"version": 1, "status": "live", "document": document, "history": {"1": document}}
    actions = {"leads": "def score() -> dict[str, int]: ...\n"}
    await put(
        server.database.pool, InForce(server.workspace), {**BODY, "journeys": {"welcome": entry}, "actions": actions}
    )
    async with enter(server, "ann@example.com", "author") as ann:
        for path in ("/api/rehearsals", "/api/journeys/welcome/walk", "/api/journeys/welcome/test"):
            wanted = {"kind": "backtest", "journey": "welcome", "side": {"what": "live"}}
            for given, says in (
                ({"answers": {"score": {"points": "9"}}}, "what it returned.points is '9', which is no int"),
                ({"failures": {"scor": "HTTP 500"}}, "did you mean `score`?"),
            ):
                said = await ann.post(path, json={**wanted, **given})
                assert (said.status_code, says in said.text) == (409, True), (path, said.text)
        assert (
            await ann.post("/api/rehearsals", json={**wanted, "answers": {"score": {"points": 9}}})
        ).status_code == 201


async def test_the_worker_has_it_done_by_a_process_of_its_own(ready: Server) -> None:
    database = ready.database
    async with enter(ready, "ann@example.com", "author") as ann:
        wanted = {"kind": "backtest", "journey": "welcome", "side": {"what": "live"}, "days": 1}
        id = (await ann.post("/api/rehearsals", json=wanted)).json()["id"]
        stop = asyncio.Event()
        running = asyncio.create_task(rehearsing(database.pool, database.url, stop))
        async with ann.stream("GET", f"/api/rehearsals/{id}/progress") as said:
            async for line in said.aiter_lines():
                if line.startswith("data: {") and (news := json.loads(line[5:]))["state"] == "done":
                    break
        assert news["done"] == news["parts"] == 64
        stop.set()
        await asyncio.wait_for(running, 30)


async def test_somebody_invented_walks_through_with_chosen_events_at_chosen_times(ready: Server) -> None:
    async with enter(ready, "vic@example.com", "viewer") as vic:
        wanted = {
            "side": {"what": "live"},
            "attributes": {"name": "Tess", "email": "tess@example.com"},
            "start": "2026-03-02T09:00:00Z",
            "given": [{"at": "2 days", "event": "Signed Up"}, {"at": "3 days", "opened": "hello"}],
        }
        said = await vic.post("/api/journeys/welcome/walk", json=wanted)
        assert said.status_code == 200, said.text
        lines = said.json()["lines"]
        told = [(each["after"], each["kind"], each["step"] or each["text"]) for each in lines]
        assert ("at 2 days", "input", "→ Signed Up {}") in told
        moves = [(each["after"], each["move"], each["step"]) for each in lines if each["kind"] == "move"]
        assert moves[0] == ("at 2 days", "entered", "")
        assert moves[-1][:2] == ("at 2 days 1 minute", "done")
        (message,) = [each["message"] for each in lines if each["kind"] == "message"]
        assert (message["fate"], message["subject"], message["text"][:2]) == ("sent", "Hello Tess", "Hi")
        assert said.json()["inside"] == []
        early = {**wanted, "until": "2026-03-04T09:00:30Z", "given": wanted["given"][:1]}
        assert (await vic.post("/api/journeys/welcome/walk", json=early)).json()["inside"] == [
            {"journey": "welcome", "step": "settle"}
        ]
        wrong = {**wanted, "given": [{"at": "1 hour", "clicked": "hello"}]}
        (fault,) = (await vic.post("/api/journeys/welcome/walk", json=wrong)).json()["faults"]
        assert "have got no `hello`" in fault
        bad = await vic.post("/api/journeys/welcome/walk", json={**wanted, "given": [{"at": "soon", "event": "X"}]})
        assert (bad.status_code, "no moment" in bad.text) == (409, True)
        long = await vic.post("/api/journeys/welcome/walk", json={**wanted, "until": "2036-03-04T09:00:30Z"})
        assert long.status_code == 400


async def test_somebody_given_goes_on_from_what_they_lived_through(lived: Server) -> None:
    twice = {**DOCUMENT, "reenter": "always", "audience": 'did "Signed Up" at least 2 times'}
    async with enter(lived, "ann@example.com", "author") as ann:
        side = {"what": "document", "document": twice}
        again = {"side": side, "person": "u1@example.com", "given": [{"at": "1 hour", "event": "Signed Up"}]}
        said = (await ann.post("/api/journeys/welcome/walk", json=again)).json()
        assert len(said["before"]) == 1, "the first time they had not signed up twice"
        assert "refused" in said["before"][0]
        (message,) = [each["message"] for each in said["lines"] if each["kind"] == "message"]
        assert (message["fate"], message["subject"]) == ("sent", "Hello U 1")
        invented = (await ann.post("/api/journeys/welcome/walk", json={**again, "person": ""})).json()
        assert [each["move"] for each in invented["lines"] if each["move"]] == ["refused"]
        nobody = await ann.post("/api/journeys/welcome/walk", json={**again, "person": "nobody@example.com"})
        assert nobody.status_code == 404
