"""Derived events over HTTP: drafted, tried on history, published, used, renamed, kept from circles, and deleted."""

import asyncio
import json
from typing import Any

import httpx

from tests.api.serving import Server
from tests.api.test_manage import demo_in_force, until  # noqa: F401
from tests.api.test_management import enter

FIRST = {"if-none-match": "*"}


async def draft(browser: httpx.AsyncClient, kind: str, id: str, **body: Any) -> None:
    said = await browser.put(f"/api/drafts/{kind}/{id}", json={"body": {kind: id, **body}}, headers=FIRST)
    assert said.status_code == 200, said.text


async def publish(browser: httpx.AsyncClient, id: str, path: str = "derived-events") -> dict[str, Any]:
    said = await browser.get(f"/api/{path}/{id}/plan")
    assert said.status_code == 200, said.text
    plan: dict[str, Any] = said.json()
    body = {"over": plan["over"], "revision": plan["revision"]}
    said = await browser.post(f"/api/{path}/{id}/publish", json=body)
    assert said.status_code == 200, said.text
    return plan


async def tried(browser: httpx.AsyncClient, rule: str, **more: Any) -> dict[str, Any]:
    said = await browser.post("/api/derived-events/matching", json={"rule": rule, **more})
    assert said.status_code == 200, said.text
    last: dict[str, Any] = json.loads(said.text.splitlines()[-1])
    return last


async def named(browser: httpx.AsyncClient, event: str) -> dict[str, Any]:
    """What rules are told of an event."""
    words: list[dict[str, Any]] = (await browser.get("/api/rules/words")).json()["events"]
    return next(each for each in words if each["name"] == event)


async def opened(server: Server, who: str, path: str) -> None:
    await server.post("/v1/track", {"userId": who, "event": "Page Opened", "properties": {"path": path}})


async def test_one_is_tried_published_used_renamed_and_deleted(demo_in_force: Server) -> None:  # noqa: F811
    server = demo_in_force
    async with enter(server, "ada@example.com", "author") as browser:
        for person, path in (("ann", "/pricing"), ("ann", "/pricing/teams"), ("ben", "/about")):
            await opened(server, person, path)
        rule = 'did "Page Opened" where path starts with "/pricing"'
        async with asyncio.timeout(30):
            while (found := await tried(browser, rule))["times"] != 2:
                pass
        assert (found["people"], found["low"], found["high"], found["done"]) == (1, 1, 1, True)
        assert {each["properties"]["path"] for each in found["examples"]} == {"/pricing", "/pricing/teams"}
        assert found["examples"][0]["name"] == "Page Opened"
        refused = await browser.post("/api/derived-events/matching", json={"rule": 'did "A" at least 2 times'})
        assert refused.status_code >= 400
        assert "one event at a time" in refused.text

        await draft(browser, "event", "viewed-pricing", name="Viewed pricing", rule=rule)
        plan = await publish(browser, "viewed-pricing")
        assert (plan["first"], plan["used_by"]) == (True, [])
        async with asyncio.timeout(30):  # the catalog is written a moment after what it counts
            while not (own := await named(browser, "Viewed pricing"))["properties"]:
                await asyncio.sleep(0.02)
        assert (own["derived"], [each["name"] for each in own["properties"]]) == (True, ["path"])
        twice = await browser.post(
            "/api/people/matching", json={"rule": 'did "Viewed pricing" at least 2 times', "whole": True}
        )
        assert json.loads(twice.text.splitlines()[-1])["holding"] == 1

        rows = (await browser.get("/api/people/any/ann/events")).json()["history"]
        assert [(row["name"], row["also"]) for row in rows] == [("Page Opened", ["Viewed pricing"])] * 2
        (row,) = (await browser.get("/api/people/any/ben/events")).json()["history"]
        assert row["also"] == [], "it looked at something else"
        async with browser.stream("GET", "/api/events/live?q=viewed+pricing") as stream, asyncio.timeout(20):
            lines = (json.loads(line[5:]) async for line in stream.aiter_lines() if line.startswith("data: {"))
            assert [(await anext(lines))["also"] for _ in range(2)] == [["Viewed pricing"]] * 2
        await draft(browser, "segment", "keen", rule='did "Viewed pricing" at least 2 times')
        await publish(browser, "keen", "segments")
        await until(server, "/api/segments/keen", lambda said: said.get("people") == 1)
        shown = (await browser.get("/api/derived-events/viewed-pricing")).json()
        assert shown["used_by"] == [{"kind": "segment", "name": "keen"}]
        kept = await browser.delete(f"/api/derived-events/viewed-pricing?over={shown['over']}")
        assert "it is used by the segment `keen`" in kept.text

        await draft(browser, "event", "viewed-pricing", name="Looked at pricing", rule=rule)
        lost = await browser.get("/api/derived-events/viewed-pricing/plan")
        assert lost.status_code >= 400
        assert 'keep it: `formerly: [\\"Viewed pricing\\"]`' in lost.text
        await browser.delete("/api/drafts/event/viewed-pricing", headers={"if-match": '"1"'})
        wider = 'did "Page Opened"'
        await draft(
            browser, "event", "viewed-pricing", name="Looked at pricing", formerly=["Viewed pricing"], rule=wider
        )
        plan = await publish(browser, "viewed-pricing")
        assert (plan["renamed"], plan["carries"]) == (True, True)
        await opened(server, "ben", "/")
        await until(server, "/api/segments/keen", lambda said: said.get("people") == 2)

        await draft(browser, "event", "circle", name="Circle", rule='did "Looked at pricing" or did "Circle"')
        circle = await browser.get("/api/derived-events/circle/plan")
        assert circle.status_code >= 400
        assert "made of itself" in circle.text
    async with enter(server, "eve@example.com", "viewer") as eve:
        said = await eve.put("/api/drafts/event/x", json={"body": {"event": "x"}}, headers=FIRST)
        assert said.status_code == 403


async def test_what_is_sensitive_stands_in_no_example(demo_in_force: Server) -> None:  # noqa: F811
    server = demo_in_force
    about = {"kind": "track", "name": "Page Opened", "property": "path", "sensitive": True}
    assert (await server.ask("/api/catalog/about", "PUT", json=about)).status_code < 300
    await opened(server, "ann", "/pricing")
    async with enter(server, "ada@example.com", "author") as browser, asyncio.timeout(30):
        while not (found := await tried(browser, 'did "Page Opened" where path starts with "/pricing"'))["times"]:
            pass
        assert [each["properties"] for each in found["examples"]] == [{"path": "sensitive"}]
