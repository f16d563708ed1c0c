"""A marketer names what the product sends, sees at once what matched, publishes it, and finds it wherever an event is asked for."""

from playwright.async_api import expect

from tests.api.test_manage import until
from tests.browser.conftest import Visit, clean


async def test_a_derived_event_is_made_tried_published_used_and_renamed(visit: Visit) -> None:
    page, server = visit
    for who, path in (("ann", "/pricing"), ("ann", "/pricing/teams"), ("ben", "/about")):
        body = {"userId": who, "event": "Page Opened", "properties": {"path": path}}
        await server.post("/v1/track", body)
    await server.post("/v1/page", {"userId": "ann", "name": "Teams"})
    await until(server, "/api/rules/words", lambda said: len(said["events"]) == 2)
    await page.goto("/production/data/derived")
    await expect(page.get_by_text("No derived events yet")).to_be_visible()
    await clean(page)
    await page.get_by_role("button", name="New derived event").first.click()
    await page.get_by_role("textbox", name="Name").fill("Viewed pricing")
    await page.get_by_role("button", name="Create").click()
    made_of = page.get_by_role("group", name="Event 1")
    await made_of.get_by_label("Event", exact=True).fill("Teams")
    await page.get_by_role("option", name="Teams").click()
    await expect(made_of.get_by_role("combobox", name="Kind of event")).to_have_value("saw page")
    await made_of.get_by_label("Event", exact=True).fill("Page Opened")
    matches = page.get_by_role("region", name="In the last 30 days")
    await expect(matches).to_contain_text("3 times, by 2 people")
    await page.get_by_role("button", name="As a sentence").click()
    await page.get_by_role("textbox", name="Where, of event 1").fill('path starts with "/pricing"')
    await expect(matches).to_contain_text("2 times, by 1 person")
    await expect(matches.get_by_role("list", name="Examples")).to_contain_text("/pricing/teams")
    await expect(page.get_by_text("Draft saved. It reaches nobody")).to_be_visible()
    await clean(page)
    await page.get_by_role("button", name="Publish…").click()
    dialog = page.get_by_role("dialog", name="Publish the derived event")
    await expect(dialog).to_contain_text("Its past counts at once")
    await clean(page)
    await dialog.get_by_role("button", name="Publish").click()
    await expect(page.get_by_text("can be used everywhere now")).to_be_visible()
    await expect(page.get_by_text("Nothing uses it yet. Choose it")).to_be_visible()

    document = {"event": "viewed-pricing", "name": "Saw pricing", "formerly": ["Viewed pricing"]}
    await page.get_by_role("region", name="What it is called").get_by_role("textbox", name="Name").fill("Saw pricing")
    await expect(page.get_by_text("Formerly “Viewed pricing”")).to_be_visible()
    drafted = await until(
        server, "/api/drafts/event/viewed-pricing", lambda said: said.get("body", {}).get("name") == "Saw pricing"
    )
    assert {**drafted["body"], **document} == drafted["body"]
    await page.set_viewport_size({"width": 390, "height": 800})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.set_viewport_size({"width": 1280, "height": 800})

    await page.goto("/production/data/derived")
    await expect(page.get_by_role("row", name="Viewed pricing Changes in a draft")).to_be_visible()
    await expect(page.get_by_role("cell", name="2", exact=True)).to_be_visible()  # times in the last 30 days
    words = (await server.ask("/api/rules/words")).json()["events"]
    assert [each["name"] for each in words if each["derived"]] == ["Viewed pricing"]
