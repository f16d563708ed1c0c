"""Whoever a split holds out is told so on the journey's page and its report, which sets them beside those who went on."""

from typing import Any

from playwright.async_api import expect

from tests.api.test_manage import until
from tests.browser.conftest import Visit, clean
from tidings.project.apply import put
from tidings.project.store import InForce

STEPS = [
    {"id": "proof", "split": [{"share": 50, "steps": []}, {"holdout": 50, "name": "Nothing"}]},
    {"id": "settle", "wait": "3 days"},
]
GOAL = {"rule": 'did "Bought" since entry', "within": "30 days"}
DOCUMENT = {"journey": "proof", "name": "Proof", "trigger": {"event": "Go"}, "goal": GOAL, "steps": STEPS}
BODY: dict[str, Any] = {"journeys": {"proof": {"version": 1, "status": "live", "document": DOCUMENT}}}
PEOPLE = 30


async def test_who_is_held_out_is_told_so_and_set_beside_the_others(visit: Visit) -> None:
    page, server = visit
    await put(server.database.pool, InForce(server.workspace), BODY)
    for n in range(PEOPLE):
        await server.post("/v1/track", {"userId": f"u{n}", "event": "Go"})
        await server.post("/v1/track", {"userId": f"u{n}", "event": "Bought"})
    said = await until(server, "/api/journeys/proof", lambda said: said["converted"] == PEOPLE)
    [sides] = said["held_out"]
    held, went = sides["control"], sides["treated"]
    assert held + went == PEOPLE
    await page.goto("/production/journeys/proof?step=proof")
    await expect(page.get_by_text(f"0 went through to the end, {held} held out")).to_be_visible()
    dialog = page.get_by_role("dialog")
    await page.get_by_role("button", name=f"{PEOPLE} ever entered").click()
    await expect(dialog.get_by_role("region", name="Who entered").get_by_role("link").first).to_be_visible()
    await dialog.get_by_role("button", name="Close").click()
    panel = page.get_by_role("complementary").filter(has_text="Here now")
    await panel.get_by_role("button", name="Held out").click()
    await expect(panel.get_by_role("region", name="Who was held out here").get_by_role("link")).to_have_count(held)
    await page.goto("/production/reports/proof")
    card = page.get_by_role("region", name="Against who was held out: Split by chance")
    await expect(card.get_by_text("Not enough people yet")).to_be_visible()
    await expect(card.get_by_role("columnheader", name="Came there")).to_be_visible()
    await expect(card.get_by_role("row", name="Went on there")).to_contain_text(f"{went}{went}100.0 %")
    await expect(card.get_by_role("row", name="Held out, who got nothing more")).to_contain_text(f"{held}{held}100.0 %")
    await clean(page)
    await card.get_by_role("button", name=f"Went on there: reached the goal, {went}: who").click()
    who = dialog.get_by_role("region", name="Who went on here and reached the goal")
    await expect(who.get_by_role("link").first).to_be_visible()
