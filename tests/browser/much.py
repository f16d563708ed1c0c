"""What fills the screens that stay empty where only people and journeys are: a team, pictures, a derived event, a fault, changes."""

from asyncio import create_task
from typing import Any, Final

import httpx

from tests.api.sending import open_pool
from tests.api.serving import Server, close
from tests.api.test_derived import draft, publish
from tests.api.test_manage import until
from tests.api.test_management import enter
from tests.pictures import picture
from tidings.delivery.worker import Worker
from tidings.project.apply import put
from tidings.project.store import newest

PICTURES: Final = {"hero.png": "teal", "spring-sale.jpg": "orange", "logo.png": "navy", "team.jpg": "maroon"}
STUCK: Final = {
    "journey": "thanks",
    "name": "Thanks for the project",
    "trigger": {"event": "Project Created"},
    "steps": [{"id": "thank", "send": "thank-you"}],
}


async def much(server: Server) -> None:
    """Fill them."""
    async with enter(server, "bruno@example.com", "admin") as bruno:
        for name, colour in PICTURES.items():
            data = picture(name.partition(".")[2], 600, 240, colour)
            done(await bruno.post("/api/assets", params={"file": name}, content=data))
        await draft(bruno, "event", "viewed-pricing", name="Viewed pricing", rule='did "Page Opened" where path = "/"')
        await publish(bruno, "viewed-pricing")
        for name, role in (("chiyo", "author"), ("dalia", "approver"), ("emile", "viewer")):
            done(await bruno.post("/api/team/invitations", json={"email": f"{name}@example.com", "role": role}))
        read = await bruno.get("/api/settings")
        settings = {**read.json()["settings"], "timezone": "Europe/Berlin", "limits": {"tips": "3 per 7 days"}}
        changed = {"settings": settings, "note": "No more than three a week"}
        done(await bruno.put("/api/settings", json=changed, headers={"if-match": read.headers["etag"]}))
    await break_one(server)


async def break_one(server: Server) -> None:
    """Whoever makes a project stands still in a journey from here on: its message is gone."""
    await change(server, "journeys", "thanks", {"version": 1, "status": "live", "document": STUCK})


async def mend_it(server: Server) -> None:
    """Once somebody stands still: what they wait for is there, and they may try again."""
    await until(server, "/api/parked", lambda said: bool(said["runs"]))
    text = "---\nchannel: email\nsubject: Thank you\n---\nThank you."
    await change(server, "templates", "thank-you", {"version": 1, "format": "markdown", "text": text})


async def change(server: Server, kind: str, name: str, document: Any) -> None:
    async with server.database.pool.acquire() as connection:
        before = await newest(connection, server.workspace)
    await put(server.database.pool, before, {**before.body, kind: {**before.body.get(kind, {}), name: document}})


async def send_all(server: Server) -> None:
    """Let what is planned leave, into the mailbox."""
    pool = await open_pool(server.database.url, name="tidings deliver", largest=4)
    sender = Worker(pool, server.database.url, server.url)
    running = create_task(sender.run())
    try:
        await until(server, "/api/deliveries?state=planned", lambda said: not said["deliveries"])
    finally:
        sender.stop()
        await running
        await close(pool)


def done(said: httpx.Response) -> None:
    assert said.is_success, said.text
