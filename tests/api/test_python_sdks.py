"""The unmodified Python SDKs of four vendors against the running application: what they send is accepted, logged, and applied to people.

Each scenario runs in a thread, as the libraries block, and ends with reading back what the server knows.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from customerio.analytics.client import Client as CdpClient
from customerio.client_base import CustomerIOException
from customerio.track import CustomerIO
from rudderstack.analytics.client import Client as RudderClient
from segment.analytics.client import Client as SegmentClient

from tests.api.front import front
from tests.api.hooks import read_events, read_history, read_person
from tests.api.serving import Server
from tidings.kernel.records import Event, Identify
from tidings.kernel.times import from_datetime

spec = pytest.mark.parametrize("library", [SegmentClient, CdpClient, RudderClient], ids=["segment", "cdp", "rudder"])
Library = Callable[..., Any]


def send(library: Library, server: Server, calls: Callable[[Any], None], key: str = "", **options: Any) -> None:
    """Make calls with a client of its own, and see that all were delivered without an error or a second try."""
    errors: list[Any] = []
    client = library(
        key or server.write_key,
        host=server.url,
        on_error=lambda error, batch: errors.append(error),
        max_retries=1,
        upload_interval=0.05,
        **options,
    )
    calls(client)
    client.shutdown()
    assert errors == []


def until(holds: Callable[[], bool]) -> None:
    """Ask until it holds: what was accepted is applied a moment later."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it never held"
        time.sleep(0.02)


def known(id: str, **attributes: Any) -> None:
    until(lambda: attributes.items() <= {**read_person(id)}.get("attributes", {}).items())


def happened(id: str, name: str, count: int = 1) -> dict[str, Any]:
    until(lambda: sum(event["name"] == name for event in read_events(id)) >= count)
    found = [event for event in read_events(id) if event["name"] == name]
    assert len(found) == count
    return found[-1]


@spec
async def test_six_calls(live: Server, library: Library) -> None:
    traits = {"email": "u@example.com", "plan": "pro", "logins": 5, "address": {"city": "Oslo"}, "nickname": "x"}

    def calls(client: Any) -> None:
        client.identify("u", traits)
        client.track("u", "Order Completed", {"revenue": 14.99, "items": [{"sku": "a"}]})
        client.page("u", "Docs", "Python", {"url": "https://example.com/docs"})
        client.screen("u", "Main", "Home", {"tab": "feed"})
        client.group("u", "acme", {"name": "Acme", "employees": 20})
        client.alias("before", "u")

    def scenario() -> None:
        send(library, live, calls)
        known("u", **traits)
        assert happened("u", "Order Completed")["data"] == {"revenue": 14.99, "items": [{"sku": "a"}]}
        assert happened("u", "Python")["type"] == "page"
        assert happened("u", "Home")["type"] == "screen"
        until(lambda: [group["object_id"] for group in read_person("u")["groups"]] == ["acme"])

    await asyncio.to_thread(scenario)
    records = await live.records()
    assert Identify(traits) in [record.body for record in records]
    assert all(record.message_id for record in records)
    assert {record.who[0] for record in records} == {("id", "u")}


@spec
async def test_anonymous_then_known_and_alias(live: Server, library: Library) -> None:
    def scenario() -> None:
        send(
            library,
            live,
            lambda client: client.track(anonymous_id="anon", event="Viewed Pricing", properties={"ref": "ad"}),
        )
        send(library, live, lambda client: client.identify("u", {"plan": "pro"}, anonymous_id="anon"))
        assert happened("u", "Viewed Pricing")["data"] == {"ref": "ad"}
        send(library, live, lambda client: client.track("old", "Before Alias"))
        send(library, live, lambda client: client.alias("old", "u"))
        happened("u", "Before Alias")

    await asyncio.to_thread(scenario)


@spec
async def test_repeats_have_no_second_effect_and_old_times_are_kept(live: Server, library: Library) -> None:
    when = datetime.now(UTC) - timedelta(days=30)

    def scenario() -> None:
        for _ in range(2):
            send(library, live, lambda client: client.track("u", "Once", {"n": 1}, message_id="the-same"))
        send(library, live, lambda client: client.track("u", "Backfilled", {}, timestamp=when))
        at = datetime.fromisoformat(happened("u", "Backfilled")["timestamp"])
        assert abs((at - when).total_seconds()) < 5
        happened("u", "Once")

    await asyncio.to_thread(scenario)


@spec
async def test_gzip_numbers_as_ids_unicode_and_many_batches(live: Server, library: Library) -> None:
    def calls(client: Any) -> None:
        client.identify(42, {"name": "Zoë 🦊", "big": 2**53})
        for n in range(60):
            client.track(42, "Tick", {"n": n})

    def scenario() -> None:
        send(library, live, calls, gzip=True, upload_size=20)
        known("42", name="Zoë 🦊", big=2**53)
        happened("42", "Tick", count=60)

    await asyncio.to_thread(scenario)


@spec
async def test_what_they_say_beside_an_event_is_kept(live: Server, library: Library) -> None:
    context = {"campaign": {"name": "spring"}, "ip": "192.0.2.1"}
    integrations = {"All": False, "Warehouse": {"table": "t"}}
    when = datetime.now(UTC) - timedelta(days=2)

    def scenario() -> None:
        send(library, live, lambda c: c.track("u", "Paid", {"n": 1}, context, when, None, integrations))
        happened("u", "Paid")
        (row,) = read_history("u")
        said = row["context"]
        assert {name: said["context"][name] for name in context} == context
        assert said["context"]["library"]["name"]
        assert said["integrations"] == integrations

    await asyncio.to_thread(scenario)
    (record,) = await live.records()
    sent, own = record.context["sentAt"], record.context.get("timestamp") or record.context["originalTimestamp"]
    assert abs(datetime.fromisoformat(own) - when) < timedelta(milliseconds=1)
    off = from_datetime(datetime.fromisoformat(sent)) - from_datetime(datetime.fromisoformat(own))
    assert record.time == record.received - off, "the four times stand there, and agree"


async def test_reserved_events_of_pipelines(live: Server) -> None:
    device = {"device": {"token": "tok", "type": "ios"}}

    def tokens() -> list[str]:
        return [each["id"] for each in read_person("u").get("devices", [])]

    def scenario() -> None:
        send(CdpClient, live, lambda c: c.identify("u", {"plan": "pro"}))
        send(CdpClient, live, lambda c: c.track("u", "Device Created or Updated", {}, context=device))
        until(lambda: tokens() == ["tok"])
        send(CdpClient, live, lambda c: c.track("u", "Device Deleted", {}, context=device))
        until(lambda: tokens() == [])
        send(CdpClient, live, lambda c: c.track("u", "User Deleted"))
        until(lambda: read_person("u") == {})

    await asyncio.to_thread(scenario)


async def test_what_a_public_key_may_not_do_is_answered_and_listed(live: Server) -> None:
    def calls(client: Any) -> None:
        client.track("u", "User Deleted")
        client.track("u", "User Suppressed")
        client.track("u", "Object Deleted", {"objectId": "acme"})
        client.track("u", "Report Delivery Event", {"deliveryId": "00" + "0" * 26, "metric": "clicked"})
        client.identify("u", {"unsubscribed": True})
        client.identify("stranger", {"email": "u@example.com"})
        client.group("u", "acme", {"plan": "free for all"})
        client.alias("victim", "stranger")

    def scenario() -> None:
        send(
            SegmentClient,
            live,
            lambda c: c.identify("u", {"email": "u@example.com", "plan": "pro", "unsubscribed": False}),
        )
        send(SegmentClient, live, lambda c: c.identify("victim", {"plan": "gold"}))
        known("u", plan="pro")
        known("victim", plan="gold")
        send(SegmentClient, live, calls, key=live.public_key)
        send(SegmentClient, live, lambda c: c.track("u", "Last"), key=live.public_key)
        happened("u", "Last")
        assert read_person("u")["email"] == "u@example.com"
        assert read_person("victim")["id"] == "victim"

    await asyncio.to_thread(scenario)
    refused = (await live.ask("/api/rejected")).json()["rejected"]
    assert len(refused) == 8, refused
    (report,) = [each["reason"] for each in refused if each["record"]["is"] == "receipt"]
    assert report == "there is no such delivery"
    assert all("public key" in each["reason"] for each in refused if each["record"]["is"] != "receipt"), refused


@pytest.fixture
async def track(
    live: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[..., CustomerIO]]:
    """Makes clients of the Track library."""
    async with front(live.url, tmp_path) as (host, port, certificate):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        yield lambda site=live.track_login[0], key=live.track_login[1]: CustomerIO(site, key, host=host, port=port)


async def test_track_library_people_and_events(live: Server, track: Callable[..., CustomerIO]) -> None:
    def scenario() -> None:
        with track() as client:
            created = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
            client.identify(
                "u", email="u@example.com", created_at=created, plan="free", nickname="x", score=float("nan")
            )
            client.identify("u", plan="pro", nickname="")
            known("u", plan="pro", created_at=1_704_164_645)
            assert "nickname" not in read_person("u")["attributes"]
            client.identify("nobody", _update=True, plan="pro")
            for _ in range(2):
                client.track("u", "purchase", {"price": 23.45}, id="01HB4HBDKTFWYZCK01DMRSWRFD")
            client.pageview("u", "https://example.com/pricing", ref="ad")
            assert happened("u", "https://example.com/pricing")["type"] == "page"
            client.backfill("u", "signup", datetime(2024, 1, 2, tzinfo=UTC), source="import")
            assert happened("u", "signup")["timestamp"] == "2024-01-02T00:00:00Z"
            assert happened("u", "purchase")["data"] == {"price": 23.45}
            assert read_person("nobody") == {}
            client.track_anonymous("anon", "watched", {"video": "intro"})
            client.track_anonymous(None, "invited", {"recipient": "friend@example.com"})
            client.identify("u", anonymous_id="anon")
            happened("u", "watched")

    await asyncio.to_thread(scenario)


async def test_track_library_devices_merge_suppress_delete(live: Server, track: Callable[..., CustomerIO]) -> None:
    def scenario() -> None:
        with track() as client:
            client.add_device("u", "tok", "ios", last_used=int(time.time()), attributes={"app_version": "1.2.3"})
            until(lambda: [d["id"] for d in read_person("u").get("devices", [])] == ["tok"])
            client.delete_device("u", "tok")
            until(lambda: read_person("u").get("devices") == [])
            client.identify("other", city="Oslo")
            client.track("other", "old_event")
            client.merge_customers("id", "u", "id", "other")
            known("u", city="Oslo")
            happened("u", "old_event")
            until(lambda: read_person("other") == {})
            client.suppress("u")
            until(lambda: read_person("u") == {})
            client.identify("u", plan="ignored")
            client.unsuppress("u")
            client.identify("u", plan="back")
            known("u", plan="back")
            client.delete("u")
            until(lambda: read_person("u") == {})

    await asyncio.to_thread(scenario)


async def test_track_library_batches_and_errors(live: Server, track: Callable[..., CustomerIO]) -> None:
    def scenario() -> None:
        with track() as client:
            person = {"type": "person", "identifiers": {"id": "u"}}
            ok = client.batch([{**person, "action": "identify", "attributes": {"plan": "v2"}}])
            assert (ok.status_code, ok.json()) == (200, {})
            part = client.batch([{**person, "action": "event", "name": "kept"}, {**person, "action": "event"}])
            assert part.status_code == 207
            assert [error["batch_index"] for error in part.json()["errors"]] == [1]
            happened("u", "kept")
            with pytest.raises(CustomerIOException, match=r"^400: .*name cannot be blank"):
                client.track("u", "")
            with pytest.raises(CustomerIOException, match=r"^400: .*longer than 1000 bytes"):
                client.identify("u", x="y" * 1001)
        with track(key="wrong") as client, pytest.raises(CustomerIOException, match=r"^401: "):
            client.identify("u", plan="x")

    await asyncio.to_thread(scenario)
    assert sum(isinstance(record.body, Event) for record in await live.records()) == 1
