"""Who stands still at a fault is found from Home, with the fault, and tries again once its cause is mended."""

import re

from playwright.async_api import expect

from tests.api.test_parked import body, mend
from tests.browser.conftest import Visit, clean
from tidings.project.apply import put
from tidings.project.store import InForce


async def test_who_stands_still_is_found_from_home_and_tries_again(visit: Visit) -> None:
    page, server = visit
    await page.goto("/production/parked")
    await expect(page.get_by_text("Nobody stands still")).to_be_visible()
    await clean(page)
    await put(server.database.pool, InForce(server.workspace), body())
    for n in range(3):
        await server.post("/v1/identify", {"userId": f"u{n}", "traits": {"email": f"u{n}@example.com"}})
        await server.post("/v1/track", {"userId": f"u{n}", "event": "Signed Up"})
    await page.get_by_role("link", name="Home").first.click()
    await page.get_by_role("link", name="3 people stand still at a fault in Welcome").click()
    rows = page.get_by_role("row", name="@example.com")
    await expect(rows).to_have_count(3)
    fault = page.get_by_role("region", name="What stopped them").get_by_role("button")
    await expect(fault).to_contain_text("there is no template “hello”")
    await page.locator("th", has_text="Since").click()
    await expect(page).to_have_url(re.compile("sort=at"))
    await expect(rows.first).to_contain_text("u0@example.com")
    await page.locator("th", has_text="Since").click()
    await expect(rows.first).to_contain_text("u2@example.com")
    await clean(page)
    await page.keyboard.press("/")
    await page.keyboard.type("u1@")
    await expect(rows).to_have_count(1)
    await page.reload()
    await expect(rows).to_have_count(1)
    await page.get_by_role("searchbox").fill("")
    await expect(rows).to_have_count(3)
    await mend(server, "hello")
    await page.get_by_role("row", name="u1@example.com").get_by_role("button", name="Try again").click()
    await expect(rows).to_have_count(2)
    await page.get_by_role("link", name="Welcome").click()
    await expect(page.get_by_text("2 people stand still at a fault")).to_be_visible()
    see = page.get_by_role("link", name="see what stopped them")
    await expect(see).to_have_css("text-decoration-line", "underline")
    await see.click()
    await fault.click()
    await page.get_by_role("button", name="Let these 2 try again").click()
    await expect(page.get_by_text("Nobody stands still")).to_be_visible()
    await page.set_viewport_size({"width": 390, "height": 800})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
