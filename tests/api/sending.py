"""The application with a worker and a sender, the demo in force, and a first message on its way to somebody."""

from asyncio import create_task
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.api.seen import until
from tests.api.serving import Server, close, serving
from tests.conftest import Database
from tidings import demo
from tidings.database.pool import open_pool
from tidings.delivery.worker import Worker
from tidings.project.apply import apply
from tidings.project.folder import read_folder

DEMO = Path(demo.__file__).parent / "project"


@asynccontextmanager
async def sending(database: Database, project: Path = DEMO) -> AsyncIterator[Server]:
    """Serve it in development, so that mails go to the mailbox; Ada, whose id is ``u``, just signed up. ``project``: in force."""
    async with developing(database) as server:
        await apply(database.pool, server.workspace, read_folder(project))
        traits = {"email": "ada@example.com", "first_name": "Ada", "plan": "trial"}
        await server.post("/v1/identify", {"userId": "u", "traits": traits})
        await server.post("/v1/track", {"userId": "u", "event": "Signed Up", "properties": {"plan": "trial"}})
        yield server


@asynccontextmanager
async def developing(database: Database) -> AsyncIterator[Server]:
    """Serve it in development with a worker and a sender, and nothing in it."""
    async with serving(database, working=True, development=True) as server:
        pool = await open_pool(database.url, name="tidings deliver", largest=8)
        sender = Worker(pool, database.url, server.url)
        running = create_task(sender.run())
        try:
            yield server
        finally:
            sender.stop()
            await running
            await close(pool)


async def mailed(server: Server) -> str:
    """Wait until the first mail to Ada is sent; gives its id."""

    async def sent() -> Any:
        listed = (await server.ask("/api/people/id/u/deliveries")).json().get("deliveries")
        return listed and listed[0]["state"] == "sent" and listed[0]["id"]

    return str(await until(sent))
