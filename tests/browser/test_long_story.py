"""The long story, from nothing: somebody signs up, and at its end a journey they drew has written to people, was changed while some
of them were inside, and says why one of them got nothing. Whoever is inside waits for a day, so nothing depends on how long things take."""

import asyncio
import re

from playwright.async_api import Browser, Page, expect
from segment.analytics.client import Client

from tests.api.sending import developing
from tests.api.serving import KEY, Server
from tests.api.test_manage import until
from tests.browser.conftest import EMAIL, PASSWORD, Visit, clean, sign_in, visiting
from tests.browser.test_editing import SETTINGS, pick
from tests.conftest import Database
from tidings.kernel.times import HOUR
from tidings.project.apply import put
from tidings.project.store import InForce
from tidings.settings import Settings
from tidings.simulate import kept
from tidings.simulate.background import work
from tidings.teams import password, store
from tidings.teams.key import installation_key, setup_code

APPROVER = "grace@example.com"


async def test_the_long_story(database: Database, chromium: Browser) -> None:
    async with (
        developing(database) as server,
        visiting(chromium, server) as author,
        visiting(chromium, server) as approver,
    ):
        await signs_up(author)
        await happens(server, {"ada": False, "bruno": True, "chiyo": False})
        await builds_a_segment(author.page)
        await draws_a_journey(author.page)
        await rehearses_it(author)
        await wants_approval(author.page)
        await asks(author.page, "A hand for the stuck")
        await approves(approver, "A hand for the stuck", "Send a message Need a hand")
        await sees_somebody_move(author)
        await changes_it(author.page)
        await approves(approver, "Two days are enough", "Wait 2 days")
        await finds_out_why(author.page)


async def signs_up(visit: Visit) -> None:
    page, server = visit
    await page.goto("/")
    await page.get_by_role("textbox", name="Set-up code").fill(setup_code(installation_key(Settings(key=KEY))))
    await page.get_by_role("textbox", name="Your name").fill("Ada Meyer")
    await page.get_by_role("textbox", name="Email").fill(EMAIL)
    await page.get_by_role("textbox", name="Password").fill(PASSWORD)
    await page.get_by_role("button", name="Create the owner").click()
    await expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    await put(server.database.pool, InForce(server.workspace), {"settings": SETTINGS})
    async with server.database.pool.acquire() as connection:
        id = await store.add_account(connection, APPROVER, "Grace", await password.hashed(PASSWORD))
        assert id is not None
        await store.set_member(connection, server.workspace, id, "approver")


async def happens(server: Server, people: dict[str, bool]) -> None:
    """People sign up in the product, which tells it by Segment's own library; those of True made a project before."""

    def send() -> None:
        errors: list[object] = []
        client = Client(
            server.write_key, host=server.url, upload_interval=0.05, on_error=lambda *error: errors.append(error)
        )
        for name, made in people.items():
            client.identify(name, {"email": f"{name}@example.com", "first_name": name.title(), "plan": "trial"})
            if made:
                client.track(name, "Project Created")
            client.track(name, "Signed Up")
        client.shutdown()
        assert not errors

    await asyncio.to_thread(send)
    for name in people:
        path = f"/api/people/id/{name}/history"
        await until(server, path, lambda said: any(row["name"] == "Signed Up" for row in said.get("history", [])))


async def go(page: Page, room: str) -> None:
    await page.get_by_role("navigation", name="Main").get_by_role("link", name=room).click()


async def publish(page: Page) -> None:
    await page.get_by_role("button", name="Publish…", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="Publish", exact=True).click()


async def builds_a_segment(page: Page) -> None:
    await go(page, "Segments")
    await page.get_by_role("button", name="New segment").first.click()
    await page.get_by_role("textbox", name="Name").fill("Stuck in the trial")
    await page.get_by_role("button", name="Create").click()
    await page.get_by_role("textbox", name="Rule, as a sentence").fill('plan = "trial" and not did "Project Created"')
    await expect(page.get_by_role("status", name="How many people")).to_have_text("2 people of 3")
    await publish(page)
    await expect(page.get_by_text("2 people", exact=True)).to_be_visible()


async def draws_a_journey(page: Page) -> None:
    await go(page, "Journeys")
    await page.get_by_role("button", name="New journey").first.click()
    await page.get_by_label("What is it called?").fill("A hand for the stuck")
    await page.get_by_role("button", name="Create").click()
    panel, canvas = page.get_by_role("complementary"), page.get_by_role("region", name="Canvas")
    await panel.get_by_role("combobox", name="Event", exact=True).fill("Signed Up")
    await canvas.get_by_role("button", name="Add a step after trigger").click()
    await pick(page, "Wait Stays here")
    await panel.get_by_role("textbox", name="How long").fill("1")
    await canvas.get_by_role("button", name="Add a step before wait").click()
    await pick(page, "Branch")
    await panel.get_by_role("group", name="Way 1").get_by_role("button", name="As a sentence").click()
    await panel.get_by_role("textbox", name="When").fill('in segment "stuck-in-the-trial"')
    await canvas.get_by_role("button", name="Add a step after branch/0").click()
    await pick(page, "Send a message")
    await writes_a_mail(page)
    await expect(panel.get_by_role("combobox", name="Message")).to_have_value(re.compile("stuck: Need a hand"))
    await expect(page.get_by_role("button", name="No problems")).to_be_visible()
    await expect(page.get_by_text("Draft saved")).to_be_visible()


async def writes_a_mail(page: Page) -> None:
    """In place: nobody leaves the canvas for it."""
    await page.get_by_role("button", name="Write a new one").click()
    begun = page.get_by_role("dialog", name="Write a message")
    await begun.get_by_role("radio", name="Reminder").check()
    await begun.get_by_role("textbox", name="Name").fill("stuck")
    await begun.get_by_role("button", name="Create").click()
    message = page.get_by_role("dialog", name="The message of this step")
    await expect(message.get_by_text("you began and did not finish")).to_be_visible()
    await clean(page)
    await message.get_by_role("tab", name="Settings").click()
    await message.get_by_role("textbox", name="Subject").fill("Need a hand, {{ customer.first_name }}?")
    await expect(message.get_by_role("status")).to_have_text("Draft saved")
    await message.get_by_role("button", name="Back to the journey").click()
    await expect(message).to_be_hidden()


async def rehearses_it(visit: Visit) -> None:
    page, server = visit
    pool = server.database.pool
    await pool.execute("UPDATE history SET time = time - $1, received = received - $1", HOUR)
    await page.get_by_role("link", name="Rehearse").click()
    await page.get_by_text("Real history").click()
    await page.get_by_role("button", name="Play history").click()
    await expect(page.get_by_text("It waits for its turn")).to_be_visible()
    async with pool.acquire() as connection:
        id = await kept.claim(connection)
    assert id is not None
    await work(pool, server.database.url, id, processes=0)
    drawn = page.get_by_role("region", name="The draft, drawn")
    await expect(drawn.get_by_role("button").filter(has_text="2 sent")).to_be_visible()
    await clean(page)


async def wants_approval(page: Page) -> None:
    await page.goto("/production/settings/approvals")
    await page.get_by_role("switch", name="Authors publish by themselves").click()
    await expect(page.get_by_text("Everything that goes live must be approved")).to_be_visible()
    await go(page, "Journeys")
    await page.get_by_role("link", name="A hand for the stuck").click()


async def asks(page: Page, note: str) -> None:
    await page.get_by_role("button", name="Publish…", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("textbox", name="What it is for").fill(note)
    await dialog.get_by_role("button", name="Ask for approval").click()
    await expect(dialog).to_be_hidden()


async def approves(visit: Visit, note: str, step: str) -> None:
    """The journey is read as its steps, in words; its lines are there for who asks for them."""
    page = visit.page
    if page.url == "about:blank":
        await sign_in(page, APPROVER)
    await page.goto("/production/settings/approvals")
    await page.get_by_role("link", name=note).click()
    await expect(page.get_by_role("region", name="Journey A hand for the stuck")).to_contain_text(step)
    await clean(page)
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_text("Nothing waits")).to_be_visible()


async def sees_somebody_move(visit: Visit) -> None:
    page, server = visit
    canvas = page.get_by_role("region", name="Canvas")
    await expect(page.get_by_role("main")).to_contain_text("Version 1")
    await expect(page.get_by_text("waits for approval since")).to_have_count(0)
    await expect(page.get_by_role("button", name="Edit", exact=True)).to_be_visible()
    await happens(server, {"dalia": False, "emile": True})
    await expect(canvas.locator("[data-step=wait]")).to_contain_text("2 waiting")
    await expect(canvas.get_by_role("button").filter(has_text="1 sent")).to_be_visible()
    await go(page, "Deliveries")
    await page.get_by_role("row").filter(has_text="dalia@example.com").get_by_role("link").first.click()
    await expect(page.get_by_role("region", name="Its story")).to_contain_text("of the journey A hand for the stuck")
    await page.goto("/mailbox")
    await expect(page.get_by_text("Need a hand, Dalia?").first).to_be_visible()
    await expect(page.get_by_text("emile@example.com")).to_have_count(0)


async def changes_it(page: Page) -> None:
    await page.goto("/production/journeys")
    await page.get_by_role("link", name="A hand for the stuck").click()
    canvas = page.get_by_role("region", name="Canvas")
    await page.get_by_role("button", name="Edit", exact=True).click()
    await canvas.locator("[data-step=wait]").click()
    await page.get_by_role("complementary").get_by_role("textbox", name="How long").fill("2")
    await page.get_by_role("button", name="Publish…", exact=True).click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("region", name="What changes")).to_contain_text("2 days")
    await expect(dialog.get_by_role("region", name="People inside")).to_contain_text("2")
    await page.keyboard.press("Escape")
    await asks(page, "Two days are enough")


async def finds_out_why(page: Page) -> None:
    await page.reload()
    await expect(page.get_by_role("main")).to_contain_text("Version 2")
    await expect(page.get_by_role("region", name="Canvas").locator("[data-step=wait]")).to_contain_text("2 waiting")
    await go(page, "People")
    await page.get_by_role("link", name="Emile").click()
    await page.get_by_role("combobox", name="Why, or why not").click()
    await page.get_by_role("option", name="A hand for the stuck").click()
    await expect(page.get_by_role("dialog")).to_contain_text(", otherwise, as not in segment")
    await clean(page)
