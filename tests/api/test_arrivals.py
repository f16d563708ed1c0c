"""What came in is told as it happens, so that whoever sends a first event sees it arrive."""

import asyncio
import json

from tests.api.sending import mailed, sending
from tests.api.test_management import enter
from tests.conftest import Database


async def test_only_what_products_sent_is_said_to_have_arrived(database: Database) -> None:
    async with sending(database) as server, enter(server, "grace@example.com") as browser:
        await mailed(server)
        own = "SELECT count(*) FROM catalog WHERE kind = 'message'"
        async with asyncio.timeout(30):
            while not await server.database.fetchval(own):
                await asyncio.sleep(0.05)
        await server.post("/v1/track", {"userId": "u", "event": "Marked"})
        names: list[str] = []
        async with asyncio.timeout(30), browser.stream("GET", "/api/sources/arrivals") as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data: {"):
                    names.append(json.loads(line.removeprefix("data: "))["name"])
                if "Marked" in names:
                    break
        assert names == ["Signed Up", "Marked"]
