"""Every screen the rooms of the web app have, and every page outside of a workspace, is clean by axe, and none is wider than the window."""

import re
from typing import Any, Final

from playwright.async_api import Browser

from tests.api.sending import sending
from tests.browser.conftest import Visit
from tests.browser.test_looks import LISTS, ONES, filled, looked, outside
from tests.conftest import Database
from tidings.api.web import FOLDER

ROOMS: Final = FOLDER.parents[2] / "web" / "src"
ELSEWHERE: Final = {
    "/settings/approvals/$approval": "test_settings.py",
    "/data/derived/$event": "test_derived.py",
    "/content/assets/$picture": "test_assets.py",
    "/login/$way": "test_sign_on.py",
}
"""Screens that other tests make and look at."""
MADE: Final = {"person": "/people/p", "delivery": "/deliveries/d"}
"""Screens of what is made by filling the workspace."""
ROUTE: Final = re.compile(r'getParentRoute: \(\) => (\w+),\s*path: "([^"]*)"')


def declared() -> list[list[tuple[str, str]]]:
    """The parents and paths of all routes, room by room."""
    return [ROUTE.findall(room.read_text("utf-8")) for room in sorted(ROOMS.glob("*/room.tsx"))]


def routes() -> set[str]:
    """The paths of all screens inside of a workspace, as the rooms declare them."""
    found = set()
    for room in declared():
        frame = next((path for parent, path in room if parent == "workspace"), "")
        for parent, path in room:
            if parent == "workspace" and path != "/":
                found.add(path)
            elif parent == "frame" and path != "/":
                found.add(frame + path)
    return found - {"/data", "/settings"}  # frames, which lead on to their first part


def test_no_screen_is_left_out() -> None:
    paths = [path.partition("?")[0] for path in {**LISTS, **ONES, **MADE}.values()]
    named = {route: re.compile(re.sub(r"\$\w+", "[^/]+", route)) for route in routes() - ELSEWHERE.keys()}
    assert len(named) > 30
    assert [route for route, pattern in named.items() if not any(map(pattern.fullmatch, paths))] == []


async def test_every_screen_is_clean(visit: Visit, chromium: Browser) -> None:
    state = await visit.page.context.storage_state()
    screens = {name: f"/production{path}" for name, path in (await filled(visit)).items()}
    assert not (wrong := await faults(chromium, visit.server.url, state, screens)), "\n".join(wrong)


async def test_every_page_outside_of_a_workspace_is_clean(database: Database, chromium: Browser) -> None:
    """Where one comes in, and what strangers and readers see behind the links of a mail."""
    async with sending(database) as server:
        pages = await outside(server)
        paths = {re.split("[?#]", path)[0] for path in pages.values()}
        assert {path for room in declared() for parent, path in room if parent == "root"} - ELSEWHERE.keys() <= paths
        assert not (wrong := await faults(chromium, server.url, None, pages)), "\n".join(wrong)


async def faults(chromium: Browser, url: str, state: Any, screens: dict[str, str]) -> list[str]:
    """Look at screens by night, where colours have the least room; gives what is wrong with each."""
    context = await chromium.new_context(
        base_url=url,
        viewport={"width": 1440, "height": 900},
        color_scheme="dark",
        reduced_motion="reduce",
        storage_state=state,
    )
    try:
        page = await context.new_page()
        return [f"{name}: {each}" for name, path in screens.items() for each in await looked(page, path, 1440)]
    finally:
        await context.close()
