"""Test on me: a draft lived in seconds, step by step before one's eyes, its mail in one's own mailbox; and cancelled."""

from typing import Any

from playwright.async_api import expect

from tests.browser.conftest import EMAIL, Visit, clean
from tests.browser.test_editing import seeded
from tidings.channels import mailbox
from tidings.project import store
from tidings.project.store import Draft

DOCUMENT: dict[str, Any] = {
    "journey": "care",
    "name": "Take care",
    "trigger": {"event": "Signed Up", "where": 'plan = "gold"'},
    "steps": [
        {"id": "first", "send": "hello"},
        {"id": "rest", "wait": "2 days"},
        {"id": "score", "webhook": "https://api.example.com/score", "as": "score"},
        {
            "id": "which",
            "branch": [
                {"when": "seats > 3 and journey.score.points > 50", "steps": [{"id": "second", "send": "hello"}]}
            ],
        },
    ],
}


async def test_a_draft_is_tested_on_me_and_cancelled(visit: Visit) -> None:
    page, server = visit
    await seeded(visit, journeys={})
    async with server.database.pool.acquire() as connection:
        made = Draft(server.workspace, "journey", "care", 1, 1, DOCUMENT, "ada", 0, "ada", 0)
        await store.write_draft(connection, made)
    await page.goto("/production/journeys/care")
    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name="Test on me").click()
    form = page.get_by_role("form", name="What to test")
    told = page.get_by_role("region", name="What comes of it")
    await expect(told).to_contain_text(f"Mail of this test goes to {EMAIL} and to nobody else")
    await form.get_by_role("textbox", name="What is known of you").fill("seats: 5")
    await form.get_by_label("Call a webhook: https://api.example.com/score").first.click()
    await page.get_by_role("option", name="Answers").click()
    await form.get_by_role("textbox", name="What Call a webhook: https://api.example.com/score is answered").fill(
        "points: 80"
    )
    await clean(page)
    await form.get_by_role("textbox", name="Each wait lasts").fill("0")
    await form.get_by_role("button", name="Test on me").click()
    steps = told.get_by_role("list", name="Steps of the test")
    await expect(told.get_by_role("status")).to_have_text("The journey is over for them. 2 mails were sent to you.")
    await expect(steps).to_contain_text("2 d passed")
    await expect(steps.get_by_text("sent to you")).to_have_count(2)
    await clean(page)
    # one that waits long is cancelled while it waits
    await form.get_by_role("textbox", name="Each wait lasts").fill("60")
    await form.get_by_role("button", name="Test on me").click()
    await expect(steps).to_contain_text("2 d pass…")
    await form.get_by_role("button", name="Cancel").click()
    await expect(told.get_by_role("status")).to_have_text("You cancelled it. Nothing more is sent.")
    async with server.database.pool.acquire() as connection:
        kept = (await mailbox.search(connection, server.workspace, "")).messages
    assert {each.recipient for each in kept} == {EMAIL}
    assert len(kept) == 3
    assert all(each.subject.startswith("[Test] ") for each in kept)
    assert (await server.ask("/api/deliveries")).json()["deliveries"] == []
