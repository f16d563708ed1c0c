"""Signing in, and people: found, opened, explained."""

import re

from playwright.async_api import expect

from tests.api.serving import KEY
from tests.browser.conftest import EMAIL, PASSWORD, Visit, clean
from tidings.settings import Settings
from tidings.teams.key import installation_key, setup_code


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
    for n in range(3):
        traits = {"email": f"p{n}@example.com", "name": f"Person {n}", "plan": "trial"}
        await server.post("/v1/identify", {"userId": f"u{n}", "traits": traits})
        await server.post("/v1/track", {"userId": f"u{n}", "event": "Signed Up"})
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
    await clean(page)
    await page.set_viewport_size({"width": 390, "height": 800})
    await expect(page.get_by_role("button", name="Menu")).to_be_visible()
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, width
