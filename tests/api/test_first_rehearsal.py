"""In a workspace in which nothing was ever published, a draft is walked, rehearsed and tested all the same, and may be proposed."""

from typing import Any

from tests.api.serving import Server
from tests.api.test_management import enter

DOCUMENT: dict[str, Any] = {
    "journey": "welcome",
    "trigger": {"event": "Signed Up"},
    "steps": [{"id": "rest", "wait": "1 day"}, {"id": "mark", "set": {"welcomed": True}}],
}


async def test_a_first_draft_is_rehearsed_before_anything_was_published(server: Server) -> None:
    async with enter(server, "ada@example.com", "owner") as browser:
        draft = {"json": {"body": DOCUMENT}, "headers": {"if-none-match": "*"}}
        made = await browser.put("/api/drafts/journey/welcome", **draft)
        assert made.status_code == 200, made.text
        walked = await browser.post("/api/journeys/welcome/walk", json={})
        assert walked.status_code == 200, walked.text
        begun = await browser.post("/api/journeys/welcome/test/beginning", json={})
        assert begun.status_code == 200, begun.text
        wanted = {"kind": "simulation", "journey": "welcome", "people": 10}
        assert (await browser.post("/api/rehearsals", json=wanted)).status_code == 201
        mine = {"kind": "journey", "name": "welcome", "revision": made.json()["revision"]}
        proposed = await browser.post("/api/approvals", json={"drafts": [mine]})
        assert proposed.status_code == 201, proposed.text
