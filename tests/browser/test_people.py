"""Signing in, and people: found, opened, explained."""

import asyncio
import re
from pathlib import Path
from typing import Final, Literal

from playwright.async_api import expect

from tests.api.serving import KEY
from tests.api.test_manage import until
from tests.browser.conftest import EMAIL, PASSWORD, Visit, clean
from tidings.settings import Settings
from tidings.teams.key import installation_key, setup_code

TOOLS: Final[list[tuple[Literal["searchbox", "combobox"], str]]] = [
    ("searchbox", "Search what happened"),
    ("combobox", "Show"),
    ("combobox", "Order"),
]


async def test_the_first_visitor_becomes_the_owner(stranger: Visit) -> None:
    page = stranger.page
    await page.goto("/")
    await expect(page.get_by_role("heading", name="Set Tidings up")).to_be_visible()
    code = page.get_by_role("textbox", name="Set-up code")
    await code.fill(setup_code(installation_key(Settings(key=KEY))))
    await page.get_by_role("textbox", name="Your name").fill("Ada Meyer")
    await page.get_by_role("textbox", name="Email").fill(EMAIL)
    await page.get_by_role("textbox", name="Password").fill("short")
    await page.get_by_role("button", name="Create the owner").click()
    await expect(page.get_by_text("needs at least 10 characters")).to_be_visible()
    await clean(page)
    await page.get_by_role("textbox", name="Password").fill(PASSWORD)
    await page.get_by_role("button", name="Create the owner").click()
    await expect(page.get_by_role("navigation", name="Main")).to_be_visible()


async def test_a_person_is_found_and_opened(visit: Visit) -> None:
    page, server = visit
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="People").click()
    await expect(page.get_by_text("Nobody yet")).to_be_visible()
    await expect(page.get_by_role("link", name="Import")).to_have_count(1)
    for n in range(3):
        traits = {"email": f"p{n}@example.com", "name": f"Person {n}", "plan": "trial"}
        await server.post("/v1/identify", {"userId": f"u{n}", "traits": traits})
        context = {"page": {"url": "https://example.com/pricing"}, "campaign": {"name": "spring", "medium": "cpc"}}
        await server.post("/v1/track", {"userId": f"u{n}", "event": "Signed Up", "context": context})
    while len((await server.ask("/api/people")).json()["people"]) < 3:
        pass
    await page.reload()
    await expect(page.get_by_role("link", name="Person 1")).to_be_visible()
    await clean(page)
    await page.keyboard.press("/")
    await page.keyboard.type("p2@example")
    await expect(page.get_by_role("link", name="Person 1")).to_be_hidden()
    await expect(page).to_have_url(re.compile("q=p2"))
    await page.get_by_role("link", name="Person 2").press("Enter")
    await expect(page.get_by_role("heading", name="Person 2")).to_be_visible()
    await expect(page.get_by_text("Signed Up")).to_be_visible()
    await expect(page.get_by_role("region", name="Attributes")).to_contain_text("trial")
    happened = page.get_by_role("region", name="What happened")
    await expect(happened.get_by_text("https://example.com/pricing")).to_be_hidden()
    async with page.expect_download() as download:
        await happened.get_by_role("link", name="Download CSV").click()
    taken = await asyncio.to_thread(Path(await (await download.value).path()).read_text)
    assert "Signed Up" in taken
    boxes = [await happened.get_by_role(role, name=name).bounding_box() for role, name in TOOLS]
    assert len({box["y"] for box in boxes if box}) == 1  # in one line, at 1280
    await happened.get_by_role("button", name="Where it came from").click()
    for said in ("https://example.com/pricing", "Campaign", "name: spring"):
        await expect(happened.get_by_text(said)).to_be_visible()
    await clean(page)
    await page.set_viewport_size({"width": 390, "height": 800})
    await expect(page.get_by_role("button", name="Menu")).to_be_visible()
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, width
    await page.goto("/production/people/gone")
    await expect(page.get_by_text("Whoever was forgotten or suppressed is here no more.")).to_be_visible()
    await page.get_by_role("main").get_by_role("link", name="People").click()
    await expect(page.get_by_role("link", name="Person 2")).to_be_visible()


async def test_a_person_tells_how_they_changed_and_what_they_want(visit: Visit) -> None:
    page, server = visit
    for plan in ("trial", "pro"):
        await server.post("/v1/identify", {"userId": "u", "traits": {"name": "Ada", "plan": plan}})
    await server.post("/v1/group", {"userId": "u", "groupId": "acme", "traits": {"name": "Acme", "seats": 9}})
    said = await until(server, "/api/people/id/u", lambda said: said.get("attributes", {}).get("plan") == "pro")
    await page.goto(f"/production/people/{said['person']}")
    await expect(page.get_by_role("region", name="Groups")).to_contain_text("Acme")
    await page.get_by_role("button", name="How plan changed").click()
    dialog = page.get_by_role("dialog", name="How plan changed")
    await expect(dialog.get_by_role("row")).to_have_count(3)
    await expect(dialog.get_by_role("row").nth(1)).to_contain_text("pro")
    await clean(page)
    await page.keyboard.press("Escape")
    await page.get_by_role("group", name="Channels").get_by_role("checkbox", name="SMS").click()
    await expect(page.get_by_text("They get no SMS any more.")).to_be_visible()
    told = page.get_by_role("region", name="What happened")
    await expect(told.get_by_text("Said what they want to get")).to_be_visible()
    await expect(told.get_by_text("sms: no")).to_be_visible()
    await expect(told.get_by_text("Belongs to company acme")).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("group", name="Channels").get_by_role("checkbox", name="SMS")).to_be_checked()
    await clean(page)
