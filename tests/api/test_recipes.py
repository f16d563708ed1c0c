"""A recipe over HTTP: held against the workspace, made into drafts, published."""

from tests.api.serving import Server
from tests.api.test_management import enter
from tidings.project.apply import put
from tidings.project.store import InForce

SETTINGS = {
    "workspace": "production",
    "sender": "team",
    "senders": {"team": {"email": "team@example.com"}},
    "channels": {"email": {"provider": "mailbox"}},
}


async def test_a_recipe_becomes_drafts_that_can_be_published(server: Server) -> None:
    body = {"settings": SETTINGS, "segments": {}, "journeys": {}, "templates": {}}
    await put(server.database.pool, InForce(server.workspace), body)
    async with enter(server, "ada@example.com", "owner") as browser:
        listed = (await browser.get("/api/recipes")).json()["recipes"]
        assert len(listed) == 10
        (recipe,) = [each for each in listed if each["recipe"] == "win-back"]
        assert (recipe["title"], recipe["ready"]) == ("Win back", ["email"])
        assert recipe["brand"] == ["postal address", "website"]
        needs = {each["name"] or each["property"]: (each["found"], each["comes"]) for each in recipe["needs"]}
        assert needs["App Opened"] == (False, False)
        assert needs["lapsed"] == needs["product-news"] == (False, True)
        own = [{"kind": "track", "name": "App Opened", "own": "opened"}]
        said = await browser.post("/api/recipes/win-back", json={"names": own})
        assert said.status_code == 201, said.text
        made = said.json()
        assert (made["journey"], made["segments"], made["topics"]) == ("win-back", ["lapsed"], ["product-news"])
        assert (await browser.get("/api/settings")).json()["settings"]["topics"]["product-news"]["name"]
        assert (await browser.get("/api/journeys")).json()["journeys"][0]["status"] == "draft"
        draft = (await browser.get("/api/drafts/segment/lapsed")).json()["body"]
        assert draft["rule"] == 'did "opened" at least 3 times and not did "opened" within 30 days'
        plan = (await browser.post("/api/journeys/win-back/plan", json={})).json()
        assert "the brand has no website yet: messages that show it would fail" in plan["warnings"], (
            "though nothing was ever seen here"
        )
        asked = {"over": plan["over"], "revision": plan["revision"]}
        done = await browser.post("/api/journeys/win-back/publish", json=asked)
        assert done.json()["version"] == 1, done.text
        assert (await browser.post("/api/recipes/win-back", json={})).json()["journey"] == "win-back-2"
        assert (await browser.post("/api/recipes/no-such", json={})).status_code == 404


async def test_who_may_not_add_a_topic_takes_one_there_is(server: Server) -> None:
    topics = {"news": {"name": "News"}}
    body = {"settings": {**SETTINGS, "topics": topics}, "segments": {}, "journeys": {}, "templates": {}}
    await put(server.database.pool, InForce(server.workspace), body)
    async with enter(server, "ben@example.com", "author") as browser:
        refused = await browser.post("/api/recipes/win-back", json={})
        assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
        assert (await browser.get("/api/drafts")).json()["drafts"] == []
        own = [{"kind": "topic", "name": "product-news", "own": "news"}]
        assert (await browser.post("/api/recipes/win-back", json={"names": own})).json()["topics"] == []
    async with enter(server, "cem@example.com", "viewer") as browser:
        assert (await browser.get("/api/recipes")).status_code == 200
        assert (await browser.post("/api/recipes/win-back", json={})).status_code == 403
