"""The whole road: an event comes in by the log, a mail arrives at a server, and what its reader does with it comes back to the person."""

import asyncio
import re
from collections.abc import AsyncIterator
from html import unescape

import httpx
import pytest

from tests.commits import waited, watch
from tests.conftest import Database
from tests.delivery.post import Post, taking
from tests.delivery.world import BASE, HERE
from tests.processor.town import Town
from tidings import log
from tidings.database.pool import connect
from tidings.delivery import store
from tidings.delivery.delivery import Delivery
from tidings.delivery.pages import make_pages
from tidings.delivery.worker import Worker
from tidings.history import kinds
from tidings.history.numbers import read as read_numbers
from tidings.kernel.ids import show_delivery
from tidings.kernel.records import Delete, Event, Identify, Record, encode, home
from tidings.people.document import Person

ADA = ("id", "ada")
WELCOME = """---
subject: Welcome, {{ customer.first_name }}
topic: news
---
<p>You came by {{ event.via }}. <a href="https://example.com/start">Begin</a> or <a href="{% unsubscribe_url %}">leave</a>.</p>
"""
JOURNEY = {
    "journey": "onboarding",
    "trigger": {"event": "Signed Up"},
    "reenter": "always",
    "steps": [{"id": "hello", "send": "welcome"}],
}


class Road:
    """A town with a post office: ``reader`` follows the links of mails."""

    def __init__(self, town: Town, post: Post, reader: httpx.AsyncClient) -> None:
        self.town, self.post, self.reader = town, post, reader

    async def sign_up(self) -> None:
        await self.town.send(self.town.record(Event("Signed Up", {"via": "a friend"}), ADA))

    async def deliveries(self) -> list[Delivery]:
        rows = await self.town.database.fetch("SELECT partition, id FROM deliveries ORDER BY due")
        async with self.town.database.pool.acquire() as connection:
            found = [await store.fetch(connection, show_delivery(row[0], row[1])) for row in rows]
        return [each for each in found if each is not None]

    async def settled(self, number: int) -> Delivery:
        """Wait until a delivery has come to its end, of which the log gives notice."""
        news = asyncio.Event()
        connection = await connect(self.town.database.url)
        try:
            await log.listen(connection, news.set)
            async with asyncio.timeout(60):
                while (found := (await self.deliveries())[number]).settled is None:
                    await news.wait()
                    news.clear()
        finally:
            await connection.close()
        return found

    async def ada(self) -> Person:
        found = await self.town.person(*ADA)
        assert found is not None
        return found

    async def happened(self) -> list[str]:
        """What became of messages, as the person's events."""
        rows = await self.town.database.fetch("SELECT name FROM history WHERE kind = 4 ORDER BY place, time")
        return [row[0] for row in rows]

    def link(self, kind: str) -> str:
        html = self.post.mails[-1].get_body(("html",)).get_content()  # type: ignore[union-attr]
        return unescape(re.search(rf"{BASE}/t/{kind}/[\w-]+", html).group())  # type: ignore[union-attr]


@pytest.fixture
async def road(database: Database) -> AsyncIterator[Road]:
    town = await Town.make(database)
    worker = Worker(database.pool, database.url, BASE, means=HERE)
    running = asyncio.create_task(worker.run())

    async def append(records: list[Record]) -> None:
        async with database.pool.acquire() as connection:
            await log.append(connection, [(home(record), encode(record)) for record in records])

    transport = httpx.ASGITransport(app=make_pages(database.pool, append, BASE))
    async with taking() as post, httpx.AsyncClient(transport=transport, headers={"user-agent": "Firefox"}) as reader:
        await town.define(
            {
                "settings": {
                    "workspace": "town",
                    "senders": {"team": {"email": "hello@example.com"}},
                    "topics": {"news": {"name": "News"}},
                    "channels": {"email": post.settings},
                },
                "segments": {},
                "journeys": {
                    "onboarding": {"version": 1, "status": "live", "document": JOURNEY, "history": {"1": JOURNEY}}
                },
                "templates": {"welcome": {"version": 1, "text": WELCOME, "format": "html"}},
            }
        )
        await town.send(town.record(Identify({"first_name": "Ada", "email": "ada@example.com"}), ADA))
        await town.built()
        try:
            yield Road(town, post, reader)
        finally:
            worker.stop()
            await running
            await town.close()


async def test_nothing_leaves_before_a_commit_that_waits_for_the_disk(road: Road) -> None:
    database = road.town.database
    await watch(database, "log", "people", "cursors", deliveries="claimed_by")
    await road.sign_up()
    await road.settled(0)
    await road.town.rest()
    found = await waited(database)
    assert found["INSERT log"] == {True}, "what was answered 200, and what came of the mail"
    assert found["UPDATE deliveries"] == {True}, "claimed, and only then handed over"
    for what in (
        "UPDATE people",
        "UPDATE cursors",
        "INSERT deliveries",
    ):  # a crash may take them, to be worked out again
        assert False in found[what]
    await road.town.send(road.town.record(Delete(), ADA))
    await road.town.rest()
    assert (await waited(database))["DELETE people"] == {
        True
    }  # a batch that does more than move people on waits as well


async def test_there_and_back(road: Road) -> None:
    await road.sign_up()
    await road.settled(0)
    mail = road.post.mails[0]
    assert mail["Subject"] == "Welcome, Ada"
    assert "You came by a friend." in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    await road.reader.get(road.link("o"))
    answer = await road.reader.get(road.link("c"))
    assert answer.headers["location"] == "https://example.com/start"
    await road.town.rest()
    (delivery,) = await road.deliveries()
    assert list(delivery.outcomes) == ["sent", "opened", "clicked"]
    assert await road.happened() == ["received email", "opened email", "clicked email"]


async def numbers(road: Road) -> dict[str, int]:
    """What is counted of the one step."""
    async with road.town.database.pool.acquire() as connection:
        found = await read_numbers(connection, road.town.workspace, "onboarding")
    return {number.what: number.count for number in found if number.step == "hello"}


async def test_each_message_is_counted_once_at_the_step_that_sent_it(road: Road) -> None:
    for _ in range(2):
        await road.sign_up()
    await road.post.until(2)
    for _ in range(3):
        await road.reader.get(road.link("o"))
        await road.town.rest()
    await road.reader.post(road.link("u"), content=b"List-Unsubscribe=One-Click")
    await road.town.rest()
    await road.sign_up()
    await road.settled(2)
    await road.town.rest()
    assert await numbers(road) == {
        "planned": 3,
        "sent": 2,
        "opened": 1,
        "unsubscribed": 1,
        "dropped": 1,
    }


async def test_who_leaves_a_topic_gets_no_more_of_it_and_stays_with_the_rest(road: Road) -> None:
    await road.sign_up()
    await road.post.until(1)
    await road.reader.post(road.link("u"), content=b"List-Unsubscribe=One-Click")
    await road.town.rest()
    consent = (await road.ada()).consent
    assert (consent.unsubscribed, consent.topics) == (False, {"news": False})
    rows = await road.town.database.fetch("SELECT name FROM history WHERE kind = $1", kinds.CONSENT)
    assert [row[0] for row in rows] == ["one-click"], "it is said once"
    await road.sign_up()
    assert list((await road.deliveries())[0].outcomes)[-1] == "unsubscribed"
    second = await road.settled(1)
    assert (second.state, second.reason) == ("refused", "the person unsubscribed from the topic news")
    assert len(road.post.mails) == 1


async def test_an_address_that_bounced_is_not_tried_again(road: Road) -> None:
    road.post.recipients["ada@example.com"] = "550 5.1.1 no such user"
    await road.sign_up()
    await road.settled(0)
    await road.town.rest()
    assert await road.happened() == ["bounced email"]
    await road.sign_up()
    assert (await road.settled(1)).reason.startswith("the address is suppressed: bounced")


async def test_who_is_forgotten_leaves_no_delivery(road: Road) -> None:
    await road.sign_up()
    await road.post.until(1)
    click = road.link("c")
    await road.town.send(road.town.record(Delete(), ADA))
    assert await road.deliveries() == []
    assert (await road.reader.get(click)).status_code == 302
    await road.town.rest()
    assert await road.town.person(*ADA) is None
    assert await road.town.database.fetchval("SELECT count(*) FROM history WHERE kind = 4") == 0
