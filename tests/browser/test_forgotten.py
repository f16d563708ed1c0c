"""A forgotten password in the browser: from the sign-in page by a mailed link to a new one, and where nothing sends mail."""

import re

from playwright.async_api import Browser, Page, expect

from tests.api.serving import serving
from tests.api.test_forgotten import NEW, sends_mail
from tests.api.test_management import enter
from tests.browser.conftest import EMAIL, Visit, clean, visiting
from tests.conftest import Database
from tests.delivery.post import taking


async def fits(page: Page) -> None:
    """Hold the page against WCAG, and against running over on a telephone."""
    await clean(page)
    await page.set_viewport_size({"width": 390, "height": 800})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.set_viewport_size({"width": 1280, "height": 800})


async def ask(page: Page) -> None:
    await page.goto("/login")
    await page.get_by_role("textbox", name="Email").fill(EMAIL)
    await page.get_by_role("button", name="Forgot your password?").click()
    await expect(page.get_by_role("textbox", name="Email")).to_have_value(EMAIL)
    await fits(page)
    await page.get_by_role("button", name="Mail me a link").click()


async def test_somebody_who_forgot_their_password_chooses_another(chromium: Browser, database: Database) -> None:
    async with (
        taking() as post,
        serving(database, mail_networks=("127.0.0.0/8",)) as server,
        enter(server, EMAIL) as owner,
        visiting(chromium, server) as (page, _),
    ):
        await sends_mail(owner, post.settings)
        await ask(page)
        await expect(page.get_by_role("status")).to_contain_text(
            "If somebody here has this address, a link is on its way."
        )
        await expect(page.get_by_label("The command")).to_have_text(f"tidings account reset {EMAIL}")
        await fits(page)
        await post.until(1)
        (link,) = re.findall(re.escape(server.url) + r"/password#\S+", post.mails[0].get_content())
        await page.goto(link)
        await expect(page.get_by_text(f"For {EMAIL}.")).to_be_visible()
        await page.get_by_role("textbox", name="New password").fill("short")
        await page.get_by_role("button", name="Set the password").click()
        await expect(page.get_by_text("The password needs at least 10 characters.")).to_be_visible()
        await fits(page)
        await page.get_by_role("textbox", name="New password").fill(NEW)
        await page.get_by_role("button", name="Set the password").click()
        await expect(page.get_by_role("heading", name="Your password is changed")).to_be_visible()
        await fits(page)
        await page.get_by_role("link", name="Sign in").click()
        await page.get_by_role("textbox", name="Email").fill(EMAIL)
        await page.get_by_role("textbox", name="Password").fill(NEW)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("navigation", name="Main").wait_for()
        await page.goto("/password")
        await page.goto(link)  # pasted where the page stands already
        await expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()
        await fits(page)
        await page.get_by_role("link", name="Ask for a new one").click()
        await expect(page.get_by_role("heading", name="Forgot your password?")).to_be_visible()


async def test_where_nothing_sends_mail_the_page_says_who_can_make_a_link(visit: Visit) -> None:
    page, _ = visit
    await page.context.clear_cookies()
    await ask(page)
    await expect(page.get_by_role("status")).to_have_text("No workspace here sends mail, so no link can be mailed.")
    await expect(page.get_by_label("The command")).to_have_text(f"tidings account reset {EMAIL}")
    await fits(page)
