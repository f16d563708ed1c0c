"""Brand, quiet hours and control group are set in the browser, and stand in the project's file as somebody would have written them."""

import io
import zipfile

from playwright.async_api import Page, expect

from tests.api.serving import Server
from tests.browser.conftest import Visit, clean

FILE = """\
workspace = "production"
control_group = "5%"

[brand]
name = "Shop"
website = "https://shop.example"
address = "1 Main Street, Springfield"
accent = "#aa0000"

[quiet.marketing]
between = ["22:00", "07:30"]
zone = "person"
"""


async def test_brand_quiet_hours_and_control_group_are_set_and_pulled(visit: Visit) -> None:
    page, server = visit
    await page.goto("/production/settings/brand")
    form = page.get_by_role("region", name="Your brand")
    await form.get_by_role("textbox", name="Your name, as people know it").fill("Shop")
    await form.get_by_role("textbox", name="Buttons and links").fill("#aa0000")
    await form.get_by_role("textbox", name="Your logo").fill("my logo")
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_text("is no address on the web")).to_be_visible()
    await form.get_by_role("textbox", name="Your logo").fill("")
    website = form.get_by_role("textbox", name="Your website")
    await website.fill("shop.example")
    await website.blur()
    await expect(website).to_have_value("https://shop.example")
    await form.get_by_role("textbox", name="Postal address for the footer").fill("1 Main Street, Springfield")
    await expect(page.get_by_role("region", name="Preview")).to_contain_text("1 Main Street, Springfield")
    await clean(page)
    await form.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Every mail has these looks now.")).to_be_visible()
    await page.goto("/production/settings/topics")
    quiet = page.get_by_role("region", name="Quiet hours")
    await quiet.get_by_label("From").fill("22:00")
    await quiet.get_by_label("Until").fill("07:30")
    await quiet.get_by_role("button", name="Add").click()
    await expect(quiet).to_contain_text("from 22:00 until 07:30, every day, by each person's clock")
    group = page.get_by_role("region", name="Control group")
    await group.get_by_role("textbox", name="Share of people").fill("5")
    await group.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("5 % of people get no marketing.")).to_be_visible()
    await clean(page)
    assert await pulled(page, server) == FILE
    await page.set_viewport_size({"width": 390, "height": 800})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await quiet.get_by_role("button", name="Remove the quiet hours of Everything but transactional messages").click()
    await expect(quiet).to_contain_text("None: messages go out at any hour")
    assert "quiet" not in await pulled(page, server)


async def pulled(page: Page, server: Server) -> str:
    """What `tidings pull` writes as the workspace's settings."""
    answer = await page.request.get("/api/export?workspace=production")
    with zipfile.ZipFile(io.BytesIO(await answer.body())) as packed:
        return packed.read("production/tidings.toml").decode()
