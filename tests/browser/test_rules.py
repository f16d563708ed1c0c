"""The rule builder: clauses drawn and written, each following the other, with the keyboard alone too; nothing is lost on the way."""

from pathlib import Path

from playwright.async_api import expect

from tests.api.test_manage import until
from tests.browser.conftest import Visit, clean
from tidings import demo
from tidings.project.apply import apply
from tidings.project.folder import read_folder


async def test_a_rule_is_drawn_and_written_both_ways(visit: Visit) -> None:
    page, server = visit
    await apply(server.database.pool, server.workspace, read_folder(Path(demo.__file__).parent / "project"))
    await server.post("/v1/identify", {"userId": "u", "traits": {"email": "ada@example.com", "plan": "trial"}})
    order = {"userId": "u", "event": "Order Completed", "properties": {"total": 12.5, "currency": "EUR"}}
    await server.post("/v1/track", order)
    await until(server, "/api/rules/words", lambda said: len(said["events"]) > 0 and len(said["attributes"]) > 0)
    await page.goto("/production/segments/trials")
    sentence = page.get_by_role("textbox", name="Rule, as a sentence")

    # written, then drawn: what a browser's numbers can't hold stays as it is
    await sentence.fill('plan = "trial" and seats = 9007199254740993')
    first = page.get_by_role("group", name='plan = "trial"', exact=True)
    await expect(first.get_by_role("combobox", name="Attribute", exact=True)).to_have_value("plan")
    await expect(first.get_by_role("combobox", name="Value", exact=True)).to_have_value("trial")
    await expect(page.get_by_role("textbox", name="As text")).to_have_value("seats = 9007199254740993")

    # drawn: an event with a count, a window and a where, its names from the catalog
    await page.get_by_role("button", name="Add condition").click()
    await page.get_by_role("menuitem", name="Something they did").click()
    event = page.get_by_role("combobox", name="Event", exact=True)
    await expect(event).to_be_focused()
    await event.fill("Order")
    await expect(page.get_by_role("option", name="Order Completed")).to_contain_text("seen 1 time")
    await event.press("ArrowDown")
    await event.press("Enter")
    await expect(sentence).to_have_value('plan = "trial" and seats = 9007199254740993 and did "Order Completed"')
    did = page.get_by_role("group", name='did "Order Completed"').last
    await did.get_by_role("textbox", name="Times").fill("3")
    await did.get_by_role("combobox", name="In which time").click()
    await page.get_by_role("option", name="within the last").click()
    await did.get_by_role("button", name="where…").click()
    await did.get_by_role("combobox", name="Property", exact=True).fill("total")
    await did.get_by_role("combobox", name="What is said of it").click()
    await page.get_by_role("option", name="is more than").click()
    await did.get_by_role("combobox", name="Value", exact=True).fill("50")
    whole = (
        'plan = "trial" and seats = 9007199254740993 and (did "Order Completed" at least 3 times within 30 days '
        "where total > 50)"
    )
    await expect(sentence).to_have_value(whole)
    await did.get_by_role("button", name="Add condition").click()
    await expect(page.get_by_role("menuitem")).to_have_text(
        ["A property of it", "Several conditions together", "Written as text"]
    )
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("menu")).to_have_count(0)
    await clean(page)

    # a fault is told at its clause, and mended there
    await page.get_by_role("button", name="Add condition").last.click()
    await page.get_by_role("menuitem", name="Written as text").click()
    await page.get_by_role("textbox", name="As text").last.fill("country == 5")
    wrong = page.get_by_role("group", name="New condition")
    await expect(wrong.get_by_role("alert")).to_contain_text("Equality is written with one sign")
    await clean(page)
    await expect(sentence).to_have_value(whole)
    await page.get_by_role("textbox", name="As text").last.fill("country = 5")
    await expect(sentence).to_have_value(whole + " and country = 5")

    # the sentence, then the drawing again; groups, and turning one around
    await sentence.fill('plan = "pro" or not (a = 1 or in segment "paying")')
    group = page.get_by_role("group", name="Group: none of these")
    await expect(group.get_by_role("combobox", name="Segment")).to_be_visible()
    await group.get_by_role("combobox", name="How the conditions are joined").click()
    await page.get_by_role("option", name="all", exact=True).click()
    await expect(sentence).to_have_value('plan = "pro" or a = 1 and in segment "paying"')

    # the keyboard: a clause moves, goes, and comes back
    value = page.get_by_role("combobox", name="Value", exact=True).last
    await value.focus()
    await value.press("Alt+ArrowDown")
    await expect(sentence).to_have_value('plan = "pro" or in segment "paying" and a = 1')
    await page.get_by_role("group", name="a = 1", exact=True).get_by_role("button", name="What to do with").click()
    await page.get_by_role("menuitem", name="Remove").click()
    await expect(sentence).to_have_value('plan = "pro" or in segment "paying"')
    await page.get_by_role("button", name="Undo").last.click()
    await expect(sentence).to_have_value('plan = "pro" or in segment "paying" and a = 1')
    await expect(page.get_by_text("Draft saved. It reaches nobody")).to_be_visible()
    drafted = (await server.ask("/api/drafts/segment/trials")).json()["body"]["rule"]
    assert drafted == 'plan = "pro" or in segment "paying" and a = 1'
    await page.set_viewport_size({"width": 390, "height": 800})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
