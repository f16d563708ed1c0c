"""Segments made, published, filled by hand and deleted over HTTP; rules asked of everybody; nothing of another workspace."""

import json
from typing import Any

import httpx

from tests.api.serving import Server
from tests.api.test_manage import demo_in_force, until  # noqa: F401
from tests.api.test_management import enter
from tidings.database.access import create_source, create_workspace

FIRST = {"if-none-match": "*"}


async def draft(browser: httpx.AsyncClient, id: str, **body: Any) -> None:
    said = await browser.put(f"/api/drafts/segment/{id}", json={"body": {"segment": id, **body}}, headers=FIRST)
    assert said.status_code == 200, said.text


async def publish(browser: httpx.AsyncClient, name: str) -> dict[str, Any]:
    plan = (await browser.get(f"/api/segments/{name}/plan")).json()
    body = {"over": plan["over"], "revision": plan["revision"]}
    said = await browser.post(f"/api/segments/{name}/publish", json=body)
    assert said.status_code == 200, said.text
    return dict(plan)


async def matching(browser: httpx.AsyncClient, rule: str, **more: Any) -> list[dict[str, Any]]:
    said = await browser.post("/api/people/matching", json={"rule": rule, **more})
    assert said.status_code == 200, said.text
    return [json.loads(line) for line in said.text.splitlines()]


async def test_a_segment_is_drafted_published_changed_and_deleted(demo_in_force: Server) -> None:  # noqa: F811
    server = demo_in_force
    async with enter(server, "ada@example.com", "author") as browser:
        await draft(browser, "adas", name="Adas", rule='first_name = "Ada"')
        plan = await publish(browser, "adas")
        assert (plan["first"], plan["people"], plan["journeys"]) == (True, 0, [])
        await until(server, "/api/segments/adas", lambda said: said.get("people") == 1)
        newest = (await browser.get("/api/home")).json()["changes"][0]
        assert (newest["note"], newest["what"]) == ("", ["segment Adas is new"])
        await draft(browser, "trials", name="On trial", rule='plan = "trial" and in segment "adas"')
        plan = (await browser.get("/api/segments/trials/plan")).json()
        assert plan["segments"] == ["stalled-trials"]
        assert {"sign": "+", "text": "in"} in plan["rule"] or any("in" in each["text"] for each in plan["rule"])
        stale = await browser.post("/api/segments/trials/publish", json={"over": plan["over"], "revision": 9})
        assert stale.status_code == 412
        await publish(browser, "trials")
        over = (await browser.get("/api/segments/adas")).json()["over"]
        refused = await browser.delete(f"/api/segments/adas?over={over}")
        assert refused.status_code >= 400
        assert "it is used by the segment `trials`" in refused.text
        await draft(browser, "later", rule='in segment "loners"')
        await draft(browser, "loners", rule="email is missing")
        await publish(browser, "loners")
        over = (await browser.get("/api/segments/loners")).json()["over"]
        assert "the draft of segment later" in (await browser.delete(f"/api/segments/loners?over={over}")).text
        await browser.delete("/api/drafts/segment/later", headers={"if-match": '"1"'})
        assert (await browser.delete(f"/api/segments/loners?over={over - 1}")).status_code == 412
        gone = await browser.delete(f"/api/segments/loners?over={over}")
        assert gone.status_code == 200, gone.text
        assert (await browser.get("/api/segments/loners")).status_code == 404
        await draft(browser, "bad", rule='in segment "nowhere"')
        assert "nowhere" in (await browser.get("/api/segments/bad/plan")).text
    async with enter(server, "vic@example.com", "viewer") as viewer:
        assert (await viewer.post("/api/segments/adas/publish", json={"over": 1, "revision": 1})).status_code == 403
        assert (await viewer.delete("/api/segments/adas?over=1")).status_code == 403
        assert (await viewer.post("/api/segments/adas/members", json={"people": ["u"]})).status_code == 403


async def test_a_segment_is_filled_by_hand(demo_in_force: Server) -> None:  # noqa: F811
    server = demo_in_force
    async with enter(server, "ada@example.com", "author") as browser:
        await draft(browser, "friends", name="Friends", manual=True)
        await publish(browser, "friends")
        said = await browser.post("/api/segments/friends/members", json={"people": ["ada@example.com", "nobody"]})
        assert said.json() == {"asked": 1, "unknown": ["nobody"]}
        await until(server, "/api/segments/friends", lambda told: told.get("people") == 1)
        (size,) = (await browser.get("/api/segments/trials/sizes")).json()["sizes"]
        assert size["people"] == 1
        await browser.post("/api/segments/friends/members", json={"people": ["u"], "on": False})
        await until(server, "/api/segments/friends", lambda told: told.get("people") == 0)
        by_rule = await browser.post("/api/segments/trials/members", json={"people": ["u"]})
        assert (by_rule.status_code, by_rule.json()["code"]) == (409, "not_manual")


async def test_a_segment_says_how_far_it_is_counted(demo_in_force: Server) -> None:  # noqa: F811
    server = demo_in_force
    async with enter(server, "ada@example.com", "author") as browser:
        await draft(browser, "friends", manual=True)
        await publish(browser, "friends")
        await until(server, "/api/segments", lambda said: said["building"]["done"])
        assert (await browser.get("/api/segments/trials")).json()["counted"] == 1
        # as long as everybody of a quarter is not looked at
        await server.database.execute("UPDATE in_force SET built = 0 WHERE partition < 16")
        told = (await browser.get("/api/segments")).json()["segments"]
        assert {each["segment"]: each["counted"] for each in told} == {
            "active": 0.75, "friends": 1, "good-customers": 0.75, "paying": 0.75, "stalled-trials": 0.75, "trials": 0.75,
        }  # fmt: skip
        assert (await browser.get("/api/segments/trials")).json()["counted"] == 0.75


async def test_the_size_of_who_is_gone_is_none(demo_in_force: Server) -> None:  # noqa: F811
    server = demo_in_force
    async with enter(server, "ada@example.com", "author") as browser:
        for segment, people in (("trials", 1), ("paying", 0)):
            (size,) = (await browser.get(f"/api/segments/{segment}/sizes")).json()["sizes"]
            assert size["people"] == people
        assert (await browser.get("/api/segments/nowhere/sizes")).json() == {"sizes": []}


async def test_a_rule_is_asked_of_everybody(demo_in_force: Server) -> None:  # noqa: F811
    server = demo_in_force
    for n in range(3):
        await server.post("/v1/identify", {"userId": f"n{n}", "traits": {"email": f"n{n}@example.com"}})
    await server.post("/v1/group", {"userId": "n0", "groupId": "acme", "traits": {"seats": 30}})
    for day in ("2026-01-01", "2026-01-05"):
        event = {
            "userId": "n1",
            "event": "Order Completed",
            "properties": {"total": 60},
            "timestamp": f"{day}T00:00:00Z",
        }
        await server.post("/v1/track", event)
    await until(server, "/api/people/id/n1/history?kind=track", lambda said: len(said.get("history", [])) == 2)
    await until(server, "/api/people/id/n0", lambda said: bool(said.get("groups")))
    async with enter(server, "ada@example.com", "viewer") as browser:

        async def who(rule: str) -> set[str]:
            lines = await matching(browser, rule, limit=10)
            assert lines[-1]["done"]
            return {each["id"] for line in lines for each in line["people"]}

        assert await who("email is present") == {"u", "n0", "n1", "n2"}
        assert await who('in segment "trials"') == {"u"}
        assert await who('did "Order Completed" at least 2 times where total > 50') == {"n1"}
        assert await who('did "Order Completed" at least 2 times since "2026-01-02"') == set()
        assert await who('did not "Order Completed" and plan is missing') == {"n0", "n2"}
        assert await who("company.seats >= 20") == {"n0"}  # no rule in force names it, so members do not keep it
        lines = await matching(browser, "plan is missing", whole=True)
        assert {key: lines[-1][key] for key in ("looked", "of", "holding", "low", "high", "done")} == {
            "looked": 4, "of": 4, "holding": 3, "low": 3, "high": 3, "done": True,
        }  # fmt: skip
        assert lines[-1]["people"] == []
        wrong = await browser.post("/api/people/matching", json={"rule": 'did "X" since entry'})
        assert (wrong.status_code, "since entry" in wrong.text) == (409, True)
    async with server.database.pool.acquire() as connection:
        other = await create_workspace(connection, "other")
        await create_source(connection, other.id, "others' key", "app")
    async with enter(server, "eve@example.com", "owner", other.id) as eve:
        lines = await matching(eve, "email is present", whole=True, limit=10)
        assert (lines[-1]["of"], lines[-1]["people"]) == (0, [])
        assert (await eve.get("/api/segments/trials/plan")).status_code == 404
        assert (await eve.get("/api/segments/trials/sizes")).json() == {"sizes": []}
        assert (await eve.post("/api/segments/trials/members", json={"people": ["u"]})).status_code == 404
        assert (await eve.delete("/api/segments/trials?over=1")).status_code == 404
