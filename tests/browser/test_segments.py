"""Segments: listed, opened, a rule checked as it is typed and kept as a draft, somebody explained."""

import re
from pathlib import Path

from playwright.async_api import expect

from tests.api.test_manage import until
from tests.api.test_management import enter
from tests.browser.conftest import Visit, clean
from tidings import demo
from tidings.project.apply import apply
from tidings.project.folder import read_folder


async def test_a_rule_is_edited_as_a_draft_and_a_person_explained(visit: Visit) -> None:
    page, server = visit
    await apply(server.database.pool, server.workspace, read_folder(Path(demo.__file__).parent / "project"))
    traits = {"email": "ada@example.com", "first_name": "Ada", "plan": "trial"}
    await server.post("/v1/identify", {"userId": "u", "traits": traits})
    other = {"email": "bob@example.com", "plan": "pro"}
    await server.post("/v1/identify", {"userId": "v", "traits": other})
    await until(server, "/api/segments/trials", lambda said: said.get("people") == 1)
    await until(server, "/api/people/id/v", lambda said: said.get("email") == "bob@example.com")
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Segments").click()
    await expect(page.get_by_role("heading", name="Segments")).to_be_visible()
    await expect(
        page.get_by_role("row").filter(has=page.get_by_role("link", name="On trial", exact=True))
    ).to_be_visible()
    await clean(page)
    await page.get_by_role("link", name="On trial", exact=True).click()
    await expect(page.get_by_text("1 person", exact=True)).to_be_visible()
    await expect(page.get_by_role("region", name="Some of its people")).to_contain_text("Ada")
    rule = page.get_by_role("textbox", name="Rule, as a sentence")
    await rule.fill('plan = = "trial"')
    await expect(page.get_by_text("Line 1, column 8")).to_be_visible()
    await clean(page)
    # what was never seen here is most often a slip of the pen
    await rule.fill('plam = "trial" and opened email "welcom"')
    hints = page.get_by_role("region", name="Rule").get_by_role("status").filter(has_text="ever seen")
    await expect(hints).to_contain_text("Nobody was ever seen with “plam”; did you mean “plan”?")
    await expect(hints).to_contain_text("There is no message “welcom”; did you mean “welcome”?")
    await clean(page)
    await rule.fill('plan  = "pro"')
    await expect(hints).to_have_count(0)
    await expect(page.get_by_role("group", name='plan = "pro"', exact=True)).to_be_visible()
    await expect(page.get_by_text("Draft saved. It reaches nobody")).to_be_visible()
    drafted = await server.ask("/api/drafts/segment/trials")
    assert drafted.json()["body"]["rule"].split() == ["plan", "=", '"pro"']
    drafted_rule = re.compile(r'plan +=\s*"pro"')  # as typed, or as it was printed meanwhile
    # taken back, and done again
    await page.get_by_role("button", name="Undo").click()
    await expect(rule).not_to_have_value(drafted_rule)
    await page.get_by_role("button", name="Redo").click()
    await expect(rule).to_have_value(drafted_rule)
    await expect(page.get_by_text("Draft saved. It reaches nobody")).to_be_visible()
    await expect(page.get_by_text("1 person", exact=True)).to_be_visible()
    await page.get_by_role("textbox", name="Email or id").fill("ada@example.com")
    await page.get_by_role("button", name="Ask").click()
    reasons = page.get_by_role("region", name="Why, or why not")
    await expect(reasons).to_contain_text("is in")
    await page.get_by_role("textbox", name="Email or id").fill("bob@example.com")
    await page.get_by_role("button", name="Ask").click()
    await expect(reasons).to_contain_text('plan = "trial" (it is "pro"); never true')
    await clean(page)
    await reasons.get_by_label("As of").fill("2020-01-01T09:00")
    await expect(reasons).to_contain_text("nothing was known of the person then")
    await reasons.get_by_label("As of").fill("")
    await expect(reasons).to_contain_text('plan = "trial" (it is "pro"); never true')
    await page.reload()
    await expect(rule).to_have_value(drafted_rule)
    await page.get_by_role("button", name="Discard draft").click()
    await expect(rule).not_to_have_value(drafted_rule)
    await expect(page.get_by_text("It reaches nobody")).to_be_hidden()
    assert (await server.ask("/api/drafts/segment/trials")).status_code == 404
    await page.set_viewport_size({"width": 390, "height": 800})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_a_segment_is_made_counted_published_and_deleted(visit: Visit) -> None:
    page, server = visit
    for n, plan in enumerate(("pro", "pro", "free")):
        await server.post("/v1/identify", {"userId": f"u{n}", "traits": {"email": f"p{n}@example.com", "plan": plan}})
    await until(server, "/api/people", lambda said: len(said.get("people", [])) == 3)
    await page.goto("/production/segments")
    begin = page.get_by_role("button", name="New segment").first
    await begin.click()
    await page.get_by_role("textbox", name="Name").press("Escape")
    await expect(begin).to_be_focused()
    await begin.press("Enter")
    await page.get_by_role("textbox", name="Name").fill("Pro customers")
    await expect(page.get_by_role("dialog")).to_contain_text("Rules call it pro-customers")
    await clean(page)
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("heading", name="Pro customers")).to_be_visible()
    await page.get_by_role("textbox", name="Rule, as a sentence").fill('plan = "pro"')
    count = page.get_by_role("status", name="How many people")
    await expect(count).to_have_text("2 people of 3")
    await expect(page.get_by_text("Such as ").get_by_role("link")).to_have_count(2)
    await expect(page.get_by_text("Draft saved. It reaches nobody")).to_be_visible()
    await clean(page)
    await page.get_by_role("button", name="Publish…").click()
    plan_ = page.get_by_role("dialog", name="Publish the segment")
    await expect(plan_).to_contain_text("2 people of 3")
    await expect(plan_).to_contain_text("Nothing uses it yet.")
    await clean(page)
    await plan_.get_by_role("button", name="Publish", exact=True).click()
    await expect(page.get_by_text("2 people", exact=True)).to_be_visible()
    await expect(page.get_by_role("region", name="Some of its people")).to_contain_text("p0@example.com")
    await clean(page)
    await page.reload()  # whoever only looks writes nothing
    await expect(page.get_by_role("group", name='plan = "pro"', exact=True)).to_be_visible()
    await server.database.execute("UPDATE in_force SET built = 0 WHERE partition < 32")
    await expect(page.get_by_text("Being counted, 50 %")).to_be_visible()
    await expect(page.get_by_text("2 people", exact=True)).to_be_hidden()
    await clean(page)
    await server.database.execute("UPDATE in_force SET built = number")
    await expect(page.get_by_text("2 people", exact=True)).to_be_visible()
    for _ in range(3):  # the page asks every two seconds, and would have written within one
        await page.wait_for_event(
            "response", lambda said: said.url.endswith("/api/segments/pro-customers"), timeout=20_000
        )
    assert (await server.ask("/api/drafts/segment/pro-customers")).status_code == 404
    await expect(page.get_by_role("button", name="Publish…")).to_be_hidden()
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Delete…").click()
    await page.get_by_role("button", name="Delete the segment").click()
    await expect(page.get_by_role("heading", name="Segments")).to_be_visible()
    assert (await server.ask("/api/segments/pro-customers")).status_code == 404
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("textbox", name="Rule, as a sentence")).to_have_value('plan = "pro"')


async def test_two_who_edit_one_segment_see_each_other_and_neither_is_written_over(visit: Visit) -> None:
    page, server = visit
    await apply(server.database.pool, server.workspace, read_folder(Path(demo.__file__).parent / "project"))
    await page.goto("/production/segments/trials")
    rule = page.get_by_role("textbox", name="Rule, as a sentence")
    await rule.fill('plan = "pro"')
    await expect(page.get_by_text("Draft saved. It reaches nobody")).to_be_visible()
    async with enter(server, "ben@example.com", "author") as ben:

        async def writes(text: str) -> None:
            etag = (await ben.get("/api/drafts/segment/trials")).headers["etag"]
            body = {"body": {"segment": "trials", "name": "On trial", "rule": text}}
            said = await ben.put("/api/drafts/segment/trials", json=body, headers={"if-match": etag})
            assert said.status_code == 200, said.text

        async with ben.stream("GET", "/api/around", params={"kind": "segment", "name": "trials"}):
            await expect(page.get_by_text("ben@example.com is here")).to_be_visible()
        await writes('plan = "team"')
        await expect(page.get_by_text("ben@example.com has changed this meanwhile")).to_be_visible()
        await page.get_by_role("button", name="Show it").click()
        await expect(rule).to_have_value(re.compile('"team"'))
        # written by both: nothing is lost before one of them is chosen
        await page.get_by_role("alert").wait_for(state="detached")
        await page.route("**/api/around?*", lambda route: route.abort())  # nobody tells
        await page.reload()
        await expect(rule).to_have_value(re.compile('"team"'))
        await writes('plan = "business"')
        await rule.fill('plan = "free"')
        await expect(page.get_by_text("What you just changed is not saved")).to_be_visible()
        assert (await ben.get("/api/drafts/segment/trials")).json()["body"]["rule"] == 'plan = "business"'
        await clean(page)
        await page.get_by_role("button", name="Keep mine").click()
        await expect(page.get_by_text("Draft saved. It reaches nobody")).to_be_visible()
        assert (await ben.get("/api/drafts/segment/trials")).json()["body"]["rule"] == 'plan = "free"'


async def test_people_are_put_into_a_segment_by_hand(visit: Visit) -> None:
    page, server = visit
    await server.post("/v1/identify", {"userId": "u", "traits": {"email": "ada@example.com"}})
    await until(server, "/api/people", lambda said: len(said.get("people", [])) == 1)
    await page.goto("/production/segments")
    await page.get_by_role("button", name="New segment").first.click()
    await page.get_by_role("textbox", name="Name").fill("Friends")
    await page.get_by_role("radio", name="Whoever is put in by hand").check()
    await page.get_by_role("button", name="Create").click()
    await page.get_by_role("button", name="Publish…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Publish", exact=True).click()
    box = page.get_by_role("textbox", name="Emails or ids")
    await box.fill("ada@example.com, nobody@example.com")
    await page.get_by_role("button", name="Put in").click()
    await expect(page.get_by_text("Nobody has this")).to_be_visible()
    await expect(box).to_have_value("nobody@example.com")
    await expect(page.get_by_text("1 person", exact=True)).to_be_visible()
    await clean(page)
    await page.get_by_role("link", name="All of them, in People").click()
    await expect(page.get_by_role("button", name="With all in Friends…")).to_be_visible()
    await page.go_back()
    await page.get_by_role("button", name="Take ada@example.com out").click()
    await expect(page.get_by_text("0 people", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Undo").last.click()
    await expect(page.get_by_text("1 person", exact=True)).to_be_visible()
