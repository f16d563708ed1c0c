"""A journey drawn, published, changed with somebody inside, and edited by two; by pointer, by keyboard and as its file."""

import re
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Visit, clean
from tests.browser.test_journeys import BODY
from tidings.project.apply import put
from tidings.project.store import InForce

SETTINGS = {
    "workspace": "production",
    "sender": "team",
    "senders": {"team": {"email": "team@example.com"}},
    "channels": {"email": {"provider": "mailbox"}},
}
HOLDING = [
    {"id": "wait", "wait": "3 days"},
    {"id": "branch", "branch": [{"when": 'plan = "pro"', "steps": []}, {"otherwise": []}]},
]


async def seeded(visit: Visit, **more: Any) -> None:
    """A workspace that can send one message, and has seen who signs up."""
    await put(visit.server.database.pool, InForce(visit.server.workspace), {**BODY, "settings": SETTINGS, **more})


async def pick(page: Page, kind: str) -> None:
    """Choose a kind of step where one is asked for."""
    palette = page.get_by_role("dialog", name="Add a step")
    await palette.get_by_role("button", name=kind).click()
    await expect(palette).to_be_hidden()


async def seen_on_a_low_screen(page: Page, button: Locator) -> None:
    """It stays in view, where what it is about is longer than the screen."""
    size = page.viewport_size
    assert size is not None
    await page.set_viewport_size({"width": size["width"], "height": 360})
    await expect(button).to_be_in_viewport(ratio=1)
    await page.set_viewport_size(size)


async def begin(page: Page) -> Locator:
    """Begin a journey of whoever signs up; gives the panel of what is chosen."""
    await page.goto("/production/journeys")
    await page.get_by_role("button", name="New journey").first.click()
    await page.get_by_label("What is it called?").fill("Say hello")
    await page.get_by_role("button", name="Create").click()
    panel = page.get_by_role("complementary")
    await panel.get_by_role("combobox", name="Event", exact=True).fill("Signed Up")
    return panel


async def test_a_journey_is_drawn_published_and_somebody_goes_through_it(visit: Visit) -> None:
    page, server = visit
    await seeded(visit, journeys={})
    panel = await begin(page)
    canvas = page.get_by_role("region", name="Canvas")
    await clean(page)
    # a wait, a branch behind it, and a message on its first way
    await canvas.get_by_role("button", name="Add a step after trigger").click()
    await pick(page, "Wait Stays here")
    await panel.get_by_role("textbox", name="How long").fill("3")
    await expect(canvas.locator("[data-step=wait]")).to_contain_text("3 days")
    await canvas.get_by_role("button", name="Add a step after wait").click()
    await pick(page, "Branch")
    await panel.get_by_role("group", name="Way 1").get_by_role("button", name="As a sentence").click()
    await panel.get_by_role("textbox", name="When").fill('plan = "pro"')
    await expect(canvas.get_by_text('plan = "pro"')).to_be_visible()
    await canvas.get_by_role("button", name="Add a step after branch/0").click()
    await pick(page, "Send a message")
    await expect(page.get_by_role("button", name=re.compile("^1 problem"))).to_be_visible()
    await page.get_by_role("button", name="Publish…").click()
    await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("Message is still empty")
    await page.keyboard.press("Escape")
    await panel.get_by_role("combobox", name="Message").click()
    await page.get_by_role("option", name="hello: Hello").click()
    await expect(page.get_by_role("button", name="No problems")).to_be_visible()
    await expect(page.get_by_text("Draft saved")).to_be_visible()
    await clean(page)
    # publish
    await page.get_by_role("button", name="Publish…").click()
    dialog = page.get_by_role("dialog", name="Publish Say hello")
    await expect(dialog).to_contain_text("It goes live as version 1")
    await clean(page)
    await dialog.get_by_role("button", name="Publish").press("Enter")
    await expect(page.get_by_text("Version 1 of Say hello is published.")).to_be_visible()
    await expect(page.get_by_role("main")).to_be_focused()  # what had it is not there any more
    await expect(page.get_by_role("main")).to_contain_text("Version 1.")
    await server.post("/v1/identify", {"userId": "u", "traits": {"email": "u@example.com", "plan": "pro"}})
    await server.post("/v1/track", {"userId": "u", "event": "Signed Up"})
    await expect(canvas.locator("[data-step=wait]")).to_contain_text("1 waiting")


async def test_a_live_journey_is_changed_with_somebody_inside_and_brought_back(visit: Visit) -> None:
    page, server = visit
    hold = {"journey": "hey", "name": "Say hello", "trigger": {"event": "Signed Up"}, "steps": HOLDING}
    await seeded(visit, journeys={"hey": {"version": 1, "status": "live", "document": hold, "history": {"1": hold}}})
    await server.post("/v1/identify", {"userId": "u", "traits": {"email": "u@example.com", "plan": "pro"}})
    await server.post("/v1/track", {"userId": "u", "event": "Signed Up"})
    await page.goto("/production/journeys/hey")
    canvas = page.get_by_role("region", name="Canvas")
    await expect(canvas.locator("[data-step=wait]")).to_contain_text("1 waiting")
    # change it with somebody inside: the wait goes, and they are to move on
    await page.get_by_role("button", name="Edit", exact=True).click()
    await canvas.locator("[data-step=wait]").focus()
    await page.keyboard.press("Delete")
    await expect(canvas.locator("[data-step=wait]")).to_be_hidden()
    await page.get_by_role("button", name="Publish…").click()
    dialog = page.get_by_role("dialog", name="Publish changes to Say hello")
    await expect(dialog.get_by_role("region", name="What changes")).to_contain_text("removed")
    inside = dialog.get_by_role("region", name="People inside")
    await expect(inside).to_contain_text("They finish on version 1, with the messages it has.")
    await expect(inside.get_by_role("link", name="u@example.com")).to_be_visible()
    await inside.get_by_role("combobox", name="People at Wait: 3 days", exact=True).click()
    await page.get_by_role("option", name="Move to a step").click()
    await expect(inside).to_contain_text("They move to Branch: 2 ways and go on from there.")
    await clean(page)
    await seen_on_a_low_screen(page, dialog.get_by_role("button", name="Publish"))
    await dialog.get_by_role("button", name="Publish").click()
    await expect(page.get_by_text("Version 2 of Say hello is published.")).to_be_visible()
    await expect(page.get_by_role("main")).to_contain_text("1 went through to the end")
    # the way back, and holding it
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Versions").click()
    versions = page.get_by_role("dialog", name="Versions")
    await expect(versions.get_by_role("listitem").first).to_contain_text("Version 2")
    await expect(page).to_have_url(re.compile("versions=true"))
    await clean(page)
    await versions.get_by_role("searchbox").fill("qqqq")
    await versions.get_by_role("button", name="Clear the search").click()
    await versions.get_by_role("combobox", name="Order").click()
    await page.get_by_role("option", name="Oldest first").click()
    await expect(versions.get_by_role("listitem").first).to_contain_text("Version 1")
    await versions.get_by_role("heading", name="Versions").click()
    await page.keyboard.press("j")
    await expect(versions.get_by_text("Version 1", exact=True)).to_be_focused()
    await versions.get_by_role("button", name="Bring it back").click()
    await page.get_by_role("dialog", name="Bring back version 1").get_by_role("button", name="Bring it back").click()
    await expect(page.get_by_role("main")).to_contain_text("Version 3.")
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Pause…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    await expect(page.get_by_role("main")).to_contain_text("Paused")
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Resume…").click()
    await page.get_by_role("radio", name="Shift everything").click()
    await clean(page)
    await page.get_by_role("dialog").get_by_role("button", name="Resume").click()
    await expect(page.get_by_role("main")).to_contain_text("Live")
    # everything but the sending
    for asks, says in (("Put in shadow", "Live, in shadow"), ("Let it send", "Live")):
        await page.get_by_role("button", name="More").click()
        await page.get_by_role("menuitem", name=asks).click()
        await page.get_by_role("dialog").get_by_role("button", name=asks).click()
        await expect(page.get_by_role("main").get_by_text(says, exact=True).first).to_be_visible()
        told = page.get_by_role("link", name="See what it would have sent")
        await (expect(told).to_be_visible() if "shadow" in says else expect(told).to_be_hidden())
        await clean(page)
    # closed, nobody is expected; stopped, there is nothing to edit
    plan = f"/api/journeys/{(await server.ask('/api/journeys')).json()['journeys'][0]['journey']}/plan"
    for asks, does, nth in (("Close…", "Close", 1), ("Stop…", "Stop for everybody", 0)):
        await page.get_by_role("button", name="More").click()
        await page.get_by_role("menuitem", name=asks).click()
        await page.get_by_role("dialog").get_by_role("button", name=does).nth(nth).click()
        await expect(page.get_by_role("dialog")).to_be_hidden()
        assert (await server.ask(plan, "POST", json={"version": 1})).json()["forecast"] is None
    await expect(page.get_by_role("main")).to_contain_text("It was stopped: nobody comes in any more")
    await expect(page.get_by_role("button", name="Edit")).to_have_count(0)
    await clean(page)


async def test_a_new_journey_begins_in_shadow(visit: Visit) -> None:
    page, server = visit
    await seeded(visit, journeys={})
    panel = await begin(page)
    await page.get_by_role("button", name="Add a step after trigger").click()
    await pick(page, "Send a message")
    await panel.get_by_role("combobox", name="Message").click()
    await page.get_by_role("option", name="hello: Hello").click()
    await expect(page.get_by_text("Draft saved")).to_be_visible()
    await page.get_by_role("button", name="Publish…").click()
    dialog = page.get_by_role("dialog", name="Publish Say hello")
    await dialog.get_by_role("switch", name="Begin in shadow").check()
    await clean(page)
    await dialog.get_by_role("button", name="Publish").click()
    await expect(page.get_by_text("Say hello is live in shadow: it sends nothing.")).to_be_visible()
    await expect(page.get_by_role("main").get_by_text("Live, in shadow", exact=True).first).to_be_visible()
    await expect(page.get_by_role("link", name="See what it would have sent")).to_be_visible()
    assert (await server.ask("/api/journeys/say-hello")).json()["shadow"]


async def test_times_are_chosen_and_a_way_says_what_it_lacks(visit: Visit) -> None:
    page, _ = visit
    await seeded(visit, journeys={})
    await page.goto("/production/journeys")
    await page.get_by_role("button", name="New journey").first.click()
    await page.get_by_label("What is it called?").fill("At nine")
    await page.get_by_role("button", name="Create").click()
    canvas, panel = page.get_by_role("region", name="Canvas"), page.get_by_role("main").get_by_role("complementary")
    # a schedule is picked, not spelled
    await panel.get_by_role("combobox", name="Starts when").click()
    await page.get_by_role("option", name="A time comes, again and again").click()
    await panel.get_by_role("combobox", name="When", exact=True).click()
    await page.get_by_role("option", name="Every month").click()
    await panel.get_by_role("combobox", name="When: day of the month").click()
    await page.get_by_role("option", name="On the last day").click()
    await expect(canvas.locator("[data-step=trigger]")).to_contain_text("every month on the last day at 09:00")
    # what is wrong is said in the words of the form, not of the file
    lacks = re.compile("^A schedule comes again, .*write “May come again: always”, or “May come again: never”")
    await expect(panel.get_by_text(lacks)).to_be_visible()
    # of a time only what belongs to it is asked
    await canvas.get_by_role("button", name="Add a step after trigger").click()
    await pick(page, "Wait for a time")
    await expect(panel.get_by_label("Time of day")).to_have_value("09:00")
    await expect(panel.get_by_label("If it has passed")).to_have_count(0)
    await panel.get_by_role("combobox", name="Until").click()
    await page.get_by_role("option", name="A date that each person has").click()
    await expect(panel.get_by_text("Attribute is still empty")).to_be_visible()
    await panel.get_by_role("combobox", name="Attribute").fill("renews_at")
    await panel.get_by_role("combobox", name="Before or after that date").click()
    await page.get_by_role("option", name="Before it").click()
    card = canvas.locator("[data-step=wait-for-time]")
    await expect(card).to_contain_text("until 3 days before renews_at, at 09:00")
    await clean(page)
    # a branch's fault stands at its way, and nowhere else
    await canvas.get_by_role("button", name="Add a step after wait-for-time").click()
    await pick(page, "Branch")
    way = panel.get_by_role("group", name="Way 1")
    await expect(way.get_by_role("alert")).to_have_text("Way 1: “When” is still empty")
    await expect(panel.get_by_role("alert")).to_have_count(1)
    # who is held out is drawn
    await canvas.get_by_role("button", name="Add a step after branch/join").click()
    await pick(page, "Split by chance")
    await panel.get_by_role("button", name="Hold some out").click()
    await expect(canvas.get_by_text("10 % held out")).to_be_visible()
    await expect(panel.get_by_role("group", name="Way 1")).to_contain_text("Way 1, 45 %")
    await clean(page)


async def test_a_goal_is_one_of_two_things_and_what_is_wrong_with_it_is_gone_to(visit: Visit) -> None:
    page, _ = visit
    await page.set_viewport_size({"width": 1280, "height": 720})
    split = {"id": "s", "split": [{"share": 1, "steps": []}, {"share": 1, "steps": []}, {"holdout": 1}]}
    document = {"journey": "hey", "trigger": {"event": "Signed Up"}, "steps": [split, *HOLDING]}
    await seeded(visit, journeys={"hey": {"version": 1, "status": "live", "document": document}})
    await page.goto("/production/journeys/hey?draft=true&step=trigger")
    canvas, panel = page.get_by_role("region", name="Canvas"), page.get_by_role("main").get_by_role("complementary")
    # beside the panel all ways are in view
    room = await canvas.bounding_box()
    for n in range(2):
        await expect(canvas.get_by_role("button", name=f"Add a step after s/{n}")).to_be_visible()
    for text in (await canvas.get_by_text("33.3 %").all(), await canvas.get_by_text("33.3 % held out").all()):
        for each in text:
            box = await each.bounding_box()
            assert room is not None
            assert box is not None
            assert room["x"] <= box["x"]
            assert box["x"] + box["width"] <= room["x"] + room["width"]
    goal = panel.get_by_role("group", name="Goal")
    await goal.get_by_role("switch", name="Goal").check()
    await expect(page.get_by_role("button", name=re.compile("^1 problem"))).to_be_visible()
    # another step is read from its top
    await canvas.locator("[data-step=s]").click()
    await expect(panel.get_by_role("heading", name="Split by chance")).to_be_in_viewport()
    await page.get_by_role("button", name=re.compile("^1 problem")).click()
    await page.get_by_role("button", name="The journey: Goal: “Event” is still empty").click()
    event = goal.get_by_role("combobox", name="Event", exact=True)
    await expect(event).to_be_focused()
    await expect(event).to_be_in_viewport()
    await clean(page)
    await event.fill("Bought")
    await goal.get_by_role("textbox", name="Worth").fill("total")
    await goal.get_by_role("textbox", name="Currency").fill("EUR")
    await expect(page.get_by_role("button", name="No problems")).to_be_visible()
    await goal.get_by_role("combobox", name="Goal", exact=True).click()
    await page.get_by_role("option", name="A rule becomes true of them").click()
    await expect(goal.get_by_role("textbox", name="Worth")).to_have_count(0)
    await expect(page.get_by_role("button", name=re.compile("^1 problem"))).to_be_visible()


async def test_a_version_is_let_in_step_by_step(visit: Visit) -> None:
    page, server = visit
    hold = {"journey": "hey", "name": "Say hello", "trigger": {"event": "Signed Up"}, "steps": HOLDING}
    await seeded(visit, journeys={"hey": {"version": 1, "status": "live", "document": hold, "history": {"1": hold}}})
    await page.goto("/production/journeys/hey?draft=true")
    await page.get_by_role("region", name="Canvas").locator("[data-step=wait]").focus()
    await page.keyboard.press("Delete")
    await page.get_by_role("button", name="Publish…").click()
    dialog = page.get_by_role("dialog", name="Publish changes to Say hello")
    await dialog.get_by_role("combobox", name="Let people in").click()
    await page.get_by_role("option", name="1 %, 10 %, then everybody: on each time somebody says so").click()
    await dialog.get_by_role("button", name="Publish").click()
    ramp = page.get_by_role("status", name="How many are let in")
    await expect(ramp).to_contain_text("It lets in 1 % of the people it starts for.")
    await ramp.get_by_role("button", name="Next stage").click()
    await expect(ramp).to_contain_text("It lets in 10 % of the people it starts for.")
    await clean(page)
    await ramp.get_by_role("button", name="Let everybody in").click()
    await expect(page.get_by_text("Everybody is let in from now on.")).to_be_visible()
    await expect(ramp).to_have_count(0)
    assert (await server.ask("/api/journeys/hey/ramp")).json()["share"] == "100%"


async def test_a_ramp_that_was_stopped_says_why_and_goes_on_all_the_same(visit: Visit) -> None:
    page, server = visit
    hold = {"journey": "hey", "name": "Say hello", "trigger": {"event": "Signed Up"}, "steps": HOLDING}
    why = "3 of 40 messages came back, more than 5%"
    ramp = {"stages": [[0.1, 0], [1, 0]], "began": 1, "stage": 0, "since": 1, "stopped": 5, "why": why}
    entry = {"version": 1, "status": "paused", "document": hold, "history": {"1": hold}, "ramp": ramp}
    await seeded(visit, journeys={"hey": entry})
    await page.goto("/production/journeys/hey")
    told = page.get_by_role("status", name="How many are let in")
    await expect(told).to_contain_text(f"It was stopped while 10 % of people were let in, and is paused: {why}.")
    await clean(page)
    await told.get_by_role("button", name="Go on all the same").click()
    await expect(told).to_contain_text("It lets in 10 % of the people it starts for.")
    assert (await server.ask("/api/journeys/hey")).json()["status"] == "live"
