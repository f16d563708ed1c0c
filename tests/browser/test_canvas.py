"""The canvas by mouse, by keys and by touch: search, notes, copy and paste, undo, drag, its file; and two people in one draft."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Page, Route, expect

from tests.api.serving import Server
from tests.api.test_manage import until
from tests.api.test_management import enter
from tests.browser.conftest import PASSWORD, Visit, clean, sign_in
from tests.browser.test_editing import SETTINGS, seeded
from tidings.project import store as definitions
from tidings.project.store import Draft
from tidings.teams import password, store

STEPS: list[dict[str, Any]] = [
    {"id": "first", "wait": "1 day"},
    {"id": "mark", "set": {"seen": True}},
    {"id": "last", "wait": "2 days"},
]
DOCUMENT: dict[str, Any] = {"journey": "care", "name": "Care", "trigger": {"event": "Signed Up"}, "steps": STEPS}


async def drafted(visit: Visit) -> None:
    await seeded(visit, journeys={})
    async with visit.server.database.pool.acquire() as connection:
        made = Draft(visit.server.workspace, "journey", "care", 1, 1, DOCUMENT, "ada", 0, "ada", 0)
        await definitions.write_draft(connection, made)


async def shown(page: Page, order: list[str]) -> None:
    """The steps stand on the canvas in this order."""
    steps = page.get_by_role("region", name="Canvas").locator("[data-step]")
    await expect(steps).to_have_count(len(order) + 1)
    for number, step in enumerate(order):
        await expect(steps.nth(number + 1)).to_have_attribute("data-step", step)


async def middle(page: Page, what: str) -> tuple[float, float]:
    box = await page.locator(what).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@asynccontextmanager
async def somebody_else(page: Page, server: Server, email: str) -> AsyncIterator[Page]:
    """A browser of a colleague who may edit."""
    async with server.database.pool.acquire() as connection:
        id = await store.add_account(connection, email, "Ben", await password.hashed(PASSWORD))
        assert id is not None
        await store.set_member(connection, server.workspace, id, "author")
    browser = page.context.browser
    assert browser is not None
    context = await browser.new_context(
        base_url=server.url, viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
    )
    try:
        other = await context.new_page()
        await sign_in(other, email)
        yield other
    finally:
        await context.close()


async def test_steps_are_found_noted_copied_moved_and_brought_back(visit: Visit) -> None:
    page, server = visit
    await drafted(visit)
    await page.goto("/production/journeys/care")
    canvas = page.get_by_role("region", name="Canvas")
    await shown(page, ["first", "mark", "last"])
    # found by its words, and opened; a note shows on its card
    await page.get_by_role("combobox", name="Find a step").fill("2 days")
    await page.get_by_role("option", name="Wait: 2 days").click()
    panel = page.get_by_role("complementary")
    await panel.get_by_role("textbox", name="Note").fill("Gives them a weekend.")
    await expect(canvas.get_by_label("Note: Gives them a weekend.")).to_be_visible()
    await page.get_by_role("button", name="Close", exact=True).click()
    await expect(canvas.locator("[data-step=last]")).to_be_focused()
    # keys: along, copy and paste, move, delete, undo, redo
    await page.keyboard.press("Home")
    await expect(canvas.locator("[data-step=trigger]")).to_be_focused()
    await page.keyboard.press("End")
    await expect(canvas.locator("[data-step=last]")).to_be_focused()
    await canvas.locator("[data-step=first]").focus()
    await page.keyboard.press("Control+c")
    await page.keyboard.press("ArrowDown")
    await expect(canvas.locator("[data-step=mark]")).to_be_focused()
    await page.keyboard.press("Control+v")
    await shown(page, ["first", "mark", "first-2", "last"])
    await expect(canvas.locator("[data-step=first-2]")).to_contain_text("1 day")
    await expect(canvas.locator("[data-step=first-2]")).to_be_focused()
    # undo takes away the step that has the focus: its neighbour gets it
    await page.keyboard.press("Control+z")
    await expect(canvas.locator("[data-step=last]")).to_be_focused()
    await page.keyboard.press("Control+Shift+z")
    await canvas.locator("[data-step=first-2]").focus()
    await page.keyboard.press("Alt+ArrowUp")
    await shown(page, ["first", "first-2", "mark", "last"])
    await page.keyboard.press("Delete")
    await shown(page, ["first", "mark", "last"])
    await page.get_by_role("button", name="Undo", exact=True).first.click()
    await shown(page, ["first", "first-2", "mark", "last"])
    await page.get_by_role("button", name="Redo").click()
    await shown(page, ["first", "mark", "last"])
    # what is edited after a deletion stays when the deletion is taken back
    await canvas.locator("[data-step=mark]").focus()
    await page.keyboard.press("Delete")
    await shown(page, ["first", "last"])
    await canvas.locator("[data-step=first]").focus()
    await page.keyboard.press("Alt+ArrowDown")
    await shown(page, ["last", "first"])
    deleted = page.get_by_text("Set attributes deleted.").locator("..")
    await deleted.get_by_role("button", name="Undo", exact=True).click()
    await shown(page, ["mark", "last", "first"])
    await canvas.locator("[data-step=first]").focus()
    for order in (["last", "first"], ["first", "last"], ["first", "mark", "last"]):
        await page.keyboard.press("Control+z")
        await shown(page, order)
    # by mouse, onto the + before the first; and back
    await page.mouse.move(*(await middle(page, "[data-step=last]")))
    await page.mouse.down()
    await page.mouse.move(*(await middle(page, "[aria-label='Add a step before first']")), steps=8)
    await page.mouse.up()
    await shown(page, ["last", "first", "mark"])
    await canvas.locator("[data-step=first]").focus()
    await page.keyboard.press("Control+z")
    await shown(page, ["first", "mark", "last"])
    # by touch
    touch = await page.context.new_cdp_session(page)
    x, y = await middle(page, "[data-step=first]")
    to = await middle(page, "[aria-label='Add a step after last']")
    points = [(x + (to[0] - x) * n / 6, y + (to[1] - y) * n / 6) for n in range(7)]
    await touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for px, py in points[1:]:
        await touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": px, "y": py}]})
    await touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await shown(page, ["mark", "last", "first"])
    # its file: what is typed there is on the canvas, and a fault has its line
    await page.get_by_text("Code", exact=True).click()
    code = page.get_by_role("textbox", name="The journey as YAML")
    await expect(code).to_contain_text("note: Gives them a weekend.")
    await code.press("Control+End")
    await page.keyboard.insert_text("  - id: typed\n    wait: soon\n")
    await expect(page.get_by_role("status").filter(has_text="Line")).to_be_visible()
    await code.press("ArrowUp")
    await page.keyboard.press("End")
    for _ in "soon":
        await page.keyboard.press("Backspace")
    await page.keyboard.insert_text("4 hours")
    await expect(page.get_by_text("This is the journey’s file.")).to_be_visible()
    await page.get_by_text("Canvas", exact=True).click()
    await shown(page, ["mark", "last", "first", "typed"])
    await expect(page.get_by_text("Draft saved")).to_be_visible()
    body = (await server.ask("/api/drafts/journey/care")).json()["body"]
    assert [each["id"] for each in body["steps"]] == ["mark", "last", "first", "typed"]


async def test_two_people_in_one_draft_see_each_other_and_lose_nothing(visit: Visit) -> None:
    page, server = visit
    await drafted(visit)
    async with somebody_else(page, server, "ben@example.com") as other:
        for each in (page, other):
            await each.goto("/production/journeys/care")
            await shown(each, ["first", "mark", "last"])
        await expect(page.get_by_role("toolbar")).to_contain_text("Ben is here")
        await expect(other.get_by_role("toolbar")).to_contain_text("Ada Meyer is here")
        # what one changes, the other sees
        await other.locator("[data-step=mark]").focus()
        await other.keyboard.press("Delete")
        await shown(page, ["first", "last"])
        # both change the same, while one does not hear of the other yet
        await page.route(
            "**/api/drafts/journey/care",
            lambda route: route.abort() if route.request.method == "PUT" else route.continue_(),
        )
        await page.locator("[data-step=first]").click()
        await page.get_by_role("complementary").get_by_role("textbox", name="How long").fill("5")
        await expect(page.get_by_text("Not saved")).to_be_visible()
        await other.locator("[data-step=first]").click()
        await other.get_by_role("complementary").get_by_role("textbox", name="How long").fill("7")
        await expect(other.get_by_text("Draft saved")).to_be_visible()
        await expect(other.locator("[data-step=first]")).to_contain_text("7 days")
        await page.unroute("**/api/drafts/journey/care")
        await page.get_by_role("button", name="Try again").click()
        dialog = page.get_by_role("dialog", name="ben@example.com changed the same as you")
        await expect(dialog).to_contain_text("5 days")
        await expect(dialog).to_contain_text("7 days")
        await clean(page)
        await dialog.get_by_role("button", name="ben@example.com").click()
        await dialog.get_by_role("button", name="Go on with these").click()
        await expect(page.locator("[data-step=first]")).to_contain_text("7 days")
        await expect(page.get_by_text("Draft saved")).to_be_visible()


async def test_what_is_typed_while_two_edits_are_brought_together_stays(visit: Visit) -> None:
    page, server = visit
    await drafted(visit)
    await page.goto("/production/journeys/care")
    await page.locator("[data-step=last]").click()
    note = page.get_by_role("complementary").get_by_role("textbox", name="Note")
    await expect(note).to_be_visible()

    async def type_meanwhile(route: Route) -> None:
        await note.fill("Typed meanwhile.")
        await route.continue_()

    await page.route("**/api/drafts/merge", type_meanwhile, times=1)
    async with enter(server, "ben@example.com", "author") as ben:
        said = await ben.put(
            "/api/drafts/journey/care",
            json={"body": {**DOCUMENT, "name": "Care for them"}},
            headers={"if-match": (await ben.get("/api/drafts/journey/care")).headers["etag"]},
        )
        assert said.status_code == 200, said.text
    await expect(page.get_by_role("heading", name="Care for them")).to_be_visible()
    await expect(note).to_have_value("Typed meanwhile.")
    body = (await until(server, "/api/drafts/journey/care", lambda said: "Typed" in str(said["body"])))["body"]
    assert body["name"] == "Care for them"


async def test_two_people_in_one_message_see_each_other(visit: Visit) -> None:
    page, server = visit
    await seeded(visit, journeys={}, settings=SETTINGS)
    async with somebody_else(page, server, "ben@example.com") as other:
        for each in (page, other):
            await each.goto("/production/content/template/hello?view=code")
            await expect(each.get_by_role("textbox", name="Text of hello")).to_be_visible()
        await expect(page.get_by_text("Ben is here")).to_be_visible()
        await expect(other.get_by_text("Ada Meyer is here")).to_be_visible()
        await clean(page)
        text = other.get_by_role("textbox", name="Text of hello")
        await text.press("Control+End")
        await other.keyboard.insert_text("A word of Ben.")
        await expect(other.get_by_text("Draft saved")).to_be_visible()
        await expect(page.get_by_text("Ben has changed this meanwhile")).to_be_visible()
        await page.get_by_role("button", name="Show it").click()
        own = page.get_by_role("textbox", name="Text of hello")
        await expect(own).to_contain_text("A word of Ben.")
        # written by both while nobody tells: nothing is lost before one of them is chosen
        await page.route("**/api/around?*", lambda route: route.abort())
        await page.reload()
        await expect(own).to_contain_text("A word of Ben.")
        await text.press("Control+End")
        await other.keyboard.insert_text("Another.")
        await until(server, "/api/drafts/template/hello", lambda said: "Another." in said["body"]["text"])
        await own.press("Control+End")
        await page.keyboard.insert_text("Mine.")
        await expect(page.get_by_text("What you just changed is not saved")).to_be_visible()
        await expect(own).to_contain_text("Mine.")
        await clean(page)
        await page.get_by_role("button", name="Keep mine").click()
        await until(server, "/api/drafts/template/hello", lambda said: "Mine." in said["body"]["text"])
        await expect(page.get_by_text("Draft saved")).to_be_visible()
