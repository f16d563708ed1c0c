"""The browser SDKs of Segment, Customer.io and RudderStack, unmodified, in a real Chromium on a page of another origin."""

from urllib.parse import urlsplit

import pytest

from tests.api.seen import Seen, until
from tests.api.serving import Server
from tests.ingest.calls import hash_of
from tests.sdks.gateway import gateway
from tests.sdks.visitor import LIBRARIES, Library, Visitor
from tidings.database.access import read_signing
from tidings.kernel.records import PUBLIC, SIGNED, Event, Identify

every = pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES.keys())


@every
async def test_a_visit(library: Library, visitor: Visitor, live: Server, seen: Seen) -> None:
    await visitor.enter(library, live.public_key)
    anonymous = await visitor.anonymous()
    await visitor.call("page", "Docs", "Pricing", {"section": "top"})
    await visitor.call("track", "Plan Viewed", {"plan": "pro", "price": 49.5})

    async def visited() -> bool:
        return len(await seen.events(anonymous, "anonymous_id")) == 2

    await until(visited)
    stranger = await seen.person(anonymous, "anonymous_id")
    assert stranger["id"] is None

    await visitor.call(
        "identify", "u", {"email": "u@example.com", "plan": "pro", "logins": 5, "address": {"city": "Oslo"}}
    )
    await visitor.call("group", "acme")
    await visitor.call("alias", "u")
    await visitor.call("track", "Signed Up", {"ok": True})

    known = {"email": "u@example.com", "plan": "pro", "logins": 5, "address": {"city": "Oslo"}}

    async def signed_up() -> bool:
        """The libraries send several calls at once; each may arrive first."""
        person = await seen.person("u")
        groups = [group["key"] for group in person.get("groups", [])]
        complete = groups == ["acme"] and all(person["attributes"].get(name) == known[name] for name in known)
        return complete and len(await seen.events("u")) == 3

    await until(signed_up)
    person = await seen.person("u")
    assert person["person"] == (await seen.person(anonymous, "anonymous_id"))["person"]
    assert person["anonymous_ids"] == [anonymous]
    page = await seen.event("u", "Pricing")
    assert page["kind"] == "page"
    assert page["data"]["section"] == "top"
    assert page["data"]["url"].endswith("/visit.html?utm_source=mail&utm_campaign=spring")
    assert (await seen.event("u", "Plan Viewed"))["data"] == {"plan": "pro", "price": 49.5}
    assert (await seen.event("u", "Signed Up"))["data"] == {"ok": True}
    assert await seen.rejected() == []
    assert visitor.complaints == []
    assert visitor.hosts == visitor.expected
    records = await seen.records()
    assert {record.trust for record in records} == {PUBLIC}
    assert all(record.message_id for record in records)


@every
async def test_whose_id_is_signed_changes_their_email(
    library: Library, visitor: Visitor, live: Server, seen: Seen
) -> None:
    await live.post("/v1/identify", {"userId": "u", "traits": {"email": "old@example.com"}})
    async with live.database.pool.acquire() as connection:
        secret = await read_signing(connection, live.workspace, "site")
    signed = {"context": {"userHash": hash_of("u", secret)}}
    await visitor.enter(library, live.public_key)
    await visitor.call("identify", "u", {"email": "new@example.com"}, signed)

    async def changed() -> bool:
        return (await seen.person("u"))["email"] == "new@example.com"

    await until(changed)
    assert [record.trust for record in await seen.records(Identify)][1:] == [SIGNED]
    assert await seen.rejected() == []


@every
async def test_what_is_kept_back_is_sent_on_leaving(
    library: Library, visitor: Visitor, live: Server, seen: Seen
) -> None:
    await visitor.enter(library, live.public_key, **library.later)
    anonymous = await visitor.anonymous()
    await visitor.keep("track", "Read To The End", {"seconds": 40})
    await visitor.keep("track", "Left", {"by": "link"})
    assert await seen.records() == []
    await visitor.leave()

    async def told() -> bool:
        return len(await seen.events(anonymous, "anonymous_id")) == 2

    await until(told)
    assert (await seen.event(anonymous, "Left", "anonymous_id"))["data"] == {"by": "link"}


@every
async def test_a_lost_answer_is_sent_again_and_has_no_second_effect(
    library: Library, visitor: Visitor, live: Server, seen: Seen
) -> None:
    async with gateway(live.url, losing=1) as losing:
        await visitor.enter(library, live.public_key, through=losing.url)
        anonymous = await visitor.anonymous()
        await visitor.call("track", "Once", {"n": 1})

        async def again() -> bool:
            return len(await seen.records(Event)) == 2

        await until(again)
    first, second = await seen.records(Event)
    assert first.message_id == second.message_id != ""
    assert (await seen.event(anonymous, "Once", "anonymous_id"))["data"] == {"n": 1}


@pytest.mark.parametrize("library", [LIBRARIES["segment"], LIBRARIES["cdp"]], ids=["segment", "cdp"])
async def test_what_failed_is_sent_again_from_the_next_page(
    library: Library, visitor: Visitor, live: Server, seen: Seen
) -> None:
    """RudderStack's does the same, but waits ten seconds for the page before to be really gone."""
    async with gateway(live.url, losing=1) as losing:
        await visitor.enter(library, live.public_key, through=losing.url)
        anonymous = await visitor.anonymous()
        async with visitor.page.expect_event("requestfailed"):
            await visitor.call("track", "Once", {"n": 1})
        await visitor.leave()
        await visitor.enter(library, live.public_key, through=losing.url)

        async def again() -> bool:
            return len(await seen.records(Event)) == 2

        await until(again)
    first, second = await seen.records(Event)
    assert first.message_id == second.message_id != ""
    assert await seen.named(anonymous, "anonymous_id") == [("track", "Once")]


@every
async def test_an_unknown_key_sends_nothing(library: Library, visitor: Visitor, live: Server, seen: Seen) -> None:
    """The library asks for its settings, is told that there is no such key, and never starts."""
    async with visitor.page.expect_response(lambda response: response.status == 404) as refused:
        await visitor.enter(library, "nobody-knows-it")
    assert urlsplit((await refused.value).url).netloc == urlsplit(live.url).netloc
    await visitor.call("track", "Never")
    await visitor.leave()
    assert await seen.records() == []
    assert "nobody-knows-it" not in (await live.client.get("/metrics")).text
