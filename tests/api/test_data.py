"""Data over the API: keys shown again, switched off and replaced; the catalog's words; what comes in, live; replaying what was rejected."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.api.serving import Server
from tests.api.test_manage import until
from tests.api.test_management import enter
from tidings.database.access import read_signing


@pytest.fixture
async def owner(live: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with enter(live, "ada@example.com") as browser:
        yield browser


async def track(server: Server, key: str, event: str = "Viewed", **properties: object) -> int:
    """Send one event; gives the status."""
    body = {"userId": "u", "event": event, "properties": properties}
    return (await server.post("/v1/track", body, key)).status_code


async def answered(server: Server, key: str, status: int) -> None:
    """Ask with a key, as a library does first, until it is answered so: a change of keys reaches a process a moment later."""
    async with asyncio.timeout(20):
        while (await server.client.get(f"/v1/projects/{key}/settings")).status_code != status:
            await asyncio.sleep(0.02)


async def test_a_key_that_sends_is_shown_again_switched_off_and_replaced(
    live: Server, owner: httpx.AsyncClient
) -> None:
    made = (await owner.post("/api/sources", json={"name": "shop", "kind": "write_key"})).json()
    stored = await live.database.fetchval("SELECT sealed FROM sources WHERE name = 'shop'")
    assert made["key"] not in stored
    (source,) = [s for s in (await owner.get("/api/sources")).json()["sources"] if s["name"] == "shop"]
    assert (await owner.get(f"/api/sources/{source['id']}/key")).json() == made
    assert made["signing_secret"] is None
    async with enter(live, "v@example.com", "viewer") as viewer:
        assert (await viewer.get(f"/api/sources/{source['id']}/key")).status_code == 403
    way = f"/api/sources/{source['id']}"

    await answered(live, made["key"], 200)
    assert (await owner.patch(way, json={"disabled": True, "name": "old shop"})).status_code == 204
    await answered(live, made["key"], 404)
    assert (await owner.patch(way, json={"disabled": False})).status_code == 204
    await answered(live, made["key"], 200)
    fresh = (await owner.post(f"{way}/rotate")).json()["key"]
    await answered(live, fresh, 200)
    await answered(live, made["key"], 404)
    assert (await owner.patch(way, json={"name": "server"})).status_code == 409
    app = (await owner.post("/api/sources", json={"name": "billing", "kind": "app"})).json()
    (row,) = [s for s in (await owner.get("/api/sources")).json()["sources"] if s["name"] == "billing"]
    assert (row["shown"], (await owner.get(f"/api/sources/{row['id']}/key")).status_code) == (False, 409)
    assert app["key"] not in (await owner.get("/api/audit")).text


async def test_the_signing_secret_of_a_public_key_stands_beside_it_and_stays(
    live: Server, owner: httpx.AsyncClient
) -> None:
    made = (await owner.post("/api/sources", json={"name": "web", "kind": "write_key", "public": True})).json()
    async with live.database.pool.acquire() as connection:
        assert made["signing_secret"] == await read_signing(connection, live.workspace, "web") != ""
    (source,) = [s for s in (await owner.get("/api/sources")).json()["sources"] if s["name"] == "web"]
    assert (await owner.get(f"/api/sources/{source['id']}/key")).json() == made
    again = (await owner.post(f"/api/sources/{source['id']}/rotate")).json()
    assert again["key"] != made["key"]
    assert again["signing_secret"] == made["signing_secret"]
    for way in ("/api/sources", "/api/audit"):
        assert made["signing_secret"] not in (await owner.get(way)).text


async def test_the_catalog_counts_days_says_who_uses_it_and_keeps_no_example_of_what_is_sensitive(
    live: Server, owner: httpx.AsyncClient
) -> None:
    async def lines() -> dict[tuple[str, str], dict[str, object]]:
        found = (await owner.get("/api/catalog")).json()["catalog"]
        return {(each["name"], each["property"]): each for each in found}

    async def seen(times: int) -> dict[tuple[str, str], dict[str, object]]:
        await until(
            live, "/api/catalog", lambda said: any((e["name"], e["times"]) == ("Paid", times) for e in said["catalog"])
        )
        return await lines()

    await track(live, live.write_key, "Paid", card="4111 1111", total=3)
    found = await seen(1)
    assert found["Paid", "card"]["example"] == "4111 1111"
    days = found["Paid", ""]["days"]
    assert (len(days), sum(days), days[-1] + days[-2]) == (30, 1, 1)
    about = {"kind": "track", "name": "Paid", "property": "card", "description": "Card number", "sensitive": True}
    assert (await owner.put("/api/catalog/about", json=about)).status_code == 204
    await track(live, live.write_key, "Paid", card="4242 4242", total=5)
    found = await seen(2)
    assert (found["Paid", "card"]["example"], found["Paid", "card"]["description"]) == ("", "Card number")
    assert await live.database.fetchval("SELECT max(example) FROM catalog WHERE property = 'card'") == ""
    assert (await owner.get("/api/rules/words")).text.count("4242") == 0
    for part, expected in (
        ({"what": "events"}, {("Paid", "")}),
        ({"what": "attributes"}, set()),
        ({"kind": "track", "name": "Paid"}, {("Paid", ""), ("Paid", "card"), ("Paid", "total")}),
        ({"kind": "track", "name": "Unpaid"}, set()),
    ):
        found = (await owner.get("/api/catalog", params=part)).json()["catalog"]
        assert {(each["name"], each["property"]) for each in found} == expected, part
    hidden = {"kind": "track", "name": "Paid", "hidden": True}
    assert (await owner.put("/api/catalog/about", json=hidden)).status_code == 204
    assert "Paid" not in [each["name"] for each in (await owner.get("/api/rules/words")).json()["events"]]


async def test_events_are_seen_as_they_come_and_sensitive_values_are_not(
    live: Server, owner: httpx.AsyncClient
) -> None:
    about = {"kind": "track", "name": "Paid", "property": "card", "sensitive": True}
    await owner.put("/api/catalog/about", json=about)
    async with owner.stream("GET", "/api/events/live?q=paid") as stream:
        lines = stream.aiter_lines()
        await anext(lines)
        await track(live, live.write_key, "Viewed", page="/")
        await track(live, live.write_key, "Paid", card="4111 1111", total=3)
        async with asyncio.timeout(20):
            async for line in lines:
                if line.startswith("data: {"):
                    break
    told = json.loads(line.removeprefix("data:"))
    assert (told["kind"], told["name"], told["source"], told["who"]) == ("track", "Paid", "server", {"id": "u"})
    assert told["data"] == {"card": "sensitive", "total": 3}


async def test_what_comes_in_too_quickly_to_be_shown_is_counted(live: Server, owner: httpx.AsyncClient) -> None:
    sent = [{"type": "track", "userId": "u", "event": f"Step {n}"} for n in range(300)]
    seen: list[dict[str, int]] = []
    async with owner.stream("GET", "/api/events/live?q=step") as stream:
        lines = stream.aiter_lines()
        await anext(lines)
        await live.post("/v1/batch", {"batch": sent})
        async with asyncio.timeout(20):
            async for line in lines:
                if line.startswith("data: {"):
                    seen.append(json.loads(line.removeprefix("data:")))
                if seen and seen[-1]["name"] == "Step 299":
                    break
    assert len(seen) < 300
    assert len(seen) + sum(each["skipped"] for each in seen) == 300


async def test_what_is_sensitive_of_a_group_is_not_seen_either(live: Server, owner: httpx.AsyncClient) -> None:
    await owner.put("/api/catalog/about", json={"kind": "company", "property": "iban", "sensitive": True})
    async with owner.stream("GET", "/api/events/live") as stream:
        lines = stream.aiter_lines()
        await anext(lines)
        await live.post("/v1/group", {"userId": "u", "groupId": "acme", "traits": {"iban": "DE89 3704", "seats": 3}})
        async with asyncio.timeout(20):
            async for line in lines:
                if line.startswith("data: {"):
                    break
    told = json.loads(line.removeprefix("data:"))
    assert (told["kind"], told["name"]) == ("group", "company acme")
    assert told["data"] == {"iban": "sensitive", "seats": 3}


async def test_what_was_rejected_is_grouped_and_replayed_by_reason(live: Server, owner: httpx.AsyncClient) -> None:
    await live.post("/v1/identify", {"userId": "u", "traits": {"plan": "pro"}})
    for _ in range(3):
        body = {"userId": "u", "groupId": "acme", "traits": {"plan": "stolen"}}
        assert (await live.post("/v1/group", body, live.public_key)).status_code == 200
    said = await until(live, "/api/rejected/reasons", lambda said: sum(r["waiting"] for r in said["reasons"]) == 3)
    (reason,) = said["reasons"]
    query = {"reason": reason["reason"], "waiting": "true"}
    assert len((await owner.get("/api/rejected", params=query)).json()["rejected"]) == 3
    assert (await owner.get("/api/rejected", params={"reason": "other"})).json()["rejected"] == []
    done = await owner.post("/api/rejected/replay-all", json={"reason": reason["reason"]})
    assert done.json() == {"replayed": 3, "next": None}
    listed = (await owner.get("/api/rejected")).json()["rejected"]
    assert sum(each["replayed"] is not None for each in listed) == 3


async def test_more_than_one_call_takes_are_replayed_one_after_the_other(
    live: Server, owner: httpx.AsyncClient
) -> None:
    await live.post("/v1/identify", {"userId": "u", "traits": {"plan": "pro"}})
    await live.post("/v1/group", {"userId": "u", "groupId": "acme", "traits": {"plan": "stolen"}}, live.public_key)
    await until(live, "/api/rejected", lambda said: len(said["rejected"]) == 1)
    await live.database.execute(
        "INSERT INTO rejected (workspace, source, at, reason, keys, record, replayed_at) "
        "SELECT workspace, source, at, reason, keys, record, NULL FROM rejected, generate_series(1, 10000)"
    )
    first = (await owner.post("/api/rejected/replay-all", json={})).json()
    assert first["replayed"] == 10_000
    then = (await owner.post("/api/rejected/replay-all", json={"before": first["next"]})).json()
    assert then == {"replayed": 1, "next": None}


async def test_what_was_rejected_is_searched_and_read_from_either_end(live: Server, owner: httpx.AsyncClient) -> None:
    await live.post("/v1/identify", {"userId": "Zoë", "traits": {"plan": "pro"}})
    await live.post("/v1/identify", {"userId": "u", "traits": {"plan": "pro"}})
    for who, group in (("Zoë", "acme"), ("u", "Orbit"), ("u", "acme")):
        await live.post("/v1/group", {"userId": who, "groupId": group, "traits": {"plan": "free"}}, live.public_key)
    await until(live, "/api/rejected", lambda said: len(said["rejected"]) == 3)

    async def found(**query: str) -> list[str]:
        page = (await owner.get("/api/rejected", params=query)).json()
        return [f"{each['record']['who'][0]['value']} {each['record']['says']['key']}" for each in page["rejected"]]

    assert await found() == ["u acme", "u Orbit", "Zoë acme"]
    assert await found(q="orbit") == ["u Orbit"]
    assert await found(q=" Zoë ", oldest="true") == ["Zoë acme"]
    assert len(await found(q="PUBLIC KEY")) == 3
    assert await found(q="nobody") == []
    first = (await owner.get("/api/rejected", params={"oldest": "true", "limit": "2"})).json()
    assert await found(oldest="true", before=str(first["next"])) == ["u acme"]
    done = await owner.post("/api/rejected/replay-all", json={"q": "orbit"})
    assert done.json() == {"replayed": 1, "next": None}


async def test_reasons_that_only_name_other_values_are_one(live: Server, owner: httpx.AsyncClient) -> None:
    for n in range(3):
        await live.post("/v1/identify", {"userId": f"u{n}", "traits": {"email": f"o'u{n}@example.com"}})
    for n in range(2):
        await live.post("/v1/identify", {"userId": f"u{n}", "traits": {"email": f"o'u{n + 1}@example.com"}})
    said = await until(live, "/api/rejected/reasons", lambda said: sum(r["waiting"] for r in said["reasons"]) == 2)
    (reason,) = said["reasons"]
    assert "…" in reason["reason"]
    found = (await owner.get("/api/rejected", params={"reason": reason["reason"]})).json()["rejected"]
    assert len({each["reason"] for each in found}) == 2
    done = await owner.post("/api/rejected/replay-all", json={"reason": reason["reason"]})
    assert done.json() == {"replayed": 2, "next": None}
