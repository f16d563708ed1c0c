"""The web app before a real browser, signed in, over a workspace with people and a journey of 300 steps in it."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from playwright.async_api import BrowserContext, async_playwright

from bench.ground.processes import free_port, process
from bench.ground.town import Town
from tidings.project import store
from tidings.project.apply import put
from tidings.teams import password
from tidings.teams import store as teams

EMAIL: Final = "ada@bench.example"
PASSWORD: Final = "correct horse battery"


def large(steps: int = 300) -> dict[str, Any]:
    """Make a journey of so many steps, a branch among every ten."""
    made: list[dict[str, Any]] = []
    for n in range(0, steps, 10):
        made += [{"id": f"w{n + m}", "wait": "1 day"} for m in range(6)]
        ways = [
            {"when": f"seats > {n}", "steps": [{"id": f"s{n}", "set": {"size": n}}, {"id": f"m{n}", "set": {"a": n}}]},
            {"otherwise": [{"id": f"o{n}", "set": {"size": 0}}]},
        ]
        made.append({"id": f"b{n}", "branch": ways})
    return {"journey": "large", "name": "Large", "trigger": {"event": "Signed Up"}, "steps": made}


@asynccontextmanager
async def browsing(town: Town, people: int = 1_000) -> AsyncIterator[tuple[str, BrowserContext]]:
    """Give the web app's address and a browser that is signed in there as the owner."""
    await town.settle(people)
    async with town.pool.acquire() as connection:
        before = await store.newest(connection, town.workspace)
        id = await teams.add_account(connection, EMAIL, "Ada Meyer", await password.hashed(PASSWORD))
        if id is None:
            raise RuntimeError("there is an account already")
        await teams.set_member(connection, town.workspace, id, "owner")
    journey = large()
    entry = {"version": 1, "status": "live", "document": journey, "history": {"1": journey}}
    body = {key: value for key, value in before.body.items() if key != "since"}
    await put(town.pool, before, {**body, "journeys": {**body.get("journeys", {}), "large": entry}})
    port = free_port()
    async with process("tidings.app.api", town.url, port), async_playwright() as playwright:
        url = f"http://127.0.0.1:{port}"
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            context = await browser.new_context(base_url=url, viewport={"width": 1440, "height": 900})
            context.set_default_timeout(120_000)
            page = await context.new_page()
            await page.goto("/login")
            await page.get_by_role("textbox", name="Email").fill(EMAIL)
            await page.get_by_role("textbox", name="Password").fill(PASSWORD)
            await page.get_by_role("button", name="Sign in").click()
            await page.get_by_role("navigation", name="Main").wait_for()
            await page.close()
            yield url, context
        finally:
            await browser.close()
