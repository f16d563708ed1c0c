"""``visit``: a signed-in browser on the real application with a worker. No error of the policy, and no request to another host, may be."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.api.conftest import live  # noqa: F401
from tests.api.serving import Server
from tidings.api.web import FOLDER
from tidings.teams import password, store

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
STILL = """() => Promise.all(document.getAnimations()
  .filter((each) => each.effect.getComputedTiming().endTime !== Infinity)
  .map((each) => each.finished.catch(() => undefined))).then(() => undefined)"""
"""Until whatever moves has come to its end: a colour on its way to another may lack contrast."""
EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
expect.set_options(timeout=20_000)


class Visit(NamedTuple):
    """A page, and the server it looks at."""

    page: Page
    server: Server


@pytest.fixture(scope="session")
async def chromium(anyio_backend: object) -> AsyncIterator[Browser]:
    found = shutil.which("chromium")
    if found is None or not (FOLDER / "index.html").is_file():
        pytest.skip("Chromium is not installed, or the web app is not built (make web)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture
async def stranger(chromium: Browser, live: Server) -> AsyncIterator[Visit]:  # noqa: F811
    """A browser that is not signed in."""
    async with visiting(chromium, live) as visit:
        yield visit


@asynccontextmanager
async def visiting(chromium: Browser, server: Server) -> AsyncIterator[Visit]:
    """Open a browser of its own; at its end nothing may have been wrong in it."""
    context = await chromium.new_context(
        base_url=server.url, viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
    )
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    page.on("request", lambda asked: None if asked.url.startswith((server.url, "data:")) else wrong.append(asked.url))
    try:
        yield Visit(page, server)
    finally:
        await context.close()
    assert not wrong


@pytest.fixture
async def visit(stranger: Visit) -> Visit:
    """A browser of the workspace's owner."""
    async with stranger.server.database.pool.acquire() as connection:
        id = await store.add_account(connection, EMAIL, "Ada Meyer", await password.hashed(PASSWORD))
        assert id is not None
        await store.set_member(connection, stranger.server.workspace, id, "owner")
    await sign_in(stranger.page)
    return stranger


async def sign_in(page: Page, email: str = EMAIL) -> None:
    """Sign in, as the owner where nobody else is named."""
    await page.goto("/login")
    await page.get_by_role("textbox", name="Email").fill(email)
    await page.get_by_role("textbox", name="Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("navigation", name="Main").wait_for()


async def clean(page: Page) -> None:
    """Hold the page as it is shown against WCAG 2.2 A and AA."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    await page.evaluate(STILL)
    await page.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
    rules = {"td-has-header": {"enabled": True}}  # axe leaves it out of its tags, as an experiment
    said = await page.evaluate("([tags, rules]) => axe.run({runOnly: tags, rules})", [tags, rules])
    faults = [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in said["violations"]]
    assert not faults, faults
