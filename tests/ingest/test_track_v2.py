"""Customer.io's Track API, version 2: operations, and batches of which each stands or falls alone."""

import json
from typing import Any

import pytest

from tests.ingest.calls import NOW, TRACK, basic, keys, request
from tidings.ingest import Answer, track_v2
from tidings.kernel.ids import digest
from tidings.kernel.records import (
    Consent,
    Delete,
    Device,
    Event,
    Group,
    Identify,
    Merge,
    Receipt,
    Suppress,
    Ungroup,
    Unsuppress,
)
from tidings.kernel.times import SECOND


def call(path: str, body: Any, headers: dict[str, str] | None = None) -> Answer:
    return track_v2.answer(request(path, body, headers=basic("site", "key") if headers is None else headers), keys)


def person(action: str, **fields: Any) -> dict[str, Any]:
    return {"type": "person", "action": action, "identifiers": {"id": "u"}, **fields}


def thing(action: str, **fields: Any) -> dict[str, Any]:
    return {"type": "object", "action": action, "identifiers": {"object_type_id": "1", "object_id": "acme"}, **fields}


RELATED = [{"identifiers": {"object_type_id": "2", "object_id": "o"}, "relationship_attributes": {"role": "x"}}]
MEMBERS = [{"identifiers": {"id": "u"}, "relationship_attributes": {"role": "x"}}]


@pytest.mark.parametrize(
    ("operation", "meant"),
    [
        (person("identify", attributes={"plan": "pro", "x": ""}), [Identify({"plan": "pro", "x": None})]),
        (person("identify", attributes={"_update": True, "a": 1}), [Identify({"a": 1}, create=False)]),
        (
            person("identify", attributes={"unsubscribed": True}, cio_relationships=RELATED),
            [Identify({}), Consent(True, {}, {}, "api", "track"), Group("2", "o", {}, {"role": "x"})],
        ),
        (person("event", name="paid", attributes={"n": 1}), [Event("paid", {"n": 1})]),
        (person("page", name="/docs"), [Event("/docs", {}, "page")]),
        (person("screen", name="Home"), [Event("Home", {}, "screen")]),
        (person("delete"), [Delete()]),
        (person("suppress"), [Suppress()]),
        (person("unsuppress"), [Unsuppress()]),
        (person("add_relationships", cio_relationships=RELATED), [Group("2", "o", {}, {"role": "x"})]),
        (person("delete_relationships", cio_relationships=RELATED), [Ungroup("2", "o")]),
        (
            person("add_device", device={"token": "t", "platform": "android", "attributes": {"a": 1}}),
            [Device("t", "android", {"a": 1})],
        ),
        (person("delete_device", device={"token": "t"}), [Device("t", gone=True)]),
        (
            {"type": "person", "action": "merge", "primary": {"id": "u"}, "secondary": {"cio_id": "0a"}},
            [Merge(("cio_id", "0a"))],
        ),
        (thing("delete_relationships", cio_relationships=MEMBERS), [Ungroup("company", "acme")]),
        (thing("add_relationships", cio_relationships=MEMBERS), [Group("company", "acme", {}, {"role": "x"})]),
    ],
)
def test_operations_about_a_person(operation: dict[str, Any], meant: list[Any]) -> None:
    answer = call("entity", operation)
    assert (answer.status, answer.body, answer.source) == (200, b"{}\n", TRACK), answer.body
    assert [record.body for record in answer.records] == meant
    assert all(record.who == (("id", "u"),) for record in answer.records)


def test_operations_about_an_object() -> None:
    made = call("entity", thing("identify", attributes={"name": "Acme"}, cio_relationships=MEMBERS)).records
    assert [record.body for record in made] == [
        Group("company", "acme", {"name": "Acme"}, member=False),
        Group("company", "acme", {}, {"role": "x"}),
    ]
    assert [record.who for record in made] == [(), (("id", "u"),)]
    (gone,) = call("entity", thing("delete")).records
    assert (gone.who, gone.body) == ((), Ungroup("company", "acme", whole=True))


def test_identifiers() -> None:
    both = {"id": "u", "anonymous_id": "a"}
    assert call("entity", person("identify") | {"identifiers": both}).records[0].who == (
        ("id", "u"),
        ("anonymous_id", "a"),
    )
    visitor = person("event", name="e") | {"identifiers": {"anonymous_id": "a"}}
    assert call("entity", visitor).records[0].who == (("anonymous_id", "a"),)
    phone = person("identify") | {"identifiers": {"phone": "+4915100"}}
    assert call("entity", phone).records[0].who == (("id", "+4915100"),)


def test_events_have_a_time_and_a_ulid() -> None:
    ulid = "01HB4HBDKTFWYZCK01DMRSWRFD"
    (record,) = call("entity", person("event", name="e", timestamp=1_795_444_000, id=ulid)).records
    assert (record.time, record.id) == (NOW - 100 * SECOND, digest(TRACK.id, ulid))


def test_attributes_may_say_when_they_were_said() -> None:
    for said in (
        {"attributes": {"a": 1, "_timestamp": 1_795_444_000}},
        {"attributes": {"a": 1}, "timestamp": 1_795_444_000},
    ):
        (record,) = call("entity", person("identify", **said)).records
        assert (record.body, record.time, record.ordered) == (Identify({"a": 1}), NOW - 100 * SECOND, True)
    (record,) = call("entity", person("identify", attributes={"a": 1})).records
    assert (record.time, record.ordered) == (NOW, False)


def test_reports_of_deliveries() -> None:
    report = {
        "type": "delivery",
        "action": "event",
        "identifiers": {"id": "d"},
        "name": "opened",
        "attributes": {"device_token": "t"},
    }
    (record,) = call("entity", report).records
    assert (record.who, record.body) == ((), Receipt("d", "opened"))


def test_of_a_batch_what_is_right_is_accepted() -> None:
    good, bad = person("identify", attributes={"plan": "kept"}), person("event", attributes={})
    answer = call("batch", {"batch": [good, bad, {"type": "dance"}, 5, good]})
    assert (answer.status, len(answer.records)) == (207, 2)
    errors = json.loads(answer.body)["errors"]
    assert [error["batch_index"] for error in errors] == [1, 2, 3]
    assert errors[0] == {"batch_index": 1, "reason": "required", "field": "name", "message": "name cannot be blank"}
    assert call("batch", {"batch": [good, good]}).body == b"{}\n"
    nothing = call("batch", {"batch": [0] * 10_001})
    assert (nothing.status, len(json.loads(nothing.body)["errors"])) == (400, 1)


@pytest.mark.parametrize(
    ("operation", "reason", "field"),
    [
        ({"action": "identify", "identifiers": {"id": "u"}}, "required", "type"),
        (person("dance"), "invalid", "action"),
        (person("identify") | {"identifiers": {}}, "required", "identifiers"),
        (person("identify") | {"identifiers": {"id": "u", "email": "e"}}, "invalid", "identifiers"),
        (person("identify", attributes=[1]), "invalid", "attributes"),
        (person("identify", attributes={"x": "y" * 1001}), "invalid", ""),
        (person("add_device", device={"token": "", "platform": "ios"}), "required", "device"),
        (person("add_relationships"), "required", "cio_relationships"),
        ({"type": "person", "action": "merge", "primary": {"id": "u"}}, "required", "secondary"),
        ({"type": "delivery", "action": "event", "identifiers": {"id": "d"}, "name": "bounced"}, "invalid", "name"),
        (
            {"type": "delivery", "action": "event", "identifiers": {"id": "d"}, "name": "opened"},
            "required",
            "device_token",
        ),
        (person("identify") | {"identifiers": {"phone": "0151 00"}}, "invalid", "identifiers"),
        (thing("identify") | {"identifiers": {"object_id": ""}}, "required", "identifiers"),
        ([], "invalid", ""),
    ],
)
def test_an_invalid_operation_names_field_and_reason(operation: Any, reason: str, field: str) -> None:
    answer = call("entity", operation)
    assert (answer.status, answer.records) == (400, ())
    (error,) = json.loads(answer.body)["errors"]
    assert (error["reason"], error["field"]) == (reason, field)


def test_requests_that_are_wrong_as_a_whole() -> None:
    assert call("entity", person("identify"), {}).status == 401
    assert call("dance", {}).status == 404
    for path, body in (
        ("entity", b"{"),
        ("batch", {}),
        ("batch", []),
        ("entity", person("event", name="e", attributes={"x": "y" * 33_000})),
        ("batch", {"batch": [person("event", name="e", attributes={"x": "y" * 30_000})] * 20}),
    ):
        answer = call(path, body)
        assert (answer.status, answer.records) == (400, ())
        assert set(json.loads(answer.body)["errors"][0]) == {"reason", "field", "message"}
    large = call("batch", {"batch": [person("event", name="e", attributes={"x": "y" * 33_000}), person("delete")]})
    assert (large.status, len(large.records)) == (207, 1)
