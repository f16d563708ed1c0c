"""Every list there is can be searched, sorted, gone along by the keyboard and shared by its address. A new one is named here."""

import re
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from playwright.async_api import Page, expect

from tests.api.test_manage import until
from tests.api.test_management import enter
from tests.browser.conftest import Visit
from tests.browser.test_looks import filled
from tidings.api.web import FOLDER

ROOMS: Final = FOLDER.parents[2] / "web" / "src"
ITEMS: Final = "[data-along] :is(tbody tr, [data-item])"


class Listed(NamedTuple):
    """``path``: of a page that has rows; ``sort``: the head of a column, or what is chosen as its order; ``search``: whether there is a
    field for it, which what is short by nature needs not."""

    path: str
    sort: str
    order: bool = False
    search: bool = True


TRIED: Final = {
    "home/Home.tsx": Listed("/", "In it now", search=False),
    "journeys/Journeys.tsx": Listed("/journeys", "Ever entered"),
    "recipes/Recipes.tsx": Listed("/recipes", "By name", order=True),
    "segments/Segments.tsx": Listed("/segments", "Name"),
    "people/People.tsx": Listed("/people", "Name"),
    "people/PersonPage.tsx": Listed("/people/{ada}", "Oldest first", order=True),
    "content/Contents.tsx": Listed("/content", "Subject"),
    "deliveries/Deliveries.tsx": Listed("/deliveries", "Due"),
    "data/Catalog.tsx": Listed("/data/catalog", "Last seen"),
    "data/Sources.tsx": Listed("/data/sources", "Name"),
    "data/Rejected.tsx": Listed("/data/rejected", "When"),
    "reports/Lines.tsx": Listed("/reports", "Sent", search=False),
    "settings/Account.tsx": Listed("/settings/account", "Last used"),
    "settings/Team.tsx": Listed("/settings/team", "Role"),
    "settings/Keys.tsx": Listed("/settings/keys", "Name"),
    "settings/Sending.tsx": Listed("/settings/sending", "From"),
    "settings/Topics.tsx": Listed("/settings/topics", "Topic"),
    "settings/Audit.tsx": Listed("/settings/audit", "When"),
}
"""By the file that has it."""
ELSEWHERE: Final = {
    "assets/Assets.tsx": "test_assets.py",
    "content/Versions.tsx": "test_content.py",
    "data/DerivedEvents.tsx": "test_labels.py",
    "data/Live.tsx": "test_data.py",
    "journeys/Behind.tsx": "test_journeys.py",
    "journeys/Parked.tsx": "test_parked.py",
    "journeys/Versions.tsx": "test_editing.py",
    "people/Changes.tsx": "test_people.py",
    "people/Work.tsx": "test_many_people.py",
    "rehearse/Ask.tsx": "test_rehearse.py",
    "settings/Alerts.tsx": "test_alerts.py",
    "settings/Approvals.tsx": "test_settings.py",
    "settings/SignOn.tsx": "test_sign_on.py",
}
"""Lists that take a story of their own to have rows, with the test that tells it."""
USES: Final = re.compile(r"<(?:ListPage|Given|Along)\b|<List<")
TABLE: Final = re.compile(r"<Table\b")
FIXED: Final = {
    "journeys/Publish.tsx": "choices, step by step as people pass them",
    "people/ImportPage.tsx": "the columns of a file, in its order",
    "people/Teach.tsx": "an example",
    "rehearse/Result.tsx": "figures of two sides",
    "reports/Lines.tsx": "draws the tables of reports",
    "settings/Alerts.tsx": "eight kinds of alerts, to be ticked",
    "settings/ApprovalPage.tsx": "where people stand, step by step",
    "settings/Permissions.tsx": "areas, to be ticked",
    "ui/Chart.tsx": "a chart for those who do not see it, day by day",
}
"""Tables whose rows have one order and are few, with what they are."""


def test_no_list_is_left_out() -> None:
    files = {str(path.relative_to(ROOMS)): path.read_text("utf-8") for path in sorted(ROOMS.glob("*/*.tsx"))}
    lists = {name for name, text in files.items() if USES.search(text)} - {"ui/ListPage.tsx"}
    assert lists == TRIED.keys() | ELSEWHERE.keys()
    assert {name for name, text in files.items() if TABLE.search(text)} == FIXED.keys()
    assert [test for test in ELSEWHERE.values() if not (Path(__file__).parent / test).is_file()] == []


@pytest.mark.timeout(600)
async def test_every_list_is_searched_sorted_gone_along_and_shared(visit: Visit) -> None:
    page, server = visit
    screens = await filled(visit)
    async with enter(server, "grace@example.com", "admin") as grace:
        await grace.post("/api/sources", json={"name": "Billing", "kind": "app", "public": False})
    await server.post("/v1/group", {"userId": "u1", "groupId": "acme", "traits": {"plan": "stolen"}}, server.public_key)
    await until(server, "/api/rejected", lambda said: bool(said["rejected"]))
    wrong = []
    for name, each in TRIED.items():
        try:
            await tried(page, f"/production{each.path.replace('/people/{ada}', screens['person'])}", each)
        except AssertionError as fault:
            wrong.append(f"{name}: {str(fault).splitlines()[0]}")
    assert not wrong, "\n".join(wrong)


async def tried(page: Page, address: str, listed: Listed) -> None:
    """Go along the rows, sort them, open the address again, and search them."""
    await page.goto(address)
    await expect(page.locator(ITEMS).first).to_be_visible()
    await page.keyboard.press("j")
    assert await page.evaluate("at => document.activeElement.closest(at) !== null", ITEMS), "j goes to no row"
    if listed.order:
        await page.get_by_role("combobox", name="Order").click()
        await page.get_by_role("option", name=listed.sort).click()
    else:
        await page.locator("th", has_text=listed.sort).first.get_by_text(listed.sort).click()
    await expect(page).to_have_url(re.compile("[?&]sort="))
    await page.reload()
    if listed.order:
        await expect(page.get_by_role("combobox", name="Order")).to_have_value(listed.sort)
    else:
        head = page.locator("th", has_text=listed.sort).first
        await expect(head.get_by_text(re.compile("sorted (asc|desc)ending|[↑↓]")).first).to_be_visible()
    await expect(page.locator(ITEMS).first).to_be_visible()
    if listed.search:
        await searched(page)


async def searched(page: Page) -> None:
    """Search for what is nowhere, share that, and take it back."""
    await page.keyboard.press("/")
    field = page.get_by_role("searchbox").first
    await expect(field).to_be_focused()
    await page.keyboard.type("qqqq")
    nothing = page.get_by_text("Nothing is found for “qqqq”")
    await expect(nothing.first).to_be_visible()
    await expect(page).to_have_url(re.compile("[?&]q=qqqq"))
    await page.reload()
    await expect(nothing.first).to_be_visible()
    await expect(field).to_have_value("qqqq")
    await page.get_by_role("button", name="Clear the search").first.click()
    await expect(page.locator(ITEMS).first).to_be_visible()
    await expect(page).not_to_have_url(re.compile("[?&]q="))
