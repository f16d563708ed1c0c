"""What stands behind a press, and where a page can't be: seeds a workspace for it, and opens each by its name."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Page, Route

from tests.api.serving import Server
from tests.api.test_manage import until
from tests.api.test_management import enter
from tidings import demo
from tidings.kernel.times import HOUR
from tidings.project.apply import apply
from tidings.project.folder import plain_of, read_folder
from tidings.simulate import kept
from tidings.simulate.background import work

Opens = Callable[[Page], Awaitable[None]]
Answers = Callable[[Route], Awaitable[None]]
NAMES: Final = ("Ada", "Bruno", "Chiyo", "Dalia", "Emile", "Freja", "Gita", "Hugo", "Ines", "Jonas", "Kofi", "Lena")
SIDES: Final = {"treated": 4120, "treated_converted": 742, "control": 430, "control_converted": 49}
REFUSED: Final = {
    "detail": "Your role here (author) does not let you see segments.",
    "hint": "An admin can give the permission `segments:read`.",
    "code": "not_permitted",
}
BROKEN: Final = {
    "detail": "Something broke in Tidings.",
    "hint": "Try again; what you saved is there.",
    "code": "broken",
}


async def lived(server: Server) -> dict[str, str]:
    """People stand in a journey; its draft lets their step go, is rehearsed on them, and another waits for approval."""
    project = read_folder(Path(demo.__file__).parent / "project")
    documents = {name: plain_of(each) for name, each in project.journeys.items()}
    waits = [
        {**step, "wait": "2 days"} if step["id"] == "settle" else step for step in documents["onboarding"]["steps"]
    ]
    documents["onboarding"] = {**documents["onboarding"], "steps": waits}
    await apply(server.database.pool, server.workspace, replace(project, journeys=documents))
    await until(server, "/api/progress", lambda said: said["done"])
    for n, name in enumerate(NAMES):
        traits = {"email": f"{name.lower()}@example.com", "first_name": name, "plan": "trial"}
        await server.post("/v1/identify", {"userId": f"u{n}", "traits": traits})
        await server.post("/v1/track", {"userId": f"u{n}", "event": "Signed Up", "properties": {"plan": "trial"}})
    await until(server, "/api/journeys/onboarding", lambda said: said["inside"] == len(NAMES))
    await server.database.execute("UPDATE history SET time = time - $1, received = received - $1", HOUR)
    async with enter(server, "grace@example.com", "author") as grace:
        shorter = {**documents["onboarding"], "steps": [waits[0], {"id": "idea", "send": "tips-short"}, *waits[2:]]}
        await drafted(grace, "onboarding", shorter)
        slower = {**documents["cart"], "steps": [{"id": "think", "wait": "3 hours"}, *documents["cart"]["steps"][1:]]}
        cart = {"kind": "journey", "name": "cart", "revision": await drafted(grace, "cart", slower)}
        over = await server.database.fetchval("SELECT max(number) FROM definitions")
        note = "Give people time to come back by themselves"
        waiting = await grace.post("/api/approvals", json={"drafts": [cart], "note": note, "over": over})
        wanted = {"kind": "backtest", "journey": "onboarding", "against": {"what": "live"}, "days": 7}
        played = (await grace.post("/api/rehearsals", json=wanted)).json()["id"]
    async with server.database.pool.acquire() as connection:
        claimed = await kept.claim(connection)
    assert claimed is not None
    await work(server.database.pool, server.database.url, claimed, processes=0)
    ada = (await server.ask("/api/people/id/u0")).json()["person"]
    return {
        "publish": "/journeys/onboarding?draft=true",
        "step-edited": "/journeys/onboarding?draft=true&step=got-it",
        "step": "/journeys/onboarding?step=settle",
        "versions": "/journeys/onboarding",
        "backtest": f"/journeys/onboarding/rehearse?by=history&id={played}",
        "backtest-figures": f"/journeys/onboarding/rehearse?by=history&id={played}",
        "why": f"/people/{ada}",
        "approval": f"/settings/approvals/{waiting.json()['id']}",
        "lift": "/reports/onboarding",
        "begin": "/journeys",
        "stop": "",
        "refused": "/segments",
        "broken": "/segments",
        "missing": "/journeys/nothing-here",
        "nowhere": "/nowhere",
        "newer": "/upcoming",
    }


async def drafted(browser: Any, journey: str, document: Any) -> int:
    """Leave a draft; gives its revision."""
    path, first = f"/api/drafts/journey/{journey}", {"if-none-match": "*"}
    made = await browser.put(path, json={"body": document}, headers=first)
    assert made.status_code == 200, made.text
    return int(made.json()["revision"])


async def publish(page: Page) -> None:
    await page.get_by_role("button", name="Publish…", exact=True).click()
    await page.get_by_role("dialog").get_by_role("region", name="What changes").wait_for()


async def versions(page: Page) -> None:
    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name="Versions").click()
    await page.get_by_role("dialog").get_by_text("Version 1").wait_for()


async def figures(page: Page) -> None:
    await page.get_by_role("region", name="In figures").scroll_into_view_if_needed()


async def why(page: Page) -> None:
    await page.get_by_role("combobox", name="Why, or why not").click()
    await page.get_by_role("option", name="Left at the checkout").click()
    await page.get_by_role("dialog").get_by_text("Checkout Started").first.wait_for()


async def lift(page: Page) -> None:
    await page.get_by_role("region", name="Against the control group").scroll_into_view_if_needed()


async def begin(page: Page) -> None:
    await page.get_by_role("button", name="New journey").click()
    await page.get_by_role("dialog").get_by_role("textbox").first.wait_for()


async def stop(page: Page) -> None:
    await page.get_by_role("button", name="Stop all sending").first.click()
    await page.get_by_role("dialog").get_by_role("button", name="Stop").first.wait_for()


OPENS: Final[dict[str, Opens]] = {
    "publish": publish,
    "versions": versions,
    "backtest-figures": figures,
    "why": why,
    "lift": lift,
    "begin": begin,
    "stop": stop,
}


async def compared(route: Route) -> None:
    """As a journey is that went on for months, with a control group."""
    said = await route.fetch()
    await route.fulfill(response=said, json={**await said.json(), "compared": {**SIDES, "lift": 0.067, "sure": True}})


async def agreed(route: Route) -> None:
    """As where the version has been live for as long as is played: here people's past is made by moving it back."""
    said = await route.fetch()
    page = await said.json()
    page["result"] |= {
        "agreement": 1,
        "calibration": {"moves": {"entered": [12, 12], "waiting": [12, 12]}, "examples": []},
    }
    await route.fulfill(response=said, json=page)


def answers(status: int, problem: dict[str, str]) -> Answers:
    """Answer with a fault."""

    async def answer(route: Route) -> None:
        body = json.dumps({"status": status, **problem})
        await route.fulfill(status=status, content_type="application/problem+json", body=body)

    return answer


async def cut(route: Route) -> None:
    """As where a newer version has taken a file's place."""
    await route.abort()


STANDINS: Final[dict[str, tuple[str, Answers]]] = {
    "lift": ("**/api/journeys/onboarding", compared),
    "backtest": ("**/api/rehearsals/*", agreed),
    "backtest-figures": ("**/api/rehearsals/*", agreed),
    "refused": ("**/api/segments*", answers(403, REFUSED)),
    "broken": ("**/api/segments*", answers(500, BROKEN)),
    "newer": ("**/assets/Upcoming-*.js", cut),
}
