"""What every list has in common, by the keyboard alone and on a telephone."""

import re

from playwright.async_api import expect

from tests.api.test_manage import until
from tests.browser.conftest import Visit, clean
from tests.browser.test_editing import HOLDING, seeded


async def listed(visit: Visit) -> None:
    """Open the list of two journeys."""
    entries = {}
    for journey, name in (("hey", "Say hello"), ("ho", "Say ho")):
        document = {"journey": journey, "name": name, "trigger": {"event": "Signed Up"}, "steps": HOLDING}
        entries[journey] = {"version": 1, "status": "live", "document": document, "history": {"1": document}}
    await seeded(visit, journeys=entries)
    await visit.page.goto("/production/journeys?sort=name")
    await visit.page.get_by_role("link", name="Say ho", exact=True).wait_for()


async def test_a_list_is_read_searched_and_opened_without_a_mouse(visit: Visit) -> None:
    page, _ = visit
    await listed(visit)
    keys = page.keyboard
    hello, ho = (page.get_by_role("link", name=name, exact=True) for name in ("Say hello", "Say ho"))
    await keys.press("j")
    await expect(hello).to_be_focused()
    await expect(page.get_by_role("main")).not_to_contain_text("No records")
    await clean(page)
    await keys.press("j")
    await keys.press("j")
    await expect(ho).to_be_focused()
    await keys.press("k")
    await expect(hello).to_be_focused()
    search = page.get_by_role("searchbox", name="Search journeys")
    await keys.press("ArrowUp")
    await expect(search).to_be_focused()
    await keys.type("joke/")
    await expect(search).to_have_value("joke/")
    await expect(page.get_by_text("Nothing is found for “joke/”")).to_be_visible()
    await clean(page)
    await page.get_by_role("button", name="Clear the search").press("Enter")
    await expect(search).to_have_value("")
    await page.get_by_role("heading", name="Journeys").click()
    await keys.press("/")
    await expect(search).to_be_focused()
    await keys.press("ArrowDown")
    await keys.press("ArrowDown")
    await keys.press("Enter")
    await expect(page.get_by_role("heading", name="Say ho", level=1)).to_be_visible()


async def test_single_keys_are_shown_and_can_be_switched_off(visit: Visit) -> None:
    page, _ = visit
    await listed(visit)
    await page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard")
    await expect(keys).to_contain_text("Next row")
    await clean(page)
    await keys.get_by_role("switch", name="Single keys do something").press("Space")
    await page.keyboard.press("Escape")
    await expect(keys).to_be_hidden()
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox", name="Search journeys")).not_to_be_focused()
    await page.get_by_role("button", name="Ada Meyer").click()
    await page.get_by_role("menuitem", name="Keyboard").click()
    await keys.get_by_role("switch", name="Single keys do something").press("Space")
    await page.keyboard.press("Escape")
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox", name="Search journeys")).to_be_focused()


async def test_a_page_shows_to_which_room_it_belongs(visit: Visit) -> None:
    page, _ = visit
    await page.goto("/production/recipes")
    await expect(page.get_by_role("navigation", name="Main").locator("[aria-current]")).to_have_text(["Journeys"])


async def test_a_long_table_of_figures_is_searched(visit: Visit) -> None:
    page, server = visit
    entries = {}
    for n in range(21):
        document = {"journey": f"j{n}", "name": f"Journey {n}", "trigger": {"event": "Signed Up"}, "steps": HOLDING}
        entries[f"j{n}"] = {"version": 1, "status": "live", "document": document, "history": {"1": document}}
    await seeded(visit, journeys=entries)
    await server.post("/v1/track", {"userId": "u1", "event": "Signed Up"})
    await until(server, "/api/reports", lambda said: said["entered"] == 21)
    await page.goto("/production/reports")
    rows = page.get_by_role("table", name="Journeys").locator("tbody tr")
    await expect(rows).to_have_count(21)
    await page.get_by_role("searchbox", name="Search journeys").fill("journey 7")
    await expect(rows).to_have_count(1)
    await expect(page).to_have_url(re.compile("q=journeys.journey"))
    await page.reload()
    await expect(rows).to_have_count(1)
    await page.get_by_role("searchbox", name="Search journeys").fill("qqqq")
    await page.get_by_role("button", name="Clear the search").click()
    await expect(rows).to_have_count(21)


async def test_a_telephone_shows_favourites_too(visit: Visit) -> None:
    page, _ = visit
    await page.set_viewport_size({"width": 390, "height": 844})
    await listed(visit)
    star = page.get_by_role("button", name="Favourite: Say ho", exact=True)
    await star.click()
    await expect(star).to_have_attribute("aria-pressed", "true")
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    await clean(page)


async def test_a_page_says_that_there_is_no_connection_and_goes_on_by_itself(visit: Visit) -> None:
    page, _ = visit
    await listed(visit)
    await page.context.set_offline(True)
    await expect(page.get_by_role("status").filter(has_text="You are offline")).to_be_visible()
    await clean(page)
    await page.get_by_role("link", name="Reports").click()
    await expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.get_by_role("heading", name="Reports", level=1)).to_be_visible()
    await expect(page.get_by_text("You are offline")).to_be_hidden()


async def test_what_is_shown_stays_while_the_server_is_away(visit: Visit) -> None:
    page, _ = visit
    await listed(visit)
    before = await page.locator("tbody tr").count()
    await page.route("**/api/journeys*", lambda route: route.abort())
    await expect(page.get_by_role("status").filter(has_text="The server can’t be reached")).to_be_visible()
    await expect(page.locator("tbody tr")).to_have_count(before)
    await page.unroute("**/api/journeys*")
    await expect(page.get_by_text("The server can’t be reached")).to_be_hidden()


async def test_a_page_that_was_not_loaded_comes_by_itself_once_the_server_is_back(visit: Visit) -> None:
    page, _ = visit
    await listed(visit)
    away = re.compile("/api/|/assets/Reports")
    await page.route(away, lambda route: route.abort())
    await page.get_by_role("link", name="Reports").click()
    await expect(page.get_by_role("heading", name="The server can’t be reached")).to_be_visible()
    await clean(page)
    await page.unroute(away)
    await expect(page.get_by_role("heading", name="Reports", level=1)).to_be_visible()


async def test_a_draft_is_saved_by_itself_once_the_server_is_back(visit: Visit) -> None:
    page, _ = visit
    await listed(visit)
    await page.goto("/production/journeys/ho?draft=true&step=wait")
    long = page.get_by_role("textbox", name="How long")
    await expect(long).to_have_value("3")
    await page.route("**/api/**", lambda route: route.abort())
    await long.fill("5")
    await expect(page.get_by_role("button", name="Try again")).to_be_visible()
    await page.unroute("**/api/**")
    await expect(page.get_by_text("Draft saved")).to_be_visible()
    await expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    await page.reload()
    await expect(long).to_have_value("5")


async def test_what_was_just_made_is_found_by_name_and_people_by_how_their_id_begins(visit: Visit) -> None:
    page, server = visit
    await listed(visit)
    await server.post(
        "/v1/identify", {"userId": "customer-1207", "traits": {"name": "Bo Berg", "email": "bo@example.com"}}
    )
    await until(server, "/api/people/id/customer-1207", lambda said: "person" in said)
    await page.keyboard.press("ControlOrMeta+k")
    find = page.get_by_role("textbox", name="Go to a page, a journey")
    await find.fill("say")
    await expect(page.get_by_role("button", name="Say ho", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Say hum")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(find).to_be_hidden()
    await page.get_by_role("button", name="New journey").click()
    await page.get_by_label("What is it called?").fill("Say hum")
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("heading", name="Say hum", level=1)).to_be_visible()
    await page.keyboard.press("ControlOrMeta+k")
    await find.fill("say")
    await expect(page.get_by_role("button", name="Say hum")).to_be_visible()
    for text in ("customer-12", "bo@"):
        await find.fill(text)
        await expect(page.get_by_role("button", name="Bo Berg")).to_be_visible()
    await clean(page)


async def test_the_head_of_a_draft_takes_two_lines_on_a_telephone_and_nothing_runs_over(visit: Visit) -> None:
    page, _ = visit
    await page.set_viewport_size({"width": 390, "height": 844})
    await listed(visit)
    await page.get_by_role("button", name="More for Say ho").click()
    menu = await page.get_by_role("menu").bounding_box()
    assert menu
    assert menu["x"] + menu["width"] <= 390
    await page.goto("/production/journeys/ho?draft=true")
    await page.get_by_role("button", name="More").wait_for()
    tops = {
        round(box["y"])
        for name in ("Which version", "Show the journey as")
        if (box := await page.get_by_role("radiogroup", name=name).bounding_box())
    }
    assert len(tops) == 1
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Test on me").click()
    await expect(page.get_by_role("heading", name="Rehearse Say ho")).to_be_visible()
