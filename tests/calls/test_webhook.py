"""From the step that asks, through a real server, to the run that reads the answer; and everything that can go wrong on the way."""

import asyncio
import hashlib
import hmac
from typing import Any

import msgspec
import pytest

from tests.calls.world import Outside, Receiver
from tests.channels.servers.http import Response, json, serving
from tidings.calls import store, worker
from tidings.delivery import stopping
from tidings.delivery.stop import Held
from tidings.kernel.ids import show_delivery
from tidings.kernel.records import Delete, Identify
from tidings.kernel.times import HOUR

WAIT = {"id": "end", "wait": "1 day"}


def hook(url: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "h",
        "webhook": f"{url}/people/{{{{ customer.id }}}}",
        "data": {"n": "{{ event.n }}"},
        "as": "score",
    } | more


async def test_the_answer_comes_back_and_the_request_was_signed(outside: Outside) -> None:
    receiver = Receiver(json(200, {"points": 9, "name": "Zoë"}))
    async with serving(receiver) as url, outside.calling():
        headers = {"Authorization": "Bearer {{ secret }}", "X-Who": "{{ customer.id }}"}
        await outside.begin(hook(url, secret="TIDINGS_SECRET_SCORE", headers=headers), WAIT)
        assert (await outside.at_step("end")).values == {"score": {"points": 9, "name": "Zoë"}}
    (request,) = receiver.requests
    assert (request.method, request.path, msgspec.json.decode(request.body)) == ("POST", "/people/ada", {"n": 3})
    assert request.headers["authorization"] == "Bearer hush"
    assert request.headers["x-who"] == "ada"
    signed = b"v0:" + request.headers["x-tidings-timestamp"].encode() + b":" + request.body
    assert request.headers["x-tidings-signature"] == "v0=" + hmac.new(b"hush", signed, hashlib.sha256).hexdigest()
    row = await outside.row()
    assert (row["state"], row["attempts"], row["request"]) == ("done", 1, b"")
    assert request.headers["x-tidings-delivery"] == show_delivery(row["partition"], row["id"])
    assert "hush" not in str(await outside.whys())


@pytest.mark.parametrize(
    ("asked", "method", "body"),
    [
        ({"method": "PUT", "body": "{{ customer.id | upcase }} has {{ event.n }}"}, "PUT", b"ADA has 3"),
        ({"method": "GET"}, "GET", b""),
    ],
)
async def test_it_is_asked_by_the_method_and_with_the_text_that_are_written(
    outside: Outside, asked: dict[str, str], method: str, body: bytes
) -> None:
    receiver = Receiver(json(200, {"points": 9}))
    async with serving(receiver) as url, outside.calling():
        await outside.begin({"id": "h", "webhook": url, "as": "score", **asked}, WAIT)
        assert (await outside.at_step("end")).values == {"score": {"points": 9}}
    (request,) = receiver.requests
    assert (request.method, request.body) == (method, body)


async def test_a_server_that_fails_first_is_asked_again_under_the_same_id(outside: Outside) -> None:
    receiver = Receiver(Response(500, b"oh no"), Response(cut=True), json(200, {"points": 1}))
    async with serving(receiver) as url, outside.calling():
        await outside.begin(hook(url), WAIT)
        for attempt in (1, 2):
            row = await outside.when(lambda row, tried=attempt: row["state"] == "planned" and row["attempts"] == tried)
            assert row["reason"]
            outside.ahead += 60
        await outside.at_step("end")
    assert len(receiver.requests) == 3
    assert len({request.headers["x-tidings-delivery"] for request in receiver.requests}) == 1


@pytest.mark.parametrize(
    ("answer", "more", "words"),
    [
        (Response(404, b"no such person"), {}, "the answer was 404: no such person"),
        (Response(cut=True), {"policy": "at_most_once"}, "not known"),
        (Response(504), {"policy": "at_most_once"}, "not known"),
        (Response(200, b"x" * 70_000), {}, "larger than 64 kB"),
        (Response(200, b'"' + b"x" * 5_000 + b'"'), {}, "4 kB"),
        (Response(302, headers={"Location": "/elsewhere"}), {}, "the answer was 302"),
        (Response(307, headers={"Location": "http://127.0.0.2:1/"}), {}, "127.0.0.2 is in 127.0.0.0/8"),
        (Response(307, headers={"Location": "http://169.254.169.254/latest/meta-data"}), {}, "169.254.0.0/16"),
        (Response(200), {"secret": "TIDINGS_SECRET_GONE"}, "TIDINGS_SECRET_GONE is not set"),
    ],
)
async def test_what_fails_for_good_lets_the_run_go_on(
    outside: Outside, answer: Response, more: dict[str, Any], words: str
) -> None:
    async with serving(Receiver(answer)) as url, outside.calling():
        await outside.begin(hook(url, **more), WAIT)
        assert (await outside.at_step("end")).values == {}
    assert any(words in why for why in await outside.whys()), await outside.whys()


async def test_what_only_we_can_reach_is_refused(outside: Outside) -> None:
    receiver = Receiver()
    async with serving(receiver) as url, outside.calling(allow=()):
        await outside.begin(hook(url), WAIT)
        await outside.at_step("end")
    assert receiver.requests == []
    assert any("127.0.0.1 is in 127.0.0.0/8" in why for why in await outside.whys())


async def test_it_is_given_up_when_the_time_is_up(outside: Outside) -> None:
    async with serving(Receiver(*[Response(503)] * 9)) as url, outside.calling():
        await outside.begin(hook(url, at_most="25 seconds", on_error="park"), WAIT)
        await outside.when(lambda row: row["attempts"] == 1 and row["state"] == "planned")
        outside.ahead += 14
        await outside.when(lambda row: row["state"] == "failed")
        while not (run := await outside.run()).parked:
            await outside.town.rest()
    assert "given up after 2 attempts: the answer was 503" in run.parked


@pytest.mark.parametrize("policy", ["at_least_once", "at_most_once"])
async def test_a_caller_that_dies_in_the_middle_leaves_it_to_the_policy(outside: Outside, policy: str) -> None:
    receiver = Receiver(json(200, {"points": 5}))
    async with serving(receiver) as url:
        await outside.begin(hook(url, policy=policy), WAIT)
        async with outside.town.database.pool.acquire() as connection:
            (call,) = await store.claim(connection, 7, outside.clock(), 10)  # nobody holds the lock of caller 7
        assert (await outside.row())["state"] == "calling"
        async with outside.calling():
            if policy == "at_least_once":
                await outside.when(lambda row: row["state"] == "planned")
                outside.ahead += 60
            run = await outside.at_step("end")
    again = policy == "at_least_once"
    assert run.values == ({"score": {"points": 5}} if again else {})
    assert [request.headers["x-tidings-delivery"] for request in receiver.requests] == [call.public] * again
    if not again:
        assert any("whether it arrived is not known" in why for why in await outside.whys())


async def test_a_run_that_ends_first_takes_its_call_along(outside: Outside) -> None:
    await outside.begin(hook("http://127.0.0.1:1"), WAIT, document={"exit": "paid = true"})
    await outside.town.send(outside.town.record(Identify({"paid": True}), ("id", "ada")))
    row = await outside.row()
    assert (row["state"], row["request"]) == ("cancelled", b"")


async def test_whoever_is_forgotten_leaves_no_call_behind(outside: Outside) -> None:
    await outside.begin(hook("http://127.0.0.1:1"), WAIT)
    assert await outside.row() is not None
    await outside.town.send(outside.town.record(Delete(), ("id", "ada")))
    assert await outside.row() is None


async def test_a_paused_journey_calls_nobody(outside: Outside) -> None:
    receiver = Receiver()
    async with serving(receiver) as url:
        await outside.begin(hook(url), WAIT)
        await outside.define(hook(url), WAIT, status="paused")
        async with outside.calling():
            await outside.when(lambda row: row["next_attempt"] > row["due"])
            assert receiver.requests == []
            await outside.define(hook(url), WAIT)
            outside.ahead += 60
            await outside.at_step("end")
    assert len(receiver.requests) == 1


async def test_a_journey_in_shadow_calls_nobody_and_goes_on(outside: Outside) -> None:
    receiver = Receiver()
    async with serving(receiver) as url, outside.calling():
        await outside.begin(hook(url), WAIT, shadow=True)
        await outside.at_step("end")
    assert receiver.requests == []
    assert any("in shadow" in why for why in await outside.whys())


@pytest.mark.parametrize("held", ["send", "drop"])
async def test_a_stop_of_all_sending_holds_calls_until_it_is_resumed(outside: Outside, held: Held) -> None:
    """What was asked for in the stop is not claimed by whoever looks, and is made or dropped afterwards."""
    receiver, pool = Receiver(json(200, {"points": 1})), outside.town.database.pool
    async with pool.acquire() as connection, connection.transaction():
        await stopping.stop(connection, outside.town.workspace, outside.clock(), "ada", "a fault")
    async with serving(receiver) as url:
        await outside.begin(hook(url), WAIT)
        await outside.when(lambda row: row is not None)
        async with pool.acquire() as connection, connection.transaction():
            assert await store.next_due(connection) is None, "nobody spins on what is held"
            assert await store.claim(connection, 7, outside.clock() + 60_000_000, 10) == []
        assert ((await outside.row())["state"], receiver.requests) == ("planned", [])
        async with pool.acquire() as connection, connection.transaction():
            assert await stopping.resume(connection, outside.town.workspace, outside.clock(), "ada", held)
        async with outside.calling():
            run = await outside.at_step("end")
    row = await outside.row()
    if held == "send":
        assert (row["state"], len(receiver.requests), run.values) == ("done", 1, {"score": {"points": 1}})
    else:
        assert (row["state"], receiver.requests) == ("failed", [])
        assert "what was held was dropped" in row["reason"]


async def test_the_time_of_a_stop_is_not_taken_from_what_waits_for_an_answer(outside: Outside) -> None:
    """While it stands the run waits on, and afterwards it waits as long as it would have from the beginning."""
    receiver, pool = Receiver(json(200, {"points": 1})), outside.town.database.pool
    async with pool.acquire() as connection, connection.transaction():
        await stopping.stop(connection, outside.town.workspace, outside.clock(), "ada", "a fault")
    async with serving(receiver) as url:
        await outside.begin(hook(url, at_most="20 seconds"), WAIT)
        first = await outside.when(lambda row: row is not None)
        async with outside.calling():
            held = await outside.when(lambda row: row["until"] > first["until"])
            while (await outside.run()).wake != held["until"]:
                await outside.town.rest()
            assert receiver.requests == []
            outside.ahead = 3600
            longer = await outside.when(lambda row: row["until"] > outside.clock())
            assert longer["state"] == "planned"
            async with pool.acquire() as connection, connection.transaction():
                assert await stopping.resume(connection, outside.town.workspace, outside.clock(), "ada", "send")
            run = await outside.at_step("end")
    assert (run.values, len(receiver.requests)) == ({"score": {"points": 1}}, 1)
    async with pool.acquire() as connection:
        assert await store.postpone(connection, outside.clock()) == [], "what is settled is left alone"


async def test_what_a_stop_holds_is_looked_for_once_one_is_told_of(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing is stopped nobody asks again and again; a stop is heard of at once, without waiting for the next look."""
    asked, looked, rounds = [], asyncio.Event(), asyncio.Event()
    stops, postpone, claim = store.stops, store.postpone, store.claim
    claims = 0

    async def asking(*given: Any) -> Any:
        asked.append(found := await stops(*given))
        return found

    async def looking(*given: Any) -> Any:
        looked.set()
        return await postpone(*given)

    async def claiming(*given: Any) -> Any:
        nonlocal claims
        claims += 1
        if claims >= 5:
            rounds.set()
        return await claim(*given)

    for name, way in (("stops", asking), ("postpone", looking), ("claim", claiming)):
        monkeypatch.setattr(store, name, way)
    monkeypatch.setattr(worker, "_LOOK", 0.01)
    monkeypatch.setattr(worker, "_POSTPONE", 0.0)
    monkeypatch.setattr(worker, "_UNHEARD", 3600.0)
    pool = outside.town.database.pool
    async with asyncio.timeout(20), outside.calling():
        await rounds.wait()
        assert (asked, looked.is_set()) == ([False], False)
        async with pool.acquire() as connection, connection.transaction():
            await stopping.stop(connection, outside.town.workspace, outside.clock(), "ada", "a fault")
        await looked.wait()
    assert asked[1]


async def test_after_a_stop_a_call_has_all_of_its_time_again(outside: Outside) -> None:
    pool, now = outside.town.database.pool, outside.clock()
    await outside.begin(hook("https://nobody.example"), WAIT)
    before = await outside.when(lambda row: row is not None)
    async with pool.acquire() as connection, connection.transaction():
        assert await store.postpone(connection, now) == []
        await stopping.stop(connection, outside.town.workspace, now, "ada", "a fault")
        assert await store.postpone(connection, now) == [], "there is time enough as yet"
        resumed = before["due"] + HOUR // 2
        await stopping.resume(connection, outside.town.workspace, resumed, "ada", "send")
        ((partition, id, *_, until),) = await store.postpone(connection, resumed)
        assert (partition, id, until) == (before["partition"], before["id"], resumed + HOUR)
        assert await store.postpone(connection, resumed) == []
