"""Content: found, begun from a starter, written with faults shown as typed, previewed, tested, published; brought back and undone."""

from dataclasses import replace
from pathlib import Path

from playwright.async_api import expect

from tests.api.test_manage import until
from tests.api.test_management import enter
from tests.browser.conftest import EMAIL, Visit, clean
from tests.browser.test_editing import seen_on_a_low_screen
from tidings import demo
from tidings.channels import mailbox
from tidings.project.apply import apply
from tidings.project.folder import read_folder


async def open_content(visit: Visit) -> None:
    """The demo in force, one person there, and the list of content open."""
    page, server = visit
    await apply(server.database.pool, server.workspace, read_folder(Path(demo.__file__).parent / "project"))
    await until(server, "/api/progress", lambda said: said["done"])
    traits = {"email": "grace@example.com", "first_name": "Grace", "plan": "trial"}
    await server.post("/v1/identify", {"userId": "u", "traits": traits})
    await server.post("/v1/track", {"userId": "u", "event": "Signed Up", "properties": {"plan": "trial"}})
    await until(server, "/api/people/id/u/deliveries", lambda said: bool(said.get("deliveries")))
    await until(server, "/api/content/variables", lambda said: "customer.first_name" in str(said))
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Content").click()
    await expect(page.get_by_role("link", name="welcome", exact=True)).to_be_visible()


PASTE = """() => {
    const item = (words) => `<p style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>· </span>${words}</p>`;
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/html", item("One") + item("Two"));
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""
"""A list as Word puts it down."""
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
LEAVES = """() => !window.dispatchEvent(new Event("beforeunload", {cancelable: true}))"""
"""Whether the browser would ask before it leaves the page."""


async def test_a_template_is_written_previewed_tested_and_published(visit: Visit) -> None:
    page, server = visit
    await open_content(visit)
    await clean(page)
    await page.get_by_role("searchbox").fill("receipt")
    await expect(page.get_by_role("link", name="welcome", exact=True)).to_be_hidden()
    await page.get_by_role("searchbox").fill("")
    await page.get_by_role("link", name="welcome", exact=True).click()
    await page.get_by_role("tab", name="Code").click()
    code = page.get_by_role("textbox", name="Text of welcome")
    await expect(code).to_contain_text("Create your first project")
    await page.get_by_role("combobox", name="Reads as for").fill("grace@example.com")
    await page.get_by_role("option", name="Grace").click()
    await expect(page.get_by_role("combobox", name="After this event")).to_have_value("Signed Up, an example")
    await expect(page.get_by_text("Welcome to Brightboard, Grace")).to_be_visible()
    await page.get_by_role("combobox", name="After this event").click()
    await (
        page.get_by_role("option", name="Signed Up, now")
        .or_(page.get_by_role("option", name="Signed Up,"))
        .first.click()
    )
    await expect(page.get_by_text("Welcome to Brightboard, Grace")).to_be_visible()
    message = page.frame_locator('iframe[title="The message"]')
    await expect(message.get_by_text("your trial has begun")).to_be_visible()
    await clean(page)
    await page.get_by_role("combobox", name="Language and place").fill("Swiss")
    await page.get_by_role("option", name="Swiss High German").click()
    await expect(page.get_by_text("It reads the same everywhere")).to_be_visible()
    text = (await server.ask("/api/content/template/welcome")).json()["text"]
    more = "<mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section>\n"
    await code.fill(text + more.format("{{ customr.x }}"))
    await expect(page.get_by_text("It can't be published like this")).to_be_visible()
    await expect(page.get_by_text("did you mean “customer”?").first).to_be_visible()
    await code.fill(text + more.format("See you soon"))
    await expect(page.get_by_text("It can't be published like this")).to_be_hidden()
    await expect(message.get_by_text("See you soon")).to_be_visible()
    await page.get_by_role("button", name="Send me a test").click()
    await expect(page.get_by_text(f"Sent to {EMAIL}")).to_be_visible()
    async with server.database.pool.acquire() as connection:
        (kept,) = (await mailbox.search(connection, server.workspace, EMAIL)).messages
    assert kept.subject == "[Test] Welcome to Brightboard, Grace"
    await page.get_by_role("tab", name="Settings").click()
    await page.get_by_role("textbox", name="Preview text").fill("One thing to try")
    await clean(page)
    await page.get_by_role("button", name="Publish…").click()
    plan = page.get_by_role("dialog", name="Publish welcome")
    await expect(plan).to_contain_text("onboarding")
    words = plan.get_by_role("region", name="What changed")
    await expect(words.locator("dt")).to_have_text(["Preview text", "Words"])
    for title, count in (("Before", 0), ("After", 1)):
        shown = plan.frame_locator(f'iframe[title="{title}: the message"]')
        await expect(shown.get_by_text("your trial has begun")).to_be_visible()
        await expect(shown.get_by_text("See you soon")).to_have_count(count)
    source = plan.get_by_text("+preheader: One thing to try")
    await expect(source).to_be_hidden()
    await plan.get_by_text("Line by line, as the source is written").click()
    await expect(source).to_be_visible()
    await clean(page)
    await plan.get_by_role("textbox", name="What it is for").fill("Shorter preview")
    await plan.get_by_role("button", name="Publish").click()
    await expect(page.get_by_text("welcome is published")).to_be_visible()
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Versions").click()
    versions = page.get_by_role("dialog", name="Versions of welcome")
    newest = versions.get_by_role("button", name="Shorter preview (in force)")
    await expect(newest).to_have_attribute("aria-current", "true")
    changed = versions.get_by_role("region", name="What changed")
    await expect(changed.locator("dt")).to_have_text(["Preview text", "Words"])
    await expect(changed.locator("ins").last).to_have_text("See you soon")
    reads = versions.get_by_role("region", name="How it reads")
    for title, count in (("Before", 0), ("After", 1)):
        shown = reads.frame_locator(f'iframe[title="{title}: the message"]')
        await expect(shown.get_by_text("your trial has begun")).to_be_visible()
        await expect(shown.get_by_text("See you soon")).to_have_count(count)
    await expect(versions.get_by_role("region", name="Line by line")).to_contain_text("+preheader: One thing to try")
    await clean(page)
    await versions.get_by_role("list", name="Versions").get_by_role("button").last.click()
    await expect(versions.get_by_text("there is nothing yet")).to_be_hidden()  # it is compared with what came after
    await versions.get_by_role("button", name="Restore as draft").click()
    await expect(page.get_by_role("textbox", name="Preview text")).to_have_value(
        "Three things to try in your first five minutes"
    )
    text = page.get_by_role("textbox", name="Preview text")
    await text.fill("Written meanwhile")
    await page.get_by_role("button", name="Undo").click()
    await expect(text).to_have_value("One thing to try")
    taken = page.get_by_text("The draft is as it was before.").locator("..")
    await taken.get_by_role("button", name="Undo").click()
    await expect(text).to_have_value("Written meanwhile")


async def test_publishing_says_who_gets_a_message_as_it_was(visit: Visit) -> None:
    page, server = visit
    project = read_folder(Path(demo.__file__).parent / "project")
    journey = project.journeys["onboarding"]
    for steps in ([journey["steps"][0], {"id": "rest", "wait": "30 days"}], journey["steps"]):
        changed = {**project.journeys, "onboarding": {**journey, "steps": steps}}
        await apply(server.database.pool, server.workspace, replace(project, journeys=changed))
        await until(server, "/api/progress", lambda said: said["done"])
        if len(steps) == 2:
            await server.post("/v1/identify", {"userId": "u", "traits": {"email": "grace@example.com"}})
            await server.post("/v1/track", {"userId": "u", "event": "Signed Up", "properties": {"plan": "trial"}})
            await until(server, "/api/people/id/u/deliveries", lambda said: bool(said.get("deliveries")))
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Content").click()
    await page.get_by_role("link", name="welcome", exact=True).click()
    await page.get_by_role("tab", name="Settings").click()
    await page.get_by_role("textbox", name="Preview text").fill("One thing to try")
    await page.get_by_role("button", name="Publish…").click()
    plan = page.get_by_role("dialog", name="Publish welcome")
    await expect(plan).to_contain_text("1 person who finishes on version 1 of Trial onboarding gets it as it was.")
    await clean(page)
    await seen_on_a_low_screen(page, plan.get_by_role("button", name="Publish"))


async def test_new_content_begins_with_a_starter_and_its_deletion_is_undone(visit: Visit) -> None:
    page = visit.page
    await open_content(visit)
    await page.get_by_role("button", name="New").click()
    await page.get_by_role("radio", name="Text message").check()
    await page.get_by_role("textbox", name="Name").fill("héllo SMS!")
    await expect(page.get_by_text("Journeys name it hello-SMS; that does not change later.")).to_be_visible()
    await clean(page)
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("heading", name="hello-SMS")).to_be_visible()
    await expect(page.get_by_label("Text part")).to_contain_text("Hello Grace, this is production.")
    await page.get_by_role("button", name="Publish…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    await expect(page.get_by_text("hello-SMS is published")).to_be_visible()
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Delete").click()
    await expect(page.get_by_text("hello-SMS is deleted")).to_be_visible()
    await expect(page.get_by_role("link", name="hello-SMS")).to_be_hidden()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("link", name="hello-SMS")).to_be_visible()
    await page.set_viewport_size({"width": 390, "height": 800})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_a_message_is_drawn_as_blocks_by_mouse_and_by_keys(visit: Visit) -> None:
    page, server = visit
    await open_content(visit)
    before = (await server.ask("/api/content/template/welcome")).json()["text"]
    await page.get_by_role("link", name="welcome", exact=True).click()
    message = page.get_by_role("group", name="The message, as blocks")
    await expect(message).to_contain_text("Create your first project")
    await expect(page.get_by_role("button", name="Publish…")).to_be_disabled()
    button = message.get_by_role("group", name="Button")
    await button.click()
    await clean(page)
    looks = page.get_by_role("region", name="Looks of the button")
    await looks.get_by_role("textbox", name="Says").fill("Begin now")
    await expect(page.get_by_text("Draft saved")).to_be_visible()
    drafted = (await server.ask("/api/drafts/template/welcome")).json()["body"]["text"]
    assert drafted == before.replace("Create your first project", "Begin now")
    await looks.get_by_role("textbox", name="Leads to").fill("brightboard.example/projects/new")
    await looks.get_by_role("textbox", name="Shown only if").fill('customer.plan == "trial"')
    await button.focus()
    await page.keyboard.press("Alt+ArrowUp")
    await expect(page.get_by_role("status").filter(has_text="Moved up")).to_be_attached()
    words = message.get_by_role("group", name="Text").last
    await words.click()
    writes = page.get_by_role("textbox", name="Words of the text")
    await expect(writes).to_contain_text("company_name")
    await writes.click()
    await page.keyboard.press("Control+End")
    await page.keyboard.type(" See you, ")
    await page.get_by_role("combobox", name="Insert a value").fill("customer.first")
    await page.get_by_role("option", name="customer.first_name").click()
    await page.get_by_role("textbox", name="Where first_name is not known").fill("dear reader")
    await clean(page)
    await page.get_by_role("button", name="Columns", exact=True).click()
    columns = message.get_by_role("group", name="Row of 2 columns")
    await expect(columns).to_be_visible()
    await page.get_by_role("button", name="Footer", exact=True).click()
    await expect(message.get_by_text("Unsubscribe")).to_be_visible()
    await expect(columns.get_by_text("Unsubscribe")).to_be_hidden()
    await page.get_by_role("button", name="Undo").click()
    source = page.get_by_role("button", name="Heading", exact=True)
    await source.drag_to(message.get_by_role("group", name="Text").first, target_position={"x": 40, "y": 3})
    await expect(message.get_by_role("group", name="Heading")).to_be_visible()
    await message.get_by_role("group", name="Row of 2 columns").focus()
    await page.keyboard.press("Delete")
    await expect(message.get_by_role("group", name="Row of 2 columns")).to_be_hidden()
    await page.get_by_role("tab", name="Settings").click()
    await page.get_by_role("tab", name="Design").click()
    await page.get_by_role("button", name="Undo").click()
    await expect(message.get_by_role("group", name="Row of 2 columns")).to_be_visible()
    await words.click()
    await expect(writes).to_have_text("Say it here.")
    await writes.click()
    await page.keyboard.press("Control+End")
    await page.evaluate(DRAWN)  # until then the editor has not heard where the caret is
    await page.keyboard.press("Enter")
    await expect(writes.get_by_role("paragraph")).to_have_count(2)
    await page.evaluate(PASTE)
    await expect(writes.get_by_role("listitem")).to_have_text(["One", "Two"])
    await page.get_by_role("tab", name="Code").click()
    code = page.get_by_role("textbox", name="Text of welcome")
    for line in (
        "<mj-text><h2>A heading</h2></mj-text>",
        '{% if customer.plan == "trial" %}',
        '      <mj-button href="https://brightboard.example/projects/new">Begin now</mj-button>',
        'See you, {{ customer.first_name | default: "dear reader" }}',
    ):
        await expect(code).to_contain_text(line)
    await expect(page.get_by_text("It can't be published like this")).to_be_hidden()
    await page.get_by_role("button", name="Publish…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    await expect(page.get_by_text("welcome is published")).to_be_visible()
    said = (await server.ask("/api/content/template/welcome")).json()["text"]
    assert said.startswith(before.split("<mj-section")[0])


REDRAWN = """(keep) => {
    const nodes = [...document.querySelectorAll(".design-page [data-key]")];
    const name = Object.keys(nodes[0]).find((each) => each.startsWith("__reactProps"));
    const now = nodes.map((each) => each[name]);
    const changed = (window.drawn ?? []).filter((each, n) => each !== now[n]).length;
    if (keep) window.drawn = now;
    return keep ? now.length : changed;
}"""
"""How many blocks and rows there are, each kept as React drew it; then how many of those it has drawn anew."""


async def test_a_key_in_a_long_message_draws_its_own_block_anew_and_no_other(visit: Visit) -> None:
    page, server = visit
    await open_content(visit)
    rows = "".join(
        f"<mj-section>\n  <mj-column>\n{''.join(f'    <mj-text>Line {row}.{n}</mj-text>{chr(10)}' for n in range(5))}"
        "  </mj-column>\n</mj-section>\n"
        for row in range(40)
    )
    text = f"---\nchannel: email\nsubject: Long\nlayout: base\n---\n{rows}"
    async with enter(server, "grace@example.com", "author") as grace:
        body = {"body": {"text": text, "format": "mjml"}}
        made = await grace.put("/api/drafts/template/long", json=body, headers={"if-none-match": "*"})
        assert made.status_code == 200, made.text
    await page.goto("/production/content/template/long")
    block = page.get_by_role("group", name="Text").nth(100)
    await block.click()
    words = page.get_by_role("textbox", name="Words of the text")
    await words.click()
    await page.keyboard.press("Control+End")
    assert await page.evaluate(REDRAWN, True) == 240
    await page.keyboard.type(" and more of it")
    await expect(block).to_contain_text("Line 20.0 and more of it")
    await expect(page.get_by_text("Draft saved")).to_be_visible()
    assert await page.evaluate(REDRAWN, False) == 2  # the block, and the row around it
    # and what was typed at once is undone at once
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Undo").click()
    await expect(block).not_to_contain_text("and")
    await expect(page.get_by_role("button", name="Undo")).to_be_disabled()


async def test_blocks_are_carried_by_hand_and_by_clipboard(visit: Visit) -> None:
    page, server = visit
    await open_content(visit)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.get_by_role("link", name="welcome", exact=True).click()
    message = page.get_by_role("group", name="The message, as blocks")
    said = message.locator(".design-block")
    heard = page.get_by_role("status")
    button = message.get_by_role("group", name="Button")
    await button.click()
    await button.drag_to(message.get_by_role("group", name="Text").first, target_position={"x": 300, "y": 3})
    await expect(said.first).to_have_text("Create your first project")
    await expect(button).to_be_focused()
    text = message.get_by_role("group", name="Text").first
    await text.click()
    await text.get_by_title("Drag to move").drag_to(button, target_position={"x": 300, "y": 3})
    await expect(said.first).to_contain_text("first_name")
    await button.focus()
    await page.keyboard.press("Control+x")
    await expect(button).to_have_count(0)
    await expect(heard.filter(has_text="Cut")).to_be_attached()
    await page.keyboard.press("Control+z")
    await expect(button).to_have_count(1)
    await page.keyboard.press("Control+y")
    await expect(button).to_have_count(0)
    await page.get_by_role("link", name="Content", exact=True).last.click()
    await page.get_by_role("link", name="cart-reminder", exact=True).click()
    await button.focus()
    await page.keyboard.press("Control+v")
    await expect(button).to_have_text(["Back to the checkout", "Create your first project"])
    await expect(button.last).to_be_focused()
    await page.keyboard.press("Control+z")
    await expect(button).to_have_count(1)
    await expect(message).to_be_focused()
    await page.evaluate("() => navigator.clipboard.writeText('no block at all')")
    await page.keyboard.press("Control+v")
    await expect(button).to_have_count(1)
    before = (await server.ask("/api/content/template/cart-reminder")).json()["text"]
    where = "/api/drafts/template/cart-reminder"
    await until(server, where, lambda draft: draft.get("body", {}).get("text") == before)


async def test_nothing_that_was_written_is_lost_between_two_tabs_or_on_leaving(visit: Visit) -> None:
    page, server = visit
    await open_content(visit)
    other = await page.context.new_page()
    for tab in (page, other):
        await tab.goto("/production/content/template/welcome?view=settings")
        await expect(tab.get_by_role("textbox", name="Subject")).not_to_have_value("")
    await page.get_by_role("textbox", name="Subject").fill("From the first")
    await expect(page.get_by_text("Draft saved")).to_be_visible()
    await other.get_by_role("textbox", name="Subject").fill("From the second")
    await expect(other.get_by_role("alert")).to_contain_text("Nothing is written over before you choose.")
    assert await other.evaluate(LEAVES), "it would be lost without a word"
    await clean(other)
    await other.get_by_role("button", name="Keep mine").click()
    await expect(other.get_by_text("Draft saved")).to_be_visible()
    assert not await other.evaluate(LEAVES)
    drafted = (await server.ask("/api/drafts/template/welcome")).json()["body"]["text"]
    assert "From the second" in drafted
    await page.get_by_role("textbox", name="Subject").fill("From the first again")
    await page.get_by_role("button", name="Show theirs, drop mine").click()
    await expect(page.get_by_role("textbox", name="Subject")).to_have_value("From the second")
    await other.close()
