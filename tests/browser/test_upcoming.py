"""Upcoming: the calendar by month and week, a day opened, the list on a small screen, and what it does not know."""

import time
from datetime import UTC, date, datetime

from playwright.async_api import expect

from tests.browser.conftest import Visit, clean
from tests.project.test_upcoming import define, put, run
from tidings.kernel.times import DAY


async def test_what_will_be_sent_is_seen_by_day(visit: Visit) -> None:
    page, server = visit
    steps = [{"id": "w", "wait": "1 day"}, {"id": "a", "send": "tips"}, {"id": "x", "wait": "2 days"}]
    more = {"name": "Trial onboarding", "steps": [*steps, {"id": "b", "send": "offer", "only_if": 'plan = "trial"'}]}
    wake = time.time_ns() // 1000 + 3 * DAY
    day = datetime.fromtimestamp(wake / 1e6, UTC).date()
    async with server.database.pool.acquire() as connection:
        await define(connection, server.workspace, onboarding=(more, {}), orders=({}, {"status": "paused"}))
        await put(connection, server.workspace, *(({}, [run(n, wake, "onboarding")]) for n in range(3)))
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Upcoming").click()
    await expect(page.get_by_role("heading", level=1, name="Upcoming")).to_be_visible()
    await page.goto(f"/production/upcoming?view=month&from={day}")
    name = f"{_whole(day)}: 3 messages"
    await page.get_by_role("table", name="What will be sent, by day").get_by_role("button", name=name).click()
    opened = page.get_by_role("region", name=_whole(day))
    await expect(opened).to_contain_text("tips in Trial onboarding")
    await expect(opened).to_contain_text("People who wait at Wait: 1 day")
    unknown = page.get_by_role("region", name="What this does not know")
    await expect(unknown).to_contain_text("orders is paused: nothing is sent until somebody resumes it")
    await clean(page)
    await page.get_by_text("Week", exact=True).click()
    await expect(page.get_by_role("button", name=name)).to_be_visible()
    await page.set_viewport_size({"width": 390, "height": 800})
    await page.goto("/production/upcoming")
    await expect(page.get_by_role("region", name=_whole(day))).to_contain_text("tips")
    later = page.get_by_role("region").filter(has_text="offer").first
    await expect(later).to_contain_text("at most")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await clean(page)


def _whole(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"
