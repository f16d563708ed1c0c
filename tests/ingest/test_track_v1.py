"""Customer.io's Track API, version 1: what each route becomes, and the texts of its refusals."""

import json
from typing import Any

import pytest

from tests.ingest.calls import NOW, TRACK, basic, keys, request
from tidings.ingest import Answer, track_v1
from tidings.kernel.ids import digest
from tidings.kernel.records import (
    PUBLIC,
    Consent,
    Delete,
    Device,
    Event,
    Group,
    Identify,
    Member,
    Merge,
    Receipt,
    Suppress,
    Ungroup,
    Unsuppress,
)
from tidings.kernel.times import SECOND

LOGIN = basic("site", "key")


def call(method: str, path: str, body: Any = b"", headers: Any = LOGIN, **query: str) -> Answer:
    return track_v1.answer(request(path, body, method, headers, query), keys, "https://t.example")


def bodies(method: str, path: str, body: Any = b"", **query: str) -> list[Any]:
    answer = call(method, path, body, **query)
    assert (answer.status, answer.body, answer.source) == (200, b"{}\n", TRACK), answer.body
    return [record.body for record in answer.records]


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("42", ("id", "42")),
        ("Ada@Example.com", ("email", "ada@example.com")),
        ("cio_0a1b", ("cio_id", "0a1b")),
        ("+4915100", ("id", "+4915100")),
    ],
)
def test_an_identifier_is_known_by_its_shape(text: str, who: tuple[str, str]) -> None:
    (record,) = call("PUT", f"customers/{text}", {"plan": "pro"}).records
    assert record.who == (who,)
    assert record.body == Identify({"plan": "pro"})


def test_identify_reads_the_reserved_names() -> None:
    body = {
        "id": "u2",
        "email": "a@example.com",
        "created_at": 1_704_164_645,
        "nickname": "",
        "gone": None,
        "nested": {"a": [1, 2]},
        "_update": "True",
        "_timestamp": 1_795_444_000,
        "anonymous_id": "anon",
        "unsubscribed": False,
        "cio_subscription_preferences.topics.topic_3": True,
        "cio_relationships": {
            "action": "add_relationships",
            "relationships": [
                {"identifiers": {"object_type_id": "1", "object_id": "acme"}, "relationship_attributes": {"r": 1}}
            ],
        },
    }
    answer = call("PUT", "customers/a@example.com", body)
    identify, consent, group = answer.records
    assert identify.who == (("email", "a@example.com"), ("id", "u2"), ("anonymous_id", "anon"))
    attributes = {
        "email": "a@example.com",
        "created_at": 1_704_164_645,
        "nickname": None,
        "gone": None,
        "nested": {"a": [1, 2]},
    }
    assert identify.body == Identify(attributes, create=False)
    assert identify.time == NOW - 100 * SECOND
    assert not any(record.begins for record in answer.records)
    assert identify.ordered
    assert consent.ordered
    for none in (None, "soon", NOW // SECOND + 1000):
        (record,) = call("PUT", "customers/u", {"plan": "pro", "_timestamp": none}).records
        assert (record.time, record.ordered) == (NOW, False)
    assert consent.body == Consent(False, {"topic_3": True}, {}, "api", "track")
    assert group.body == Group("company", "acme", {}, {"r": 1})
    leave = {
        "action": "delete_relationships",
        "relationships": [{"identifiers": {"object_type_id": "2", "object_id": "x"}}],
    }
    assert bodies("PUT", "customers/u", {"cio_relationships": leave}) == [Identify({}), Ungroup("2", "x")]


def test_another_id_in_the_body_is_named_too() -> None:
    (record,) = call("PUT", "customers/u", {"id": "u2"}).records
    assert record.who == (("id", "u"), ("id", "u2"))
    (same,) = call("PUT", "customers/u", {"id": "u"}).records
    assert (same.who, same.body) == ((("id", "u"),), Identify({}))


def test_events() -> None:
    ulid = "01HB4HBDKTFWYZCK01DMRSWRFD"
    event = {
        "name": " purchase ",
        "data": {"price": 23.45},
        "timestamp": 1_795_444_000,
        "id": ulid,
        "anonymous_id": "a",
    }
    (record,) = call("POST", "customers/u/events", event).records
    assert record.body == Event("purchase", {"price": 23.45})
    assert record.who == (("id", "u"), ("anonymous_id", "a"))
    assert (record.time, record.id, record.message_id) == (NOW - 100 * SECOND, digest(TRACK.id, ulid), ulid)
    page = {"type": "page", "name": "https://e.x/?" + "q" * 200}
    assert bodies("POST", "customers/u/events", page) == [Event(page["name"], {}, "page")]
    (visitor,) = call("POST", "events", {"name": "seen", "anonymous_id": "a"}).records
    assert visitor.who == (("anonymous_id", "a"),)


def test_an_event_about_nobody_is_listed_as_refused() -> None:
    answer = call("POST", "events", {"name": "invited", "data": {"recipient": "f@example.com"}})
    assert (answer.status, answer.records) == (200, [])
    assert answer.refused[0].record.body == Event("invited", {"recipient": "f@example.com"})


@pytest.mark.parametrize("id", ["42", "order-1", 5, None, "01HB4HBDKTFWYZCK01DMRSWRF"])
def test_only_a_ulid_tells_repeats(id: Any) -> None:
    first, second = (call("POST", "customers/u/events", {"name": "e", "id": id}).records[0] for _ in range(2))
    assert first.id != second.id


@pytest.mark.parametrize("value", ["soon", 10**20, -(10**20), True, {}, "2026", 1_795_999_999])
def test_times_out_of_reach_become_the_time_of_receipt(value: Any) -> None:
    (record,) = call("POST", "customers/u/events", {"name": "e", "timestamp": value}).records
    assert record.time == NOW or value == "2026"


def test_devices() -> None:
    flat = {
        "device": {"id": "tok", "platform": "iOS", "last_used": 1_795_444_000, "attributes": {"a": "1"}, "extra": 2}
    }
    (record,) = call("PUT", "customers/u/devices", flat).records
    assert record.body == Device("tok", "ios", {"extra": 2, "a": "1"})
    assert record.time == NOW - 100 * SECOND
    assert bodies("DELETE", "customers/u/devices/tok", {}) == [Device("tok", gone=True)]


def test_people_are_deleted_suppressed_and_merged() -> None:
    assert bodies("DELETE", "customers/u", {}) == [Delete()]
    assert bodies("POST", "customers/u/suppress", {}) == [Suppress()]
    assert bodies("POST", "customers/u/unsuppress", {}) == [Unsuppress()]
    merge = {"primary": {"id": "a"}, "secondary": {"email": "B@example.com"}}
    (record,) = call("POST", "merge_customers", merge).records
    assert (record.who, record.body) == ((("id", "a"),), Merge(("email", "b@example.com")))


def test_manual_segments_and_forms() -> None:
    first, second = call("POST", "segments/7/add_customers", {"ids": ["a", 5]}).records
    assert (first.who, first.body, second.who) == ((("id", "a"),), Member("7", True), (("id", "5"),))
    (out,) = call("POST", "segments/7/remove_customers", {"ids": ["x@e.x"]}, id_type="email").records
    assert (out.who, out.body) == ((("email", "x@e.x"),), Member("7", False))
    ignored = dict.fromkeys(("form_id", "form_name", "form_type", "form_url", "form_url_param"), "ignored")
    form = call("POST", "forms/f1/submit", {"data": {"email": "x@e.x", "name": "X", **ignored}})
    assert (form.status, form.body) == (204, b"")
    data = {"email": "x@e.x", "name": "X"}
    assert [r.body for r in form.records] == [Identify(data), Event("Form Submitted", {"form_id": "f1", **data})]


def test_region() -> None:
    answer = call("GET", "accounts/region")
    assert json.loads(answer.body) == {"url": "https://t.example", "region": "us", "environment_id": 7}


@pytest.mark.parametrize("headers", [{}, basic("site", "wrong"), basic("wk"), {"authorization": "Basic !"}])
def test_without_the_key_nothing_is_accepted(headers: dict[str, str]) -> None:
    answer = call("PUT", "customers/u", {"plan": "pro"}, headers)
    assert (answer.status, answer.records) == (401, ())
    assert json.loads(answer.body)["meta"]["error"] == "Unauthorized request"


def test_receipts_need_no_key_and_say_nothing_else() -> None:
    body = {"delivery_id": "d", "metric": "spammed", "timestamp": 1_795_444_000, "reason": "r", "more": 1}
    (record,) = call("POST", "metrics", body, {}).records
    assert record.body == Receipt("d", "complained", {"reason": "r"})
    assert (record.workspace, record.source, record.trust, record.who) == (0, 0, PUBLIC, ())
    push = {"delivery_id": "d", "event": "opened", "device_id": "t"}
    assert call("POST", "push/events", push, {}).records[0].body == Receipt("d", "opened")
    assert call("POST", "push/events", {"delivery_id": "d", "event": "bounced"}, {}).status == 400
    assert call("POST", "metrics", {"delivery_id": "d", "metric": "sent"}, {}).status == 400
    assert call("POST", "metrics", {"metric": "opened"}, {}).status == 400
    said = {"content-type": "application/json; charset=utf-8"}
    asked = track_v1.unsubscribe(request("d", {"unsubscribe": True}, headers=said))
    assert asked.records[0].body == Receipt("d", "unsubscribed")
    assert track_v1.unsubscribe(request("d", {"unsubscribe": False}, headers=said)).status == 400
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert track_v1.unsubscribe(request("d", {"unsubscribe": True}, headers=form)).status == 400


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("PUT", "customers/" + "x" * 151, {}, "id cannot be longer than 150 bytes"),
        ("PUT", "customers/" + "x" * 256, {}, "id cannot be longer than 150 bytes"),
        ("PUT", "customers/", {}, "id cannot be blank"),
        (
            "PUT",
            "customers/u",
            {str(n): 1 for n in range(301)},
            "cannot identify more than 300 attributes in one request",
        ),
        ("PUT", "customers/u", {"n" * 151: 1}, "attribute name cannot be longer than 150 bytes"),
        ("PUT", "customers/u", {"x": "y" * 1001}, "value for attribute 'x' cannot be longer than 1000 bytes"),
        ("PUT", "customers/u", {"x": ["é" * 499]}, "value for attribute 'x' cannot be longer than 1000 bytes"),
        ("PUT", "customers/u", b"{", "the body is not JSON"),
        ("PUT", "customers/u", [], "the body is not an object"),
        ("POST", "customers/u/events", {"name": " "}, "name cannot be blank"),
        ("POST", "customers/u/events", {"name": "x" * 101}, "event name cannot be longer than 100 bytes"),
        (
            "POST",
            "customers/u/events",
            {"name": "x" * 1001, "type": "page"},
            "event name cannot be longer than 1000 bytes",
        ),
        ("POST", "customers/u/events", {"name": "x", "data": "y"}, "event data must be a hash"),
        ("POST", "customers/u/events", {"name": "x", "data": {"y": "z" * 100_001}}, "event data cannot be longer than"),
        ("POST", "customers/u/events", {"name": "x", "type": "dance"}, "type must be one of event, page, screen"),
        ("PUT", "customers/u/devices", {}, "device cannot be blank"),
        (
            "PUT",
            "customers/u/devices",
            {"device": {"id": "t", "platform": "web"}},
            "device platform must be ios or android",
        ),
        ("POST", "merge_customers", {"primary": {"id": "a", "email": "b"}, "secondary": {"id": "c"}}, "exactly one"),
        ("POST", "merge_customers", {"primary": {"id": "a"}}, "exactly one"),
        ("POST", "segments/7/add_customers", {"ids": []}, "ids must be a list"),
        ("POST", "segments/7/add_customers", {"ids": ["a"] * 1001}, "ids must be a list"),
        ("POST", "segments/7/add_customers?", {"ids": ["a"]}, "there is no such"),
        ("POST", "forms/f/submit", {"data": {"name": "nobody"}}, "data must hold an id or an email"),
    ],
)
def test_refusals_say_what_is_wrong(method: str, path: str, body: Any, said: str) -> None:
    answer = call(method, path, body)
    assert answer.status in (400, 404)
    assert answer.records == ()
    meta = json.loads(answer.body)["meta"]
    assert meta["error"].startswith(said) or said in meta["error"]
    assert meta["errors"] == [meta["error"]]


def test_unknown_routes_and_methods() -> None:
    assert call("PATCH", "customers/u").status == 405
    assert call("POST", "dance").status == 404
