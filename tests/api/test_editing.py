"""A journey edited, checked, merged, published with choices and brought back over HTTP, as the canvas does it."""

import asyncio
from typing import Any

import httpx

from tests.api.serving import Server, serving
from tests.api.test_manage import demo_in_force, until  # noqa: F401
from tests.api.test_management import enter
from tests.conftest import Database
from tidings.kernel.actor import Actor
from tidings.project.apply import apply
from tidings.project.body import documents_of
from tidings.project.folder import Project
from tidings.project.store import newest
from tidings.teams.store import set_member

FIRST = {"if-none-match": "*"}
STEPS: list[Any] = [
    {"id": "settle", "wait": "1 day"},
    {"id": "plan", "branch": [{"when": 'plan = "pro"', "steps": [{"id": "mark", "set": {"seen": True}}]}]},
]
NEW = {"journey": "hello", "name": "Hello", "trigger": {"event": "Signed Up"}, "steps": STEPS}


async def write(browser: httpx.AsyncClient, document: dict[str, Any], etag: str = "") -> str:
    headers = {"if-match": etag} if etag else FIRST
    said = await browser.put(f"/api/drafts/journey/{document['journey']}", json={"body": document}, headers=headers)
    assert said.status_code == 200, said.text
    return str(said.headers["etag"])


async def ask(browser: httpx.AsyncClient, path: str, **body: Any) -> Any:
    said = await browser.post(f"/api/journeys/{path}", json=body)
    assert said.status_code == 200, said.text
    return said.json()


async def test_a_new_journey_is_drawn_checked_and_published(server: Server) -> None:
    async with enter(server, "ada@example.com", "author") as browser:
        await write(browser, NEW)
        await write(browser, {**NEW, "journey": "other", "name": "Another"})
        await write(browser, NEW, '"1"')
        listed = (await browser.get("/api/journeys")).json()["journeys"]
        assert [each["journey"] for each in listed] == ["hello", "other"], "what was changed last comes first"
        brief = listed[0]
        assert (brief["journey"], brief["status"], brief["draft"]) == ("hello", "draft", True)
        assert (await browser.get("/api/journeys/hello")).json()["document"] == NEW
        checked = await ask(browser, "hello/check", document=NEW)
        assert (checked["problems"], checked["live"]) == ([], False)
        assert checked["text"].startswith("journey: hello\nname: Hello\ntrigger:\n  event: Signed Up\n")
        plan = await ask(browser, "hello/plan")
        assert (plan["first"], plan["version"], plan["approval"]) == (True, 1, False)
        stale = await browser.post("/api/journeys/hello/publish", json={"over": plan["over"], "revision": 7})
        assert (stale.status_code, stale.json()["code"]) == (412, "overtaken")
        done = await ask(browser, "hello/publish", over=plan["over"], revision=plan["revision"])
        assert (done["version"], done["waiting"]) == (1, None)
        page = (await browser.get("/api/journeys/hello")).json()
        assert (page["version"], page["status"]) == (1, "live")
        assert (await browser.get("/api/drafts/journey/hello")).status_code == 404


async def test_a_draft_takes_what_editing_its_kind_takes(server: Server) -> None:
    async with enter(server, "ada@example.com", "author") as browser:
        async with server.database.pool.acquire() as connection:
            ada = await connection.fetchval("SELECT id FROM accounts WHERE email = 'ada@example.com'")
            await set_member(connection, server.workspace, ada, "author", refused=["content:edit"])
        etag = await write(browser, NEW)
        said = await browser.put("/api/labels/journey/hello", json={"folder": "Firsts", "tags": []})
        assert said.status_code == 200, said.text
        gone = await browser.delete("/api/drafts/journey/hello", headers={"if-match": etag})
        assert gone.status_code == 204, gone.text
        source = {"text": "---\nchannel: email\n---\nHello", "format": "html"}
        refused = await browser.put("/api/drafts/template/hello", json={"body": source}, headers=FIRST)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
        assert "`content:edit`" in refused.json()["hint"]


async def test_what_is_no_document_of_its_kind_is_no_draft(server: Server) -> None:
    async with enter(server, "ada@example.com", "author") as browser:
        for path, body, says in (
            ("journey/hello", {**NEW, "journey": "other"}, "the draft is of `hello`"),
            ("template/hello", {"text": "Hello"}, "is a text and its format"),
            ("segment/our%20own", {"rule": "id is present"}, "can't be a name"),
        ):
            said = await browser.put(f"/api/drafts/{path}", json={"body": body}, headers=FIRST)
            assert (said.status_code, says in said.text) == (409, True), said.text
        assert (await browser.get("/api/drafts")).json()["drafts"] == []


async def test_faults_are_told_with_the_step_and_the_line_they_stand_in(server: Server) -> None:
    async with enter(server, "ada@example.com", "viewer") as browser:
        faulty = {**NEW, "steps": [*STEPS, {"id": "greet", "send": "welcom"}, {"id": "late", "wait": "soon"}]}
        problems = (await ask(browser, "hello/check", document=faulty))["problems"]
        assert {(each["step"], each["field"]) for each in problems} == {("late", "wait"), ("greet", "send")}
        faulty["steps"][-1]["wait"] = "2 days"
        (problem,) = (await ask(browser, "hello/check", document=faulty))["problems"]
        assert (problem["step"], problem["field"], problem["warning"]) == ("greet", "send", False)
        text = (
            "trigger: {event: Signed Up}\nsteps:\n  - id: a\n    branch:\n      - when: plan = = 1\n        steps: []\n"
        )
        read = await ask(browser, "hello/read", text=text)
        assert [(each["step"], each["line"]) for each in read["problems"]] == [("a", 5)]
        assert read["document"]["steps"][0]["id"] == "a"
        assert (await ask(browser, "hello/read", text="steps: ["))["document"] is None
        (other,) = (await ask(browser, "hello/read", text="journey: other\n"))["problems"]
        assert "does not change" in other["message"]


async def test_a_secret_that_is_not_the_workspaces_is_told_at_its_step(database: Database) -> None:
    document = {**NEW, "steps": [{"id": "tell", "webhook": "https://crm.acme.dev/", "secret": "TIDINGS_SECRET_CRM"}]}
    allotted = {"staging": ("TIDINGS_SECRET_CRM",)}
    async with (
        serving(database, workspace_secrets=allotted) as server,
        enter(server, "ada@example.com", "author") as it,
    ):
        await write(it, document)
        (problem,) = (await ask(it, "hello/check", document=document))["problems"]
        assert (problem["step"], problem["field"], problem["warning"]) == ("tell", "secret", True)
        assert problem["message"].startswith("the secret TIDINGS_SECRET_CRM is none of the workspace production")
        plan = await ask(it, "hello/plan")
        assert plan["warnings"] == [problem["message"]]
        done = await ask(it, "hello/publish", over=plan["over"], revision=plan["revision"])
        assert done["version"] == 1


async def test_two_edits_are_brought_together_and_both_see_each_other(server: Server) -> None:
    async with enter(server, "ada@example.com") as ada, enter(server, "bob@example.com") as bob:
        await write(ada, NEW)
        ours = {**NEW, "name": "Hi", "steps": [{**STEPS[0], "wait": "2 days"}, STEPS[1]]}
        theirs = {**NEW, "note": "Theirs", "steps": [{**STEPS[0], "wait": "3 days"}, STEPS[1]]}
        said = (await ada.post("/api/drafts/merge", json={"base": NEW, "ours": ours, "theirs": theirs})).json()
        assert (said["document"]["name"], said["document"]["note"]) == ("Hi", "Theirs")
        assert said["conflicts"] == [{"where": ["steps", "settle", "wait"], "ours": "2 days", "theirs": "3 days"}]
        async with asyncio.timeout(60), ada.stream("GET", "/api/around?kind=journey&name=hello") as one:
            lines = one.aiter_lines()
            assert '"others":[]' in await _data(lines)
            async with bob.stream("GET", "/api/around?kind=journey&name=hello"):
                assert '"others":["bob@example.com"]' in await _data(lines)
                await write(bob, ours, '"1"')
                assert '"revision":2,"by":"bob@example.com"' in await _data(lines)
            assert '"others":[]' in await _data(lines)


async def _data(lines: Any) -> str:
    async for line in lines:
        if line.startswith("data: {"):
            return str(line)
    raise AssertionError("the stream ended")


async def test_a_change_says_whom_it_concerns_and_can_be_taken_back(demo_in_force: Server) -> None:  # noqa: F811
    server = demo_in_force
    async with enter(server, "ada@example.com", "author") as browser:
        page = await until(
            server, "/api/journeys/onboarding", lambda said: any(each["waiting"] for each in said["steps"])
        )
        document = page["document"]
        (at,) = [each["step"] for each in page["steps"] if each["waiting"]]
        left = {**document, "steps": [step for step in document["steps"] if step["id"] != at]}
        await write(browser, left)
        checked = await ask(browser, "onboarding/check", document=left)
        assert any(each["what"] == "removed" and each["step"] == at for each in checked["changes"])
        assert (await browser.get("/api/journeys/onboarding/ends")).json()["inside"] == 1
        plan = await ask(browser, "onboarding/plan")
        (stop,) = [each for each in plan["stops"] if each["step"] == at]
        assert (stop["people"], stop["becomes"], stop["matters"]) == (
            1,
            "finish on version 1, with the messages it has",
            True,
        )
        to = f"move {plan['steps'][-1]['id']}"
        chosen = await ask(browser, "onboarding/plan", choices={at: to})
        assert chosen["stops"][0]["choice"] == to
        wrong = await browser.post("/api/journeys/onboarding/plan", json={"choices": {at: "move nowhere"}})
        assert wrong.status_code == 409
        await ask(browser, "onboarding/publish", over=plan["over"], revision=plan["revision"], choices={at: to})
        async with asyncio.timeout(20):
            while not (await browser.get("/api/progress")).json()["done"]:
                await asyncio.sleep(0.02)
        newest, first = (await browser.get("/api/journeys/onboarding/versions")).json()["versions"]
        assert (newest["version"], newest["author"], newest["newest"]) == (2, "ada@example.com", True)
        assert [each["what"] for each in newest["changes"]] == ["removed"]
        assert first["version"] == 1
        former = (await browser.get("/api/journeys/onboarding/versions/1")).json()
        assert former["document"] == document
        back = await ask(browser, "onboarding/plan", version=1)
        done = await ask(browser, "onboarding/publish", version=1, over=back["over"], revision=back["revision"])
        assert done["version"] == 3
        assert (await browser.get("/api/journeys/onboarding")).json()["document"] == document


async def test_a_plan_says_what_a_draft_takes_back_of_a_version_that_came_since(demo_in_force: Server) -> None:  # noqa: F811
    server = demo_in_force
    async with enter(server, "ada@example.com", "author") as browser:
        document = (await browser.get("/api/journeys/onboarding")).json()["document"]
        waits = next(n for n, step in enumerate(document["steps"]) if "wait" in step)
        sends = next(n for n, step in enumerate(document["steps"]) if "send" in step)

        def edited(number: int, **change: Any) -> dict[str, Any]:
            steps = [{**step, **change} if n == number else step for n, step in enumerate(document["steps"])]
            return {**document, "steps": steps}

        async def warned() -> list[str]:
            told: list[str] = (await ask(browser, "onboarding/plan"))["since"]
            return told

        drafted = await write(browser, edited(sends, name="Hello"))
        assert await warned() == []
        async with server.database.pool.acquire() as connection:
            project = Project(**documents_of((await newest(connection, server.workspace)).body))
        project.journeys["onboarding"] = edited(waits, wait="9 days")
        await apply(server.database.pool, server.workspace, project, actor=Actor("ben@example.com"))
        head, lost = await warned()
        assert head == "version 2 by ben@example.com came after this draft was begun, and is not all in it"
        was, id = document["steps"][waits]["wait"], document["steps"][waits]["id"]
        assert lost == f"taken back: `{id}`: wait {was} became 9 days"
        drafted = await write(browser, edited(waits, wait="8 days", name="Settle"), drafted)
        assert (await warned())[1:] == [f"`{id}` was changed there and here: what the draft says counts"]
        await write(browser, edited(waits, wait="9 days", name="Settle"), drafted)
        assert await warned() == []


async def test_a_journey_takes_the_new_messages_and_segments_it_names_with_it(server: Server) -> None:
    settings = {"workspace": "production", "sender": "team", "senders": {"team": {"email": "hi@example.com"}}}
    await apply(
        server.database.pool,
        server.workspace,
        Project(settings={**settings, "channels": {"email": {"provider": "mailbox"}}}),
    )
    async with enter(server, "ada@example.com") as browser:
        source = {"text": "---\nchannel: email\nsubject: Hi\ntransactional: true\n---\nHi\n", "format": "markdown"}
        for name in ("greeting", "other"):
            said = await browser.put(f"/api/drafts/template/{name}", json={"body": source}, headers=FIRST)
            assert said.status_code == 200, said.text
        rule = {"segment": "pros", "name": "Pros", "rule": 'plan = "pro"'}
        await browser.put("/api/drafts/segment/pros", json={"body": rule}, headers=FIRST)
        names = (await browser.get("/api/names")).json()
        assert [(each["name"], each["subject"], each["draft"]) for each in names["templates"]] == [
            ("greeting", "Hi", True),
            ("other", "Hi", True),
        ]
        document = {
            **NEW,
            "audience": 'in segment "pros"',
            "steps": [{"id": "other", "note": "not the other one", "send": "greeting"}],
        }
        await write(browser, document)
        assert (await ask(browser, "hello/check", document=document))["problems"] == []
        plan = await ask(browser, "hello/plan")
        assert plan["together"] == [
            {"kind": "segment", "name": "pros", "title": "Pros"},
            {"kind": "template", "name": "greeting", "title": "greeting"},
        ]
        await ask(browser, "hello/publish", over=plan["over"], revision=plan["revision"])
        assert [each["name"] for each in (await browser.get("/api/drafts")).json()["drafts"]] == ["other"]


async def test_where_approval_is_asked_for_publishing_waits_for_it(server: Server) -> None:
    await apply(server.database.pool, server.workspace, Project(settings={"workspace": "production", "approval": True}))
    async with enter(server, "ada@example.com") as browser:
        await write(browser, NEW)
        plan = await ask(browser, "hello/plan")
        assert plan["approval"] is True
        done = await ask(browser, "hello/publish", over=plan["over"], revision=plan["revision"], note="For the spring")
        assert done["waiting"] == 1
        assert (await browser.get("/api/journeys/hello")).json()["status"] == "draft"
