"""Who matches already is taken in over HTTP: asked for beside a publish or by itself, looked at, cancelled."""

import asyncio

from tests.api.serving import Server
from tests.api.test_editing import FIRST, ask
from tests.api.test_manage import until
from tests.api.test_management import enter

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
