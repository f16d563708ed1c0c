"""Rehearse in the browser: one person walks through, history is played beside the draft, and it is followed to its result."""

import json
import re
from typing import Any

from playwright.async_api import expect

from tests.api.test_manage import until
from tests.browser.conftest import Visit, clean
from tidings.kernel.times import HOUR
from tidings.project import store
from tidings.project.apply import put
from tidings.project.store import Draft, InForce
from tidings.simulate import kept
from tidings.simulate.background import work

TEMPLATE = {
    "version": 1,
    "format": "html",
    "text": "---\nchannel: email\nsubject: Hello {{ customer.first_name | default: 'you' }}\n---\n<p>Good to see you.</p>",
}
DOCUMENT: dict[str, Any] = {
    "journey": "onboarding",
    "name": "Onboarding",
    "trigger": {"event": "Signed Up"},
    "steps": [{"id": "hello", "send": "hello"}, {"id": "settle", "wait": "1 minute"}],
}
LONGER = {
    **DOCUMENT,
    "steps": [{"id": "settle", "wait": "30 seconds"}, DOCUMENT["steps"][0], {"id": "again", "send": "hello"}],
}
BODY: dict[str, Any] = {
    "settings": {"workspace": "production", "sender": "team", "senders": {"team": {"email": "team@example.com"}}},
    "templates": {"hello": TEMPLATE},
    "journeys": {"onboarding": {"version": 1, "status": "live", "document": DOCUMENT, "history": {"1": DOCUMENT}}},
}


async def lived(server: Any) -> None:
    """Three people signed up an hour ago; a draft sends one message more."""
    await put(server.database.pool, InForce(server.workspace), BODY)
    for n in range(3):
        traits = {"email": f"p{n}@example.com", "first_name": f"Person {n}"}
        await server.post("/v1/identify", {"userId": f"u{n}", "traits": traits})
        await server.post("/v1/track", {"userId": f"u{n}", "event": "Signed Up"})
    pool = server.database.pool
    await until(server, "/api/journeys", lambda said: said["journeys"][0]["inside"] == 3)
    await pool.execute("UPDATE history SET time = time - $1, received = received - $1", HOUR)
    async with pool.acquire() as connection:
        await store.write_draft(
            connection, Draft(server.workspace, "journey", "onboarding", 1, 1, LONGER, "ada", 0, "ada", 0)
        )


async def test_a_journey_is_rehearsed_before_anybody_gets_it(visit: Visit) -> None:
    page, server = visit
    await lived(server)
    await page.goto("/production/journeys/onboarding")
    await page.get_by_role("link", name="Rehearse").click()
    await expect(page.get_by_role("heading", name="Rehearse Onboarding")).to_be_visible()
    await clean(page)
    walks = page.get_by_role("button", name="Walk through")
    await walks.press("Enter")
    told = page.get_by_role("region", name="What comes of it")
    await expect(told.get_by_text("Reaches the end")).to_be_visible()
    await expect(told.get_by_text("Message “Hello Robin”").first).to_be_visible()
    await expect(walks).to_be_focused()  # though it could not be pressed while it was at work
    await clean(page)
    await page.get_by_text("Real history").click()
    await expect(page.get_by_text("None was played yet")).to_be_visible()
    await clean(page)
    await page.get_by_role("button", name="Play history").click()
    await expect(page.get_by_text("It waits for its turn")).to_be_visible()
    await clean(page)
    async with server.database.pool.acquire() as connection:
        id = await kept.claim(connection)
    assert id is not None
    await work(server.database.pool, server.database.url, id, processes=0)
    draft = page.get_by_role("region", name="The draft, drawn")
    await expect(draft.get_by_role("button").filter(has_text="3 sent")).to_have_count(2)
    live = page.get_by_role("region", name="What is live, drawn")
    await expect(live.get_by_role("button").filter(has_text="3 sent")).to_have_count(1)
    how = page.get_by_role("region", name="How they differ")
    await expect(how).to_contain_text("From what is live to the draft.")
    await expect(how.get_by_role("listitem").filter(has_text="New step")).to_contain_text("Send a message")
    marks = how.get_by_role("list", name="Marks on the canvases").get_by_role("listitem")
    await expect(marks).to_have_text(["Added", "Changed"])
    await expect(draft.locator("[data-step=again]")).to_have_accessible_name(re.compile("Added$"))
    for side in (draft, live):
        await expect(side.locator("[data-step=settle]")).to_have_accessible_name(re.compile("Changed$"))
        await expect(side.locator("[data-step=hello]")).not_to_have_accessible_name(re.compile("Changed|Added|Moved"))
    both = page.locator("[data-step=hello]")
    await expect(both).to_have_count(2)
    await both.first.click()
    await expect(page.locator("[data-step=hello][aria-pressed=true]")).to_have_count(2)  # on each side that has it
    await expect(page.get_by_role("row", name="Messages sent")).to_contain_text("6")
    early = page.get_by_role("alert").filter(has_text="The live version is so since")  # its past here was moved back
    await expect(early).to_contain_text(re.compile("too early to compare|nothing to compare yet"))
    await expect(page.frame_locator("iframe[title='The message']").get_by_text("Good to see you.")).to_be_visible()
    await clean(page)
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Export as CSV").click()
    assert (await download.value).suggested_filename.startswith("onboarding-")


ASKING: dict[str, Any] = {
    **DOCUMENT,
    "steps": [
        {"id": "score", "webhook": "https://api.example.com/score", "as": "score"},
        {
            "id": "which",
            "branch": [
                {"when": "journey.score.high = true", "steps": [{"id": "hi", "send": "hello"}]},
                {"otherwise": []},
            ],
        },
    ],
}


async def test_an_older_version_is_chosen_and_the_outside_world_answers(visit: Visit) -> None:
    page, server = visit
    entry = {"version": 2, "status": "live", "document": DOCUMENT, "history": {"1": ASKING, "2": DOCUMENT}}
    body = {**BODY, "journeys": {"onboarding": entry}}
    await put(server.database.pool, InForce(server.workspace), body)
    await page.goto("/production/journeys/onboarding/rehearse")
    outside = page.get_by_role("region", name="What the outside world answers")
    await expect(page.get_by_role("combobox", name="Version")).to_have_value("What is live")
    await expect(outside).to_be_hidden()
    await page.get_by_role("combobox", name="Version").click()
    await page.get_by_role("option", name="Version 1").click()
    await outside.get_by_role("combobox", name="Call a webhook: https://api.example.com/score").click()
    await page.get_by_role("option", name="Answers").click()
    await outside.get_by_role("textbox", name="What Call a webhook: https://api.example.com/score is answered").fill(
        "high: true"
    )
    await page.get_by_role("button", name="Walk through").click()
    told = page.get_by_role("region", name="What comes of it")
    await expect(told.get_by_text("Hello Robin").first).to_be_visible()
    await clean(page)
    await page.get_by_text("Real history").click()
    await page.get_by_role("combobox", name="Side by side with").click()
    await page.get_by_role("option", name="Version 1").click()
    await outside.get_by_role("combobox", name="Call a webhook: https://api.example.com/score").click()
    await page.get_by_role("option", name="Fails, because").click()
    await clean(page)
    await page.get_by_role("button", name="Play history").click()
    await expect(page.get_by_text("It waits for its turn")).to_be_visible()
    asked = await server.database.fetchval("SELECT asked FROM backtests")
    assert json.loads(asked)["sides"] == ["live", "version 1"]


async def test_one_that_waits_is_cancelled(visit: Visit) -> None:
    page, server = visit
    await put(server.database.pool, InForce(server.workspace), BODY)
    await page.goto("/production/journeys/onboarding/rehearse?by=people")
    await page.get_by_role("button", name="Play", exact=True).click()
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_text("It was cancelled")).to_be_visible()
    await expect(page.get_by_text("The next 30 days.")).to_be_visible()
    await page.get_by_role("link", name="Rehearse").click()
    await expect(page.get_by_role("row", name="cancelled")).to_be_visible()
    await clean(page)
    await page.goto("/production/journeys/nope/rehearse")
    await expect(page.get_by_role("alert").get_by_role("heading", name="There is no journey “nope”.")).to_be_visible()
    await page.get_by_role("main").get_by_role("link", name="Journeys").click()
    await expect(page.get_by_role("heading", name="Journeys")).to_be_visible()
