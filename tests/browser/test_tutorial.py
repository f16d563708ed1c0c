"""The tutorial as it is written: each control it names in bold is used under that name, in its order. With ``TIDINGS_TEST_PICTURES=yes``
the pictures of the page are made anew."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from tests.api.sending import developing
from tests.api.serving import Server
from tests.api.test_manage import until
from tests.browser.conftest import Visit, clean
from tests.conftest import Database
from tests.docs.pages import ROOT
from tidings import demo
from tidings.project.apply import apply
from tidings.project.folder import read_folder

PAGE = ROOT / "docs" / "tutorial.md"
PICTURES = ROOT / "docs" / "images"


@pytest.fixture
async def live(database: Database) -> AsyncIterator[Server]:
    """As `tidings up` has it: mails go to the mailbox."""
    async with developing(database) as server:
        yield server


class Reader:
    """Somebody who follows the page with a finger."""

    def __init__(self) -> None:
        self.text = PAGE.read_text(encoding="utf-8")
        self.at = 0

    def reads(self, words: str) -> str:
        """Go on to these words; they must come after what was read before."""
        found = self.text.find(words, self.at)
        assert found >= 0, f"the tutorial does not say {words!r} after …{self.text[max(0, self.at - 80) : self.at]!r}"
        self.at = found + len(words)
        return words

    def bold(self, name: str) -> str:
        """Go on to a control's name."""
        self.reads(f"**{name}**")
        return name

    def code(self) -> str:
        """Give the next text to be typed."""
        found = re.compile(r"```text\n(.*?)\n```", re.DOTALL).search(self.text, self.at)
        assert found
        self.at = found.end()
        return found[1]


async def sign_up(server: Server, name: str) -> None:
    """Somebody uses the product."""
    traits = {"email": f"{name}@example.com", "first_name": name.title(), "plan": "trial"}
    await server.post("/v1/identify", {"userId": name, "traits": traits})
    await server.post("/v1/track", {"userId": name, "event": "Signed Up", "properties": {"plan": "trial"}})


@asynccontextmanager
async def signing_up(server: Server, who: str) -> AsyncIterator[None]:
    """Somebody comes every second, as in the demo, so that somebody stands at a short wait however slow the machine is."""

    async def come() -> None:
        for n in range(60):
            await sign_up(server, f"{who}{n}")
            await asyncio.sleep(1)

    coming = asyncio.create_task(come())
    try:
        yield
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


async def picture(visit: Visit, number: int) -> None:
    assert f"images/tutorial-{number}.png" in PAGE.read_text(encoding="utf-8")
    if os.environ.get("TIDINGS_TEST_PICTURES"):
        PICTURES.mkdir(exist_ok=True)
        await visit.page.screenshot(path=PICTURES / f"tutorial-{number}.png")
    assert (PICTURES / f"tutorial-{number}.png").is_file()


async def test_the_tutorial_works_as_it_is_written(visit: Visit) -> None:
    page, server = visit
    reader = Reader()
    await apply(server.database.pool, server.workspace, read_folder(Path(demo.__file__).parent / "project"))
    await until(server, "/api/progress", lambda said: said["done"])
    for name in ("ada", "bruno", "chiyo"):
        await sign_up(server, name)
    await server.post("/v1/track", {"userId": "bruno", "event": "Project Created"})
    await until(server, "/api/segments/trials", lambda said: said.get("people") == 3)
    main = page.get_by_role("navigation", name="Main")

    async def go(room: str) -> None:
        await main.get_by_role("link", name=reader.bold(room)).click()

    async def press(name: str, within: Locator | None = None) -> None:
        await (within or page).get_by_role("button", name=reader.bold(name), exact=True).first.click()

    # 1
    reader.bold("Sign in")
    await go("People")
    await page.get_by_role("link", name=re.compile("Ada")).first.click()
    await expect(page.get_by_role("region", name=reader.bold("What happened"))).to_contain_text("Signed Up")
    await picture(visit, 1)
    # 2
    await go("Content")
    await press("New")
    await page.get_by_role("radio", name=reader.bold("Reminder")).check()
    await page.get_by_role("textbox", name="Name").fill(reader.reads("stuck"))
    await press("Create")
    await page.get_by_role("switch", name=reader.bold("Preview")).focus()
    await page.get_by_role("tab", name=reader.bold("Settings")).click()
    subject = page.get_by_role("textbox", name=reader.bold("Subject"))
    await subject.fill(reader.reads("Need a hand, {{ customer.first_name }}?"))
    await expect(page.get_by_text(reader.bold("Draft saved")).first).to_be_visible()
    await picture(visit, 2)
    await press("Publish…")
    await press("Publish", page.get_by_role("dialog"))
    await expect(page.get_by_text("stuck is published")).to_be_visible()
    # 3
    await go("Segments")
    await press("New segment")
    await page.get_by_role("textbox", name="Name").fill(reader.reads("Stuck in the trial"))
    await press("Create")
    await expect(page.get_by_role("button", name=reader.bold("Add condition")).first).to_be_visible()
    await page.get_by_role("textbox", name=reader.bold("As a sentence")).fill(reader.code())
    await expect(page.get_by_role("status", name="How many people")).to_have_text("2 people of 3")
    await picture(visit, 3)
    await press("Publish…")
    await press("Publish", page.get_by_role("dialog"))
    await expect(page.get_by_text("2 people", exact=True)).to_be_visible()
    # 4
    await go("Journeys")
    await press("New journey")
    await page.get_by_label("What is it called?").fill(reader.reads("A hand for the stuck"))
    await press("Create")
    panel = page.get_by_role("complementary")
    canvas = page.get_by_role("region", name="Canvas")
    palette = page.get_by_role("dialog", name="Add a step")
    event = panel.get_by_role("combobox", name=reader.bold("Event"), exact=True)
    await event.fill(reader.reads("Signed Up"))
    await canvas.get_by_role("button", name="Add a step after trigger").click()
    await palette.get_by_role("button", name=f"{reader.bold('Wait')} Stays here").click()
    await panel.get_by_role("textbox", name=reader.bold("How long")).fill("10")
    await panel.get_by_role("combobox", name="unit").click()
    await page.get_by_role("option", name=reader.reads("seconds"), exact=True).click()
    await canvas.get_by_role("button", name="Add a step after wait").click()
    await palette.get_by_role("button", name=reader.bold("Branch")).click()
    reader.bold("When")
    await press("As a sentence", panel.get_by_role("group", name="Way 1"))
    await panel.get_by_role("textbox", name="When").fill(reader.code())
    await canvas.get_by_role("button", name="Add a step after branch/0").click()
    await palette.get_by_role("button", name=reader.bold("Send a message")).click()
    await panel.get_by_role("combobox", name=re.compile("^Message")).click()
    await page.get_by_role("option", name=re.compile("^" + reader.reads("stuck"))).click()
    reader.bold("Message")
    await expect(page.get_by_role("button", name=reader.bold("No problems"))).to_be_visible()
    await expect(page.get_by_text("Draft saved")).to_be_visible()
    await picture(visit, 4)
    # 5
    await press("Publish…")
    await press("Publish", page.get_by_role("dialog"))
    await expect(page.get_by_role("main")).to_contain_text("Version 1.")
    await sign_up(server, "emile")
    await server.post("/v1/track", {"userId": "emile", "event": "Project Created"})
    async with signing_up(server, "dalia"):
        await expect(canvas.locator("[data-step=wait]")).to_contain_text("waiting")
    await until(server, "/api/deliveries?template=stuck", lambda said: bool(said.get("deliveries")))
    await go("Deliveries")
    await expect(page.get_by_role("row").filter(has_text="stuck").first).to_contain_text("sent")
    await expect(page.get_by_role("cell", name="planned", exact=True)).to_have_count(0)
    await picture(visit, 5)
    # 6
    await main.get_by_role("link", name="Journeys").click()
    await page.get_by_role("link", name="A hand for the stuck").click()
    dialog = page.get_by_role("dialog")
    async with signing_up(server, "freja"):
        await expect(canvas.locator("[data-step=wait]")).to_contain_text("waiting")
        await press("Edit")
        await canvas.locator("[data-step=wait]").click()
        await panel.get_by_role("textbox", name="How long").fill("20")
        await press("Publish…")
        await expect(dialog.get_by_role("region", name=reader.bold("What changes"))).to_contain_text("20 seconds")
        await expect(dialog.get_by_role("region", name=reader.bold("People inside"))).to_be_visible()
        await picture(visit, 6)
    await press("Publish", dialog)
    await expect(page.get_by_role("main")).to_contain_text("Version 2.")
    await press("More")
    await expect(page.get_by_role("menuitem", name=reader.bold("Versions"))).to_be_visible()
    await page.keyboard.press("Escape")
    # 7
    await go("People")
    await page.get_by_role("link", name=re.compile("Emile")).first.click()
    await page.get_by_role("combobox", name=reader.bold("Why, or why not")).click()
    await page.get_by_role("option", name="A hand for the stuck").click()
    await expect(page.get_by_role("dialog")).to_contain_text(f", {reader.reads('otherwise')}, as not in segment")
    await clean(page)
    await picture(visit, 7)
