"""Data: a source with its code, what comes in live, what was seen and what it means, what could not be taken."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from tests.api.test_manage import until
from tests.browser.conftest import Visit, clean
from tests.sdks.site import site
from tidings.database.access import read_signing


async def test_a_source_gives_code_and_its_event_is_seen_live_and_described(visit: Visit) -> None:
    page, server = visit
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Data").click()
    await expect(page.get_by_text("Nothing was seen yet")).to_be_visible()
    await clean(page)
    await page.get_by_role("navigation", name="Data").get_by_role("link", name="Sources").click()
    await page.get_by_role("button", name="New source").click()
    dialog = page.get_by_role("dialog", name="New source")
    await dialog.get_by_role("textbox", name="Name").fill("Shop server")
    await dialog.get_by_role("radio", name="A server", exact=True).check()
    await dialog.get_by_role("button", name="Create").click()
    key = (await dialog.get_by_label("The key", exact=True).inner_text()).strip()
    code = await dialog.get_by_label("Code", exact=True).inner_text()
    assert f"curl -u {key}: {server.url}/v1/track" in code
    await expect(dialog.get_by_text("Listening for an event")).to_be_visible()
    await server.post("/v1/track", {"userId": "u", "event": "Signed Up"})  # from another source
    await server.post("/v1/track", {"userId": "u", "event": "Looked around"}, key)
    await expect(dialog.get_by_text("We got it: Looked around")).to_be_visible()
    await clean(page)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("row", name="Shop server")).not_to_contain_text("Never")
    await page.get_by_role("searchbox", name="Search by name").fill("SHOP")
    await expect(page.get_by_role("row")).to_have_count(2)
    await expect(page).to_have_url(re.compile("q=SHOP"))
    row = page.get_by_role("row", name="Shop server")
    await row.get_by_role("button", name="Key and code of Shop server").click()
    await expect(page.get_by_role("dialog").get_by_label("The key", exact=True)).to_have_text(key)
    await page.keyboard.press("Escape")
    await page.get_by_role("navigation", name="Data").get_by_role("link", name="Live events").click()
    await expect(page.get_by_text("Listening")).to_be_visible()
    body = {"userId": "u", "event": "Viewed pricing", "properties": {"plan": "pro", "card": "4111 1111"}}
    await server.post("/v1/track", body, key)
    live = page.get_by_role("row", name="Viewed pricing")
    await expect(live).to_contain_text("Shop server")
    await live.get_by_title("All of it").click()
    await expect(live).to_contain_text('"plan": "pro"')
    await clean(page)
    await page.get_by_role("button", name="Pause").click()
    await expect(page.get_by_role("status").filter(has_text="Paused")).to_be_visible()
    await page.keyboard.press("j")
    await expect(live.get_by_role("link", name="u", exact=True)).to_be_focused()
    await page.locator("th", has_text="What").click()
    await expect(page).to_have_url(re.compile("sort=what"))
    await server.post("/v1/page", {"userId": "u", "name": "Home"}, key)
    await until(server, "/api/catalog", lambda said: {"Home", "Viewed pricing"} <= {e["name"] for e in said["catalog"]})
    await page.get_by_role("navigation", name="Data").get_by_role("link", name="Catalog").click()
    await expect(page.get_by_role("button", name="Home page")).to_be_visible()
    await page.get_by_role("button", name="Viewed pricing").click()
    drawer = page.get_by_role("dialog", name="Viewed pricing")
    await expect(drawer.get_by_role("row", name="card")).to_contain_text("4111 1111")
    await drawer.get_by_role("textbox", name="What it means").fill("Somebody looked at what it costs")
    await drawer.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    await drawer.get_by_role("switch", name="card is sensitive").click()
    await expect(drawer.get_by_text("4111 1111")).to_have_count(0)
    await clean(page)
    await page.keyboard.press("Escape")
    await expect(page.get_by_text("Somebody looked at what it costs")).to_be_visible()
    await expect(page).to_have_url(re.compile("/data/catalog$"))
    await page.get_by_role("link", name="Exports").click()
    await clean(page)
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download CSV of events").click()
    assert (await download.value).suggested_filename == "events.csv"
    await page.set_viewport_size({"width": 390, "height": 800})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_what_comes_in_too_quickly_is_counted_for_what_is_looked_for(visit: Visit) -> None:
    page, server = visit
    await page.goto("/production/data/live")
    await expect(page.get_by_text("Listening")).to_be_visible()
    await server.post("/v1/batch", {"batch": [{"type": "track", "userId": "u", "event": "Step"} for _ in range(300)]})
    more = page.get_by_text("more came in too quickly to be shown")
    await expect(more).to_be_visible()
    shown = page.get_by_role("region", name="What comes in").locator("tbody tr")
    await expect(shown).to_have_count(300 - int((await more.inner_text()).split()[0]))
    await page.get_by_role("searchbox").fill("other")
    await expect(more).to_be_hidden()


async def test_a_source_is_renamed_and_switched_off_and_back(visit: Visit) -> None:
    page, _ = visit
    await page.goto("/production/data/sources")
    await page.get_by_role("button", name="More of server").click()
    await page.get_by_role("menuitem", name="Rename").click()
    await page.get_by_role("dialog").get_by_role("textbox", name="Name").fill("backend")
    await page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    await page.get_by_role("button", name="More of backend").click()
    await page.get_by_role("menuitem", name="Switch off").click()
    row = page.get_by_role("row", name="backend")
    await expect(row.get_by_text("Off", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await expect(row.get_by_text("Off", exact=True)).to_have_count(0)
    await row.get_by_role("button", name="Key and code of backend").click()
    await expect(page.get_by_text("made at the command line")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="More of backend").click()
    await page.get_by_role("menuitem", name="New key").click()
    await page.get_by_role("dialog").get_by_role("button", name="Make a new key").click()
    await expect(page.get_by_role("dialog").get_by_label("The key", exact=True)).to_be_visible()


async def test_a_public_key_is_shown_with_what_signs_user_ids(visit: Visit) -> None:
    page, server = visit
    await page.goto("/production/data/sources")
    dialog = page.get_by_role("dialog")
    for name, is_public in (("site", True), ("server", False)):
        await page.get_by_role("button", name=f"More of {name}").click()
        await page.get_by_role("menuitem", name="New key").click()
        await dialog.get_by_role("button", name="Make a new key").click()
        await expect(dialog.get_by_label("The key", exact=True)).to_be_visible()
        await expect(dialog.get_by_label("The signing secret", exact=True)).to_have_count(int(is_public))
        if is_public:
            async with server.database.pool.acquire() as connection:
                secret = await read_signing(connection, server.workspace, name)
            await expect(dialog.get_by_label("The signing secret", exact=True)).to_have_text(secret)
            await expect(dialog.get_by_text("context.userHash")).to_be_visible()
            await clean(page)
        await page.keyboard.press("Escape")
    await page.get_by_role("button", name="New source").click()
    await dialog.get_by_role("textbox", name="Name").fill("phones")
    await dialog.get_by_role("button", name="Create").click()
    await expect(dialog.get_by_label("The signing secret", exact=True)).to_be_visible()


@pytest.mark.parametrize("library", ["Web page", "Customer.io"])
async def test_a_page_with_the_code_of_a_source_sends_its_visits(visit: Visit, library: str) -> None:
    page, server = visit
    await page.goto("/production/data/sources")
    await page.get_by_role("button", name="New source").click()
    dialog = page.get_by_role("dialog", name="New source")
    await dialog.get_by_role("textbox", name="Name").fill("Shop")
    await dialog.get_by_role("button", name="Create").click()
    await dialog.get_by_text(library, exact=True).click()
    await expect(dialog.get_by_text("Listening for an event")).to_be_visible()
    code = await dialog.get_by_label("Code", exact=True).inner_text()
    shop = await page.context.new_page()
    asked: set[str] = set()
    shop.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    with site() as origin:
        await shop.goto(f"{origin}/away.html")
        await shop.set_content(code)
        await until(server, "/api/catalog", lambda said: "Signed Up" in {each["name"] for each in said["catalog"]})
    assert asked == {urlsplit(origin).netloc, urlsplit(server.url).netloc}
    await expect(dialog.get_by_text("We got it")).to_be_visible()
    await page.goto("/production/people?q=ada%40example.com")
    await expect(page.get_by_role("row").filter(has_text="ada@example.com")).to_have_count(1)


async def test_rejected_records_say_why_and_are_put_in_again(visit: Visit) -> None:
    page, server = visit
    await server.post("/v1/identify", {"userId": "u", "traits": {"plan": "pro"}})
    body = {"userId": "u", "groupId": "acme", "traits": {"plan": "stolen"}}
    for _ in range(2):
        await server.post("/v1/group", body, server.public_key)
    await until(server, "/api/rejected", lambda said: len(said["rejected"]) == 2)
    await page.goto("/production/data/rejected")
    await page.get_by_role("region", name="Why").get_by_role("button").click()
    search = page.get_by_role("searchbox", name="Search by person, event or reason")
    await search.fill("nobody")
    await expect(page.get_by_text("Nothing is found for “nobody”")).to_be_visible()
    await search.fill("ACME")
    await expect(page).to_have_url(re.compile("q=ACME"))
    await page.locator("th", has_text="When").click()
    await expect(page).to_have_url(re.compile("sort=at"))
    await page.get_by_role("button", name="Show the record").first.click()
    await expect(page.get_by_text('"stolen"')).to_be_visible()
    await clean(page)
    await page.get_by_role("button", name="Replay all that fit").click()
    await expect(page.get_by_text("2 put in once more")).to_be_visible()
    await until(server, "/api/rejected", lambda said: sum(e["replayed"] is not None for e in said["rejected"]) == 2)
