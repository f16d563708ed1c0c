"""Every screen the rooms of the web app have is clean by axe, and none is wider than the window."""

import re
from typing import Final

from playwright.async_api import Browser

from tests.browser.conftest import Visit
from tests.browser.test_looks import LISTS, ONES, filled, looked
from tidings.api.web import FOLDER

ROOMS: Final = FOLDER.parents[2] / "web" / "src"
ELSEWHERE: Final = {
    "/settings/approvals/$approval": "test_settings.py",
    "/data/derived/$event": "test_derived.py",
    "/content/assets/$picture": "test_assets.py",
}
"""Screens that other tests make and look at."""
MADE: Final = {"person": "/people/p", "delivery": "/deliveries/d"}
"""Screens of what is made by filling the workspace."""
ROUTE: Final = re.compile(r'getParentRoute: \(\) => (\w+),\s*path: "([^"]*)"')


def routes() -> set[str]:
    """The paths of all screens inside of a workspace, as the rooms declare them."""
    found = set()
    for room in sorted(ROOMS.glob("*/room.tsx")):
        declared = ROUTE.findall(room.read_text("utf-8"))
        frame = next((path for parent, path in declared if parent == "workspace"), "")
        for parent, path in declared:
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
    screens = await filled(visit)
    state = await visit.page.context.storage_state()
    context = await chromium.new_context(
        base_url=visit.server.url,
        viewport={"width": 1440, "height": 900},
        color_scheme="dark",
        reduced_motion="reduce",
        storage_state=state,
    )
    try:
        page = await context.new_page()
        wrong = [
            f"{name}: {each}"
            for name, path in screens.items()
            for each in await looked(page, f"/production{path}", 1440)
        ]
    finally:
        await context.close()
    assert not wrong, "\n".join(wrong)
