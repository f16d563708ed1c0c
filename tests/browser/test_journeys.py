"""Journeys: listed, drawn with live numbers, walked by keyboard, read as a list."""

import re
from typing import Any

from playwright.async_api import expect

from tests.browser.conftest import Visit, clean
from tidings.project.apply import put
from tidings.project.store import InForce

TEMPLATE = {"version": 1, "format": "html", "text": "---\nchannel: email\nsubject: Hello\n---\nHello"}
STEPS = [
    {"id": "hello", "name": "A first hello", "send": "hello"},
    {"id": "settle", "wait": "3 days"},
    {
        "id": "plan",
        "branch": [
            {"when": 'plan = "pro"', "steps": [{"id": "pro", "send": "hello", "only_if": "email is present"}]},
            {"when": 'plan = "team" and did "Project Created" within 3 days', "steps": []},
            {"otherwise": [{"id": "free", "wait_until": 'did "Project Created"', "at_most": "7 days"}]},
        ],
    },
    {"id": "tips", "split": [{"share": 70, "steps": [{"id": "note", "send": "hello"}]}, {"share": 30, "steps": []}]},
    {"id": "mark", "set": {"onboarded": True}},
]
DOCUMENT = {"journey": "onboarding", "name": "Onboarding", "trigger": {"event": "Signed Up"}, "steps": STEPS}
BODY: dict[str, Any] = {
    "templates": {"hello": TEMPLATE},
    "journeys": {"onboarding": {"version": 1, "status": "live", "document": DOCUMENT}},
}


async def test_a_journey_is_drawn_walked_and_read(visit: Visit) -> None:
    page, server = visit
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Journeys").click()
    await expect(page.get_by_text("No journeys yet")).to_be_visible()
    await clean(page)
    await put(server.database.pool, InForce(server.workspace), BODY)
    for n in range(3):
        traits = {"email": f"p{n}@example.com", "name": f"Person {n}"}
        await server.post("/v1/identify", {"userId": f"u{n}", "traits": traits})
        await server.post("/v1/track", {"userId": f"u{n}", "event": "Signed Up"})
    await page.reload()
    await expect(page.get_by_role("row", name="Onboarding")).to_contain_text("Live")
    await clean(page)
    await page.get_by_role("link", name="Onboarding").click()
    canvas = page.get_by_role("region", name="Canvas")
    waiting = canvas.get_by_role("button").filter(has_text="3 waiting")
    await expect(waiting).to_be_visible()
    await expect(canvas.get_by_role("button").filter(has_text="3 entered")).to_be_visible()
    await expect(page.get_by_role("img", name="Small map of the journey")).to_be_visible()
    await clean(page)
    # by keyboard: the arrow goes to the next step, Enter opens its panel, Escape leads back to it
    await canvas.locator("[data-step=trigger]").focus()
    id = await waiting.get_attribute("data-step")
    for _ in range(20):
        if await page.evaluate("document.activeElement.dataset.step") == id:
            break
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    panel = page.get_by_role("complementary").filter(has_text="Here now")
    await expect(panel.get_by_role("region", name="People here now").get_by_role("link")).to_have_count(3)
    assert f"step={id}" in page.url
    await clean(page)
    await page.emulate_media(color_scheme="dark")
    await expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    await expect(page.locator(".react-flow.dark")).to_be_visible()
    await clean(page)
    await page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    assert await page.evaluate("document.activeElement.dataset.step") == id
    # the same in words
    await page.get_by_text("List", exact=True).click()
    steps = page.get_by_role("region", name="Steps")
    await expect(steps.get_by_role("listitem").filter(has_text="3 waiting").first).to_be_visible()
    await clean(page)
    await page.set_viewport_size({"width": 390, "height": 800})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    # each number leads to the people behind it, on the step and in the report
    await page.goto("/production/journeys/onboarding?step=hello")
    await page.get_by_role("complementary").get_by_role("button", name="3 Passed").click()
    await expect(page.get_by_role("region", name="Who went past it").get_by_role("link")).to_have_count(3)
    passed = page.get_by_role("region", name="Who went past it")
    await passed.get_by_role("searchbox").fill("p1@")
    await expect(passed.get_by_role("link")).to_have_text(["Person 1"])
    await passed.get_by_role("searchbox").fill("")
    for order, names in (("Oldest first", [0, 1, 2]), ("Newest first", [2, 1, 0]), ("By name", [0, 1, 2])):
        await passed.get_by_role("combobox", name="Order").click()
        await page.get_by_role("option", name=order).click()
        await expect(passed.get_by_role("link")).to_have_text([f"Person {n}" for n in names])
    await page.reload()  # as whoever gets the address sees it
    await expect(passed.get_by_role("link")).to_have_text([f"Person {n}" for n in range(3)])
    await expect(passed.get_by_role("combobox", name="Order")).to_have_value("By name")
    await passed.get_by_role("searchbox").fill("nobody")
    await expect(passed.get_by_text("Nothing is found for “nobody”")).to_be_visible()
    await clean(page)
    await page.set_viewport_size({"width": 1440, "height": 900})
    await page.goto("/production/journeys/onboarding")
    # everybody in it, with the step each stands at; and a step found by its words
    await page.get_by_role("button", name="3 people in it now").click()
    standing = page.get_by_role("region", name="People in it now").get_by_role("listitem")
    await expect(standing).to_have_count(3)
    await expect(standing.first.get_by_role("link").last).to_have_attribute("href", re.compile(r"step="))
    await page.keyboard.press("Escape")
    await page.get_by_role("combobox", name="Find a step").fill("first hello")
    await page.get_by_role("option").first.click()
    await expect(page).to_have_url(re.compile(r"step="))
    await page.goto("/production/reports/onboarding")
    await page.get_by_role("button", name="In it now, 3: who").click()
    inside = page.get_by_role("dialog", name="Onboarding")
    await expect(inside.get_by_role("region", name="People in it now").get_by_role("listitem")).to_have_count(3)
    await page.reload()
    await expect(inside.get_by_role("region", name="People in it now").get_by_role("listitem")).to_have_count(3)
    await page.keyboard.press("Escape")
    await expect(inside).to_be_hidden()
    await expect(page).not_to_have_url(re.compile("who="))
    # hour by hour: the whole journey, then a step; the figures stand in a table too
    hours = page.get_by_role("region", name="By hour")
    await expect(hours.get_by_role("img", name=re.compile("Onboarding by hour: 3 entered"))).to_be_visible()
    await hours.get_by_role("button", name="Show as a table").click()
    await hours.get_by_role("combobox", name="Step").click()
    await page.get_by_role("option", name=re.compile("first hello")).click()
    await expect(hours.get_by_role("columnheader", name="Went past it")).to_be_visible()
    async with page.expect_download() as file:
        await hours.get_by_role("button", name=re.compile("CSV of Onboarding by hour, .*first hello")).click()
    lines = (await (await file.value).path()).read_text(encoding="utf-8-sig").splitlines()
    assert (lines[0].split(",")[0], len(lines)) == ("hour", 49)
    past = lines[0].split(",").index("Went past it")
    assert sum(int(line.split(",")[past]) for line in lines[1:]) == 3
    await clean(page)
    # on a telephone each line is a card, and none is wider than the page
    await page.set_viewport_size({"width": 390, "height": 800})
    for name in ("By version", "Onboarding, step by step"):
        await expect(page.get_by_role("list", name=name).get_by_role("listitem").first).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await clean(page)
    await page.set_viewport_size({"width": 1440, "height": 900})
    await page.get_by_role("button", name=re.compile("first hello.*: went past it, 3: who")).click()
    behind = page.get_by_role("dialog", name=re.compile("^Onboarding: .*hello"))
    await expect(behind.get_by_role("link")).to_have_count(3)
    await clean(page)
    await behind.get_by_role("link", name="Person 0").click()
    await expect(page.get_by_role("heading", name="Person 0")).to_be_visible()
