"""People found by a rule, edited, imported from a file and taken back, as somebody does it in the browser."""

import asyncio
import re
from pathlib import Path

from playwright.async_api import expect

from tests.api.test_changing import FILE, finish
from tests.api.test_manage import until
from tests.browser.conftest import Visit, clean
from tidings.people import indexing


async def test_people_are_found_by_a_rule_and_one_is_edited(visit: Visit) -> None:
    page, server = visit
    for name, plan in (("ada", "pro"), ("bo", "free")):
        traits = {"email": f"{name}@example.com", "plan": plan, "city": "Köln"}
        await server.post("/v1/identify", {"userId": name, "traits": traits})
    await until(server, "/api/people", lambda said: len(said.get("people", [])) == 2)
    await page.goto("/production/people?columns=plan")
    await expect(page.get_by_role("row").filter(has_text="bo@example.com")).to_contain_text("free")
    await page.get_by_role("checkbox", name="Choose all that are shown").check()
    await expect(page.get_by_role("button", name="With 2 chosen…")).to_be_visible()
    await page.get_by_role("checkbox", name="Choose all that are shown").uncheck()
    await expect(page.get_by_role("button", name="Export as CSV")).to_be_visible()
    await page.get_by_role("searchbox").fill("ada")
    await expect(page.get_by_role("button", name="Export as CSV")).to_have_count(0)
    await page.get_by_role("searchbox").fill("")
    await page.get_by_role("button", name="By rule").click()
    await page.get_by_role("button", name="As a sentence").click()
    await page.get_by_role("textbox", name="Rule, as a sentence").fill('plan = "pro"')
    await expect(page.get_by_role("status", name="How many people")).to_have_text("1 person of 2")
    await expect(page.get_by_role("link", name="bo@example.com")).to_be_hidden()
    await expect(page).to_have_url(re.compile("columns=plan.*rule=|rule=.*columns=plan"))
    await page.get_by_role("button", name="Columns (1)").click()
    await page.get_by_role("combobox", name="Attributes shown").fill("city")
    await page.get_by_role("combobox", name="Attributes shown").press("Enter")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("row").filter(has_text="ada@example.com")).to_contain_text("Köln")
    await clean(page)
    await page.route("**/api/people/matching", lambda route: route.abort())
    rule = page.get_by_role("textbox", name="Rule, as a sentence")
    await rule.fill('plan = "free"')
    await expect(page.get_by_role("status", name="How many people")).to_contain_text("The search was cut off.")
    await page.unroute("**/api/people/matching")
    await page.get_by_role("button", name="Search again").click()
    await expect(page.get_by_role("link", name="bo@example.com")).to_be_visible()
    await rule.fill('plan = "pro"')
    await expect(page.get_by_role("status", name="How many people")).to_have_text("1 person of 2")
    await page.get_by_role("link", name="ada@example.com").click()
    await page.get_by_role("button", name="Edit plan").click()
    await page.get_by_role("textbox", name="Value").fill("team")
    await page.get_by_role("button", name="Save").click()
    attributes = page.get_by_role("region", name="Attributes")
    await expect(attributes).to_contain_text("team")
    await clean(page)
    await page.get_by_role("button", name="Undo").click()
    await expect(attributes).to_contain_text("pro")
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Suppress…").click()
    await expect(page.get_by_text("What your product sends about them later is refused")).to_be_visible()
    await page.get_by_role("button", name="Suppress them").click()
    await expect(page.get_by_text("ada@example.com is suppressed in a moment.")).to_be_visible()
    await until(server, "/api/people", lambda said: [each["id"] for each in said.get("people", [])] == ["bo"])


SEES: str = """text => {
  window.said = false;
  const look = () => { window.said ||= document.body.innerText.includes(text); };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


async def test_a_rule_that_holds_for_somebody_is_at_no_moment_said_to_hold_for_nobody(visit: Visit) -> None:
    page, server = visit
    for n in range(30):
        await server.post("/v1/identify", {"userId": f"u{n}", "traits": {"plan": "pro"}})
    await until(server, "/api/people", lambda said: len(said.get("people", [])) == 30)
    await page.goto("/production/people")
    await page.get_by_role("button", name="By rule").click()
    await page.get_by_role("button", name="As a sentence").click()
    await page.evaluate(SEES, "The rule holds for nobody now.")
    await page.get_by_role("textbox", name="Rule, as a sentence").fill('plan = "pro"')
    await expect(page.get_by_role("status", name="How many people")).to_have_text("30 people of 30")
    await expect(page.get_by_role("table").get_by_role("link")).to_have_count(30)
    assert not await page.evaluate("window.said")
    await page.get_by_role("textbox", name="Rule, as a sentence").fill('plan = "free"')
    await expect(page.get_by_text("The rule holds for nobody now.")).to_be_visible()


async def test_a_rule_that_cannot_be_read_counts_nobody(visit: Visit) -> None:
    page, server = visit
    await server.post("/v1/identify", {"userId": "ada", "traits": {"plan": "pro"}})
    await until(server, "/api/people", lambda said: len(said.get("people", [])) == 1)
    await page.goto("/production/people")
    await page.get_by_role("button", name="By rule").click()
    await page.get_by_role("button", name="As a sentence").click()
    rule = page.get_by_role("textbox", name="Rule, as a sentence")
    many = page.get_by_role("status", name="How many people")
    await rule.fill('plan = "pro"')
    await expect(many).to_have_text("1 person of 1")
    await expect(page.get_by_role("button", name="With all 1…")).to_be_visible()
    await rule.fill('plan = "pro" and')
    await expect(many).to_have_text("Waiting for a rule that can be read")
    await expect(page.get_by_role("table")).to_have_count(0)
    await expect(page.get_by_role("button", name="With all 1…")).to_have_count(0)
    await clean(page)
    await rule.fill('plan = "free"')
    await expect(many).to_have_text("0 people of 1")


async def test_a_number_becomes_no_text_unsaid(visit: Visit) -> None:
    page, server = visit
    await server.post("/v1/identify", {"userId": "ada", "traits": {"seats": 5}})
    await until(server, "/api/people/id/ada", lambda said: said.get("attributes", {}).get("seats") == 5)
    person = (await server.ask("/api/people/id/ada")).json()["person"]
    await page.goto(f"/production/people/{person}")
    await page.get_by_role("button", name="Edit seats").click()
    value = page.get_by_role("textbox", name="Value")
    await value.fill("five")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("seats is a number here, such as 12 or 2.5")).to_be_visible()
    await clean(page)
    await value.fill("12.50")
    await page.get_by_role("button", name="Save").click()
    await until(server, "/api/people/id/ada", lambda said: said["attributes"]["seats"] == 12.5)
    await page.get_by_role("button", name="Edit seats").click()
    await value.fill("five")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Save it all the same").click()
    await until(server, "/api/people/id/ada", lambda said: said["attributes"]["seats"] == "five")


async def test_a_file_is_imported_and_taken_back(visit: Visit) -> None:
    page, server = visit
    await page.goto("/production/people/import")
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download this example").click()
    taught = await asyncio.to_thread(Path(await (await download.value).path()).read_text)
    await clean(page)
    read = (await server.ask("/api/imports/columns", "POST", json={"text": taught})).json()["columns"]
    assert [each["guess"].get("type") for each in read if each["guess"]["to"] == "attribute"] == [
        *("text", "text", "number", "date", "yes or no", "text"),
    ]
    heads, *rows = FILE.splitlines()
    file = "\n".join([f"{heads},name,since", *(f"{row},Zoë,31.01.2026" for row in rows)])
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Choose a file").click()
    workbook = {"name": "pilot.xlsx", "mimeType": "application/zip", "buffer": b"PK\x03\x04"}
    await (await chooser.value).set_files(workbook)
    await expect(page.get_by_text("Save it as CSV there")).to_be_visible()
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Choose a file").click()
    await (await chooser.value).set_files(
        {"name": "pilot.csv", "mimeType": "text/csv", "buffer": file.encode("cp1252")}
    )
    await expect(page.get_by_role("combobox", name="Kind of seats")).to_have_value("number")
    await expect(page.get_by_role("combobox", name="Kind of since")).to_have_value("date, day first")
    await page.get_by_role("button", name="Look through it").click()
    what = page.get_by_role("region", name="What it will do")
    await expect(what).to_contain_text("2 rows can be imported: 2 new people")
    example = "Row 2, for example: email ada@example.com · plan pro · seats 5 · name Zoë · since 31 Jan 2026"
    await expect(what).to_contain_text(example)
    await expect(what).to_contain_text("Row 4, email: “broken” is no email address")
    await clean(page)
    await page.get_by_role("button", name="Import 2 rows").click()
    done = page.get_by_role("region", name="Work on many people")
    await expect(done).to_contain_text("Import of pilot.csv")
    await finish(server)
    await expect(done).to_contain_text("is done")
    await until(server, "/api/people", lambda said: len(said.get("people", [])) == 2)
    async with page.expect_download() as download:
        await done.get_by_role("button", name="Rows left out").click()
    left = await asyncio.to_thread(Path(await (await download.value).path()).read_text)
    assert left[0] == "\ufeff", "what Excel knows UTF-8 by"
    assert left[1:] == (
        "What is wrong,email,plan,seats,name,since\nRow 4: email: “broken” is no email address,broken,free,1,Zoë,31.01.2026\n"
    )
    await done.get_by_role("button", name="Undo").click()
    await expect(done).to_contain_text("Undo of pilot.csv")
    await finish(server)
    await until(server, "/api/people", lambda said: said.get("people") == [])
    lines = done.locator("[data-item]")
    await expect(lines).to_have_text([re.compile("^Undo of"), re.compile("^Import of")])
    await done.get_by_role("combobox", name="Order").click()
    await page.get_by_role("option", name="Oldest first").click()
    await expect(lines).to_have_text([re.compile("^Import of"), re.compile("^Undo of")])
    await done.get_by_role("searchbox").fill("undo")
    await expect(lines).to_have_count(1)
    await expect(page).to_have_url(re.compile(r"q=undo"))
    await page.reload()
    await expect(lines).to_have_text([re.compile("^Undo of")])
    await done.get_by_role("combobox", name="Status").click()
    await page.get_by_role("option", name="Failed").click()
    await expect(done).to_contain_text("Nothing is found for “undo”")
    await clean(page)


async def test_people_are_sorted_and_narrowed_by_an_indexed_attribute(visit: Visit) -> None:
    page, server = visit
    for name, seats in (("ada", 70), ("bo", 5), ("cy", 12)):
        await server.post("/v1/identify", {"userId": name, "traits": {"name": name.title(), "seats": seats}})
    await until(server, "/api/catalog", lambda said: any(e["property"] == "seats" for e in said.get("catalog", [])))
    await page.goto("/production/data/catalog?kind=attribute&name=person//seats")
    drawer = page.get_by_role("dialog", name="seats")
    await drawer.get_by_role("switch", name="Indexed").click()
    await expect(drawer.get_by_text("Work on it begins in a moment.")).to_be_visible()
    while await indexing.work(server.database.pool):
        pass
    await expect(drawer.get_by_text("People can be sorted and searched by it.")).to_be_visible()
    await clean(page)
    await page.goto("/production/people?columns=seats")
    names = page.get_by_role("row").get_by_role("link")
    await page.get_by_role("button", name="seats").click()
    await expect(names).to_have_text(["Bo", "Cy", "Ada"])
    await expect(page).to_have_url(re.compile("sort=attribute"))
    await page.get_by_role("combobox", name="Attribute").click()
    await page.get_by_role("option", name="seats").click()
    await page.get_by_role("textbox", name="Value of seats").fill("10..")
    await expect(names).to_have_text(["Cy", "Ada"])
    await clean(page)
    await page.get_by_role("button", name="Name").click()
    await expect(names).to_have_text(["Ada", "Cy"])
    await page.reload()
    await expect(names).to_have_text(["Ada", "Cy"])
