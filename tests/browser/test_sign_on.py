"""Single sign-on in the browser: an owner sets it up, somebody signs in through it, and is told why where that is refused."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.api.oidc import CLIENT, SECRET, providing
from tests.api.serving import serving
from tests.browser.conftest import EMAIL, PASSWORD, Visit, clean, sign_in, visiting
from tests.conftest import Database
from tidings.teams import password, store


@pytest.fixture
async def owner(chromium: Browser, database: Database) -> AsyncIterator[Visit]:
    """The owner's browser, on a server that asks providers on this machine."""
    async with (
        serving(database, sign_on_networks=("127.0.0.0/8",)) as server,
        visiting(chromium, server) as visit,
    ):
        async with database.pool.acquire() as connection:
            id = await store.add_account(connection, EMAIL, "Ada Meyer", await password.hashed(PASSWORD))
            assert id is not None
            await store.set_member(connection, server.workspace, id, "owner")
        await sign_in(visit.page)
        yield visit


async def test_somebody_signs_in_through_the_provider_an_owner_set_up(owner: Visit, chromium: Browser) -> None:
    page, server = owner
    async with providing() as provider:
        provider.asks = True
        provider.person |= {"email": "grace@acme.example", "name": "Grace Hopper"}
        await page.goto("/production/settings/sign-on")
        await page.get_by_role("textbox", name="What people call it").fill("Acme")
        await page.get_by_role("textbox", name="Issuer").fill("accounts.google.com")
        await page.get_by_role("textbox", name="Client ID").focus()
        await expect(page.get_by_role("textbox", name="Issuer")).to_have_value("https://accounts.google.com")
        await page.get_by_role("textbox", name="Issuer").fill(provider.url + "/elsewhere")
        await page.get_by_role("button", name="Test").click()
        await expect(page.get_by_text("discovery document answered 404")).to_be_visible()
        await page.get_by_role("textbox", name="Issuer").fill(provider.url)
        await page.get_by_role("button", name="Test").click()
        await expect(page.get_by_text("The provider answers as it should.")).to_be_visible()
        await page.get_by_role("textbox", name="Client ID").fill(CLIENT)
        await page.get_by_role("textbox", name="Client secret").fill(SECRET)
        await page.get_by_role("combobox", name="Domains").fill("acme.example")
        await page.get_by_role("combobox", name="Domains").press("Enter")
        await page.get_by_role("combobox", name="Who joins without an invitation").click()
        await page.get_by_role("option", name="as author").click()
        await clean(page)
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("Nobody has signed in this way yet.")).to_be_visible()
        assert SECRET not in await page.content()
        provider.redirect = (await page.get_by_label("Redirect address").inner_text()).strip()

        context = await chromium.new_context(base_url=server.url, reduced_motion="reduce")
        try:
            other = await context.new_page()
            await other.goto("/production/settings/account")
            await other.get_by_role("textbox", name="Email").fill("grace@acme.example")
            button = other.get_by_role("button", name="Sign in with Acme")
            await button.wait_for()
            await clean(other)
            await button.click()
            await other.get_by_role("link", name="Continue as Ada").click()
            await other.get_by_role("heading", level=1, name="Your account").wait_for()
            await expect(other.get_by_text("You have none: your provider says who you are")).to_be_visible()
            await clean(other)
            await other.goto(f"{provider.redirect}?state=x&code=1e5")
            await expect(other.get_by_role("alert")).to_contain_text("was not begun in this browser")
            await clean(other)
        finally:
            await context.close()

        await page.reload()
        linked = page.get_by_role("region", name="Linked accounts")
        await expect(linked.get_by_text("grace@acme.example")).to_be_visible()
        await clean(page)
        await page.set_viewport_size({"width": 390, "height": 800})
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await linked.get_by_role("button", name="Unlink Grace Hopper").click()
        await page.get_by_role("dialog", name="Unlink Grace Hopper?").get_by_role("button", name="Unlink").click()
        await expect(linked.get_by_text("Nobody has signed in this way yet.")).to_be_visible()
