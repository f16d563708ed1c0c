"""What a public key, which stands in pages, may not do: all of it is answered 200, listed with its reason, and changes nothing."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.seen import Seen
from tests.api.sending import mailed, sending
from tests.api.serving import Server
from tests.conftest import Database


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Server]:
    async with sending(database) as server:
        yield server


def track(event: str, id: str = "u", **more: Any) -> tuple[str, dict[str, Any]]:
    return "track", {"userId": id, "event": event, **more}


def identify(id: str, **traits: Any) -> tuple[str, dict[str, Any]]:
    return "identify", {"userId": id, "traits": traits}


AGREED = {"userId": "u", "traits": {"cio_subscription_preferences": {"topics": {"product": True}}}}
DELETE, SUPPRESS = "a public key can't delete a person", "a public key can't suppress a person"
GROUP = "a public key can't change a group"
CONSENT = "a public key can't change what a known person agreed to"
FORBIDDEN = [
    (*track("User Deleted"), DELETE),
    (*track("User Suppressed"), SUPPRESS),
    (*track("User Suppressed", "never seen"), SUPPRESS),
    (*track("User Unsuppressed", "blocked"), "a public key can't accept a suppressed person again"),
    ("alias", {"userId": "mallory", "previousId": "u"}, "a public key can't merge known people"),
    ("alias", {"userId": "u", "previousId": "mallory"}, "a public key can't merge known people"),
    ("alias", {"userId": "new", "previousId": "u"}, "a public key can't merge known people"),
    (*identify("thief", email="ada@example.com"), "the email 'ada@example.com' belongs to another person"),
    (*identify("mallory", email="ADA@example.com"), "the email 'ADA@example.com' belongs to another person"),
    (*identify("u", email="mallory@example.com"), "a public key can't change the email of a known person"),
    (*identify("u", unsubscribed=True), CONSENT),
    (*identify("u", cio_subscription_preferences={"topics": {"product": False}}), CONSENT),
    ("group", {"userId": "u", "groupId": "acme", "traits": {"plan": "stolen"}}, GROUP),
    ("group", {"userId": "mallory", "groupId": "acme", "traits": {"relationshipAttributes": {"role": "admin"}}}, GROUP),
    (*track("Relationship Deleted", properties={"objectId": "acme"}), GROUP),
    (*track("Object Deleted", properties={"objectId": "acme"}), GROUP),
]


async def test_forbidden_things(shop: Server) -> None:
    seen = Seen(shop)
    await shop.post("/v1/identify", {"userId": "mallory", "traits": {"plan": "free"}})
    await shop.post("/v1/identify", {"userId": "blocked", "traits": {"plan": "free"}})
    await shop.post("/v1/identify", AGREED)
    await shop.post("/v1/group", {"userId": "u", "groupId": "acme", "traits": {"plan": "pro", "seats": 5}})
    await shop.post("/v1/track", track("User Suppressed", "blocked")[1])

    mail = await mailed(shop)
    forged = [
        (*track("Report Delivery Event", properties={"deliveryId": mail, "metric": metric}), "can't report deliveries")
        for metric in ("opened", "clicked", "converted", "bounced", "spammed")
    ]
    before = await everything(shop, seen, mail)
    for call, body, reason in [*FORBIDDEN, *forged]:
        listed = len(await seen.rejected())
        answer = await shop.post(f"/v1/{call}", body, key=shop.public_key)
        assert (answer.status_code, answer.json()) == (200, {"success": True}), body
        added = (await seen.rejected())[listed:]
        assert [reason in entry["reason"] for entry in added] == [True], (body, added)
        assert added[0]["source"] == "site"
    assert await everything(shop, seen, mail) == before
    for nobody in ("thief", "new", "never seen", "blocked"):
        assert await seen.person(nobody) == {}
    await shop.post("/v1/identify", {"userId": "blocked", "traits": {"plan": "back"}})
    assert await seen.person("blocked") == {}


async def test_the_same_in_one_batch(shop: Server) -> None:
    seen = Seen(shop)
    await shop.post("/v1/identify", {"userId": "mallory", "traits": {"plan": "free"}})
    await shop.post("/v1/identify", AGREED)
    await shop.post("/v1/group", {"userId": "u", "groupId": "acme", "traits": {"plan": "pro"}})
    tried = [{"type": call, **body} for call, body, _ in FORBIDDEN if body["userId"] != "blocked"]
    before = [await person(seen, id) for id in ("u", "mallory")]
    answer = await shop.post("/v1/batch", {"batch": tried}, key=shop.public_key)
    assert answer.status_code == 200
    assert len(await seen.rejected()) == len(tried)
    assert [await person(seen, id) for id in ("u", "mallory")] == before


async def test_whom_a_call_makes_known_may_say_in_it_what_they_agree_to(shop: Server) -> None:
    seen = Seen(shop)
    refusing = {"traits": {"unsubscribed": True}}
    await shop.post("/v1/identify", {"userId": "stranger", **refusing}, key=shop.public_key)
    await shop.post("/v1/track", {"anonymousId": "browser", "event": "Looked"}, key=shop.public_key)
    await seen.applied()
    await shop.post("/v1/identify", {"userId": "visitor", "anonymousId": "browser", **refusing}, key=shop.public_key)
    await shop.post("/v1/track", {"userId": "overtaken", "event": "Looked"}, key=shop.public_key)
    await shop.post("/v1/identify", {"userId": "overtaken", **refusing}, key=shop.public_key)
    for who in ("stranger", "visitor", "overtaken"):
        assert (await seen.person(who))["consent"]["unsubscribed"] is True, who
    assert await seen.named("visitor") == [("track", "Looked")]
    again = {"userId": "stranger", "traits": {"unsubscribed": False}}
    await shop.post("/v1/identify", again, key=shop.public_key)
    assert (await seen.person("stranger"))["consent"]["unsubscribed"] is True, (
        "once it is said, the key can't change it"
    )


async def test_what_every_page_says_of_a_known_person_is_taken(shop: Server) -> None:
    seen = Seen(shop)
    said = {"plan": "gold", "phone": "+4915112345678", "email": "ADA@example.com"}
    await shop.post("/v1/identify", {"userId": "u", "traits": said}, key=shop.public_key)
    await shop.post("/v1/group", {"userId": "u", "groupId": "acme"}, key=shop.public_key)
    await shop.post("/v1/track", track("Looked")[1], key=shop.public_key)
    found = await seen.person("u")
    assert {"plan": "gold", "phone": "+4915112345678"}.items() <= found["attributes"].items()
    assert [group["key"] for group in found["groups"]] == ["acme"]
    assert ("track", "Looked") in await seen.named("u")
    assert await seen.rejected() == []


async def test_a_public_key_opens_nothing_else(shop: Server) -> None:
    bearer = {"Authorization": f"Bearer {shop.public_key}"}
    for path in ("/api/people", "/api/people/id/u", "/api/rejected", "/api/catalog"):
        assert (await shop.client.get(path, headers=bearer)).status_code == 401
    for login in ((shop.public_key, ""), (shop.track_login[0], shop.public_key)):
        answer = await shop.client.delete("/api/v1/customers/u", auth=login)
        assert answer.status_code == 401
    assert (await Seen(shop).person("u"))["email"] == "ada@example.com"


async def everything(shop: Server, seen: Seen, mail: str) -> list[Any]:
    """What the attempts could have changed."""
    people = [await person(seen, id) for id in ("u", "mallory")]
    groups = [tuple(row) for row in await shop.database.fetch("SELECT workspace, type, key, attributes FROM groups")]
    delivery = (await shop.ask(f"/api/deliveries/{mail}")).json()
    return [people, groups, delivery["outcomes"], delivery["state"]]


async def person(seen: Seen, id: str) -> Any:
    """Somebody, but for when they were seen last, and where time has moved them in journeys meanwhile."""
    found = await seen.person(id)
    events = [event for event in await seen.named(id) if event[0] != "message"]
    return [{name: value for name, value in found.items() if name not in ("last_seen", "journeys")}, events]
