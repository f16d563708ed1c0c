"""customerio-node's Track client, unmodified: both versions of the Track API, and what became of people, devices, segments and mails."""

import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.seen import Seen
from tests.api.sending import DEMO, mailed, sending
from tests.api.serving import Server
from tests.conftest import Database
from tests.sdks.gateway import gateway
from tests.sdks.node import Sdk, driven

OK: dict[str, Any] = {"answer": {}}


@pytest.fixture
def key(live: Server) -> str:
    return ":".join(live.track_login)


@pytest.fixture
async def sdk(live: Server) -> AsyncIterator[Sdk]:
    async with driven("track", live.url) as driver:
        yield driver


async def test_people_and_events(sdk: Sdk, key: str, seen: Seen) -> None:
    at = int(time.time()) - 60
    results = await sdk.send(
        key,
        ("identify", "u", {"email": "u@example.com", "created_at": at, "plan": "free", "nickname": "x"}),
        ("identify", "u@example.com", {"plan": "pro", "nickname": ""}),
        ("identify", "u", {"plan": "trial", "city": "Rome", "_timestamp": at}),
        ("track", "u", {"name": "purchase", "data": {"price": 23.45}, "timestamp": at}),
        ("track", "u", {"name": "once", "id": "01HB4HBDKTFWYZCK01DMRSWRFD"}),
        ("track", "u", {"name": "once", "id": "01HB4HBDKTFWYZCK01DMRSWRFD"}),
        ("trackPageView", "u", "https://example.com/pricing"),
        ("trackAnonymous", "anon", {"name": "watched", "data": {"video": "intro"}}),
        ("trackAnonymous", "", {"name": "invited", "data": {"recipient": "friend@example.com"}}),
        ("identify", "nobody", {"_update": True, "plan": "pro"}),
        ("identify", "a/b c@d?é", {"plan": "odd"}),
    )
    assert results == [OK] * 11
    known = {"id": "u", "email": "u@example.com", "created_at": at, "plan": "pro", "city": "Rome"}
    assert await seen.attributes("u") == known
    purchase = await seen.event("u", "purchase")
    assert (purchase["data"], purchase["kind"]) == ({"price": 23.45}, "track")
    assert (await seen.event("u", "https://example.com/pricing"))["kind"] == "page"
    await seen.event("u", "once")
    assert await seen.person("nobody") == {}
    assert (await seen.person("a/b c@d?é", "email"))["attributes"]["plan"] == "odd"
    reasons = {entry["reason"].partition(":")[0] for entry in await seen.rejected()}
    assert reasons == {"the event is about nobody", "there is no such person"}

    await sdk.send(key, ("identify", "u", {"anonymous_id": "anon"}))
    assert (await seen.event("u", "watched"))["data"] == {"video": "intro"}
    assert (await seen.person("anon", "anonymous_id"))["id"] == "u"


async def test_devices_merges_suppression_and_deletion(sdk: Sdk, key: str, seen: Seen) -> None:
    await sdk.send(
        key,
        ("addDevice", "u", "tok", "android", {"last_used": int(time.time()), "app_version": "1.2.3"}),
        ("identify", "other", {"city": "Oslo", "plan": "free"}),
        ("identify", "u", {"plan": "pro"}),
        ("track", "other", {"name": "before"}),
    )
    person = await seen.person("u")
    assert [(d["token"], d["platform"], d["attributes"]) for d in person["devices"]] == [
        ("tok", "android", {"app_version": "1.2.3"})
    ]
    await sdk.send(key, ("deleteDevice", "u", "tok"), ("mergeCustomers", "id", "u", "id", "other"))
    person = await seen.person("u")
    assert person["devices"] == []
    assert (person["attributes"]["city"], person["attributes"]["plan"]) == ("Oslo", "pro")
    assert (await seen.person("other"))["person"] == person["person"]
    await seen.event("u", "before")

    await sdk.send(key, ("identify", "cio_" + person["person"], {"email": "u@example.com"}))
    assert (await seen.person("u@example.com", "email"))["person"] == person["person"]

    await sdk.send(key, ("suppress", "u"), ("identify", "u", {"plan": "ignored"}))
    assert await seen.person("u") == {}
    await sdk.send(key, ("unsuppress", "u"), ("identify", "u", {"plan": "back"}))
    assert await seen.attributes("u") == {"id": "u", "plan": "back"}
    assert await seen.events("u") == []
    await sdk.send(key, ("destroy", "u"))
    assert await seen.person("u") == {}


async def test_version_two(sdk: Sdk, key: str, seen: Seen) -> None:
    person = {"type": "person", "identifiers": {"id": "u"}}
    results = await sdk.send(
        key,
        ("entity", {**person, "action": "identify", "attributes": {"plan": "v2", "email": "u@example.com"}}),
        ("entity", {**person, "action": "event", "name": "bought", "attributes": {"price": 5}}),
        ("entity", {**person, "action": "add_device", "device": {"token": "tok", "platform": "ios"}}),
        (
            "batch",
            [
                {**person, "action": "event", "name": "kept"},
                {**person, "action": "nonsense"},
                {
                    **person,
                    "action": "add_relationships",
                    "cio_relationships": [{"identifiers": {"object_type_id": "1", "object_id": "acme"}}],
                },
            ],
        ),
        ("entity", {**person, "action": "event"}),
    )
    assert results[:3] == [OK] * 3
    assert [error["batch_index"] for error in results[3]["answer"]["errors"]] == [1]
    assert results[4]["status"] == 400
    told = await seen.person("u")
    assert told["attributes"] == {"id": "u", "plan": "v2", "email": "u@example.com"}
    assert await seen.named("u") == [("track", "bought"), ("track", "kept")]
    assert [device["token"] for device in told["devices"]] == ["tok"]
    assert [group["key"] for group in told["groups"]] == ["acme"]

    await sdk.send(
        key,
        ("entity", {**person, "identifiers": {"id": "old"}, "action": "identify", "attributes": {"city": "Oslo"}}),
        ("entity", {"type": "person", "action": "merge", "primary": {"id": "u"}, "secondary": {"id": "old"}}),
        ("entity", {**person, "action": "delete_device", "device": {"token": "tok"}}),
    )
    told = await seen.person("u")
    assert (told["attributes"]["city"], told["devices"]) == ("Oslo", [])
    await sdk.send(key, ("entity", {**person, "action": "delete"}))
    assert await seen.person("u") == {}


async def test_errors_and_the_region(sdk: Sdk, key: str, live: Server, seen: Seen) -> None:
    region, long, unnamed = await sdk.send(
        key, ("getAccountRegion",), ("identify", "u", {"x": "y" * 1001}), ("track", "u", {"name": "x" * 101})
    )
    assert region["answer"] == {"url": live.url, "region": "us", "environment_id": live.workspace}
    assert long == {"status": 400, "message": "value for attribute 'x' cannot be longer than 1000 bytes"}
    assert unnamed == {"status": 400, "message": "event name cannot be longer than 100 bytes"}
    (stranger,) = await sdk.send("site:wrong", ("identify", "u", {}))
    assert stranger["status"] == 401
    assert await seen.records() == []


async def test_a_lost_answer_is_sent_again(key: str, live: Server, seen: Seen) -> None:
    async with gateway(live.url, losing=1) as losing, driven("track", losing.url) as sdk:
        await sdk.send(key, ("track", "u", {"name": "once", "id": "01HB4HBDKTFWYZCK01DMRSWRFD"}))
        assert losing.lost == 1
    assert len(await seen.records()) == 2
    await seen.event("u", "once")


async def test_segments_forms_and_reports_of_a_real_mail(database: Database, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(DEMO, project)
    (project / "segments" / "beta.yaml").write_text("segment: beta\nname: Beta\nmanual: true\n")
    async with sending(database, project) as live, driven("track", live.url) as sdk:
        seen, key = Seen(live), ":".join(live.track_login)

        async def segments() -> list[str]:
            return [each["segment"] for each in (await seen.person("u"))["segments"]]

        await sdk.send(key, ("addCustomersToSegment", "beta", ["ada@example.com", "nobody@example.com"], "email"))
        assert "beta" in await segments()
        await sdk.send(key, ("removeCustomersFromSegment", "beta", ["u"]))
        assert "beta" not in await segments()
        await sdk.send(key, ("submitForm", "signup", {"email": "lead@example.com", "first_name": "Cool"}))
        assert (await seen.person("lead@example.com", "email"))["attributes"]["first_name"] == "Cool"

        mail = await mailed(live)
        results = await sdk.send(
            key,
            ("reportMetric", {"delivery_id": mail, "metric": "opened", "timestamp": int(time.time())}),
            (
                "trackPush",
                {"delivery_id": mail, "event": "converted", "device_id": "tok", "timestamp": int(time.time())},
            ),
            ("unsubscribe", mail),
        )
        assert results == [OK] * 3
        await seen.event("u", "opened email")
        outcomes = (await live.ask(f"/api/deliveries/{mail}")).json()["outcomes"]
        assert {"opened", "converted", "unsubscribed"} <= set(outcomes)
        assert (await seen.person("u"))["consent"]["unsubscribed"] is True
