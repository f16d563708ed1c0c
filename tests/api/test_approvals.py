"""Approval over HTTP: one asks, another looks at the diff and at who is inside, and approves exactly that."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.api.serving import Server
from tests.api.test_management import enter
from tidings.kernel.ids import digest, person_id
from tidings.people import standing
from tidings.people.document import Person, Run
from tidings.project import store
from tidings.project.apply import Unapproved, apply, put
from tidings.project.folder import Project
from tidings.project.store import InForce, Said

STEPS = [{"id": "settle", "wait": "1 day"}]
DOCUMENT: dict[str, Any] = {"journey": "welcome", "trigger": {"event": "Signed Up"}, "steps": STEPS}
FASTER = {**DOCUMENT, "steps": [{"id": "settle", "wait": "1 hour"}]}


def body(**settings: Any) -> dict[str, Any]:
    entry = {"version": 1, "status": "live", "document": DOCUMENT, "history": {"1": DOCUMENT}}
    return {"settings": {"workspace": "production", **settings}, "journeys": {"welcome": entry}}


async def drafted(browser: httpx.AsyncClient, document: dict[str, Any] = FASTER) -> int:
    made = await browser.put("/api/drafts/journey/welcome", json={"body": document}, headers={"if-none-match": "*"})
    assert made.status_code == 200, made.text
    return int(made.json()["revision"])


def asking(revision: int, **more: Any) -> dict[str, Any]:
    return {"drafts": [{"kind": "journey", "name": "welcome", "revision": revision}], "note": "Faster", **more}


@pytest.fixture
async def strict(server: Server) -> Server:
    await put(server.database.pool, InForce(server.workspace), body(approval=True))
    return server


async def test_one_asks_and_another_approves_what_they_saw(strict: Server) -> None:
    async with enter(strict, "ann@example.com", "approver") as ann, enter(strict, "ben@example.com", "approver") as ben:
        revision = await drafted(ann)
        made = await ann.post("/api/approvals", json=asking(revision, over=1))
        assert made.status_code == 201, made.text
        id, hash = made.json()["id"], made.json()["hash"]
        assert (made.json()["mine"], made.json()["may_approve"]) == (True, False)
        listed = (await ben.get("/api/approvals")).json()
        assert listed["demanded"]
        assert made.json()["journeys"] == listed["approvals"][0]["journeys"] == ["welcome"]
        assert [(each["id"], each["asked_by"], each["note"], each["may_approve"]) for each in listed["approvals"]] == [
            (id, "ann@example.com", "Faster", True)
        ]
        seen = (await ben.get(f"/api/approvals/{id}")).json()
        (change,) = seen["changes"]
        assert (change["name"], change["what"]) == ("welcome", "changed")
        assert {"-    wait: 1 day", "+    wait: 1 hour"} <= set(change["diff"])
        assert (change["document"], change["rule"]) == (FASTER, [])
        assert seen["flights"][0]["changes"] == ["`settle`: wait 1 day became 1 hour"]
        own = await ann.post(f"/api/approvals/{id}/approve", json={"hash": hash})
        assert (own.status_code, "their own" in own.json()["detail"]) == (409, True)
        assert (await ben.post(f"/api/approvals/{id}/approve", json={"hash": "00" * 16})).status_code == 409
        done = await ben.post(f"/api/approvals/{id}/approve", json={"hash": hash})
        assert (done.status_code, done.json()) == (200, {"number": 2})
        assert (await ben.post(f"/api/approvals/{id}/approve", json={"hash": hash})).status_code == 409
        assert (await ben.get("/api/approvals")).json()["approvals"] == []
        assert (await ann.get("/api/drafts")).json()["drafts"] == [], "a published draft goes"
        async with strict.database.pool.acquire() as connection:
            after = await store.newest(connection, strict.workspace)
        assert (after.number, after.author, after.approver) == (2, "ann@example.com", "ben@example.com")
    async with enter(strict, "cleo@example.com", "owner") as cleo:
        entries = (await cleo.get("/api/audit?kind=approval")).json()["entries"]
    assert [(each["actor"], each["what"]) for each in entries] == [
        ("ben@example.com", "approved"),
        ("ann@example.com", "asked for"),
    ]
    assert entries[0]["after"].items() >= {"asked by": "ann@example.com", "drafts": "journey welcome"}.items()


async def test_a_new_journey_begins_in_shadow_as_its_approver_saw(server: Server) -> None:
    await put(server.database.pool, InForce(server.workspace), {**body(approval=True), "journeys": {}})
    async with enter(server, "ann@example.com", "approver") as ann, enter(server, "ben@example.com", "approver") as ben:
        asked = {"over": 1, "revision": await drafted(ann), "shadow": True}
        waits = (await ann.post("/api/journeys/welcome/publish", json=asked)).json()["waiting"]
        seen = (await ben.get(f"/api/approvals/{waits}")).json()
        assert seen["statuses"] == ["welcome begins in shadow: it sends nothing"]
        done = await ben.post(f"/api/approvals/{waits}/approve", json={"hash": seen["approval"]["hash"]})
        assert done.status_code == 200, done.text
        (found,) = (await ann.get("/api/journeys")).json()["journeys"]
        assert (found["journey"], found["status"], found["shadow"]) == ("welcome", "live", True)


async def test_an_approver_reads_a_segment_as_its_sentence(server: Server) -> None:
    live = {"segment": "payers", "name": "Payers", "rule": 'plan = "pro"'}
    await put(server.database.pool, InForce(server.workspace), body() | {"segments": {"payers": live}})
    async with enter(server, "ann@example.com", "author") as ann, enter(server, "ben@example.com", "approver") as ben:
        drafts = []
        for document in (
            {**live, "rule": 'plan = "free"'},
            {"segment": "new", "name": "Newcomers", "rule": "id is present"},
        ):
            path = f"/api/drafts/segment/{document['segment']}"
            made = await ann.put(path, json={"body": document}, headers={"if-none-match": "*"})
            assert made.status_code == 200, made.text
            drafts.append({"kind": "segment", "name": document["segment"], "revision": made.json()["revision"]})
        id = (await ann.post("/api/approvals", json={"drafts": drafts, "note": "Whom we mean"})).json()["id"]
        changes = {each["name"]: each for each in (await ben.get(f"/api/approvals/{id}")).json()["changes"]}
        assert (changes["new"]["called"], changes["new"]["document"]) == ("Newcomers", None)
        assert changes["new"]["rule"] == [{"sign": "+", "text": "id is present"}]
        assert [word["sign"] for word in changes["payers"]["rule"]] == [" ", "-", "+", " "]


async def test_an_approver_reads_a_message_as_it_was_asked_for(server: Server) -> None:
    def letter(words: str) -> dict[str, Any]:
        return {"text": f"---\nsubject: Hello\ntransactional: true\n---\n{words}\n", "format": "text"}

    senders = {"main": {"email": "hello@example.com", "name": "Acme"}}
    settings = {"workspace": "production", "senders": senders, "approval": True}
    sends = {"journey": "old", "trigger": {"event": "Went"}, "steps": [{"id": "say", "send": "hi"}, *STEPS]}
    entry = {"version": 2, "status": "closed", "document": sends, "history": {"1": sends, "2": sends}}
    await put(
        server.database.pool,
        InForce(server.workspace),
        {
            "settings": settings,
            "templates": {"hi": {"version": 1, **letter("Old words.")}},
            "journeys": {"old": entry, "left": {**entry, "document": {**sends, "journey": "left"}}},
        },
    )
    run = Run(digest("r"), "old", 1, "settle", entered=1, arrived=1)
    cleo = Person(person_id(3, "cleo"), server.workspace, 3, 1, person_id(3, "cleo"), runs=[run])
    async with server.database.pool.acquire() as connection:
        await standing.write(connection, standing.change({cleo.id: standing.Stood(server.workspace)}, {cleo.id: cleo}))
    async with enter(server, "ann@example.com", "approver") as ann, enter(server, "ben@example.com", "approver") as ben:
        made = await ann.put(
            "/api/drafts/template/hi", json={"body": letter("New words.")}, headers={"if-none-match": "*"}
        )
        asked = {"drafts": [{"kind": "template", "name": "hi", "revision": made.json()["revision"]}], "note": "Words"}
        id = (await ann.post("/api/approvals", json=asked)).json()["id"]
        later = {"if-match": f'"{made.json()["revision"]}"'}
        again = await ann.put("/api/drafts/template/hi", json={"body": letter("Words after that.")}, headers=later)
        assert again.status_code == 200, again.text
        seen = (await ben.get(f"/api/approvals/{id}")).json()
        ((change,), number) = seen["changes"], seen["number"]
        assert (change["used_by"], change["closed"]) == (["old"], ["old"])
        assert change["keeps"] == [{"journey": "old", "version": 1, "people": 1}]
        told = (await ben.get(f"/api/content/template/hi/compare?from={number}&waiting={id}")).json()
        assert told["changes"] == [{"what": "Words", "pieces": ["-Old", "+New", "  words."]}]
        assert (await ben.get(f"/api/previews/hi?number={number}")).json()["text"].strip() == "Old words."
        assert (await ben.get(f"/api/previews/hi?waiting={id}")).json()["text"].strip() == "New words."
        await ann.post(f"/api/approvals/{id}/refuse", json={})
        assert (await ben.get(f"/api/previews/hi?waiting={id}")).status_code == 404
        assert (await ben.get(f"/api/content/template/hi/compare?from={number}&waiting={id}")).status_code == 404


async def asked_at(server: Server, id: int) -> int:
    return int(await server.database.fetchval("SELECT asked_at FROM approvals WHERE id = $1", id))


async def test_refusing_takes_the_permission_or_the_author(strict: Server) -> None:
    async with (
        enter(strict, "ann@example.com", "author") as ann,
        enter(strict, "cleo@example.com", "author") as cleo,
        enter(strict, "ben@example.com", "approver") as ben,
        enter(strict, "vic@example.com", "viewer") as vic,
    ):
        revision = await drafted(ann)
        id = (await ann.post("/api/approvals", json=asking(revision))).json()["id"]
        assert (await vic.post("/api/approvals", json=asking(revision))).status_code == 403
        assert (await vic.get(f"/api/approvals/{id}")).status_code == 200
        assert (await cleo.post(f"/api/approvals/{id}/approve", json={"hash": ""})).status_code == 403
        assert (await cleo.post(f"/api/approvals/{id}/refuse", json={})).status_code == 409
        said = await ben.post(f"/api/approvals/{id}/refuse", json={"answer": "An hour is too short"})
        assert said.status_code == 204
        said = (await ann.get("/api/approvals")).json()
        (told,) = said["answered"]
        assert (said["approvals"], told["approved"]) == ([], False)
        assert (told["answered_by"], told["answer"]) == ("ben@example.com", "An hour is too short")
        assert told["drafts"] == [{"kind": "journey", "name": "welcome", "revision": revision}]
        first = await asked_at(strict, id)
        again = (await ann.post("/api/approvals", json=asking(revision) | {"note": "It is two"})).json()
        assert again["id"] == id, "the same asked again is the same request"
        (waits,) = (await ann.get("/api/approvals")).json()["approvals"]
        assert (waits["note"], await asked_at(strict, id) > first) == ("It is two", True), "as asked for now"
        second = await asked_at(strict, id)
        await cleo.post("/api/approvals", json=asking(revision) | {"note": "Please"})
        await cleo.post("/api/approvals", json=asking(revision) | {"note": ""})
        (waits,) = (await ann.get("/api/approvals")).json()["approvals"]
        assert (waits["note"], waits["asked_by"]) == ("Please", "ann@example.com")
        assert await asked_at(strict, id) == second, "it has waited since then"
        assert (await ann.post(f"/api/approvals/{id}/refuse", json={})).status_code == 204
        assert (await ann.get("/api/approvals/999999")).status_code == 404


async def test_what_is_asked_for_is_checked_and_must_still_be_there(server: Server) -> None:
    await put(server.database.pool, InForce(server.workspace), body())
    async with enter(server, "ann@example.com", "author") as ann:
        revision = await drafted(ann, {**FASTER, "trigger": {"event": "Signed Up", "where": "plan = "}})
        faulty = await ann.post("/api/approvals", json=asking(revision))
        assert (faulty.status_code, bool(faulty.json()["faults"])) == (409, True)
        written = await ann.put(
            "/api/drafts/journey/welcome", json={"body": FASTER}, headers={"if-match": str(revision)}
        )
        stale = await ann.post("/api/approvals", json=asking(revision))
        assert (stale.status_code, stale.json()["code"]) == (409, "stale")
        late = await ann.post("/api/approvals", json=asking(written.json()["revision"], over=0))
        assert (late.status_code, late.json()["code"]) == (409, "overtaken")
        made = await ann.post("/api/approvals", json=asking(written.json()["revision"]))
        assert made.status_code == 201, "one may ask where nobody demands it"
        assert (await ann.get("/api/approvals")).json()["demanded"] is False
        assert (await ann.post("/api/approvals", json={"drafts": []})).status_code == 400


async def test_a_change_that_waits_says_so_on_any_route(strict: Server) -> None:
    said = await strict.ask("/api/journeys/welcome/close", "POST")
    assert (said.status_code, said.json()["code"]) == (409, "waits_for_approval")
    assert (await strict.ask(said.headers["location"])).json()["statuses"] == ["welcome is closed, was live"]


async def test_files_count_as_applied_once_they_are_approved(strict: Server) -> None:
    pool, key = strict.database.pool, ("journey", "welcome")
    async with pool.acquire() as connection:
        before = await store.newest(connection, strict.workspace)
    folder = Project(settings=before.body["settings"], journeys={"welcome": FASTER})
    with pytest.raises(Unapproved) as error:
        await apply(pool, strict.workspace, folder, said=Said({key: FASTER}))
    async with enter(strict, "ben@example.com", "approver") as ben:
        hash = error.value.request.hash.hex()
        done = await ben.post(f"/api/approvals/{error.value.request.id}/approve", json={"hash": hash})
        assert done.status_code == 200, done.text
    async with pool.acquire() as connection:
        assert await store.said_by_files(connection, strict.workspace) == {key: (2, FASTER)}


async def test_a_key_and_whoever_made_it_are_not_two(strict: Server) -> None:
    async with enter(strict, "ann@example.com", "owner") as ann, enter(strict, "ben@example.com", "approver") as ben:
        scopes = ["journeys:read", "journeys:edit", "journeys:approve"]
        made = await ann.post("/api/sources", json={"name": "deploy", "kind": "app", "public": False, "scopes": scopes})
        assert made.status_code == 201, made.text
        key = {"authorization": f"Bearer {made.json()['key']}"}
        revision = await drafted(ann)
        async with asyncio.timeout(20):
            while (
                asked := await strict.client.post("/api/approvals", json=asking(revision), headers=key)
            ).status_code == 401:
                pass  # keys are heard of a moment after they are made
        assert asked.status_code == 201, asked.text
        id, hash = asked.json()["id"], asked.json()["hash"]
        page = (await ann.get(f"/api/approvals/{id}")).json()["approval"]
        assert (page["asked_by"], page["mine"], page["may_approve"]) == ("key deploy of ann@example.com", True, False)
        own = await ann.post(f"/api/approvals/{id}/approve", json={"hash": hash})
        assert (own.status_code, "their own" in own.json()["detail"]) == (409, True)
        assert (await ben.post(f"/api/approvals/{id}/approve", json={"hash": hash})).status_code == 200
        other = (await ann.post("/api/approvals", json=asking(await drafted(ann, DOCUMENT)))).json()
        given = await strict.client.post(
            f"/api/approvals/{other['id']}/approve", json={"hash": other["hash"]}, headers=key
        )
        assert (given.status_code, "their own" in given.json()["detail"]) == (409, True)
