"""A page whose server signed the user's id: it says of that person what a server may, and of nobody else."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.seen import Seen
from tests.api.serving import Server, serving
from tests.api.test_public_key import AGREED, identify, person, track
from tests.conftest import Database
from tests.ingest.calls import hash_of
from tidings.database.access import read_signing
from tidings.kernel.records import MISSIGNED, PUBLIC, SIGNED
from tidings.processor.trust import WRONG


class Page:
    """What is sent from pages with the public key."""

    def __init__(self, server: Server, secret: str) -> None:
        self._server, self._secret = server, secret

    def hash(self, user: str) -> str:
        """What the shop's server gives a page."""
        return hash_of(user, self._secret)

    async def send(self, call: str, body: dict[str, Any], hash: Any = None) -> None:
        """Send it as an SDK does; signed for its user, unless another ``hash`` is given."""
        signed = {**body, "context": {"userHash": hash or self.hash(body["userId"])}}
        answer = await self._server.post(f"/v1/{call}", signed, key=self._server.public_key)
        assert (answer.status_code, answer.json()) == (200, {"success": True})


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Server]:
    async with serving(database, working=True) as server:
        await server.post("/v1/identify", identify("u", email="ada@example.com")[1])
        await server.post("/v1/identify", AGREED)
        await server.post("/v1/identify", identify("v", email="ben@example.com")[1])
        yield server


@pytest.fixture
async def page(shop: Server) -> Page:
    async with shop.database.pool.acquire() as connection:
        assert await read_signing(connection, shop.workspace, "server") == ""
        return Page(shop, await read_signing(connection, shop.workspace, "site"))


async def test_people_change_their_own(shop: Server, page: Page) -> None:
    seen = Seen(shop)
    await page.send(*identify("u", email="ada@new.example", unsubscribed=True))
    found = await seen.person("u")
    assert (found["email"], found["consent"]["unsubscribed"]) == ("ada@new.example", True)
    assert await seen.person("ada@example.com", "email") == {}
    await page.send(*identify("u", email=None))
    assert (await seen.person("u"))["email"] is None
    await page.send(*track("User Suppressed"))
    assert await seen.person("u") == {}
    await shop.post("/v1/identify", identify("u", plan="pro")[1])
    assert await seen.person("u") == {}
    await page.send(*track("User Unsuppressed"))
    await page.send(*identify("u", plan="pro"))
    assert (await seen.attributes("u"))["plan"] == "pro"
    await page.send(*track("User Deleted"))
    assert await seen.person("u") == {}
    assert await seen.rejected() == []


FOREIGN = [
    (*identify("u", email="ben@example.com"), "the email 'ben@example.com' belongs to another person"),
    (*identify("w", email="ben@example.com"), "the email 'ben@example.com' belongs to another person"),
    ("alias", {"userId": "u", "previousId": "v"}, "a public key can't merge known people"),
    ("alias", {"userId": "w", "previousId": "v"}, "a public key can't merge known people"),
    ("group", {"userId": "u", "groupId": "acme", "traits": {"plan": "stolen"}}, "a public key can't change a group"),
    (*track("Relationship Deleted", properties={"objectId": "acme"}), "a public key can't change a group"),
    (*track("Object Deleted", properties={"objectId": "acme"}), "a public key can't change a group"),
]


async def test_nobody_else_is_touched(shop: Server, page: Page) -> None:
    seen = Seen(shop)
    await shop.post("/v1/group", {"userId": "u", "groupId": "acme", "traits": {"plan": "pro"}})
    await shop.post("/v1/identify", {"userId": "v", "anonymousId": "browser of v"})
    before = [await person(seen, id) for id in ("u", "v")]
    for call, body, reason in FOREIGN:
        listed = len(await seen.rejected())
        await page.send(call, body)
        assert [entry["reason"] for entry in (await seen.rejected())[listed:]] == [reason], body
    assert [await person(seen, id) for id in ("u", "v")] == before
    for name in ("User Deleted", "User Suppressed"):
        await page.send("track", {"userId": "mallory", "anonymousId": "browser of v", "event": name})
    assert await person(seen, "v") == before[1]


async def test_a_signature_of_somebody_else_is_answered_and_listed(shop: Server, page: Page) -> None:
    seen = Seen(shop)
    before = await person(seen, "u")
    hash = page.hash("v")
    await page.send(*identify("u", email="mallory@example.com"), hash=hash)
    await page.send(*identify("u", unsubscribed=True), hash=hash)
    await page.send(*track("User Deleted"), hash=hash)
    listed = await seen.rejected()
    assert [entry["reason"].partition("; ") for entry in listed] == [
        (f"a public key can't {what}", "; ", WRONG)
        for what in ("change the email of a known person", "change what a known person agreed to", "delete a person")
    ]
    listed = (await shop.ask("/api/rejected/reasons")).json()["reasons"]
    assert all(each["reason"].endswith(WRONG) for each in listed), "it names no value, so it is told whole"
    assert await person(seen, "u") == before
    await page.send(*identify("u", plan="gold"), hash=hash)
    assert (await seen.attributes("u"))["plan"] == "gold"
    for text in (str(await seen.rejected()), str(await seen.events("u")), str(await shop.records())):
        assert hash not in text
        assert 'userHash"' not in text


async def test_one_batch_of_a_page(shop: Server, page: Page) -> None:
    seen = Seen(shop)
    own = {"context": {"userHash": page.hash("u")}}
    calls = [
        (*identify("u", email="ada@new.example"), own),
        (*identify("v", email="ben@new.example"), own),
        (*identify("v", plan="pro"), {}),
        ("alias", {"userId": "u", "previousId": "v"}, own),
        (*track("Looked"), own),
    ]
    batch = [{"type": call, **body, **more} for call, body, more in calls]
    answer = await shop.post("/v1/batch", {"batch": batch}, key=shop.public_key)
    assert answer.status_code == 200
    assert (await seen.person("u"))["email"] == "ada@new.example"
    assert (await seen.person("v"))["email"] == "ben@example.com"
    assert (await seen.attributes("v"))["plan"] == "pro"
    assert sorted(entry["reason"] for entry in await seen.rejected()) == [
        f"a public key can't change the email of a known person; {WRONG}",
        "a public key can't merge known people",
    ]
    assert [record.trust for record in await seen.records()][-5:] == [SIGNED, MISSIGNED, PUBLIC, PUBLIC, PUBLIC]
