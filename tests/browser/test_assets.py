"""Pictures: uploaded, put into a block, seen in the preview and in the mail that is sent; replaced, renamed, deleted, undone; the logo."""

import re
from dataclasses import replace

from playwright.async_api import Browser, FilePayload, Locator, Page, expect

from tests.api.seen import until
from tests.api.sending import DEMO, developing
from tests.browser.conftest import EMAIL, PASSWORD, Visit, clean, sign_in, visiting
from tests.conftest import Database
from tests.pictures import picture
from tidings.project.apply import apply
from tidings.project.folder import read_folder
from tidings.teams import password, store


def file(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "image/png", "buffer": data}


async def settle(visit: Visit) -> None:
    """The demo in force, its welcome readable for anybody, and its owner signed in."""
    page, server = visit
    project = read_folder(DEMO)
    welcome = project.templates["welcome"]
    plain = replace(welcome, text=welcome.text.replace("{{ event.plan }}", "trial"))
    project = replace(project, templates={**project.templates, "welcome": plain})
    await apply(server.database.pool, server.workspace, project)
    async with server.database.pool.acquire() as connection:
        id = await store.add_account(connection, EMAIL, "Ada Meyer", await password.hashed(PASSWORD))
        assert id is not None
        await store.set_member(connection, server.workspace, id, "owner")
    await sign_in(page)


async def test_a_picture_goes_from_a_file_into_the_mail_that_is_sent(chromium: Browser, database: Database) -> None:
    async with developing(database) as server, visiting(chromium, server) as visit:
        page = visit.page
        await settle(visit)
        await page.goto("/production/content/template/welcome")
        message = page.get_by_role("group", name="The message, as blocks")
        await message.get_by_role("group", name="Button").click()
        await page.get_by_role("button", name="Image", exact=True).click()
        await page.get_by_role("button", name="Choose a picture").click()
        picker = page.get_by_role("dialog", name="Choose a picture")
        await expect(picker).to_contain_text("No pictures yet")
        await picker.get_by_label("Files to upload").set_input_files(
            [file("Größe Hero.png", picture(width=600, height=200))]
        )
        await expect(picker.get_by_role("button", name="grosse-hero.png")).to_have_attribute("aria-pressed", "true")
        await picker.get_by_role("textbox", name="What does it show?").fill("All of us")
        await clean(page)
        await picker.get_by_role("button", name="Use this picture").click()
        drawn = message.get_by_role("img", name="All of us")
        await expect(drawn).to_be_visible()
        await page.get_by_role("switch", name="Preview").check(force=True)
        await shown(page.frame_locator('iframe[title="The message"]').get_by_role("img", name="All of us"))
        await clean(page)
        await page.get_by_role("button", name="Publish…").click()
        plan = page.get_by_role("dialog", name="Publish welcome")
        await expect(plan).to_contain_text("grosse-hero.png")
        await plan.get_by_role("button", name="Publish").click()
        await expect(page.get_by_text("welcome is published")).to_be_visible()

        traits = {"email": "grace@example.com", "first_name": "Grace", "plan": "trial"}
        await server.post("/v1/identify", {"userId": "g", "traits": traits})
        await server.post("/v1/track", {"userId": "g", "event": "Signed Up", "properties": {"plan": "trial"}})

        async def sent() -> bool:
            listed = (await server.ask("/api/people/id/g/deliveries")).json().get("deliveries")
            return bool(listed and listed[0]["state"] == "sent")

        await until(sent)
        # a reader's browser of its own: that the mailbox keeps the pixel of opened mail from loading is no fault here
        context = await chromium.new_context(base_url=server.url)
        try:
            reader = await context.new_page()
            await reader.goto("/mailbox")
            await reader.get_by_role("link", name="Welcome to Brightboard").first.click()
            await shown(reader.frame_locator('iframe[title="The message"]').get_by_role("img", name="All of us"))
        finally:
            await context.close()


async def shown(image: Locator) -> None:
    """Until a picture is there and was loaded."""
    await expect(image).to_be_visible()
    await expect(image).to_have_js_property("naturalWidth", 600)


async def test_pictures_are_kept_in_order(visit: Visit) -> None:
    page, server = visit
    await apply(server.database.pool, server.workspace, read_folder(DEMO))
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Content").click()
    await page.get_by_role("navigation", name="Content").get_by_role("link", name="Assets").click()
    await expect(page.get_by_text("No pictures yet")).to_be_visible()
    await clean(page)
    wrong: FilePayload = {"name": "drawing.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"}
    files = [wrong, file("one.png", picture()), file("two.png", picture(colour="navy"))]
    await page.get_by_label("Files to upload").first.set_input_files(files)
    await expect(page.get_by_role("status", name="Uploads")).to_contain_text(
        "SVG drawing, which mail programs do not show"
    )
    grid = page.get_by_role("list", name="Pictures")
    await expect(grid.get_by_role("listitem")).to_have_count(2)
    await clean(page)
    await page.get_by_role("button", name="Dismiss drawing.svg").click()
    await dropped(page, "three.png", picture(colour="purple"))
    one = page.get_by_role("dialog", name="three.png")
    await expect(one).to_contain_text("60 × 20")
    await one.get_by_role("textbox", name="What it shows").fill("A purple field")
    await one.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("It is known what three.png shows.")).to_be_visible()
    await one.get_by_role("textbox", name="Name", exact=True).fill("field.png")
    await one.get_by_role("button", name="Rename").click()
    field = page.get_by_role("dialog", name="field.png")
    await expect(field.get_by_role("textbox", name="How code names it")).to_have_value("{{ assets['field.png'] }}")
    await clean(page)
    await field.get_by_role("button", name="Delete").click()
    await expect(page.get_by_text("field.png is deleted.")).to_be_visible()
    await expect(grid.get_by_role("listitem")).to_have_count(2)
    await page.get_by_role("button", name="Undo").last.click()
    await expect(grid.get_by_role("listitem")).to_have_count(3)
    await page.get_by_role("searchbox", name="Search names").fill("purple")
    await expect(grid.get_by_role("listitem")).to_have_count(1)
    await page.get_by_role("searchbox", name="Search names").fill("")

    await page.get_by_role("button", name="More for two.png").click()
    await page.get_by_role("menuitem", name="Duplicate").click()
    copy = page.get_by_role("dialog", name="two-copy.png")
    await copy.get_by_role("button", name="Erase…").click()
    await page.get_by_role("button", name="Erase it").click()
    await expect(page.get_by_text("two-copy.png is erased.")).to_be_visible()
    await expect(grid.get_by_role("listitem")).to_have_count(3)
    await page.get_by_role("combobox", name="Order").click()
    await page.get_by_role("option", name="Least used first").click()
    await expect(page).to_have_url(re.compile("sort=used"))
    await expect(page.get_by_text("of 1,024 MB are taken")).to_be_visible()

    await page.goto("/production/settings/brand")
    form = page.get_by_role("region", name="Your brand")
    await form.get_by_role("button", name="Choose…").click()
    picker = page.get_by_role("dialog", name="Choose your logo")
    await picker.get_by_role("button", name="one.png").click()
    await picker.get_by_role("button", name="Use this picture").click()
    await expect(page.get_by_role("region", name="Preview").get_by_role("img")).to_be_visible()
    await form.get_by_role("combobox", name="Font").click()
    await page.get_by_role("option", name="Georgia, with serifs").click()
    await form.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Every mail has these looks now.")).to_be_visible()
    newest = await server.database.fetch("SELECT body FROM definitions ORDER BY number DESC LIMIT 1")
    assert "Georgia, Times New Roman, serif" in str(newest[0][0])

    await page.goto("/production/content/assets?open=one.png")
    logo = page.get_by_role("dialog", name="one.png")
    await expect(logo.get_by_role("region", name="Used by")).to_contain_text("Brand logo")
    await expect(logo.get_by_role("button", name="Delete")).to_be_disabled()
    await logo.get_by_label("File that takes its place").set_input_files([file("x.png", picture(colour="gold"))])
    await expect(logo.get_by_role("alert")).to_contain_text("Not live yet")
    await logo.get_by_role("button", name="Publish…").click()
    plan = page.get_by_role("dialog", name="Publish one.png")
    await plan.get_by_role("button", name="Publish").click()
    await expect(page.get_by_text("one.png is published")).to_be_visible()
    await expect(logo.get_by_role("region", name="Earlier").get_by_role("button", name="Restore")).to_be_visible()
    await clean(page)
    await page.set_viewport_size({"width": 390, "height": 800})
    await page.goto("/production/content/assets")
    await expect(grid.get_by_role("listitem")).to_have_count(3)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def dropped(page: Page, name: str, data: bytes) -> None:
    """Let a file fall onto the page."""
    carried = await page.evaluate_handle(
        "([name, bytes]) => { const carried = new DataTransfer(); "
        "carried.items.add(new File([new Uint8Array(bytes)], name, {type: 'image/png'})); return carried; }",
        [name, list(data)],
    )
    await page.get_by_role("heading", name="Assets").dispatch_event("dragover", {"dataTransfer": carried})
    await page.get_by_role("heading", name="Assets").dispatch_event("drop", {"dataTransfer": carried})
