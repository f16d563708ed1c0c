"""Content over HTTP: listed with its uses, checked as typed, published by a plan, brought back; previewed as an untrusted page."""

from typing import Any

import httpx

from tests.api.serving import Server
from tests.api.test_manage import demo_in_force, until  # noqa: F401
from tests.api.test_management import enter
from tidings.channels import mailbox
from tidings.database.access import create_source, create_workspace

HOSTILE = """---
subject: "<script>alert(1)</script>"
---
<html><head><meta http-equiv="refresh" content="0;url=https://evil.example"></head><body onload="alert(1)">
<script src="https://evil.example/x.js"></script><img src="https://evil.example/p.png" onerror="alert(1)">
<iframe src="/api/people"></iframe><form action="/api/sources"><input name="q"></form>{{ customer.first_name }}</body></html>
"""


async def draft(browser: httpx.AsyncClient, kind: str, name: str, text: str, format: str, etag: str = "") -> str:
    seen = {"if-match": etag} if etag else {"if-none-match": "*"}
    body = {"body": {"text": text, "format": format}}
    said = await browser.put(f"/api/drafts/{kind}/{name}", json=body, headers=seen)
    assert said.status_code == 200, said.text
    return str(said.headers["etag"])


async def publish(browser: httpx.AsyncClient, path: str, etag: str) -> httpx.Response:
    plan = (await browser.get(f"/api/content/{path}/plan")).json()
    body = {"over": plan["number"], "note": "why not"}
    return await browser.post(f"/api/content/{path}/publish", json=body, headers={"if-match": etag})


async def test_a_template_is_changed_and_its_live_journeys_named(demo_in_force: Server) -> None:  # noqa: F811
    async with enter(demo_in_force, "ada@example.com", "author") as browser:
        listed = {(each["kind"], each["name"]): each for each in (await browser.get("/api/content")).json()["pieces"]}
        welcome = listed["template", "welcome"]
        assert (welcome["channel"], welcome["layout"]) == ("email", "base")
        assert {"kind": "journey", "name": "onboarding"} in welcome["used_by"]
        assert {"kind": "template", "name": "welcome"} in listed["layout", "base"]["used_by"]
        assert listed["snippet", "footer"]["used_by"]
        assert (await browser.get("/api/content/template/welcome/plan")).status_code == 404
        first = (await browser.get("/api/content/template/welcome")).json()["text"]
        etag = await draft(browser, "template", "welcome", first.replace("Most teams", "Nearly all teams"), "mjml")
        plan = (await browser.get("/api/content/template/welcome/plan")).json()
        (change,) = plan["changes"]
        assert (change["takes"], change["keeps"]) == (["onboarding"], [])
        assert any("Nearly all teams" in line for line in change["diff"] if line[0] == "+")
        assert (await publish(browser, "template/welcome", '"7"')).status_code == 412
        done = await publish(browser, "template/welcome", etag)
        assert done.status_code == 200, done.text
        assert "Nearly all" in (await browser.get("/api/content/template/welcome")).json()["text"]
        newest, oldest = (await browser.get("/api/content/template/welcome/versions")).json()["versions"]
        assert (newest["author"], newest["note"], oldest["text"]) == ("ada@example.com", "why not", first)
        assert (await browser.get("/api/drafts/template/welcome")).status_code == 404
        assert (newest["format"], oldest["format"]) == ("mjml", "mjml")
        between = {"from": oldest["number"], "to": newest["number"]}
        said = (await browser.get("/api/content/template/welcome/compare", params=between)).json()
        (change,) = said["changes"]
        assert change["what"] == "Words"
        assert change["pieces"][-3:] == ["-Most", "+Nearly all", "  teams start with one small project."]
        assert [line[0] for line in said["diff"] if "teams start" in line] == ["-", "+"]
        # what an event says is known from the catalog, which is written a moment after what it is of
        await until(
            demo_in_force,
            "/api/catalog",
            lambda said: any((e["name"], e["property"]) == ("Signed Up", "plan") for e in said["catalog"]),
        )
        for number, words in ((oldest["number"], "Most teams"), (newest["number"], "Nearly all teams")):
            page = await browser.get(
                "/api/previews/welcome/page", params={"event": "sample:Signed Up", "number": number}
            )
            assert words in page.text, page.text
        gone = await browser.get("/api/content/template/welcome/compare", params={"from": 999, "to": newest["number"]})
        assert (gone.status_code, gone.json()["code"]) == (404, "no_version")
        assert (await browser.get("/api/content/template/welcome/compare", params={"from": 1})).json()[
            "code"
        ] == "no_draft"


async def test_a_preview_reads_as_in_another_place(demo_in_force: Server) -> None:  # noqa: F811
    async with enter(demo_in_force, "ada@example.com", "author") as browser:
        text = "---\nchannel: sms\n---\n{{ customer.language }} {{ 9.5 | currency: customer.locale }}"
        await draft(browser, "template", "price", text, "text")
        said = (await browser.get("/api/previews/price", params={"locale": "de-CH"})).json()
        assert said["text"].split() == ["de", "CHF", "9.50"], said
        assert (await browser.get("/api/previews/price", params={"locale": "<b>"})).status_code == 400


async def test_faults_are_told_as_typed_and_stand_in_the_way(demo_in_force: Server) -> None:  # noqa: F811
    async with enter(demo_in_force, "ada@example.com", "author") as browser:
        text = "---\nsubject: Hi\nlayout: bass\n---\nHello {{ customr.name }}"
        said = (await browser.post("/api/content/template/n/check", json={"text": text, "format": "html"})).json()
        assert {(each["line"], each["file"]) for each in said["problems"]} >= {(3, "")}
        text = text.replace("bass", "base").replace("html", "mjml")
        said = (await browser.post("/api/content/template/n/check", json={"text": text, "format": "html"})).json()
        assert any("customr" in each["message"] and each["line"] == 5 for each in said["problems"]), said
        await until(demo_in_force, "/api/content/variables", lambda said: "customer.first_name" in str(said))
        typo = "---\nsubject: Hi\n---\nHello\n{{ customer.frist_name }} {{ customer.first_name }}"
        said = (await browser.post("/api/content/template/n/check", json={"text": typo, "format": "html"})).json()
        (unseen,) = said["problems"]
        assert (unseen["line"], unseen["column"], unseen["warning"]) == (5, 4, True), unseen
        assert unseen["message"] == "nobody was ever seen with `frist_name`"
        assert unseen["hint"] == "did you mean `first_name`?"
        etag = await draft(browser, "template", "n", text, "html")
        refused = await publish(browser, "template/n", etag)
        assert (refused.status_code, bool(refused.json()["faults"])) == (409, True)


async def test_a_new_template_brings_its_new_layout_along(demo_in_force: Server) -> None:  # noqa: F811
    async with enter(demo_in_force, "ada@example.com", "author") as browser:
        await draft(browser, "layout", "plain", "<html><body>{{ content }}</body></html>", "html")
        etag = await draft(browser, "template", "news", "---\nsubject: News\nlayout: plain\n---\nHello", "html")
        plan = (await browser.get("/api/content/template/news/plan")).json()
        assert [(each["kind"], each["name"], each["what"]) for each in plan["changes"]] == [
            ("template", "news", "added"),
            ("layout", "plain", "added"),
        ]
        assert (await publish(browser, "template/news", etag)).status_code == 200
        assert (await browser.get("/api/drafts")).json()["drafts"] == []
        number = (await browser.get("/api/content")).json()["number"]
        refused = await browser.delete(f"/api/content/layout/plain?over={number}")
        assert (refused.status_code, "template news" in refused.text) == (409, True)
        assert (await browser.delete(f"/api/content/template/news?over={number}")).status_code == 200
        assert (await browser.get("/api/content/template/news")).status_code == 404
        back = await browser.post("/api/content/template/news/restore", json={"number": number})
        assert back.status_code == 200, back.text
        assert (await browser.get("/api/content/template/news")).json()["subject"] == "News"


async def test_a_preview_is_made_for_somebody_with_what_happened(demo_in_force: Server) -> None:  # noqa: F811
    server = demo_in_force
    await until(server, "/api/catalog", lambda said: any(each["kind"] == "person" for each in said["catalog"]))
    person = (await server.ask("/api/people/id/u")).json()["person"]
    async with enter(server, "ada@example.com", "author") as browser:
        (event,) = (await browser.get(f"/api/previews/events?person={person}")).json()["events"]
        assert (event["name"], event["properties"]) == ("Signed Up", {"plan": "trial"})
        path = f"/api/previews/welcome?person={person}"
        fault = (await browser.get(path)).json()["fault"]
        assert fault["name"] == "event.plan", fault
        said = (await browser.get(f"{path}&event={event['event']}")).json()
        assert (said["subject"], said["sender"]) == (
            "Welcome to Brightboard, Ada",
            "Brightboard <hello@brightboard.example>",
        )
        assert "your trial has begun" in said["text"]
        assert "https://brightboard.example/projects/new" in said["links"]
        sampled = (await browser.get("/api/previews/welcome?event=sample:Signed Up")).json()
        assert "your trial has begun" in sampled["text"]
        text = (await browser.get("/api/content/template/welcome")).json()["text"]
        await draft(browser, "template", "welcome", text.replace("Welcome to", "Hello from"), "mjml")
        assert (await browser.get(f"{path}&event={event['event']}")).json()["subject"].startswith("Hello from")
        base = (await browser.get("/api/content/layout/base")).json()["text"]
        await draft(browser, "layout", "base", base.replace(">Brightboard<", ">Darkboard<"), "mjml")
        page = f"/api/previews/welcome/page?person={person}&event={event['event']}"
        assert "Darkboard" not in (await browser.get(page)).text
        assert "Darkboard" in (await browser.get(f"{page}&piece=layout:base")).text


async def test_a_hostile_template_neither_runs_nor_reaches_anything(demo_in_force: Server) -> None:  # noqa: F811
    async with enter(demo_in_force, "ada@example.com", "author") as browser:
        await draft(browser, "template", "evil", HOSTILE, "html")
        shown = await browser.get("/api/previews/evil/page?dark=true")
        assert shown.status_code == 200, shown.text
        rules = dict(rule.strip().split(" ", 1) for rule in shown.headers["content-security-policy"].split(";"))
        assert rules["default-src"] == "'none'"
        assert rules["img-src"] == f"{demo_in_force.url}/a/ data:"  # pictures of ours, and no others
        assert rules["form-action"] == "'none'"
        assert "script-src" not in rules
        assert "frame-src" not in rules
        assert not {"allow-scripts", "allow-same-origin", "allow-forms", "allow-top-navigation"} & set(
            rules["sandbox"].split()
        )


async def test_a_test_goes_to_whoever_asks_and_counts_nothing(demo_in_force: Server) -> None:  # noqa: F811
    server = demo_in_force
    person = (await server.ask("/api/people/id/u")).json()["person"]
    assert (await server.ask("/api/previews/tips-short/test", "POST", json={})).status_code == 403
    async with enter(server, "me@example.com", "author") as browser:
        body: dict[str, Any] = {"person": person}
        said = await browser.post("/api/previews/tips-short/test", json=body)
        assert (said.status_code, said.json()) == (200, {"to": "me@example.com"})
        async with server.database.pool.acquire() as connection:
            page = await mailbox.search(connection, server.workspace, "me@example.com")
            (kept,) = page.messages
        assert kept.subject.startswith("[Test] ")
        deliveries = (await server.ask("/api/deliveries")).json()["deliveries"]
        assert all(each["template"] != "tips-short" for each in deliveries)
    async with enter(server, "viewer@example.com", "viewer") as browser:
        assert (await browser.post("/api/previews/tips-short/test", json=body)).status_code == 403


async def test_nothing_of_another_workspace_is_shown(demo_in_force: Server) -> None:  # noqa: F811
    server = demo_in_force
    person = (await server.ask("/api/people/id/u")).json()["person"]
    async with server.database.pool.acquire() as connection:
        other = await create_workspace(connection, "other")
        await create_source(connection, other.id, "others' key", "app")
    async with enter(server, "eve@example.com", "owner", other.id) as eve:
        assert (await eve.get("/api/content")).json()["pieces"] == []
        for path in ("content/template/welcome", "content/template/welcome/plan", "previews/welcome"):
            assert (await eve.get(f"/api/{path}")).status_code == 404, path
        await draft(eve, "template", "t", "---\nsubject: x\n---\n{{ customer.email }}", "html")
        assert (await eve.get(f"/api/previews/t?person={person}")).status_code == 404
        assert (await eve.get(f"/api/previews/events?person={person}")).status_code == 404
        assert (await eve.get("/api/content/template/welcome/versions")).json() == {"versions": []}
