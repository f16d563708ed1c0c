"""Deliveries: listed, narrowed, opened; the message stands in a frame that may do nothing."""

import re
from pathlib import Path

from playwright.async_api import expect

from tests.api.test_manage import until
from tests.browser.conftest import Visit, clean
from tidings import demo
from tidings.project.apply import apply
from tidings.project.folder import read_folder


async def test_a_delivery_is_found_and_read(visit: Visit) -> None:
    page, server = visit
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Deliveries").click()
    await expect(page.get_by_text("No deliveries yet")).to_be_visible()
    await apply(server.database.pool, server.workspace, read_folder(Path(demo.__file__).parent / "project"))
    await until(server, "/api/progress", lambda said: said["done"])
    traits = {"email": "ada@example.com", "first_name": "Ada", "plan": "trial"}
    await server.post("/v1/identify", {"userId": "u", "traits": traits})
    await server.post("/v1/track", {"userId": "u", "event": "Signed Up", "properties": {"plan": "trial"}})
    said = await until(server, "/api/deliveries", lambda said: bool(said["deliveries"]))
    template = said["deliveries"][0]["template"]
    await page.reload()
    row = page.get_by_role("row").filter(has=page.get_by_text(template, exact=True))
    await expect(row.get_by_role("link", name="Welcome to Brightboard, …")).to_be_visible()
    await expect(page.get_by_text("goes out in a moment").first).to_be_visible()
    await clean(page)
    await page.get_by_label("Status", exact=True).first.click()
    await page.get_by_role("option", name="bounced").click()
    await expect(page.get_by_text("No such delivery")).to_be_visible()
    await expect(page).to_have_url(re.compile("state=bounced"))
    await page.goto("/production/deliveries")
    await row.get_by_role("link").first.click()
    story = page.get_by_role("region", name="Its story")
    await expect(story).to_contain_text(
        "Step “Send a message: Welcome to Brightboard, …” of the journey Trial onboarding (version 1) planned"
    )
    await expect(
        page.get_by_text("It was not sent yet: this is how it reads with what is known of the person now.")
    ).to_be_visible()
    frame = page.frame_locator("iframe[title='The message']")
    await expect(frame.locator("body")).to_contain_text("Ada")
    kept = page.locator("iframe[title='The message']")
    assert "allow-scripts" not in (await kept.get_attribute("sandbox") or "allow-scripts")
    await clean(page)
    await server.database.execute("UPDATE deliveries SET bounced_at = due WHERE template = $1", template)
    await expect(page.get_by_role("main").get_by_text("bounced", exact=True).first).to_be_visible()
    await page.set_viewport_size({"width": 390, "height": 800})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.set_viewport_size({"width": 1280, "height": 800})
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Deliveries").click()
    await page.get_by_role("button", name="Stop all sending").click()
    await page.get_by_role("textbox", name="Why").fill("The offer has a wrong price")
    await page.get_by_role("dialog").get_by_role("button", name="Stop all sending").click()
    await expect(page.get_by_text("waits, as all sending is stopped").first).to_be_visible()
    await page.set_viewport_size({"width": 390, "height": 800})
    await page.goto("/production/content/template/welcome?view=code")
    await expect(page.get_by_role("combobox", name="After this event")).to_have_value("Signed Up, an example")
    await page.get_by_role("button", name="No event").click()
    await expect(page.get_by_text("event.plan is missing for")).to_be_visible()


async def test_all_sending_is_stopped_from_any_page_and_resumed(visit: Visit) -> None:
    page, server = visit
    await page.set_viewport_size({"width": 390, "height": 800})  # a phone too: one press, and no menu to open
    await clean(page)
    await page.get_by_role("button", name="Stop all sending").click()
    await page.get_by_role("dialog", name="Stop all sending").get_by_role("button", name="Cancel").click()
    await page.set_viewport_size({"width": 1280, "height": 800})
    await page.get_by_role("button", name="Stop all sending").click()
    dialog = page.get_by_role("dialog", name="Stop all sending")
    await dialog.get_by_role("textbox", name="Why").fill("The offer has a wrong price")
    await clean(page)
    await dialog.get_by_role("button", name="Stop all sending").click()
    banner = page.get_by_role("status").filter(has_text="All sending is stopped").first
    await expect(banner).to_contain_text("The offer has a wrong price")
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="People").click()
    await expect(banner).to_be_visible()
    await clean(page)
    assert (await server.ask("/api/sending")).json()["by"] == "ada@example.com"
    await page.get_by_role("button", name="Resume…").click()
    await page.get_by_role("radio", name="Send it now").check()
    await clean(page)
    await page.get_by_role("button", name="Resume", exact=True).click()
    await expect(banner).to_be_hidden()
    assert (await server.ask("/api/sending")).json()["stopped"] is False
