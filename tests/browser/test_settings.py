"""Settings, as somebody who sets a workspace up walks through them: first account, second factor, team, keys, sending, approval, log."""

import asyncio
import re
from io import BytesIO
from zipfile import ZipFile

import pyotp
from playwright.async_api import Page, Route, expect

from tests.api.serving import KEY
from tests.api.test_management import enter
from tests.browser.conftest import PASSWORD, Visit, clean, visiting
from tidings.settings import Settings
from tidings.teams import audit, store
from tidings.teams.audit import Actor
from tidings.teams.key import installation_key, setup_code


async def go(page: Page, place: str) -> None:
    await page.get_by_role("navigation", name="Settings").get_by_role("link", name=place).click()
    await page.get_by_role("heading", level=1, name=place).wait_for()


async def test_the_first_account_is_made_by_whoever_holds_the_code(stranger: Visit) -> None:
    page, _ = stranger
    await page.goto(f"/login#{setup_code(installation_key(Settings(key=KEY)))}")
    await page.get_by_role("textbox", name="Your name").fill("Ada Meyer")
    await page.get_by_role("textbox", name="Email").fill("ada@example.com")
    await page.get_by_role("textbox", name="Password").fill(PASSWORD)
    await clean(page)
    code = page.get_by_role("textbox", name="Set-up code")
    right = await code.input_value()
    await code.fill("abcd-abcd-abcd")
    await page.get_by_role("button", name="Create the owner").click()
    await expect(page.get_by_text("This is not the code of this installation")).to_be_visible()
    await code.fill(right)
    await page.get_by_role("button", name="Create the owner").click()
    await page.get_by_role("navigation", name="Main").wait_for()


async def test_an_account_gets_a_second_factor_and_a_new_password(visit: Visit) -> None:
    page, _ = visit
    await page.goto("/production/settings")
    await page.get_by_role("button", name="Turn it on").click()
    dialog = page.get_by_role("dialog", name="Turn two-factor on")
    await expect(dialog.get_by_role("img", name="QR code")).to_be_visible()
    secret = await dialog.locator("code").first.inner_text()
    await dialog.get_by_role("textbox", name="Code of the app").fill(pyotp.TOTP(secret).now())
    await dialog.get_by_role("textbox", name="Your password").fill(PASSWORD)
    await clean(page)
    await dialog.get_by_role("button", name="Turn it on").click()
    await expect(dialog.locator("code")).to_have_count(10)
    await dialog.get_by_role("button", name="I kept them").click()
    await expect(page.get_by_role("region", name="Two-factor").get_by_text("On", exact=True)).to_be_visible()
    await page.get_by_role("textbox", name="Present password").fill("wrong wrong wrong")
    await page.get_by_role("textbox", name="New password").fill("another horse battery")
    await page.get_by_role("button", name="Change").click()
    await expect(page.get_by_text("Wrong password.")).to_be_visible()
    await page.get_by_role("textbox", name="Present password").fill(PASSWORD)
    await page.get_by_role("button", name="Change").click()
    await expect(page.get_by_text("Your password was changed")).to_be_visible()
    await expect(page.get_by_text("This one")).to_be_visible()
    await clean(page)


async def test_a_team_is_invited_and_a_key_shown_once(visit: Visit) -> None:
    page, server = visit
    await page.goto("/production/settings")
    await go(page, "People and roles")
    await page.get_by_role("button", name="Invite somebody").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("textbox", name="Email").fill("grace@example.com")
    await dialog.get_by_role("combobox", name="Role").click()
    await page.get_by_role("option", name="Viewer").click()
    await dialog.get_by_role("button", name="Invite", exact=True).click()
    await expect(dialog.get_by_text("It was not mailed: Email has no provider in this workspace yet.")).to_be_visible()
    link = (await dialog.get_by_label("The link").inner_text()).strip()
    await dialog.get_by_role("button", name="Done").click()
    assert page.context.browser is not None
    async with visiting(page.context.browser, server) as (other, _):
        await other.goto(link)
        await other.get_by_role("textbox", name="Your name").fill("Grace")
        await other.get_by_role("textbox", name="Choose a password").fill(PASSWORD)
        await other.get_by_role("button", name="Join").click()
        await expect(other.get_by_role("navigation", name="Main")).to_be_visible()
        await expect(other).to_have_url(f"{server.url}/production")
        await other.goto("/production/people/import")
        await expect(other.get_by_text("Your role here does not let you import people.")).to_be_visible()
        await expect(other.get_by_role("main").get_by_role("button")).to_have_count(0)
        parts = {"settings/keys": "API keys", "settings/audit": "Audit log", "data/sources": "Sources"}
        for path, label in parts.items():
            await other.goto(f"/production/{path}")
            await expect(other.get_by_role("heading", name=f"“{label}” is not for your role here")).to_be_visible()
            await expect(other.get_by_role("main").get_by_role("button")).to_have_count(0)
            await expect(other.get_by_role("main").get_by_role("link", name=label)).to_have_count(0)
    async with server.database.pool.acquire() as connection:
        before = {"name": "Say farewell"}
        await audit.note(
            connection, server.workspace, Actor(None, "a key"), "deleted", "draft of journey", "bye", before=before
        )
    await page.goto("/production/settings/audit")
    await expect(page.get_by_text("a key deleted draft of journey Say farewell bye")).to_be_visible()
    await page.get_by_role("link", name="grace@example.com").first.click()
    await expect(page.get_by_role("searchbox")).to_have_value("grace@example.com")
    await page.get_by_role("searchbox", name="Search by name, email or role").fill("GRACE")
    await expect(page.get_by_role("row")).to_have_count(2)
    for role in ("Author", "Viewer"):
        await page.get_by_role("combobox", name="Role of Grace").click()
        await page.get_by_role("option", name=role).click()
        await expect(page.get_by_role("combobox", name="Role of Grace")).to_have_value(role)
    await expect(page.get_by_text("The role was changed.").first).to_be_visible()
    await page.get_by_role("button", name="Permissions of Grace").click()
    await dialog.get_by_role("checkbox", name="Deliveries: Send again").check()
    await dialog.get_by_role("checkbox", name="Settings: See").uncheck()
    await expect(dialog.get_by_role("status")).to_have_text("1 more, 1 less than the role")
    await clean(page)
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("row", name="Grace")).to_contain_text("1 more, 1 less than the role")
    await page.get_by_role("button", name="Remove Grace").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("grace@example.com")).to_have_count(0)
    await go(page, "API keys")
    await page.get_by_role("button", name="New key").click()
    await dialog.get_by_role("textbox", name="Name").fill("Billing")
    await dialog.get_by_role("radio", name="Only what I choose").check()
    await dialog.get_by_role("checkbox", name="people: read").check()
    await dialog.get_by_role("button", name="Make the key").click()
    key = await dialog.get_by_label("The key").inner_text()
    asked = await server.client.get("/api/people", headers={"authorization": f"Bearer {key.strip()}"})
    assert asked.status_code == 200
    await dialog.get_by_role("button", name="Done").click()
    row = page.get_by_role("row", name="Billing")
    await expect(row).to_contain_text("people:read")
    await clean(page)
    await row.get_by_role("button", name="Revoke").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(row).to_have_count(0)


async def test_permissions_are_those_of_the_role_just_given(visit: Visit) -> None:
    page, server = visit
    async with server.database.pool.acquire() as connection:
        id = await store.add_account(connection, "grace@example.com", "Grace", "no password")
        assert id is not None
        await store.set_member(connection, server.workspace, id, "author")
    await page.goto("/production/settings/team")
    role = page.get_by_role("combobox", name="Role of Grace")
    await role.click()
    listed = asyncio.Event()

    async def late(route: Route) -> None:
        await listed.wait()
        await route.continue_()

    await page.route("**/api/team", late)
    async with page.expect_response("**/api/team/members/*"):
        await page.get_by_role("option", name="Viewer").click()
    await page.get_by_role("button", name="Permissions of Grace").click()
    dialog = page.get_by_role("dialog", name="What Grace may")
    await expect(dialog).to_be_visible()
    listed.set()
    await expect(dialog).to_contain_text("Grace is a viewer.")
    await dialog.get_by_role("checkbox", name="Deliveries: Send again").check()
    await expect(dialog.get_by_role("status")).to_have_text("1 more than the role")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("row", name="Grace")).to_contain_text("1 more than the role")
    await expect(role).to_have_value("Viewer")


async def test_mail_is_set_up_tried_out_and_its_sender_confirmed(visit: Visit) -> None:
    page, server = visit
    await page.goto("/production/settings/sending")
    await page.get_by_role("button", name="Add a sender").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("textbox", name="Email address").fill("hello@shop.example")
    await dialog.get_by_role("textbox", name="Name people see").fill("Shop")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("The sender was saved.")).to_be_visible()
    await page.get_by_role("button", name="Set up Email").click()
    email = page.get_by_role("region", name="Email", exact=True)
    await email.get_by_role("textbox", name="Host").fill("127.0.0.1")
    await email.get_by_role("textbox", name="Username").fill("shop")
    await email.get_by_role("textbox", name="Password").fill("a password for mail")
    await email.get_by_role("button", name="Send a test").click()
    await expect(email.get_by_text("SMTP did not take it")).to_be_visible()
    await clean(page)
    await expect(email.get_by_text("Stored, ends with mail")).to_be_visible()
    assert "a password for mail" not in await page.content()
    await email.get_by_role("combobox", name="Provider").click()
    await page.get_by_role("option", name="Mailbox").click()
    await email.get_by_role("button", name="Save", exact=True).click()
    await expect(email.get_by_text("Nothing leaves this machine.")).to_be_visible()
    await email.get_by_role("button", name="Send a test").click()
    await expect(email.get_by_text("took it")).to_be_visible()
    await page.get_by_role("button", name="Mail a link to confirm").click()
    mailed = page.get_by_role("status", name="Confirming")
    await expect(mailed).to_contain_text("A link was mailed to hello@shop.example")
    await page.reload()
    await expect(mailed).to_contain_text("A link was mailed to hello@shop.example")
    await expect(page.get_by_role("button", name="Mail it again")).to_be_visible()
    await clean(page)
    text = await server.database.fetchval("SELECT text FROM mailbox WHERE recipient = 'hello@shop.example'")
    (link,) = re.findall(r"/confirm#\S+", text)
    await page.goto(link)
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_role("heading", name="Confirmed")).to_be_visible()
    await clean(page)
    await page.goto("/production/settings/sending")
    await expect(
        page.get_by_role("row", name="hello@shop.example").get_by_text("Confirmed").filter(visible=True)
    ).to_be_visible()
    await clean(page)


async def test_topics_and_limits_are_set_and_a_request_is_approved(visit: Visit) -> None:
    page, server = visit
    await page.goto("/production/settings/topics")
    await page.get_by_role("button", name="Add a topic").click()
    await page.get_by_role("dialog").get_by_role("textbox", name="Name people read").fill("Product news")
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(page.get_by_role("cell", name="Product news product-news")).to_be_visible()
    await page.get_by_role("searchbox", name="Search by name or description").fill("receipts")
    await expect(page).to_have_url(re.compile("topics.q=receipts"))
    await page.get_by_role("button", name="Clear the search").click()
    await expect(page.get_by_role("cell", name="Product news product-news")).to_be_visible()
    await page.get_by_role("region", name="Limits").get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_text("at most 3 per 7 days")).to_be_visible()
    await page.get_by_role("button", name="Remove the limit of Everything").click()
    await expect(page.get_by_text("at most 3 per 7 days")).to_have_count(0)
    removed = page.get_by_role("alert").filter(has_text="The limit was removed.")
    await removed.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("at most 3 per 7 days")).to_be_visible()
    await clean(page)
    await go(page, "Approvals")
    await expect(page.get_by_text("Nobody else here may approve: what you change would wait")).to_be_visible()
    await page.get_by_role("switch", name="Authors publish by themselves").click()
    await expect(page.get_by_text("Everything that goes live must be approved")).to_be_visible()
    await expect(page.get_by_text("what you change waits until somebody joins who may")).to_be_visible()
    async with enter(server, "grace@example.com", "admin") as grace:
        read = await grace.get("/api/settings")
        wanted = {"settings": read.json()["settings"] | {"timezone": "Europe/Berlin"}, "note": "Move to Berlin"}
        asked = await grace.put("/api/settings", json=wanted, headers={"if-match": read.headers["etag"]})
        assert asked.json()["waiting"], asked.text
    await page.get_by_role("searchbox", name="Search by request or who asked").fill("grace")
    await page.get_by_role("heading", name="Approvals").click()
    await page.keyboard.press("j")
    await expect(page.get_by_role("link", name="Move to Berlin")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text('+timezone = "Europe/Berlin"')).to_be_visible()
    await clean(page)
    await page.set_viewport_size({"width": 390, "height": 800})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_text("Nothing waits")).to_be_visible()
    number = await server.database.fetchval("SELECT max(number) FROM definitions")
    (told,) = await server.database.fetch("SELECT author, approver FROM definitions WHERE number = $1", number)
    assert tuple(told) == ("grace@example.com", "ada@example.com")


async def test_the_log_tells_from_what_to_what_and_the_workspace_is_taken_home(visit: Visit) -> None:
    page, _ = visit
    await page.goto("/production/settings/topics")
    await page.get_by_role("region", name="Limits").get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_text("at most 3 per 7 days")).to_be_visible()
    await go(page, "Audit log")
    await page.get_by_role("button", name="Show the change").click()
    await expect(page.get_by_text("marketing: 3 per 7 days")).to_be_visible()
    await clean(page)
    await page.get_by_role("combobox", name="Kind").click()
    await page.get_by_role("option", name="session").click()
    await expect(page.get_by_text("Ada Meyer signed in")).to_be_visible()
    await expect(page.get_by_role("button", name="Show the change")).to_have_count(0)
    await page.locator("th", has_text="When").click()
    await expect(page).to_have_url(re.compile("sort=at"))
    await page.get_by_label("From this day").fill("2090-01-01")
    await expect(page.get_by_text("Nothing was changed that fits")).to_be_visible()
    await page.get_by_role("button", name="Show all").click()
    await expect(page.get_by_role("button", name="Show the change")).to_be_visible()
    await clean(page)
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="Export as CSV").click()
    assert "3 per 7 days" in (await (await waiting.value).path()).read_text("utf-8")
    await go(page, "Workspaces and backup")
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="Download as files").click()
    file = await (await waiting.value).path()
    assert "production/tidings.toml" in ZipFile(BytesIO(file.read_bytes())).namelist()
    await clean(page)
    await page.get_by_role("textbox", name="New workspace").fill("staging")
    await page.get_by_role("button", name="Create").click()
    await expect(page).to_have_url(re.compile("/staging"))
