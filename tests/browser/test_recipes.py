"""A recipe becomes a journey of one's own, in the workspace's words; from the first steps on Home and from New journey."""

from playwright.async_api import expect

from tests.api.test_manage import until
from tests.browser.conftest import Visit, clean
from tests.browser.test_editing import seeded


async def test_a_first_journey_is_made_from_a_recipe(visit: Visit) -> None:
    page, server = visit
    await seeded(visit, journeys={}, templates={})
    await server.post("/v1/track", {"userId": "u", "event": "cart_updated", "properties": {"total": 5, "lines": []}})
    await until(server, "/api/catalog", lambda said: any(each["name"] == "cart_updated" for each in said["catalog"]))
    await page.get_by_role("region", name="First steps").get_by_role("button", name="Start a first journey").click()
    await page.get_by_role("link", name="Begin with a recipe").click()
    await expect(page.get_by_role("heading", level=1, name="Recipes")).to_be_visible()
    await expect(page.get_by_role("listitem")).to_have_count(10)
    # what fits what was seen here stands first
    await expect(page.get_by_role("listitem").first).to_contain_text("Abandoned cart")
    await clean(page)
    await page.get_by_role("link", name="Abandoned cart").click()
    await expect(page.get_by_role("heading", level=1, name="Abandoned cart")).to_be_visible()
    events = page.get_by_role("region", name="Events")
    await expect(events.get_by_role("combobox", name="Your name for Cart Updated", exact=True)).to_have_value(
        "cart_updated"
    )
    await expect(events.get_by_role("combobox", name="Your name for total of Cart Updated")).to_have_value("total")
    await events.get_by_role("combobox", name="Your name for items of Cart Updated").click()
    await page.get_by_role("option", name="lines").click()
    await expect(page.get_by_role("region", name="Messages")).to_contain_text("Nothing carries sms here yet")
    await clean(page)
    await page.get_by_role("button", name="Use this recipe").click()
    await expect(page.get_by_role("heading", level=1, name="Abandoned cart")).to_be_visible()
    canvas = page.get_by_role("region", name="Canvas")
    await expect(canvas.locator("[data-step=trigger]")).to_contain_text("cart_updated")
    await expect(canvas.locator("[data-step=remind]")).to_contain_text("You left something behind")
    await expect(page.get_by_role("toolbar", name="Editing")).to_contain_text("hints")
    draft = (await server.ask("/api/drafts/template/cart")).json()["body"]["text"]
    assert "{{ event.lines | size }}" in draft
    await page.get_by_role("link", name="Journeys", exact=True).first.click()
    await page.get_by_role("button", name="New journey").first.click()
    await page.get_by_role("dialog", name="New journey").get_by_role("link", name="From a recipe").click()
    await expect(page.get_by_role("heading", level=1, name="Recipes")).to_be_visible()
    await page.set_viewport_size({"width": 390, "height": 800})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
