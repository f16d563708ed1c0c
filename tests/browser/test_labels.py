"""Lists kept in order: folder, tags, favourites and the archive; shared by their URL, each taken back by Undo."""

import re

from playwright.async_api import expect

from tests.browser.conftest import Visit, clean
from tests.browser.test_editing import HOLDING, seeded


async def test_a_journey_is_filed_starred_archived_and_brought_back(visit: Visit) -> None:
    page, _ = visit
    document = {"journey": "hey", "name": "Say hello", "trigger": {"event": "Signed Up"}, "steps": HOLDING}
    other = {**document, "journey": "ho", "name": "Say ho"}
    entries = {
        each["journey"]: {"version": 1, "status": "live", "document": each, "history": {"1": each}}
        for each in (document, other)
    }
    await seeded(visit, journeys=entries, segments={"paying": {"segment": "paying", "rule": 'plan = "pro"'}})
    await page.goto("/production/journeys")
    rows = page.get_by_role("region", name="Journeys").locator("tbody").get_by_role("row")
    await expect(rows).to_have_count(2)
    # folder and tags
    await page.get_by_role("button", name="More for Say hello").click()
    await page.get_by_role("menuitem", name="Folder and tags…").click()
    dialog = page.get_by_role("dialog", name="Folder and tags of Say hello")
    await dialog.wait_for()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await page.get_by_role("button", name="More for Say hello").click()
    await page.get_by_role("menuitem", name="Folder and tags…").click()
    await dialog.get_by_role("combobox", name="Folder").click()
    await dialog.get_by_role("combobox", name="Folder").fill("Sign-up")
    await dialog.get_by_role("combobox", name="Tags").fill("hello")
    await page.keyboard.press("Enter")
    await clean(page)
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_be_hidden()
    await expect(rows.filter(has_text="Say hello")).to_contain_text("Sign-up")
    await page.get_by_role("combobox", name="Folder").click()
    await page.get_by_role("option", name="Sign-up").click()
    await expect(rows).to_have_count(1)
    await expect(page).to_have_url(re.compile(r"folder=Sign-up"))
    await page.reload()
    await expect(rows).to_have_count(1)
    await page.goto("/production/journeys")
    # a favourite
    star = page.get_by_role("button", name="Favourite: Say ho")
    await star.click()
    await expect(star).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("switch", name="My favourites").click()
    await expect(rows).to_have_count(1)
    await page.get_by_role("switch", name="My favourites").click()
    await expect(rows).to_have_count(2)
    # closed and put away, and taken back
    await page.get_by_role("button", name="More for Say hello").click()
    await page.get_by_role("menuitem", name="Archive…").click()
    await (
        page.get_by_role("dialog", name="Close and archive Say hello?")
        .get_by_role("button", name="Close and archive")
        .click()
    )
    await expect(rows).to_have_count(1)
    await clean(page)
    await page.get_by_role("switch", name="Archive").click()
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("Closed")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("The archive is empty")).to_be_visible()
    await page.get_by_role("switch", name="Archive").click()
    await expect(rows).to_have_count(2)
    await expect(rows.filter(has_text="Say hello")).to_contain_text("Live")
    # a segment, straight away, and restored from the archive
    await page.goto("/production/segments")
    await page.get_by_role("button", name="More for paying").click()
    await page.get_by_role("menuitem", name="Archive").click()
    await expect(page.get_by_text("All of it is in the archive")).to_be_visible()
    await page.goto("/production/segments?archived=true")
    await page.get_by_role("button", name="More for paying").click()
    await page.get_by_role("menuitem", name="Restore").click()
    await expect(page.get_by_text("The archive is empty")).to_be_visible()
    # a message that nothing sends
    await page.goto("/production/content")
    await page.get_by_role("button", name="More for hello").click()
    await page.get_by_role("menuitem", name="Archive").click()
    await expect(page.get_by_text("hello is in the archive.")).to_be_visible()


async def test_the_page_of_a_journey_says_that_it_is_in_the_archive(visit: Visit) -> None:
    page, _ = visit
    await page.goto("/production/journeys")
    await page.get_by_role("button", name="New journey").click()
    await page.get_by_label("What is it called?").fill("Say hello")
    await page.get_by_role("dialog").get_by_role("button", name="Create", exact=True).click()
    await expect(page.get_by_role("heading", name="Say hello")).to_be_visible()
    mark = page.get_by_role("main").get_by_text("Archived", exact=True)
    await expect(mark).to_have_count(0)
    await page.goto("/production/journeys")
    await page.get_by_role("button", name="More for Say hello").click()
    await page.get_by_role("menuitem", name="Archive").click()
    await page.get_by_role("switch", name="Archive").click()
    await page.get_by_role("link", name="Say hello").click()
    await expect(mark).to_be_visible()


async def test_lists_are_sorted_by_their_heads_and_what_has_a_name_is_found_from_anywhere(visit: Visit) -> None:
    page, _ = visit
    bought = {"event": "bought", "name": "Bought", "rule": 'did "Order Completed"'}
    viewed = {"event": "viewed", "name": "Viewed pricing", "rule": 'did page "Pricing"'}
    buyers = {"segment": "buyers", "name": "Buyers", "rule": 'did "Bought"'}
    others = {"segment": "others", "name": "Annual", "rule": 'plan = "annual"'}
    await seeded(
        visit, journeys={}, events={"bought": bought, "viewed": viewed}, segments={"buyers": buyers, "others": others}
    )
    await page.goto("/production/segments")
    names = page.get_by_role("region", name="Segments").locator("tbody").get_by_role("link")
    head = page.get_by_role("region", name="Segments").get_by_role("button", name="Name")
    await head.click()
    await expect(names).to_have_text(["Annual", "Buyers"])
    await head.click()
    await expect(names).to_have_text(["Buyers", "Annual"])
    await expect(page).to_have_url(re.compile(r"sort=-name"))
    await page.reload()
    await expect(names).to_have_text(["Buyers", "Annual"])
    await clean(page)
    # a derived event by its name, from there
    await page.keyboard.press("ControlOrMeta+k")
    await page.get_by_role("textbox", name="Go to a page").fill("viewed pr")
    await page.get_by_role("dialog").get_by_text("Viewed pricing").click()
    await expect(page.get_by_role("heading", name="Viewed pricing")).to_be_visible()
    # derived events are kept in order like everything else
    await page.get_by_role("link", name="Derived events").click()
    star = page.get_by_role("button", name="Favourite: Bought")
    await star.click()
    await expect(star).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name="More for Viewed pricing").click()
    await page.get_by_role("menuitem", name="Duplicate").click()
    await page.get_by_role("dialog").get_by_role("button", name="Duplicate").click()
    await expect(page.get_by_role("heading", name="Viewed pricing (copy)")).to_be_visible()
    await expect(page.get_by_label("As a sentence", exact=True)).to_have_text('did page "Pricing"')


async def test_a_copy_thrown_away_leads_to_the_list_and_is_brought_back(visit: Visit) -> None:
    page, _ = visit
    document = {"journey": "ho", "name": "Say ho", "trigger": {"event": "Signed Up"}, "steps": HOLDING}
    entry = {"version": 1, "status": "live", "document": document, "history": {"1": document}}
    await seeded(visit, journeys={"ho": entry})
    await page.goto("/production/journeys")
    rows = page.get_by_role("region", name="Journeys").locator("tbody").get_by_role("row")
    await page.get_by_role("button", name="More for Say ho").click()
    await page.get_by_role("menuitem", name="Duplicate").click()
    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name="Discard…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    await expect(rows).to_have_count(1)
    await page.get_by_role("alert").filter(has_text="Discarded.").get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("heading", name="Say ho copy")).to_be_visible()
