"""People changed over HTTP, one and many: through the log, undone, and nothing of another workspace."""

from typing import Any

import httpx

from tests.api.serving import Server
from tests.api.test_manage import until
from tests.api.test_management import enter
from tests.api.test_segmenting import draft, publish
from tidings.database.access import create_source, create_workspace
from tidings.project import task_work

FILE = "email,plan,seats\nada@example.com,pro,5\nnew@example.com,free,1\nbroken,free,1\n"
COLUMNS: list[dict[str, Any]] = [
    {"to": "email"},
    {"to": "attribute", "name": "plan"},
    {"to": "attribute", "name": "seats", "type": "number"},
]


async def finish(server: Server) -> None:
    while await task_work.work(server.database.pool):
        pass


async def attributes(server: Server, who: str, holds: Any) -> dict[str, Any]:
    found = await until(server, f"/api/people/{who}", lambda said: "attributes" in said and holds(said["attributes"]))
    return dict(found["attributes"])


async def identify(server: Server, *people: str) -> None:
    for name in people:
        await server.post("/v1/identify", {"userId": name, "traits": {"email": f"{name}@example.com", "plan": "trial"}})
    await until(server, "/api/people", lambda said: len(said["people"]) >= len(people))


async def test_a_person_is_edited_and_the_edit_undone(live: Server) -> None:
    await identify(live, "ada", "bo")
    async with enter(live, "m@example.com", "author") as browser:
        path = "/api/people/id/ada/attributes"
        said = await browser.patch(path, json={"set": {"plan": "pro", "seats": 5}})
        assert said.json() == {"before": {"plan": "trial", "seats": None}}
        await attributes(live, "id/ada", lambda now: (now.get("plan"), now.get("seats")) == ("pro", 5))
        await browser.patch(path, json={"set": said.json()["before"]})
        now = await attributes(live, "id/ada", lambda now: now.get("plan") == "trial")
        assert "seats" not in now
        taken = await browser.patch(path, json={"set": {"email": "bo@example.com"}})
        assert (taken.status_code, taken.json()["faults"][0]["where"]) == (409, "email")
        assert (await browser.patch(path, json={"set": {"id": "x"}})).status_code == 400
        unstorable = await browser.patch(path, json={"set": {"plan": "a\0b"}})
        assert (unstorable.status_code, "can't be stored" in unstorable.json()["detail"]) == (400, True)
        large = await browser.patch(path, json={"set": {"seats": [{"of": 1 << 64}]}})
        assert (large.status_code, large.json()["faults"][0]["where"]) == (400, "set.seats.0.of")
        assert "64 bits" in large.json()["detail"]
        assert (await browser.patch(path, json={"set": {"card": f"{1 << 64}"}})).status_code == 200
        assert (await browser.patch(path, json={"set": {"plan": "\\u0000"}})).status_code == 200
        assert (await browser.post("/api/people/id/ada/consent", json={"unsubscribed": True})).status_code == 204
        await until(live, "/api/people/id/ada", lambda said: said["consent"]["unsubscribed"])
    async with enter(live, "v@example.com", "viewer") as viewer:
        assert (await viewer.patch(path, json={"set": {"plan": "x"}})).status_code == 403
        assert (await viewer.delete("/api/people/id/ada")).status_code == 403


async def test_people_are_merged_parted_and_forgotten(live: Server) -> None:
    await identify(live, "ada", "bo")
    async with enter(live, "m@example.com", "author") as browser:
        assert (await browser.post("/api/people/id/ada/merge", json={"absorb": "ada"})).json()["code"] == "same_person"
        done = await browser.post("/api/people/id/ada/merge", json={"absorb": "bo@example.com"})
        assert done.json()["name"] == "bo@example.com"
        await until(live, "/api/people", lambda said: len(said["people"]) == 1)
        (one,) = (await browser.get("/api/people/id/ada/merges")).json()["absorbed"]
        assert (await browser.post("/api/people/id/ada/unmerge", json={"person": one["person"]})).status_code == 204
        await until(live, "/api/people", lambda said: len(said["people"]) == 2)
        assert (await browser.delete("/api/people/id/bo")).json()["suppressed"] is False
        await until(live, "/api/people", lambda said: [each["id"] for each in said["people"]] == ["ada"])


async def test_a_file_is_looked_through_imported_and_undone(live: Server) -> None:
    await identify(live, "ada")
    async with enter(live, "m@example.com", "author") as browser:
        guessed = (await browser.post("/api/imports/columns", json={"text": FILE})).json()["columns"]
        assert [each["guess"]["to"] for each in guessed] == ["email", "attribute", "attribute"]
        asked = {"text": FILE, "columns": COLUMNS, "title": "pilot.csv"}
        look = (await browser.post("/api/imports/look", json=asked)).json()
        assert {key: look[key] for key in ("good", "faulty", "new", "known")} == {
            "good": 2, "faulty": 1, "new": 1, "known": 1,
        }  # fmt: skip
        assert (look["faults"][0]["line"], look["faults"][0]["column"]) == (4, "email")
        id = (await browser.post("/api/imports", json=asked)).json()["id"]
        assert (await browser.post(f"/api/tasks/{id}/undo")).status_code == 409
        await finish(live)
        await attributes(live, "email/ada@example.com", lambda now: now.get("seats") == 5)
        await attributes(live, "email/new@example.com", lambda now: now.get("plan") == "free")
        (task,) = (await browser.get("/api/tasks")).json()["tasks"]
        assert (task["state"], task["done"], task["total"], task["can_undo"]) == ("done", 2, 2, True)
        assert task["left_out"] == 1
        told = (await browser.get(f"/api/tasks/{id}/faults")).json()
        (fault,) = told["faults"]
        assert (told["columns"], fault["cells"]) == (["email", "plan", "seats"], ["broken", "free", "1"])
        assert (fault["line"], fault["problem"]) == (
            4,
            f"{look['faults'][0]['column']}: {look['faults'][0]['message']}",
        )
        assert (await browser.get(f"/api/tasks/{id}/faults?after=4")).json()["faults"] == []
        await browser.patch("/api/people/id/ada/attributes", json={"set": {"plan": "team"}})
        await attributes(live, "id/ada", lambda now: now.get("plan") == "team")
        assert (await browser.post(f"/api/tasks/{id}/undo")).status_code == 202
        await finish(live)
        now = await attributes(live, "id/ada", lambda now: "seats" not in now)
        assert now["plan"] == "team"  # somebody changed it since
        await until(live, "/api/people", lambda said: [each["id"] for each in said["people"]] == ["ada"])


async def test_what_is_kept_of_rows_that_are_left_out_is_forgotten_with_whom_they_name(live: Server) -> None:
    await live.post("/v1/identify", {"userId": "bo", "traits": {"email": "bo@example.com"}})
    await attributes(live, "id/bo", lambda now: now.get("email") == "bo@example.com")
    async with enter(live, "m@example.com", "author") as browser:
        columns = [{"to": "email"}, {"to": "attribute", "name": "seats", "type": "number"}]
        text = "email,seats\nnew@example.com,5\nBo@example.com,many\ncy@example.com,few\n"
        id = (await browser.post("/api/imports", json={"text": text, "columns": columns})).json()["id"]
        await finish(live)
        faults = (await browser.get(f"/api/tasks/{id}/faults")).json()["faults"]
        assert [each["problem"] for each in faults] == ["seats: `many` is not a number", "seats: `few` is not a number"]
        await browser.delete("/api/people/id/bo")
        await until(live, f"/api/tasks/{id}/faults", lambda said: [each["line"] for each in said["faults"]] == [4])


async def test_many_people_are_put_into_a_segment_suppressed_and_exported(live: Server) -> None:
    await identify(live, "ada", "bo", "cy")
    await live.post("/v1/identify", {"userId": "cy", "traits": {"plan": "pro", "formula": "=1+1"}})
    await attributes(live, "id/cy", lambda now: now.get("plan") == "pro")
    async with enter(live, "m@example.com", "author") as browser:
        await draft(browser, "friends", manual=True)
        await publish(browser, "friends")
        await until(live, "/api/segments/friends", lambda said: said.get("people") == 0)
        many = {"what": "add", "rule": 'plan = "trial"', "segment": "friends"}
        assert (await browser.post("/api/people/many", json=many)).status_code == 202
        await finish(live)
        await until(live, "/api/segments/friends", lambda said: said.get("people") == 2)
        task = (await browser.get("/api/tasks")).json()["tasks"][0]
        assert (task["state"], task["done"], task["changed"], task["rule"]) == ("done", 3, 2, 'plan = "trial"')
        exported = await browser.post("/api/people/export", json={"rule": 'plan = "pro"', "attributes": ["formula"]})
        assert exported.text.splitlines()[1].endswith(",'=1+1")
        assert len(exported.text.splitlines()) == 2
        assert len((await browser.post("/api/people/export", json={})).text.splitlines()) == 4
        ids = [each["person"] for each in (await live.ask("/api/people?q=bo")).json()["people"]]
        await browser.post("/api/people/many", json={"what": "suppress", "people": ids})
        await finish(live)
        await until(live, "/api/people", lambda said: {each["id"] for each in said["people"]} == {"ada", "cy"})
        asked: dict[str, list[str]] = {
            "": ["suppress", "add"], "oldest=true": ["add", "suppress"], "q=FRIENDS": ["add"], "q=PLAN%20=": ["add"],
            "q=suppress": ["suppress"], "q=m@example": ["suppress", "add"], "q=nobody": [],
            "state=done": ["suppress", "add"], "state=running": [],
        }  # fmt: skip
        for query, kinds in asked.items():
            said = (await browser.get(f"/api/tasks?{query}")).json()
            assert ([each["kind"] for each in said["tasks"]], said["next"]) == (kinds, None), query
        for order in ("true", "false"):
            first = (await browser.get(f"/api/tasks?limit=1&oldest={order}")).json()
            then = (await browser.get(f"/api/tasks?limit=1&oldest={order}&after={first['next']}")).json()
            last = (await browser.get(f"/api/tasks?limit=1&oldest={order}&after={then['next']}")).json()
            kinds = [each["kind"] for page in (first, then) for each in page["tasks"]]
            assert (kinds, last) == (
                asked["oldest=true"] if order == "true" else asked[""],
                {"tasks": [], "next": None},
            )
        assert (await browser.get("/api/tasks?state=gone")).status_code == 400
        gone = await browser.get("/api/people/id/bo")
        assert (gone.status_code, gone.json()["hint"]) == (404, "Whoever was forgotten or suppressed is here no more.")
        assert (await browser.post("/api/people/many", json={**many, "segment": "nope"})).json()["code"] == "not_manual"


async def test_the_log_tells_whom_and_into_what_by_their_names(live: Server) -> None:
    await identify(live, "ada")
    async with enter(live, "o@example.com", "owner") as browser:
        document = {"segment": "friends", "name": "Best friends", "manual": True}
        kept = await browser.put("/api/drafts/segment/friends", json={"body": document}, headers={"if-none-match": "*"})
        assert kept.status_code == 200, kept.text
        await publish(browser, "friends")
        person = (await browser.get("/api/people/id/ada")).json()["person"]
        many = {"what": "add", "people": [person], "segment": "friends"}
        await browser.post("/api/people/many", json=many)
        assert (await browser.get("/api/tasks")).json()["tasks"][0]["title"] == "Put into Best friends"
        await finish(live)
        await browser.patch("/api/people/id/ada/attributes", json={"set": {"name": "Ada Meyer"}})
        await attributes(live, "id/ada", lambda now: now.get("name") == "Ada Meyer")

        async def told() -> list[tuple[str, ...]]:
            entries = (await browser.get("/api/audit")).json()["entries"]
            return [tuple(each[key] for key in ("what", "kind", "name", "called")) for each in entries]

        assert ("began", "work on many people", "Put into Best friends", "") in await told()
        assert ("edited", "person", person, "Ada Meyer") in await told()
        await browser.delete("/api/people/id/ada")
        await until(live, "/api/people", lambda said: said["people"] == [])
        assert ("edited", "person", person, "") in await told()


async def test_nothing_of_it_reaches_another_workspace(live: Server) -> None:
    await identify(live, "ada")
    async with live.database.pool.acquire() as connection:
        other = await create_workspace(connection, "other")
        await create_source(connection, other.id, "others' key", "app")
    async with enter(live, "m@example.com", "author") as browser:
        id = (await browser.post("/api/imports", json={"text": FILE, "columns": COLUMNS})).json()["id"]
        await finish(live)
        person = (await live.ask("/api/people/id/ada")).json()["person"]

    async def refused(call: httpx.Response) -> None:
        assert call.status_code in (404, 409), call.text

    async with enter(live, "eve@example.com", "owner", other.id) as eve:
        await refused(await eve.patch("/api/people/id/ada/attributes", json={"set": {"plan": "x"}}))
        await refused(await eve.post("/api/people/id/ada/merge", json={"absorb": "new@example.com"}))
        await refused(await eve.delete(f"/api/people/cio_id/{person}"))
        await refused(await eve.get("/api/people/id/ada/merges"))
        await refused(await eve.post(f"/api/tasks/{id}/undo"))
        await refused(await eve.post(f"/api/tasks/{id}/stop"))
        assert (await eve.get("/api/tasks")).json() == {"tasks": [], "next": None}
        assert len((await eve.post("/api/people/export", json={"people": [person]})).text.splitlines()) == 1
        await eve.post("/api/people/many", json={"what": "suppress", "people": [person]})
        await finish(live)
    assert (await live.ask("/api/people/id/ada")).status_code == 200
