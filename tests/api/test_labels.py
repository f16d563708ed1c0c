"""Folders, tags, the archive and favourites over HTTP: beside the documents, and refused where something still runs."""

from typing import Any

from tests.api.serving import Server
from tests.api.test_management import enter
from tidings.project import pull, store
from tidings.project.apply import put
from tidings.project.store import InForce

HEY: dict[str, Any] = {
    "journey": "hey",
    "name": "Hey",
    "trigger": {"event": "Signed Up"},
    "exit": 'in segment "paying"',
    "steps": [{"id": "hi", "send": "hello"}],
}
BODY: dict[str, Any] = {
    "settings": {"workspace": "production", "sender": "team", "senders": {"team": {"email": "team@example.com"}}},
    "segments": {"paying": {"segment": "paying", "rule": 'plan = "pro"'}},
    "journeys": {"hey": {"version": 1, "status": "live", "document": HEY, "history": {"1": HEY}}},
    "templates": {"hello": {"version": 1, "format": "text", "text": "---\nchannel: email\nsubject: Hi\n---\nHi!"}},
}


async def files(server: Server, where: Any) -> dict[str, str]:
    async with server.database.pool.acquire() as connection:
        return dict(pull.compare(await store.newest(connection, server.workspace), where).written)


async def test_labels_stand_beside_the_documents_and_favourites_are_ones_own(server: Server, tmp_path: Any) -> None:
    await put(server.database.pool, InForce(server.workspace), BODY)
    before = await files(server, tmp_path)
    async with enter(server, "ada@example.com", "author") as ada, enter(server, "ben@example.com", "viewer") as ben:
        said = await ada.put("/api/labels/journey/hey", json={"folder": " Sign-up ", "tags": ["a", "b", "a", " "]})
        assert said.json() == {"folder": "Sign-up", "tags": ["a", "b"]}
        assert (await ada.put("/api/labels/journey/hey", json={"tags": ["x" * 61]})).status_code == 409
        assert (await ada.put("/api/labels/journey/none", json={})).status_code == 404
        assert (await ben.put("/api/labels/journey/hey", json={})).status_code == 403
        assert (await ben.put("/api/favourites/segment/paying", json={"on": True})).status_code == 200
        (hers,) = (await ada.get("/api/labels")).json()["labels"]
        assert (hers["folder"], hers["tags"], hers["favourite"], hers["archived"]) == (
            "Sign-up",
            ["a", "b"],
            False,
            None,
        )
        his = {each["name"]: each["favourite"] for each in (await ben.get("/api/labels")).json()["labels"]}
        assert his == {"hey": False, "paying": True}
        await ben.put("/api/favourites/segment/paying", json={"on": False})
        assert [each["name"] for each in (await ben.get("/api/labels")).json()["labels"]] == ["hey"]
    assert await files(server, tmp_path) == before, "no file says anything of it"
    assert (await server.ask("/api/favourites/journey/hey", "PUT", json={"on": True})).status_code == 403


async def test_what_runs_or_is_used_is_not_archived_and_comes_back(server: Server) -> None:
    await put(server.database.pool, InForce(server.workspace), BODY)
    async with enter(server, "ada@example.com", "author") as browser:

        async def archive(kind: str, name: str, on: bool = True) -> Any:
            return await browser.put(f"/api/labels/{kind}/{name}/archived", json={"on": on})

        async def away() -> list[str]:
            listed = (await browser.get("/api/labels")).json()["labels"]
            return [each["name"] for each in listed if each["archived"]]

        for kind, name, code, says in (
            ("journey", "hey", "open", "`Hey` is not closed."),
            ("segment", "paying", "in_use", "`paying` is used by the journey Hey."),
            ("template", "hello", "in_use", "`hello` is used by the journey Hey."),
        ):
            refused = await archive(kind, name)
            problem = refused.json()
            assert (refused.status_code, problem["code"], problem["detail"]) == (409, code, says), refused.text
        await browser.post("/api/journeys/hey/close", json={})
        assert (await archive("template", "hello")).status_code == 409, "a closed journey still sends it"
        for kind, name in (("journey", "hey"), ("segment", "paying"), ("template", "hello")):
            assert (await archive(kind, name)).status_code == 200
        assert await away() == ["hey", "paying", "hello"]
        names = (await browser.get("/api/names")).json()
        assert (names["templates"], names["segments"]) == ([], [])
        await archive("segment", "paying", False)
        assert await away() == ["hey", "hello"]
        # opened again, a journey is out of the archive by itself
        await browser.post("/api/journeys/hey/resume", json={})
        assert await away() == ["hello"]
        told = await server.database.fetch(
            "SELECT what, name FROM audit WHERE what IN ('archived', 'restored') ORDER BY id"
        )
        assert [tuple(row) for row in told][-1] == ("restored", "paying")


async def test_a_document_that_is_deleted_takes_its_labels_along(server: Server) -> None:
    await put(server.database.pool, InForce(server.workspace), BODY)
    async with enter(server, "ada@example.com", "author") as ada:

        async def labelled(name: str) -> None:
            assert (await ada.put(f"/api/labels/journey/{name}", json={"folder": "Spring"})).status_code == 200
            assert (await ada.put(f"/api/favourites/journey/{name}", json={"on": True})).status_code == 200

        async def known() -> list[str]:
            return [each["name"] for each in (await ada.get("/api/labels")).json()["labels"]]

        await labelled("hey")
        made = await ada.put(
            "/api/drafts/journey/new", json={"body": {**HEY, "journey": "new"}}, headers={"if-none-match": "*"}
        )
        assert made.status_code in (200, 201), made.text
        await labelled("new")
        assert await known() == ["hey", "new"]
        async with server.database.pool.acquire() as connection:
            in_force = await store.newest(connection, server.workspace)
        await put(server.database.pool, in_force, {**BODY, "journeys": {}})
        assert await known() == ["new"], "what is but a draft keeps its own"
        gone = await ada.delete("/api/drafts/journey/new", headers={"if-match": made.headers["etag"]})
        assert gone.status_code == 204, gone.text
        assert await known() == []


async def test_a_derived_event_is_labelled_and_put_away_where_nothing_says_it(server: Server) -> None:
    derived = {"event": "bought", "name": "Bought", "rule": 'did "Order Completed"'}
    buyers = {"segment": "buyers", "rule": 'did "Bought"'}
    body = {**BODY, "events": {"bought": derived}, "segments": {**BODY["segments"], "buyers": buyers}}
    first = await put(server.database.pool, InForce(server.workspace), body)
    async with enter(server, "ada@example.com", "author") as ada:

        async def offered() -> list[list[str]]:
            words, names = (await ada.get("/api/rules/words")).json(), (await ada.get("/api/names")).json()
            events = [[each["name"] for each in said["events"] if each["name"] == "Bought"] for said in (words, names)]
            return [*events, [each["name"] for each in words["segments"]]]

        said = await ada.put("/api/labels/event/bought", json={"folder": "Shop", "tags": ["money"]})
        assert said.json() == {"folder": "Shop", "tags": ["money"]}, said.text
        assert (await ada.put("/api/favourites/event/bought", json={"on": True})).status_code == 200
        refused = await ada.put("/api/labels/event/bought/archived", json={"on": True})
        assert (refused.status_code, "segment buyers" in refused.json()["detail"]) == (409, True)
        assert await offered() == [["Bought"], ["Bought"], ["buyers", "paying"]]
        # what says it goes first; neither is offered from the archive
        for kind, name in (("segment", "buyers"), ("event", "bought")):
            put_away = await ada.put(f"/api/labels/{kind}/{name}/archived", json={"on": True})
            assert put_away.status_code == 200, put_away.text
        assert await offered() == [[], [], ["paying"]]
        await ada.put("/api/labels/event/bought/archived", json={"on": False})
        assert (await offered())[0] == ["Bought"]
    async with server.database.pool.acquire() as connection:
        in_force = await store.newest(connection, server.workspace)
    assert in_force.number == first.number, "nothing of it is a change of what is in force"
