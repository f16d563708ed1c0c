"""Who matches already is taken in over HTTP: asked for beside a publish or by itself, looked at, cancelled."""

import asyncio

from tests.api.serving import Server
from tests.api.test_editing import FIRST, ask
from tests.api.test_manage import until
from tests.api.test_management import enter
from tidings.project import store
from tidings.project.apply import put

JOURNEY = {
    "journey": "pros",
    "trigger": {"attribute": "plan", "to": "pro"},
    "steps": [{"id": "mark", "set": {"greeted": True}}],
}


async def test_a_publish_takes_in_who_matches_already(live: Server) -> None:
    for user, plan in (("a", "pro"), ("b", "free")):
        await live.post("/v1/identify", {"userId": user, "traits": {"plan": plan}, "messageId": f"m{user}"})
        await until(live, f"/api/people/id/{user}", lambda said: "person" in said)
    async with enter(live, "ada@example.com", "author") as browser:
        await browser.put("/api/drafts/journey/pros", json={"body": JOURNEY}, headers=FIRST)
        plan = await ask(browser, "pros/plan")
        asked = {"over": plan["over"], "revision": plan["revision"]}
        wrong = await browser.post("/api/journeys/pros/publish", json={**asked, "take_in": "many"})
        assert wrong.status_code == 409
        assert "is no rate" in wrong.json()["detail"]
        await ask(browser, "pros/publish", **asked, take_in="100 per minute")
        await until(live, "/api/people/id/a", lambda said: "greeted" in said.get("attributes", {}))
        async with asyncio.timeout(60):
            while (said := (await browser.get("/api/journeys/pros/take-in")).json())["goes_on"]:
                pass
        assert (said["matching"], said["rate"], said["handed"], said["share"]) == (1, "100 per minute", 1, 1.0)
        assert (await browser.delete("/api/journeys/pros/take-in")).status_code == 409
        again = await browser.post("/api/journeys/pros/take-in", json={"rate": "1 per day"})
        assert again.json()["goes_on"]
        ended = (await browser.delete("/api/journeys/pros/take-in")).json()
        assert (ended["goes_on"], ended["why"]) == (False, "it was cancelled")
        assert (await browser.get("/api/journeys/none/take-in")).status_code == 409


async def test_it_waits_for_approval_with_the_publish(live: Server) -> None:
    async with live.database.pool.acquire() as connection:
        before = await store.newest(connection, live.workspace)
    await put(live.database.pool, before, {**before.body, "settings": {"workspace": "production", "approval": True}})
    async with enter(live, "ann@example.com", "approver") as ann, enter(live, "ben@example.com", "approver") as ben:
        await ann.put("/api/drafts/journey/pros", json={"body": JOURNEY}, headers=FIRST)
        plan = await ask(ann, "pros/plan")
        assert plan["matching"] == {"journey": "pros", "people": 0, "low": 0, "high": 0, "rate": ""}
        asked = {"over": plan["over"], "revision": plan["revision"]}
        waits = await ask(ann, "pros/publish", **asked, take_in="10 per hour")
        page = (await ben.get(f"/api/approvals/{waits['waiting']}")).json()
        assert [(each["rate"], each["says"]) for each in page["matching"]] == [
            ("10 per hour", "0 people match already; they are taken in, 10 per hour")
        ]
        given = {"hash": page["approval"]["hash"]}
        assert (await ben.post(f"/api/approvals/{waits['waiting']}/approve", json=given)).status_code == 200
        assert (await ann.get("/api/journeys/pros/take-in")).json()["rate"] == "10 per hour"
        alone = await ann.post("/api/journeys/pros/take-in", json={"rate": "all"})
        assert (alone.status_code, alone.json()["code"]) == (409, "waits_for_approval")
