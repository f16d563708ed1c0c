"""What was not sent, in the browser: on the report, in the panel of a step, and below why somebody is or is not in a journey."""

import re

from playwright.async_api import expect

from tests.browser.conftest import Visit, clean
from tidings.project.apply import put
from tidings.project.store import InForce


async def test_what_was_not_sent_stands_in_reports_panels_and_why(visit: Visit) -> None:
    page, server = visit
    steps = [{"id": "hello", "send": "hello"}, {"id": "settle", "wait": "9 days"}]
    document = {"journey": "n", "trigger": {"event": "Go"}, "exit": 'did "Stop" since entry', "steps": steps}
    template = {"version": 1, "format": "text", "text": "---\nchannel: sms\n---\nHi!"}
    body = {
        "journeys": {"n": {"version": 1, "status": "live", "document": document}},
        "templates": {"hello": template},
    }
    await put(server.database.pool, InForce(server.workspace), body)
    for user, events in (("Ann", ("Go", "Stop")), ("Ben", ("Go",))):
        await server.post("/v1/identify", {"userId": user, "traits": {"name": user}})
        for event in events:
            await server.post("/v1/track", {"userId": user, "event": event})
    while (await server.ask("/api/journeys/n")).json()["steps"][0]["dropped"] != 1:
        pass
    await page.goto("/production/reports/n")
    table = page.get_by_role("table", name="n, step by step")
    await expect(table.get_by_role("columnheader", name="Failed")).to_have_count(0)
    await table.get_by_role("button", name=re.compile("not sent, 1: who")).click()
    told = page.get_by_role("dialog")
    await expect(told).to_contain_text("Who was not sent it")
    await expect(told.get_by_role("listitem")).to_contain_text(["Ann the run ended"])
    await clean(page)
    await page.goto("/production/journeys/n?step=hello")
    await expect(page.get_by_role("region", name="Canvas").locator("[data-step=hello]")).to_contain_text("1 not sent")
    await page.get_by_role("button", name="1 Not sent", exact=True).click()
    await expect(page.get_by_role("region", name="Who was not sent it").get_by_role("listitem")).to_contain_text("Ann")
    await clean(page)
    await page.get_by_role("link", name="Ann").click()
    await page.get_by_role("combobox", name="Why, or why not").click()
    await page.get_by_role("option", name="n", exact=True).click()
    message = page.get_by_role("list", name="Its messages").get_by_role("listitem")
    await expect(message).to_contain_text("It was cancelled at")
    await expect(message).to_contain_text("before it was sent: the run ended")
    await clean(page)
