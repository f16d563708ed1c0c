"""What did not arrive is sent again: one from its page, the rest from the list, after being told what will happen."""

import asyncio
import re
from pathlib import Path

from playwright.async_api import expect

from tests.api.test_manage import until
from tests.browser.conftest import Visit, clean
from tidings import demo
from tidings.channels import mailbox
from tidings.delivery.worker import Worker
from tidings.project.apply import apply
from tidings.project.folder import read_folder


async def test_what_did_not_arrive_is_sent_again(visit: Visit) -> None:
    page, server = visit
    await apply(server.database.pool, server.workspace, read_folder(Path(demo.__file__).parent / "project"))
    await until(server, "/api/progress", lambda said: said["done"])
    for name in ("ada", "bob", "cy"):
        traits = {"email": f"{name}@example.com", "first_name": name.title(), "plan": "trial"}
        await server.post("/v1/identify", {"userId": name, "traits": traits})
        await server.post("/v1/track", {"userId": name, "event": "Signed Up", "properties": {"plan": "trial"}})
    await until(server, "/api/deliveries?template=welcome", lambda said: len(said["deliveries"]) == 3)
    await server.database.execute(
        "UPDATE deliveries SET state = 'failed', attempts = 1, reason = '554 no thanks', settled = due, failed_at = due "
        "WHERE template = 'welcome'"
    )
    await page.goto("/production/deliveries?q=ada@example.com&template=welcome")
    await page.get_by_role("row").filter(has_text="welcome").get_by_role("link").first.click()
    await page.get_by_role("button", name="Send again…").click()
    dialog = page.get_by_role("dialog", name="Send again")
    await expect(dialog.get_by_text("As things stand, it goes out at once.")).to_be_visible()
    await clean(page)
    await dialog.get_by_role("button", name="Send again", exact=True).click()
    await page.get_by_role("link", name="See what became of it").click()
    await expect(page.get_by_role("region", name="Its story")).to_contain_text("ada@example.com asked at")
    await expect(page.get_by_text("This was sent again for a message that did not arrive.")).to_be_visible()
    await clean(page)
    worker = Worker(server.database.pool, server.database.url, server.url)
    running = asyncio.create_task(worker.run())
    try:
        await expect(page.get_by_role("region", name="Its story")).to_contain_text("The provider took it")
        sent = page.get_by_role("region", name="The message, as it was sent")
        await expect(sent.get_by_text("As it was handed over at")).to_be_visible()
        await expect(sent.get_by_text("ada@example.com").first).to_be_visible()
        await sent.get_by_text("All headers").click()
        await expect(sent.get_by_text("Message-ID")).to_be_visible()
        await clean(page)
        await page.goto("/production/deliveries?state=failed&template=welcome")
        await page.get_by_role("button", name="Send these again… (2)").click()
        dialog = page.get_by_role("dialog", name="Send these again")
        await expect(dialog.get_by_text("2 × 554 no thanks")).to_be_visible()
        await clean(page)
        await dialog.get_by_role("button", name="Send 2 messages again").click()
        await expect(page.get_by_role("button", name=re.compile("Send these again"))).to_be_hidden()
        await until(
            server,
            "/api/deliveries?state=sent&template=welcome",
            lambda said: len({each["again_of"] for each in said["deliveries"]} - {""}) == 3,
        )
    finally:
        worker.stop()
        await running
    async with server.database.pool.acquire() as connection:
        kept = (await mailbox.search(connection, server.workspace, "")).messages
    assert len(kept) >= 3, "each of them came"
    await page.set_viewport_size({"width": 390, "height": 800})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
