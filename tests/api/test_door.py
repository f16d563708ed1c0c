"""The hot routes as clients see them: what is accepted is in the log before it is answered, and everything else is refused in form."""

import asyncio
import gzip
import zlib
from typing import Any

import httpx
import pytest

from tests.api.serving import Server, basic, serving
from tests.conftest import Database
from tidings.kernel.ids import fresh, show_delivery
from tidings.kernel.records import PUBLIC, SECRET, Delete, Event, Identify, Member, Receipt, home

EVENT = {"userId": "u", "event": "Paid", "messageId": "m1"}


async def test_a_200_means_that_it_is_in_the_log(server: Server) -> None:
    answer = await server.post("/v1/track", EVENT)
    assert (answer.status_code, answer.content) == (200, b'{"success":true}')
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    (record,) = await server.records()
    assert (record.body, record.who, record.trust, record.workspace) == (
        Event("Paid", {}),
        (("id", "u"),),
        SECRET,
        server.workspace,
    )
    assert await server.database.fetchval("SELECT partition FROM log") == home(record)


@pytest.mark.parametrize("path", ["/v1/t", "/v1/track", "/v1/track/"])
async def test_paths_long_and_short(server: Server, path: str) -> None:
    assert (await server.post(path, EVENT)).status_code == 200
    assert len(await server.records()) == 1


async def test_a_batch_is_in_the_log_in_its_order_and_whole(server: Server) -> None:
    batch = [{"type": "track", "userId": "u", "event": f"E{n}"} for n in range(150)]
    assert (await server.post("/v1/batch", {"batch": batch})).status_code == 200
    assert [r.body.name for r in await server.records() if isinstance(r.body, Event)] == [f"E{n}" for n in range(150)]


async def test_content_type_does_not_matter(server: Server) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json", "image/png"):
        assert (await server.post("/v1/track", EVENT, headers={"Content-Type": kind})).status_code == 200
    assert len(await server.records()) == 4


async def test_the_public_key_is_public(server: Server) -> None:
    body = {"type": "track", "userId": "u", "event": "User Deleted", "writeKey": server.public_key}
    assert (await server.post("/v1/track", body, key="")).status_code == 200
    (record,) = await server.records()
    assert (record.trust, record.body) == (PUBLIC, Delete())


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_compressed_bodies(server: Server, encoding: str) -> None:
    data = b'{"userId":"u","event":"Zipped"}'
    packed = gzip.compress(data) if encoding == "gzip" else zlib.compress(data)
    assert (await server.post("/v1/track", packed, headers={"Content-Encoding": encoding})).status_code == 200
    assert [r.body for r in await server.records()] == [Event("Zipped", {})]


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (gzip.compress(b" " * 600_000_000, 9), {"Content-Encoding": "gzip"}, "too_large"),
        (gzip.compress(b'{"batch":[]}')[:-3], {"Content-Encoding": "gzip"}, "unreadable_body"),
        (b"not gzip", {"Content-Encoding": "gzip"}, "unreadable_body"),
        (b"x", {"Content-Encoding": "br"}, "unreadable_body"),
        (b"{" + b" " * 2_000_000 + b"}", {}, "too_large"),
        (b"{", {}, "invalid_json"),
        (b"", {}, "invalid_json"),
    ],
    ids=["bomb", "cut off", "no gzip", "brotli", "large", "cut json", "empty"],
)
async def test_unreadable_bodies_are_400_with_code_and_message(
    server: Server, body: bytes, headers: dict[str, str], code: str
) -> None:
    answer = await server.post("/v1/batch", body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert answer.json()["message"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert await server.records() == []


async def test_a_body_in_pieces_is_one_body(server: Server) -> None:
    async def pieces() -> Any:
        for piece in (b'{"userId":"u",', b'"event":', b'"Pieces"}'):
            yield piece
            await asyncio.sleep(0)

    answer = await server.client.post("/v1/track", content=pieces(), headers={"Authorization": basic(server.write_key)})
    assert answer.status_code == 200
    assert [r.body for r in await server.records()] == [Event("Pieces", {})]


async def test_unknown_keys_are_answered_and_not_kept(server: Server) -> None:
    answer = await server.post("/v1/track", EVENT, key="nosuchkey")
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert "unknown" in answer.headers["x-tidings-notice"]
    strict = await server.post("/v1/track", EVENT, key="nosuchkey", headers={"X-Strict-Mode": "1"})
    assert (strict.status_code, strict.json()["code"]) == (401, "unknown_write_key")
    assert (await server.post("/v1/track", EVENT, key="")).status_code == 400
    assert (await server.post("/v1/track", EVENT, key=server.app_key)).json() == {"success": True}
    assert await server.records() == []


async def test_what_cannot_be_used_is_on_the_rejected_list(server: Server) -> None:
    batch = [{"type": "track", "userId": "u", "event": "Good"}, {"type": "track", "event": "Nobody's"}]
    assert (await server.post("/v1/batch", {"batch": batch})).status_code == 200
    assert len(await server.records()) == 1
    listed = (await server.ask("/api/rejected")).json()["rejected"]
    assert [(each["reason"], each["source"]) for each in listed] == [
        ("the message names neither a userId nor an anonymousId", "server")
    ]
    assert listed[0]["record"]["says"]["name"] == "Nobody's"


async def test_cors_on_answers_and_errors(server: Server) -> None:
    origin = "https://shop.example"
    for body in (EVENT, b"{"):
        answer = await server.post("/v1/t", body, headers={"Origin": origin})
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert answer.headers["access-control-expose-headers"] == "retry-after"
        assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/v1/t",
            "/v1/batch",
            "/v1/projects/x/settings",
            "/v1/anything",
            "/v1/campaigns/1/triggers",
            "/sourceConfig/",
        ),
        *("/beacon/v1/batch", "/api/v1/customers/u", "/api/v2/batch", "/unsubscribe/x", "/forms/key/form"),
    ],
)
async def test_preflight_needs_no_key(server: Server, path: str) -> None:
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    answer = await server.client.options(path, headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert "POST" in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].split(", ")
    assert {"authorization", "content-type", "x-retry-count", "anonymousid", "sentat"} <= set(allowed)
    assert {"rsa-retry-attempt", "rsa-retry-reason", "rsa-since-first-attempt", "rsa-recovered"} <= set(allowed)
    assert int(answer.headers["access-control-max-age"]) > 0


async def test_settings_of_the_browser_libraries(server: Server) -> None:
    answer = await server.client.get(
        f"/v1/projects/{server.public_key}/settings", headers={"Origin": "https://a.example"}
    )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    said = answer.json()
    where = {"apiKey": server.public_key, "apiHost": server.url.removeprefix("http://") + "/v1", "protocol": "http"}
    assert said == {
        "integrations": {"Segment.io": where, "Customer.io Data Pipelines": where},
        "metrics": {"sampleRate": 0},
        "plan": {},
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "remotePlugins": [],
        "legacyVideoPluginsEnabled": False,
    }
    assert answer.headers["cache-control"] == "public, max-age=60"
    for library, name in (("segment", "Segment.io"), ("customerio", "Customer.io Data Pipelines")):
        alone = await server.client.get(f"/{library}/v1/projects/{server.public_key}/settings")
        assert alone.json() == {**said, "integrations": {name: where}}
    for path in ("/v1/projects/nosuchkey/settings", "/segment/v1/projects/nosuchkey/settings"):
        assert (await server.client.get(path)).status_code == 404
    assert (await server.client.get(f"/other/v1/projects/{server.public_key}/settings")).status_code == 404


async def test_what_rudderstacks_browser_library_asks_first(server: Server) -> None:
    headers = {"Authorization": basic(server.public_key), "Origin": "https://a.example"}
    answer = await server.client.get("/sourceConfig/?p=npm&v=3.34.1", headers=headers)
    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    source = answer.json()["source"]
    assert (source["writeKey"], source["enabled"], source["destinations"]) == (server.public_key, True, [])
    assert (await server.client.get(f"/sourceConfig?writeKey={server.public_key}")).status_code == 200
    assert (await server.client.get("/sourceConfig/")).status_code == 404
    assert (await server.client.options("/sourceConfig/")).status_code == 204


async def test_unknown_calls_and_methods(server: Server) -> None:
    answer = await server.client.post("/v1/send/email", json={})
    assert answer.status_code == 404
    assert answer.json()["meta"]["error"] == "there is no such call"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert (await server.client.get("/v1/track")).status_code == 405
    assert (await server.client.post("/v1/m", json={"series": []})).json() == {"success": True}
    assert (await server.client.get("/nowhere")).status_code == 404


async def test_track_v1_and_its_odd_identifiers(server: Server) -> None:
    odd = "a/b c+d?e#é%2F"
    path = "/api/v1/customers/a%2Fb%20c%2Bd%3Fe%23%C3%A9%252F"
    answer = await server.track("PUT", path, {"plan": "odd"})
    assert (answer.status_code, answer.content) == (200, b"{}\n")
    (record,) = await server.records()
    assert (record.who, record.body) == ((("id", odd),), Identify({"plan": "odd"}))
    assert (await server.client.put(path, json={})).json()["meta"]["error"] == "Unauthorized request"
    region = await server.track("GET", "/api/v1/accounts/region")
    assert region.json() == {"url": server.url, "region": "us", "environment_id": server.workspace}
    form = await server.track("POST", "/api/v1/forms/f/submit", {"data": {"email": "a@b.c"}})
    assert (form.status_code, form.content) == (204, b"")


async def test_what_stands_in_a_path_can_be_stored(server: Server) -> None:
    for path in ("a%00b", "%ff", "%ed%a0%80"):
        answer = await server.track("PUT", f"/api/v1/customers/{path}", {})
        assert (answer.status_code, "can't be stored" in answer.json()["meta"]["error"]) == (400, True)
    assert (await server.track("POST", "/api/v1/segments/%00/add_customers", {"ids": ["a"]})).status_code == 200
    assert [record.body for record in await server.records()] == [Member("\ufffd", True)]


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [(b"x" * 600_000, {}, "too_large"), (b"x", {"Content-Encoding": "gzip"}, "unreadable_body")],
)
async def test_track_v2_refuses_in_its_own_form(
    server: Server, body: bytes, headers: dict[str, str], reason: str
) -> None:
    answer = await server.track("POST", "/api/v2/batch", body, headers=headers)
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["reason"], set(fault)) == (400, reason, {"reason", "field", "message"})


async def test_track_v2_partial_failure(server: Server) -> None:
    person = {"type": "person", "identifiers": {"id": "u"}}
    batch = {"batch": [{**person, "action": "identify", "attributes": {"a": 1}}, {**person, "action": "event"}]}
    answer = await server.track("POST", "/api/v2/batch", batch)
    assert answer.status_code == 207
    assert [error["batch_index"] for error in answer.json()["errors"]] == [1]
    assert len(await server.records()) == 1


async def delivery(server: Server, channel: str) -> str:
    """A delivery as sending leaves it."""
    id = fresh()
    await server.database.execute(
        "INSERT INTO deliveries (partition, id, workspace, home, person, run, journey, version, step, template, channel, sure, due, "
        "expires, values, next_attempt, state) VALUES (5, $1, $2, 5, $1, $1, 'j', 1, 's', 't', $3, false, 1, 0, '', 1, 'sent')",
        id,
        server.workspace,
        channel,
    )
    return show_delivery(5, id)


async def test_reports_without_a_key_are_believed_only_of_deliveries_and_their_channels(server: Server) -> None:
    mail, text = await delivery(server, "email"), await delivery(server, "sms")
    tried = [
        ("/api/v1/metrics", {"delivery_id": mail, "metric": "opened"}),
        ("/api/v1/metrics", {"delivery_id": text, "metric": "converted"}),
        ("/api/v1/metrics", {"delivery_id": mail[:-1] + ("0" if mail[-1] != "0" else "1"), "metric": "opened"}),
        ("/api/v1/metrics", {"delivery_id": "RPILAgUBcRhIBqSfeiIwdIYJKxTY", "metric": "opened"}),
        ("/api/v1/push/events", {"delivery_id": text, "event": "delivered"}),
        (f"/unsubscribe/{mail}", {"unsubscribe": True}),
        ("/unsubscribe/nothing", {"unsubscribe": True}),
    ]
    for path, body in tried:
        answer = await server.client.post(path, json=body)
        assert (answer.status_code, answer.content) == (200, b"{}\n"), path
    records = await server.records()
    assert [r.body for r in records] == [
        Receipt(mail, "opened"),
        Receipt(text, "delivered"),
        Receipt(mail, "unsubscribed"),
    ]
    assert {(r.workspace, r.source, r.trust) for r in records} == {(server.workspace, 0, PUBLIC)}
    assert (await server.client.post("/api/v1/metrics", json={"metric": "opened"})).status_code == 400


async def test_rate_limit_of_each_key(database: Database) -> None:
    async with serving(database, rate_limit=20) as server:
        answers = await asyncio.gather(*(server.post("/v1/track", EVENT) for _ in range(60)))
        refused = [answer for answer in answers if answer.status_code == 429]
        assert 20 <= len(answers) - len(refused) < 60
        assert len(await server.records()) == len(answers) - len(refused)
        assert {answer.headers["retry-after"] for answer in refused} == {"1"}
        assert {answer.headers["x-ratelimit-reset"] for answer in refused} == {"1"}
        assert refused[0].json()["code"] == "rate_limited"
        assert refused[0].json()["message"] == "this key sends more than it may; try again in 1 s"
        assert refused[0].headers["access-control-expose-headers"] == "retry-after"
        other = await server.post("/v1/track", EVENT, key=server.public_key)
        assert other.status_code == 200
        while (tracked := await server.track("PUT", "/api/v1/customers/u", {})).status_code == 200:
            pass
        assert tracked.json()["meta"]["error"].startswith("this key sends more")


async def test_health_and_metrics(server: Server) -> None:
    assert (await server.client.get("/healthz")).status_code == 200
    await server.post("/v1/track", EVENT)
    said = (await server.client.get("/metrics")).text
    assert 'tidings_requests_total{format="segment",status="200"}' in said
    assert server.write_key not in said


async def test_concurrent_requests_share_commits(server: Server) -> None:
    await asyncio.gather(*(server.post("/v1/track", {**EVENT, "messageId": f"m{n}"}) for n in range(400)))
    row = await server.database.pool.fetchrow("SELECT count(*), count(DISTINCT xid) FROM log")
    assert row[0] == 400
    assert row[1] < 200


async def test_readers_of_the_log_are_woken(server: Server) -> None:
    heard = asyncio.Event()
    async with server.database.pool.acquire() as connection:
        await connection.add_listener("tidings_log", lambda *_: heard.set())
        await server.post("/v1/track", EVENT)
        await asyncio.wait_for(heard.wait(), 5)
        await connection.reset()


async def test_no_key_stands_in_answers(server: Server) -> None:
    for answer in (
        await server.post("/v1/track", b"{"),
        await server.post("/v1/track", EVENT, headers={"X-Strict-Mode": "1"}, key="secretlookingkey"),
        await server.track("PUT", "/api/v1/customers/", {}),
    ):
        assert isinstance(answer, httpx.Response)
        for secret in (server.write_key, server.track_login[1], "secretlookingkey"):
            assert secret not in answer.text
