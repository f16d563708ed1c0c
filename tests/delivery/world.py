"""A small workspace with people in it, and the planning of messages to them: what the processor would have written."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.conftest import Database
from tidings.channels.guard import Guard
from tidings.channels.provider import Means
from tidings.delivery import compose, queue, store
from tidings.delivery.claim import Claimed, claim
from tidings.delivery.clock import wall_clock
from tidings.delivery.delivery import JOURNEY, Delivery, Plan
from tidings.delivery.worker import Worker
from tidings.delivery.workspaces import Workspaces
from tidings.kernel.effects import Planned
from tidings.kernel.ids import digest, person_id, show_delivery
from tidings.kernel.records import Record, decode
from tidings.kernel.times import DAY
from tidings.log.postgres import CHANNEL
from tidings.people import document
from tidings.people.document import Agreement, Handset, Person

SECRET = b"s" * 32
BASE = "https://t.example"
HERE = Means(guard=Guard(allow=("127.0.0.0/8",)), environ={"TIDINGS_SECRET_HOOK": "hush"})
"""What a worker reaches servers of this machine by."""
TEMPLATES = {
    "welcome": "---\nsubject: Hello {{ customer.first_name | default: 'you' }}\ntopic: news\n---\n"
    'Hi {{ customer.first_name }}, <a href="https://example.com/start?a=1&b=2">begin</a>.\n',
    "receipt": "---\nsubject: Your order\ntransactional: true\n---\n<p>Thank you.</p>\n",
    "broken": "---\nsubject: Oh\n---\n<p>One</p>\n<p>{{ customer.nothing }}</p>\n",
    "text": "---\nchannel: sms\nformat: text\n---\nHi {{ customer.first_name }}, your parcel is here.\n",
    "nudge": "---\nchannel: push\nformat: text\ntitle: Hello\n---\nCome back\n",
    "hook": '---\nchannel: webhook\nformat: text\nurl: "{{ customer.hook }}"\n---\n{"who": {{ customer.first_name | json }}}\n',
    "event": "---\nsubject: You did {{ event.what }}\n---\n<p>It cost {{ event.price }}.</p>\n",
}


@dataclass
class World:
    """``sender``: settings of the email provider. `settings` and `journeys` are what a snapshot holds."""

    database: Database
    sender: dict[str, Any] = field(default_factory=lambda: {"provider": "mailbox"})
    settings: dict[str, Any] = field(default_factory=dict)
    journeys: dict[str, str] = field(default_factory=lambda: {"onboarding": "live"})
    pauses: dict[str, list[list[Any]]] = field(default_factory=dict)
    released: dict[str, int] = field(default_factory=dict)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=lambda: dict(TEMPLATES))
    layouts: dict[str, str] = field(default_factory=dict)
    snippets: dict[str, str] = field(default_factory=dict)
    number: int = 0
    planned: int = 0
    workspaces: Workspaces = field(default_factory=lambda: Workspaces(""))

    async def publish(self) -> None:
        """Put what is written here in force."""
        self.number += 1
        settings = {
            "workspace": "production",
            "sender": "team",
            "senders": {"team": {"email": "hello@example.com", "name": "Brightboard", "reply_to": "help@example.com"}},
            "topics": {
                "news": {"name": "Product news", "description": "What is new."},
                "tips": {"name": "Tips", "subscribed": False},
            },
            **self.settings,
        }
        settings["channels"] = {"email": self.sender, **self.settings.get("channels", {})}
        body = {
            "settings": settings,
            "journeys": {
                id: {
                    "version": 1,
                    "status": status,
                    "pauses": self.pauses.get(id, []),
                    "release_every": self.released.get(id, 0),
                    "document": self.documents.get(id, {}),
                }
                for id, status in self.journeys.items()
            },
            "templates": {
                name: {"version": 1, "text": text, "format": "html"} for name, text in self.templates.items()
            },
            "layouts": self.layouts,
            "snippets": self.snippets,
        }
        await self.database.execute(
            "INSERT INTO workspaces (id, name, secret) VALUES (1, 'production', $1) ON CONFLICT DO NOTHING", SECRET
        )
        await self.database.execute(
            "INSERT INTO definitions (workspace, number, body) VALUES (1, $1, $2)",
            self.number,
            msgspec.json.encode(body).decode(),
        )

    async def person(self, name: str, attributes: Mapping[str, Any] | None = None, **more: Any) -> bytes:
        """Make (or make again) a person in partition 5; gives the id."""
        id = person_id(5, "person", name)
        attributes = {"first_name": name.title()} if attributes is None else dict(attributes)
        identifiers = more.pop("identifiers", [("email", f"{name}@example.com")])
        person = Person(id, 1, 5, 0, id, identifiers=identifiers, attributes=attributes, **more)
        await self.database.execute(
            "INSERT INTO people (partition, id, workspace, doc, built, created_at) "
            "VALUES (5, $1, 1, $2, 0, 0) ON CONFLICT (partition, id) DO UPDATE SET doc = excluded.doc",
            id,
            document.encode(person),
        )
        return id

    async def plan(self, person: bytes, template: str = "welcome", **more: Any) -> str:
        """Plan a message as a journey's step does; gives its public id."""
        return (await self.plan_many([person], template, **more))[0]

    async def plan_many(self, people: list[bytes], template: str = "welcome", **more: Any) -> list[str]:
        """Plan one message each, in one commit."""
        priority = more.pop("priority", JOURNEY)
        now = wall_clock()
        channel = {"text": "sms", "nudge": "push", "hook": "webhook"}.get(template, "email")
        given: dict[str, Any] = {"journey": "onboarding", "due": now, "expires": now + DAY} | more
        plans = []
        for person in people:
            self.planned += 1
            effect = Planned(
                id=digest("delivery", self.planned, key=SECRET),
                run=digest("run", person),
                version=1,
                step="hello",
                template=template,
                channel=channel,
                **given,
            )
            plans.append(Plan(5, 1, person, effect, self.number, priority))
        async with self.database.pool.acquire() as connection:
            await store.plan(connection, plans)
            await store.wake(connection)
        return [show_delivery(plan.partition, plan.effect.id) for plan in plans]

    async def delivery(self, id: str) -> Delivery:
        """Read a delivery."""
        async with self.database.pool.acquire() as connection:
            found = await store.fetch(connection, id)
        assert found is not None
        return found

    async def until(self, id: str, *states: str) -> Delivery:
        """Wait until a delivery is in one of the states."""
        return await self.when(id, lambda delivery: delivery.state in states)

    async def when(self, id: str, holds: Callable[[Delivery], bool], seconds: float = 60) -> Delivery:
        """Wait until something holds of a delivery. What ends one is told to the log, which gives notice; what is put off is not."""
        news = asyncio.Event()

        def heard(*_: object) -> None:
            news.set()

        async with self.database.pool.acquire() as connection, asyncio.timeout(seconds):
            await connection.add_listener(CHANNEL, heard)
            try:
                while not holds(found := await self.delivery(id)):
                    with suppress(TimeoutError):
                        await asyncio.wait_for(news.wait(), 0.02)
                    news.clear()
            finally:
                await connection.remove_listener(CHANNEL, heard)
        return found

    async def claim(
        self, *, now: int | None = None, limit: int = 100, channels: Sequence[str] = (), **more: float
    ) -> Claimed:
        """Claim what is due (of these channels only), as the worker 7 does, templates compiled first; nothing is handed out."""
        claimed = await self._claim(now=now, limit=limit, channels=channels, **more)
        for snapshot, template in claimed.uncompiled:
            snapshot.made[template] = compose.compiled(snapshot, template)
        if not claimed.uncompiled:
            return claimed
        rest = await self._claim(now=now, limit=limit, channels=channels, **more)
        return Claimed(claimed.looked + rest.looked, claimed.handouts + rest.handouts)

    async def _claim(self, *, now: int | None, limit: int, channels: Sequence[str], **more: float) -> Claimed:
        async with self.database.pool.acquire() as connection, connection.transaction():
            waiting = await queue.waiting(connection)
            lanes = [(each, limit) for each in waiting if not channels or each.channel in channels]
            lanes.sort(key=lambda lane: lane[0].priority)
            now = wall_clock() if now is None else now
            return await claim(
                connection,
                self.workspaces,
                BASE,
                worker=7,
                now=now,
                limit=limit,
                lanes=lanes,
                **({"seconds": 60.0} | more),
            )

    async def log(self) -> list[Record]:
        """What stands in the log."""
        return [decode(row[0]) for row in await self.database.fetch("SELECT body FROM log ORDER BY xid, seq")]

    @asynccontextmanager
    async def working(self, **more: Any) -> AsyncIterator[Worker]:
        """Run a worker meanwhile."""
        worker = Worker(self.database.pool, self.database.url, BASE, means=more.pop("means", HERE), **more)
        running = asyncio.create_task(worker.run())
        ready = asyncio.create_task(worker.ready.wait())
        try:
            async with asyncio.timeout(60):
                await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
            yield worker
        finally:
            ready.cancel()
            worker.stop()
            await running


def consent(**said: Any) -> Agreement:
    """What somebody agreed to."""
    return Agreement(**said)


def device(token: str) -> Handset:
    """A device of somebody."""
    return Handset(token, "android", 1)
