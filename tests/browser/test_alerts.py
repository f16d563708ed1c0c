"""Alerts: one chooses to be told, Slack's address is given and taken away, a test says what became of it."""

import re

from playwright.async_api import expect

from tests.browser.conftest import Visit, clean


async def test_who_is_told_is_chosen_and_tried(visit: Visit) -> None:
    page, server = visit
    await server.database.execute(
        "INSERT INTO incidents (workspace, key, says, place, grave, began, seen) "
        "VALUES ($1, 'rejected', '3 records could not be applied', 'data/rejected', true, 1, 1)",
        server.workspace,
    )
    await page.goto("/production/settings/alerts")
    mail = page.get_by_role("region", name="What is told")
    await mail.get_by_role("button", name="What is urgent").click()
    await expect(mail).to_contain_text("Told by mail now: ada@example.com (4 of 8)")
    await mail.get_by_role("checkbox", name="Mail to you: Records could not be applied").click()
    await expect(mail).to_contain_text("Told by mail now: ada@example.com (5 of 8)")
    await expect(mail.get_by_role("checkbox", name="Slack: Mail bounces")).to_be_disabled()
    await mail.get_by_role("button", name="Send me a test").click()
    await expect(page.get_by_text("email has no provider in this workspace yet")).to_be_visible()
    slack = page.get_by_role("region", name="Slack")
    await slack.get_by_label("Webhook address").fill("hooks.slack.com")
    await slack.get_by_role("button", name="Save").click()
    await expect(slack.get_by_text("The address begins with https://.")).to_be_visible()
    await slack.get_by_label("Webhook address").fill("https://hooks.slack.com/services/T0/B0/abcdefWXYZ")
    await slack.get_by_role("button", name="Save").click()
    await expect(slack).to_contain_text("…WXYZ")
    await expect(mail.get_by_role("checkbox", name="Slack: Mail bounces")).to_be_checked()
    async with page.expect_response(lambda answer: answer.url.endswith("/api/alerts/slack/kinds")):
        await mail.get_by_role("checkbox", name="Slack: Mail bounces").click()
    await page.reload()
    await expect(mail.get_by_role("checkbox", name="Slack: Mail bounces")).not_to_be_checked()
    await expect(mail.get_by_role("checkbox", name="Slack: A provider refuses messages")).to_be_checked()
    await expect(page.get_by_role("link", name="3 records could not be applied")).to_be_visible()
    lately = page.get_by_role("region", name="What happened lately")
    await page.get_by_role("searchbox", name="Search what happened").fill("nothing of it")
    await expect(page.get_by_text("Nothing is found for “nothing of it”")).to_be_visible()
    await page.get_by_role("button", name="Clear the search").click()
    await lately.locator("th", has_text="Began").click()
    await expect(page).to_have_url(re.compile("sort=-began"))
    await expect(lately.get_by_text("it lasts")).to_be_visible()
    await clean(page)
    await page.set_viewport_size({"width": 390, "height": 800})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await slack.get_by_role("button", name="Stop").click()
    await expect(slack.get_by_text("…WXYZ")).to_be_hidden()
