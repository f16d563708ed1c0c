"""The command palette: finds what a marketer would type, and does what they say."""

import re

from playwright.async_api import Page, expect

from tests.browser.conftest import EMAIL, PASSWORD, Visit, clean, sign_in
from tests.browser.test_lists import listed
from tidings.teams import password, store


async def typed(page: Page, text: str, first: str) -> None:
    """Open it and type; what fits best stands first and is taken by Enter."""
    await page.keyboard.press("ControlOrMeta+k")
    field = page.get_by_role("textbox", name="Go to a page, a journey")
    await field.fill(text)
    best = page.get_by_role("dialog").get_by_role("button").first
    await expect(best).to_have_accessible_name(first)
    await clean(page)
    await field.press("Enter")
    await expect(field).to_be_hidden()


async def test_it_does_what_is_said(visit: Visit) -> None:
    page, _ = visit
    await listed(visit)
    await typed(page, "pause say ho", "Pause Say ho…")
    dialog = page.get_by_role("dialog", name="Pause Say ho?")
    await dialog.get_by_role("button", name="Pause").click()
    await expect(page.get_by_text("Say ho is paused.")).to_be_visible()
    await expect(dialog).to_be_hidden()
    await typed(page, "unpause", "Resume Say ho…")
    await expect(page.get_by_role("dialog", name="Resume Say ho?")).to_be_visible()
    await page.keyboard.press("Escape")
    await typed(page, "create segment", "New segment")
    await page.get_by_role("dialog", name="New segment").get_by_role("textbox", name="Name").fill("Stuck")
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("heading", name="Stuck", level=1)).to_be_visible()
    await typed(page, "stop all", "Stop all sending…")
    await expect(page.get_by_role("dialog", name="Stop all sending")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("main")).to_be_focused()


async def test_it_finds_a_part_of_the_settings_by_what_is_set_there(visit: Visit) -> None:
    page, _ = visit
    await listed(visit)
    await typed(page, "smtp", "Senders and providers Settings")
    await expect(page.get_by_role("heading", name="Senders and providers", level=1)).to_be_visible()
    await typed(page, "invite", "Invite somebody")
    await page.get_by_role("dialog", name="Invite somebody").get_by_role("button", name="Cancel").click()
    await expect(page).not_to_have_url(re.compile("new="))


async def test_what_a_role_may_not_do_is_not_offered(stranger: Visit) -> None:
    page, server = stranger
    async with server.database.pool.acquire() as connection:
        id = await store.add_account(connection, EMAIL, "Ada Meyer", await password.hashed(PASSWORD))
        assert id is not None
        await store.set_member(connection, server.workspace, id, "viewer")
    await sign_in(page)
    await listed(stranger)
    await page.keyboard.press("ControlOrMeta+k")
    field = page.get_by_role("textbox", name="Go to a page, a journey")
    await field.fill("rehearse")
    await expect(page.get_by_role("button", name="Rehearse Say ho")).to_be_visible()
    for text in ("pause", "new segment", "stop all sending", "invite somebody"):
        await field.fill(text)
        await expect(page.get_by_role("dialog").get_by_text("Nothing is called that")).to_be_visible()
