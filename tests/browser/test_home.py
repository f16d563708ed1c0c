"""Home: first steps are ticked by what really happens; then what is live, what changed, what needs a look. Reports with their tables."""

import re
from pathlib import Path

from playwright.async_api import expect

from tests.api.test_manage import until
from tests.browser.conftest import Visit, clean
from tidings import demo
from tidings.project.apply import apply
from tidings.project.folder import read_folder


async def test_the_first_steps_do_things_and_see_what_happens(visit: Visit) -> None:
    page, server = visit
    await expect(page.get_by_role("heading", level=1, name="Welcome, Ada")).to_be_visible()
    steps = page.get_by_role("region", name="First steps")
    await steps.get_by_role("textbox", name="Name").fill("My product")
    await steps.get_by_role("radio", name="A server", exact=True).check()
    await steps.get_by_role("button", name="Create").click()
    code = await steps.get_by_label("Code", exact=True).inner_text()
    await clean(page)
    (key,) = set(re.findall(r"curl -u (\w+):", code))
    await expect(steps.get_by_text("Listening for your first event")).to_be_visible()
    await server.post("/v1/track", {"userId": "ada", "event": "Signed Up"}, key)
    await expect(steps.get_by_text("We got it: Signed Up")).to_be_visible()
    await steps.get_by_role("button", name="Give your mail its looks").click()
    await steps.get_by_role("textbox", name="Your name, as people know it").fill("Shop")
    await steps.get_by_role("textbox", name="Postal address").fill("1 Main Street, Springfield")
    await clean(page)
    await steps.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Every mail has these looks now.")).to_be_visible()
    brand = (await server.ask("/api/settings")).json()["settings"]["brand"]
    assert (brand["name"], brand["address"]) == ("Shop", "1 Main Street, Springfield")
    await expect(steps.get_by_label("Done").first).to_be_visible()


async def test_home_and_reports_show_what_is_live_and_what_needs_a_look(visit: Visit) -> None:
    page, server = visit
    project = read_folder(Path(demo.__file__).parent / "project")
    await apply(server.database.pool, server.workspace, project, note="The first ones")
    await until(server, "/api/progress", lambda said: said["done"])
    traits = {"email": "ada@example.com", "first_name": "Ada", "plan": "trial"}
    await server.post("/v1/identify", {"userId": "u", "traits": traits})
    await server.post("/v1/track", {"userId": "u", "event": "Signed Up", "properties": {"plan": "trial"}})
    await server.post("/v1/group", {"userId": "u", "groupId": "a", "traits": {"x": 1}}, server.public_key)
    await until(server, "/api/rejected", lambda said: len(said["rejected"]) == 1)
    await until(server, "/api/reports", lambda said: said["entered"] == 1)
    await page.reload()
    row = page.get_by_role("row", name="Trial onboarding")
    await expect(row.get_by_role("cell").nth(2)).to_have_text("1")
    await expect(page.get_by_role("region", name="Changed lately")).to_contain_text("The first ones")
    regions = [
        await each.get_attribute("aria-label")
        for each in await page.locator("section[aria-label], [role=region]").all()
    ]
    assert len(regions) == len(set(regions)), regions
    await clean(page)
    await page.get_by_role("link", name="1 record could not be applied").click()
    await expect(page.get_by_role("heading", level=1, name="Rejected")).to_be_visible()
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Reports").click()
    await expect(page.get_by_role("region", name="Journeys")).to_contain_text("Trial onboarding")
    await clean(page)
    journeys = page.get_by_role("table", name="Journeys")
    await journeys.get_by_role("button", name="Entered").click()
    await expect(page).to_have_url(re.compile(r"sort=journeys\.-Entered"))
    await expect(journeys.get_by_role("row").nth(1)).to_contain_text("Trial onboarding")
    receipt = journeys.get_by_role("row", name="Thank you for the order").get_by_role("cell")
    await expect(receipt.nth(3)).to_have_text("–")  # it has no goal
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="CSV of Journeys").click()
    text = (await (await waiting.value).path()).read_text(encoding="utf-8")
    assert text.startswith("\ufeffJourney,Entered,Finished,Reached the goal,Sent,Opened %,Clicked %\n")
    await page.get_by_role("link", name="Trial onboarding").click()
    await expect(page.get_by_role("heading", level=1, name="Trial onboarding")).to_be_visible()
    await page.get_by_role("region", name="By day").get_by_role("button", name="Show as a table").click()
    table = page.get_by_role("region", name="Trial onboarding by day, as a table")
    await expect(table.get_by_role("row").last).to_contain_text("1")
    await clean(page)
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="CSV of Trial onboarding by day").click()
    text = (await (await waiting.value).path()).read_text(encoding="utf-8-sig")
    assert text.startswith("day,Entered,Sent,Reached the goal\n")
    assert text.rstrip().splitlines()[-1].split(",")[1] == "1"
    await page.get_by_role("button", name="Show the chart").click()
    steps = page.get_by_role("table", name="Trial onboarding, step by step")
    await expect(steps.get_by_role("row").nth(1)).to_contain_text("Send a message Welcome to Brightboard")
    assert all(await steps.get_by_role("columnheader").all_inner_texts()), "each column says what stands in it"
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="CSV of Trial onboarding, step by step").click()
    text = (await (await waiting.value).path()).read_text(encoding="utf-8-sig")
    assert text.startswith("Step,Went past it,There now,Left there,Sent,Opened,Clicked,Id\n")
    assert text.splitlines()[1].startswith('"Send a message: Welcome to Brightboard, …",')
    for what in ("by day", "step by step"):
        async with page.expect_download() as waiting:
            await page.get_by_role("button", name=re.compile(f"PNG of Trial onboarding,? {what}")).click()
        assert (await (await waiting.value).path()).read_bytes().startswith(b"\x89PNG")
    await page.set_viewport_size({"width": 390, "height": 800})
    cards = page.get_by_role("list", name="Trial onboarding, step by step").get_by_role("listitem")
    await expect(cards.first).to_contain_text("Send a message Welcome to Brightboard")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await clean(page)
