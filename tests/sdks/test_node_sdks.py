"""The Node.js SDKs that speak Segment's format, unmodified: what they send is accepted at the first try and applied to people."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.api.seen import Seen
from tests.api.serving import Server
from tests.sdks.gateway import gateway
from tests.sdks.node import Sdk, driven
from tidings.kernel.records import SECRET, Event, Identify

LIBRARIES = ("segment", "cdp", "rudder", "pipelines")


@pytest.fixture(params=LIBRARIES)
async def sdk(request: pytest.FixtureRequest, live: Server) -> AsyncIterator[Sdk]:
    async with driven(request.param, live.url) as driver:
        yield driver


async def test_six_calls(sdk: Sdk, live: Server, seen: Seen) -> None:
    traits = {"email": "u@example.com", "plan": "pro", "logins": 5, "vip": True, "address": {"city": "Oslo"}}
    await sdk.send(
        live.write_key,
        ("identify", {"userId": "u", "traits": traits}),
        (
            "track",
            {"userId": "u", "event": "Order Completed", "properties": {"revenue": 14.99, "items": [{"sku": "å"}]}},
        ),
        (
            "page",
            {"userId": "u", "category": "Guides", "name": "Docs", "properties": {"url": "https://example.com/docs"}},
        ),
        ("screen", {"userId": "u", "name": "Home", "properties": {"tab": "feed"}}),
        ("group", {"userId": "u", "groupId": "acme", "traits": {"name": "Acme", "employees": 20}}),
        ("track", {"userId": "old", "event": "Before Alias"}),
        ("alias", {"userId": "u", "previousId": "old"}),
    )
    person = await seen.person("u")
    assert person["attributes"] == {"id": "u", **traits}
    assert person["email"] == "u@example.com"
    assert [(group["type"], group["key"]) for group in person["groups"]] == [("company", "acme")]
    assert (await seen.event("u", "Order Completed"))["data"] == {"revenue": 14.99, "items": [{"sku": "å"}]}
    page = await seen.event("u", "Docs")
    assert (page["kind"], page["data"]["url"], page["data"]["category"]) == (
        "page",
        "https://example.com/docs",
        "Guides",
    )
    screen = await seen.event("u", "Home")
    assert (screen["kind"], screen["data"]["tab"]) == ("screen", "feed")
    await seen.event("u", "Before Alias")
    assert (await seen.person("old"))["person"] == person["person"]
    assert len(await seen.events("u")) == 4
    assert await seen.rejected() == []
    records = await seen.records()
    assert len(records) == 7
    assert {record.trust for record in records} == {SECRET}
    assert all(record.message_id for record in records)


async def test_an_anonymous_visitor_becomes_known(sdk: Sdk, live: Server, seen: Seen) -> None:
    await sdk.send(
        live.write_key, ("track", {"anonymousId": "anon", "event": "Viewed Pricing", "properties": {"ref": "ad"}})
    )
    before = await seen.person("anon", "anonymous_id")
    assert before["id"] is None
    await sdk.send(live.write_key, ("identify", {"userId": "u", "anonymousId": "anon", "traits": {"plan": "pro"}}))
    await sdk.send(live.write_key, ("track", {"anonymousId": "anon", "event": "Later"}))
    assert (await seen.person("u"))["person"] == (await seen.person("anon", "anonymous_id"))["person"]
    assert await seen.named("u") == [("track", "Viewed Pricing"), ("track", "Later")]


async def test_null_removes_and_an_old_time_is_kept(sdk: Sdk, live: Server, seen: Seen) -> None:
    when = (datetime.now(UTC) - timedelta(days=30)).replace(microsecond=0)
    await sdk.send(
        live.write_key,
        ("identify", {"userId": "u", "traits": {"nickname": "x", "kept": 1}}),
        ("identify", {"userId": "u", "traits": {"nickname": None}}),
        ("track", {"userId": "u", "event": "Backfilled", "timestamp": {"$date": when.isoformat()}}),
    )
    assert await seen.attributes("u") == {"id": "u", "kept": 1}
    happened = datetime.fromisoformat((await seen.event("u", "Backfilled"))["time"])
    assert abs(happened - when) < timedelta(
        seconds=5
    )  # corrected by how far the clocks are apart, where the library sends its own


@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_repeat_has_no_second_effect_and_keeps_its_message_id(library: str, live: Server, seen: Seen) -> None:
    """The server got it, and the library never heard so: it sends again."""
    async with gateway(live.url, losing=1) as losing, driven(library, losing.url) as sdk:
        await sdk.send(live.write_key, ("track", {"userId": "u", "event": "Once", "properties": {"n": 1}}))
        assert losing.lost == 1
    sent = await seen.records(Event)
    assert len(sent) == 2
    assert sent[0].message_id == sent[1].message_id != ""
    assert (await seen.event("u", "Once"))["data"] == {"n": 1}


@pytest.mark.parametrize("library", ["segment", "cdp", "rudder"])
async def test_an_unknown_key_is_no_error_and_nothing_is_kept(library: str, live: Server, seen: Seen) -> None:
    async with driven(library, live.url) as sdk:
        await sdk.send("nobody-knows-it", ("identify", {"userId": "u", "traits": {"plan": "pro"}}))
    assert await seen.person("u") == {}
    assert await seen.records() == []


@pytest.mark.parametrize("library", ["segment", "cdp", "rudder"])
async def test_many_calls_in_several_batches(library: str, live: Server, seen: Seen) -> None:
    async with driven(library, live.url) as sdk:
        await sdk.send(
            live.write_key, *(("track", {"userId": "u", "event": "Step", "properties": {"n": n}}) for n in range(200))
        )
    assert sorted(event["data"]["n"] for event in await seen.events("u")) == list(range(200))


async def test_strict_mode_says_what_is_wrong(live: Server, seen: Seen) -> None:
    async with driven("pipelines", live.url) as sdk:
        unnamed, batch = await sdk.send(
            live.write_key,
            ("track", {"userId": "u", "event": "x" * 256}),
            (
                "batch",
                [{"type": "identify", "userId": "u", "traits": {"plan": "pro"}}, {"type": "nonsense", "userId": "u"}],
            ),
        )
        assert unnamed["status"] == 400
        assert "longer than 255 bytes" in unnamed["message"]
        assert batch["status"] == 400
        assert "nonsense" in batch["message"]
        (unknown,) = await sdk.send("nobody-knows-it", ("track", {"userId": "u", "event": "x"}))
        assert unknown == {"status": 401, "message": "this write key is unknown"}
        assert await seen.person("u") == {}
        (fine,) = await sdk.send(
            live.write_key, ("batch", [{"type": "identify", "userId": "u", "traits": {"plan": "pro"}}])
        )
        assert "status" not in fine
    assert await seen.attributes("u") == {"id": "u", "plan": "pro"}


async def test_events_of_pipelines_that_mean_something(live: Server, seen: Seen) -> None:
    def track(event: str, **more: object) -> tuple[object, ...]:
        return ("track", {"userId": "u", "event": event, **more})

    phone = {"context": {"device": {"token": "tok", "type": "ios"}}}
    async with driven("pipelines", live.url) as sdk:
        await sdk.send(
            live.write_key,
            ("identify", {"userId": "u", "traits": {"plan": "pro"}}),
            ("group", {"userId": "u", "groupId": "acme"}),
            track("Device Created or Updated", **phone, properties={"app_version": "1.2.3"}),
        )
        person = await seen.person("u")
        assert [(d["token"], d["platform"], d["attributes"]) for d in person["devices"]] == [
            ("tok", "ios", {"app_version": "1.2.3"})
        ]
        await sdk.send(
            live.write_key,
            track("Device Deleted", **phone),
            track("Relationship Deleted", properties={"objectId": "acme", "objectTypeId": "1"}),
        )
        person = await seen.person("u")
        assert (person["devices"], person["groups"]) == ([], [])
        await sdk.send(live.write_key, track("User Suppressed"))
        assert await seen.person("u") == {}
        await sdk.send(live.write_key, ("identify", {"userId": "u", "traits": {"plan": "ignored"}}))
        assert await seen.person("u") == {}
        await sdk.send(
            live.write_key, track("User Unsuppressed"), ("identify", {"userId": "u", "traits": {"plan": "back"}})
        )
        assert await seen.attributes("u") == {"id": "u", "plan": "back"}
        await sdk.send(live.write_key, track("User Deleted"))
        assert await seen.person("u") == {}
    assert [record.body for record in await seen.records(Identify)][:1] == [Identify({"plan": "pro"})]
