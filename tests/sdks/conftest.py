"""``live``: the application with a worker, served for one test. ``seen``: what it then knows. ``visitor``: a page in a real browser, on
the site of a shop.
"""

import shutil
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser, async_playwright

from tests.api.seen import Seen
from tests.api.serving import Server, serving
from tests.conftest import Database
from tests.sdks.node import packages
from tests.sdks.site import site
from tests.sdks.visitor import Visitor


@pytest.fixture
async def live(database: Database) -> AsyncIterator[Server]:
    """The running application with one key of each kind, and a worker."""
    async with serving(database, working=True) as running:
        yield running


@pytest.fixture
def seen(live: Server) -> Seen:
    return Seen(live)


@pytest.fixture(scope="session")
async def browser(anyio_backend: object) -> AsyncIterator[Browser]:
    """A headless Chromium."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("Chromium is not installed: on Debian, apt-get install chromium")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=found)
        yield chromium
        await chromium.close()


@pytest.fixture(scope="session")
def shop() -> Iterator[str]:
    packages()
    with site() as origin:
        yield origin


@pytest.fixture
async def visitor(browser: Browser, shop: str, live: Server) -> AsyncIterator[Visitor]:
    context = await browser.new_context()
    yield Visitor(await context.new_page(), shop, live.url)
    await context.close()
