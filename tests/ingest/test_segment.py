"""Segment's calls and Customer.io Pipelines': what each becomes, and what is refused how."""

import json
from typing import Any

import pytest

from tests.ingest.calls import BROWSER, NOW, SECRET, basic, keys, request
from tidings.ingest import Answer, segment
from tidings.kernel import records
from tidings.kernel.ids import digest
from tidings.kernel.records import (
    PUBLIC,
    Alias,
    Consent,
    Delete,
    Device,
    Event,
    Group,
    Identify,
    Receipt,
    Record,
    Suppress,
    Ungroup,
    Unsuppress,
)
from tidings.kernel.times import DAY, SECOND, parse_iso


def call(path: str, body: Any, **headers: str) -> Answer:
    given = {"x-strict-mode" if name == "strict" else name: value for name, value in headers.items()}
    return segment.answer(request(path, body, headers=basic("wk") | given), keys)


def one(path: str, body: Any) -> Record:
    answer = call(path, body)
    assert (answer.status, answer.body, list(answer.refused)) == (200, b'{"success":true}', [])
    (record,) = answer.records
    return record


def test_identify_names_both_and_merges_traits() -> None:
    record = one(
        "identify", {"userId": "u", "anonymousId": "a", "traits": {"plan": "pro", "gone": None}, "messageId": "m"}
    )
    assert record.who == (("id", "u"), ("anonymous_id", "a"))
    assert record.body == Identify({"plan": "pro", "gone": None})
    assert (record.id, record.message_id) == (digest(SECRET.id, "m"), "m")
    assert (record.workspace, record.source, record.trust) == (7, SECRET.id, records.SECRET)
    assert (record.time, record.received, record.starts) == (NOW, NOW, True)


@pytest.mark.parametrize("short", "itpsga")
def test_short_paths_mean_the_long(short: str) -> None:
    body = {"userId": "u", "event": "E", "groupId": "g", "previousId": "p"}
    by_short, by_long = one(short, body), one(segment.SHORT[short], body)
    assert by_short.body == by_long.body


def test_traits_in_context_count_and_the_top_level_wins() -> None:
    body = {"userId": "u", "traits": {"plan": "pro"}, "context": {"traits": {"plan": "free", "city": "Oslo"}}}
    assert one("identify", body).body == Identify({"plan": "pro", "city": "Oslo"})


def test_a_null_or_an_empty_text_removes_a_trait() -> None:
    traits = {"nickname": "", "city": None, "name": " ", "address": {"street": ""}}
    left = {"nickname": None, "city": None, "name": " ", "address": {"street": ""}}
    assert one("identify", {"userId": "u", "traits": traits}).body == Identify(left)
    assert one("identify", {"userId": "u", "context": {"traits": traits}}).body == Identify(left)
    assert one("group", {"userId": "u", "groupId": "g", "traits": traits}).body == Group("company", "g", left)


def test_consent_in_traits_is_a_record_of_its_own() -> None:
    traits = {
        "plan": "pro",
        "unsubscribed": "TRUE",
        "cio_subscription_preferences": {"topics": {"topic_1": False}, "channels": {"sms": True}},
    }
    consent, identify = call("identify", {"userId": "u", "traits": traits, "messageId": "m"}).records
    assert identify.body == Identify({"plan": "pro"})
    assert consent.body == Consent(True, {"topic_1": False}, {"sms": True}, "api", "server")
    assert consent.who == identify.who
    assert (consent.id, identify.id) == (digest(SECRET.id, "m"), digest(SECRET.id, "m", 1))


def test_identify_by_email_alone() -> None:
    assert one("identify", {"traits": {"email": "Ada@Example.com"}}).who == (("email", "ada@example.com"),)


def test_track_page_and_screen_are_events() -> None:
    track = one(
        "track", {"userId": "u", "event": " Paid ", "properties": {"x": 1}, "context": {"ip": "::1", "traits": {}}}
    )
    assert track.body == Event("Paid", {"x": 1}, "track")
    page = one("page", {"userId": "u", "name": "Docs", "category": "Help", "properties": {"url": "https://e.x/"}})
    assert page.body == Event("Docs", {"url": "https://e.x/", "name": "Docs", "category": "Help"}, "page", {})
    nameless = one("page", {"userId": "u", "properties": {"url": "https://e.x/a?b", "path": "/a"}})
    assert isinstance(nameless.body, Event)
    assert nameless.body.name == "/a"
    assert one("screen", {"anonymousId": "a"}).body == Event("screen", {}, "screen", {})


def test_group_keeps_relation_and_type_apart() -> None:
    assert one("group", {"userId": "u", "groupId": 42, "traits": {"seats": 5}}).body == Group(
        "company", "42", {"seats": 5}
    )
    traits = {"object_type_id": "3", "relationshipAttributes": {"role": "admin"}, "seats": 5}
    typed = one("group", {"userId": "u", "groupId": "g", "traits": traits, "context": {"traits": {"name": "Ada"}}})
    assert typed.body == Group("3", "g", {"seats": 5}, {"role": "admin"})


def test_alias_and_the_browsers_alias_onto_oneself() -> None:
    record = one("alias", {"userId": "new", "previousId": "old"})
    assert (record.who, record.body) == ((("id", "new"),), Alias("old"))
    itself = call("alias", {"userId": "u", "previousId": "u"})
    assert (itself.status, itself.records, itself.refused) == (200, [], [])


def test_ids_may_be_numbers_null_or_empty() -> None:
    assert one("track", {"userId": 5, "anonymousId": None, "event": "E"}).who == (("id", "5"),)
    assert one("track", {"userId": "", "anonymousId": "a", "event": "E"}).who == (("anonymous_id", "a"),)


def device(**fields: Any) -> dict[str, Any]:
    return {"userId": "u", "context": {"device": {"token": "tok", "type": "ios"}}, **fields}


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        (device(event="Device Created or Updated", properties={"app": "1"}), Device("tok", "ios", {"app": "1"})),
        (device(event="Device Deleted"), Device("tok", gone=True)),
        ({"userId": "u", "event": "User Deleted"}, Delete()),
        ({"userId": "u", "event": "User Suppressed"}, Suppress()),
        ({"userId": "u", "event": "User Unsuppressed"}, Unsuppress()),
        ({"userId": "u", "event": "Relationship Deleted", "properties": {"objectId": "o"}}, Ungroup("company", "o")),
    ],
)
def test_reserved_events_mean_something(body: dict[str, Any], meant: Any) -> None:
    record = one("track", body)
    assert (record.who, record.body) == ((("id", "u"),), meant)


def test_reserved_events_about_nobody() -> None:
    gone = one(
        "track", {"userId": "u", "event": "Object Deleted", "properties": {"objectId": "o", "objectTypeId": "2"}}
    )
    assert (gone.who, gone.body) == ((), Ungroup("2", "o", whole=True))
    told = {"recipient": "ada@example.com", "reason": "full", "href": "https://e.x"}
    properties = {"deliveryId": "d", "metric": "clicked", "actionValue": "buy", **told}
    report = one("track", {"event": "Report Delivery Event", "properties": properties})
    assert (report.who, report.body) == ((), Receipt("d", "clicked", {**told, "value": "buy"}))


@pytest.mark.parametrize("metric", ["delivered", "opened", "clicked", "converted"])
def test_each_report_of_a_delivery(metric: str) -> None:
    report = one("track", {"event": "Report Delivery Event", "properties": {"deliveryId": "d", "metric": metric}})
    assert report.body == Receipt("d", metric)


def test_a_report_on_content_is_an_event_like_any() -> None:
    properties = {"actionType": "clicked_content", "contentId": "7", "templateId": "8"}
    report = one("track", {"userId": "u", "event": "Report Content Event", "properties": properties})
    assert report.body == Event("Report Content Event", properties)


def test_senders_clock_is_corrected() -> None:
    """Its clock stands at 12:00:00 on sending; what it calls 11:59:50 was ten seconds ago."""
    times = {"timestamp": "2020-01-01T11:59:50.000Z", "sentAt": "2020-01-01T12:00:00Z"}
    assert one("track", {"userId": "u", "event": "E", **times}).time == NOW - 10 * SECOND


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"timestamp": "2026-10-24T14:28:20+00:00"}, NOW - 30 * DAY),
        ({"originalTimestamp": "2026-10-24T16:28:20.000+02:00"}, NOW - 30 * DAY),
        ({"timestamp": "next year"}, NOW),
        ({"timestamp": "9999-12-31T23:59:59Z"}, NOW),
        ({"timestamp": "0001-01-01T00:00:00+14:00"}, NOW),
        ({"timestamp": 10**30}, NOW),
        ({"timestamp": "2026-11-23T14:40:00Z"}, NOW),
        ({"timestamp": "2026-11-23T14:30:00Z"}, parse_iso("2026-11-23T14:30:00Z")),
        ({}, NOW),
    ],
)
def test_times_out_of_reach_become_the_time_of_receipt(fields: dict[str, Any], expected: int) -> None:
    assert one("track", {"userId": "u", "event": "E", **fields}).time == expected


def test_batch_shares_its_context_and_time() -> None:
    body = {
        "batch": [
            {
                "type": "track",
                "userId": "u",
                "event": "A",
                "context": {"ip": "1.1.1.1"},
                "timestamp": "2020-01-01T12:00:00Z",
            },
            {"type": "identify", "userId": "u", "traits": {"plan": "pro"}},
        ],
        "context": {"ip": "2.2.2.2", "library": {"name": "x"}},
        "timestamp": "2020-01-01T11:59:51Z",
        "sentAt": "2020-01-01T12:00:01Z",
    }
    first, second = call("batch", body).records
    assert first.body == Event("A", {})
    assert first.time == NOW - SECOND
    assert (second.body, second.time) == (Identify({"plan": "pro"}), NOW - 10 * SECOND)


BESIDE: dict[str, Any] = {
    "context": {
        "page": {"url": "https://e.x/a"},
        "campaign": {"name": "spring"},
        "traits": {"plan": "pro"},
        "groupId": "acme",
    },
    "integrations": {"All": False, "Warehouse": {"table": "t"}},
    "sentAt": "2020-01-01T12:00:00.000Z",
    "timestamp": "2020-01-01T11:59:50+00:00",
    "originalTimestamp": 1577879990123,
}


@pytest.mark.parametrize("kind", ["identify", "track", "page", "screen", "group", "alias"])
def test_what_stands_beside_the_content_is_kept_as_it_was_sent(kind: str) -> None:
    said = {"userId": "u", "event": "E", "groupId": "g", "previousId": "p"}
    assert one(kind, {**said, **BESIDE}).context == BESIDE
    assert one(kind, said).context == {}
    for name, value in BESIDE.items():
        assert one(kind, {**said, name: value}).context == {name: value}
        assert one("batch", {"batch": [{**said, "type": kind, name: value}]}).context == {name: value}
    record = one(kind, {**said, **BESIDE})
    assert records.decode(records.encode(record)) == record


def test_what_a_batch_says_stands_under_what_each_message_says() -> None:
    own = {"context": {"ip": "1.1.1.1"}, "integrations": {"All": True}, "originalTimestamp": "2020-01-01T11:00:00Z"}
    item = {"type": "track", "userId": "u", "event": "E"}
    mixed, plain = call("batch", {"batch": [{**item, **own}, item], **BESIDE}).records
    assert plain.context == {name: value for name, value in BESIDE.items() if name != "originalTimestamp"}
    assert mixed.context == {
        "context": {**BESIDE["context"], "ip": "1.1.1.1"},
        "integrations": {"All": True, "Warehouse": {"table": "t"}},
        "sentAt": BESIDE["sentAt"],
        "originalTimestamp": "2020-01-01T11:00:00Z",
    }


def test_it_goes_with_the_first_record_of_a_message_and_with_what_can_not_be_used() -> None:
    consent, identify = call("identify", {"userId": "u", "traits": {"unsubscribed": True}, **BESIDE}).records
    assert (consent.context, identify.context) == (BESIDE, {})
    (refused,) = call("track", {"userId": "u", **BESIDE}).refused
    assert refused.record.context == BESIDE
    (refused,) = call("batch", {"batch": [{"type": "nothing"}], **BESIDE}).refused
    assert refused.record.context["context"] == BESIDE["context"]


def test_the_engine_reads_of_the_context_only_the_group() -> None:
    assert one("track", {"userId": "u", "event": "E", **BESIDE}).body == Event("E", {}, "track", {"groupId": "acme"})


@pytest.mark.parametrize("given", [{}, [], None, False, ["a"], "All", 7, {"x": [1 << 70, "\0"]}])
def test_integrations_of_any_form_are_kept_and_never_refused(given: Any) -> None:
    item = {"type": "track", "userId": "u", "event": "E"}
    said = {"x": [float(1 << 70), "\ufffd"]} if isinstance(given, dict) and given else given
    for body in ({"batch": [{**item, "integrations": given}]}, {"batch": [item], "integrations": given}):
        (record,) = call("batch", body).records
        assert record.context == ({"integrations": said} if said else {})
        assert records.decode(records.encode(record)) == record


@pytest.mark.parametrize("name", ["context", "integrations"])
def test_what_a_batch_says_for_all_is_bounded_as_it_stands_under_each(name: str) -> None:
    batch = [{"type": "track", "userId": "u", "event": "E"}] * 100
    most = segment.SHARED // len(batch) - 100
    assert len(call("batch", {"batch": batch, name: {"a": "x" * most}}).records) == 100
    answer = call("batch", {"batch": batch, name: {"a": "x" * (most + 200)}})
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "too_large")


def test_import_starts_no_journey() -> None:
    (record,) = call("import", {"batch": [{"type": "track", "userId": "u", "event": "A"}]}).records
    assert record.starts is False


def test_one_bad_message_does_not_fail_the_batch() -> None:
    good = {"type": "track", "userId": "u", "event": "A"}
    bad = [
        {"type": "track", "userId": "u"},
        {"type": "dance"},
        "text",
        {"type": "track", "event": "No one"},
        {"type": ["x"]},
    ]
    answer = call("batch", {"batch": [good, *bad, good]})
    assert (answer.status, len(answer.records), len(answer.refused)) == (200, 2, 5)
    assert answer.refused[3].reason == "the message names neither a userId nor an anonymousId"
    assert answer.refused[3].record.body == Event("No one", {})
    assert answer.refused[3].record.source == SECRET.id


DEEP = '{"type":"track","userId":"u","event":"Deep","properties":' + '{"a":' * 25 + "1" + "}" * 26
LARGE = '{"type":"track","userId":"u","event":"Large","properties":{"n":%s}}'
LONE = '{"type":"track","userId":"u","event":"Half \\ud83d"}'
"""Has the whole batch read patiently."""


@pytest.mark.parametrize("beside", ["", LONE])
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (DEEP, "the body nests more than 20 levels deep"),
        *(
            (LARGE % number, "the body holds a number too large for any number type")
            for number in ("1e999", "9" * 5000)
        ),
    ],
    ids=["deep", "float", "whole"],
)
def test_what_can_not_be_stored_does_not_fail_the_batch_either(beside: str, bad: str, reason: str) -> None:
    good = '{"type":"track","userId":"u","event":"A"}'
    batch = ",".join(filter(None, (good, beside, bad, good)))
    answer = call("batch", f'{{"batch":[{batch}]}}'.encode())
    assert (answer.status, [refused.reason for refused in answer.refused]) == (200, [reason])
    assert len(answer.records) == (3 if beside else 2)
    assert call("batch", f'{{"batch":[{batch}]}}'.encode(), strict="1").status == 400


@pytest.mark.parametrize("bad", ["{", "nothing", '{"n":NaN}', "{} {}"])
def test_a_batch_that_is_no_json_is_refused_whole(bad: str) -> None:
    answer = call("batch", ('{"batch":[{"type":"track","userId":"u","event":"A"},' + bad + "]}").encode())
    assert (answer.status, answer.records, answer.refused) == (400, (), ())


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"type": "identify", "traits": "pro"}, "`traits` is not an object"),
        ({"type": "track", "event": "E", "properties": [1]}, "`properties` is not an object"),
        ({"type": "page", "properties": 0}, "`properties` is not an object"),
        ({"type": "group", "groupId": {}}, "an identifier is neither a text nor a whole number"),
        ({"type": "track", "event": {"name": "E"}}, "a track message names no event"),
        ({"type": "track", "event": "x" * 256}, "the name of an event is longer than 255 bytes"),
        ({"type": "track", "event": "E", "userId": "x" * 256}, "an identifier is longer than 255 bytes"),
        ({"type": "track", "event": "E", "userId": True}, "an identifier is neither a text nor a whole number"),
        ({"type": "alias", "previousId": None}, "an alias message names no userId or no previousId"),
        ({"type": "track", "event": "Device Deleted"}, "`context.device.token` is missing"),
        ({"type": "track", "event": "Object Deleted"}, "`properties.objectId` is missing"),
    ],
)
def test_wrong_types_are_refused_with_their_reason(fields: dict[str, Any], reason: str) -> None:
    answer = call("batch", {"batch": [{"userId": "u", **fields}]})
    assert (answer.status, answer.records) == (200, [])
    assert [refused.reason for refused in answer.refused] == [reason]


def test_an_empty_list_is_an_empty_object_to_php() -> None:
    assert one("track", {"userId": "u", "event": "E", "properties": [], "context": []}).body == Event("E", {})


def test_strict_mode_answers_what_is_wrong_and_keeps_nothing() -> None:
    good = {"type": "track", "userId": "u", "event": "A"}
    answer = call("batch", {"batch": [good, {"type": "track", "userId": "u"}]}, strict="1")
    assert (answer.status, answer.records, answer.refused) == (400, (), ())
    body = json.loads(answer.body)
    assert body["message"] == body["meta"]["error"] == "a track message names no event"
    assert body["code"] == "invalid_message"
    unknown = segment.answer(request("track", good, headers=basic("nope") | {"x-strict-mode": "1"}), keys)
    assert (unknown.status, json.loads(unknown.body)["code"]) == (401, "unknown_write_key")


def test_a_key_may_stand_in_header_body_or_message() -> None:
    body = {"userId": "u", "event": "E"}
    for headers, extra in (
        (basic("wk"), {}),
        ({"authorization": "Bearer wk"}, {}),
        ({}, {"writeKey": "wk"}),
        ({"authorization": "Bearer some-oauth-token"}, {"writeKey": "wk"}),
    ):
        assert segment.answer(request("track", body | extra, headers=headers), keys).source == SECRET
    mixed = {"batch": [{"type": "track", **body, "writeKey": "public"}, {"type": "track", **body}], "writeKey": "wk"}
    first, second = segment.answer(request("batch", mixed), keys).records
    assert (first.source, first.trust) == (BROWSER.id, PUBLIC)
    assert (second.source, second.trust) == (SECRET.id, records.SECRET)


@pytest.mark.parametrize("key", ["nope", "app", "site:key"])
def test_unknown_keys_are_answered_and_nothing_is_kept(key: str) -> None:
    answer = segment.answer(request("track", {"userId": "u", "event": "E", "writeKey": key}), keys)
    assert (answer.status, answer.body, answer.records, answer.source) == (200, segment.SUCCESS, [], None)
    assert "unknown" in answer.headers["x-tidings-notice"]


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\nb", 5, "é"])
def test_a_missing_or_malformed_key_is_refused(key: Any) -> None:
    answer = segment.answer(request("track", {"userId": "u", "event": "E", "writeKey": key}), keys)
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "missing_write_key")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff",
        b'{"userId":NaN}',
        b'{"userId":"u","event":"E","properties":{"n":1e999}}',
        b'{"userId":"u","event":"E","properties":{"n":' + b"9" * 400 + b"}}",
        b'{"userId":"u","event":"E","properties":{"n":' + b"9" * 5000 + b"}}",
        b'{"a":' * 30 + b"1" + b"}" * 30,
        b"[" * 30_000,
    ],
)
def test_malformed_json_is_refused(body: bytes) -> None:
    answer = call("track", body)
    assert (answer.status, answer.records) == (400, ())
    said = json.loads(answer.body)
    assert said["code"] == "invalid_json"
    assert said["message"].startswith("the body ")


def test_sizes() -> None:
    event = {"userId": "u", "event": "E", "type": "track"}
    assert call("track", event | {"properties": {"x": "y" * 32_000}}).status == 200
    assert call("track", event | {"properties": {"x": "y" * 33_000}}).status == 400
    batch = {"batch": [event | {"properties": {"x": "y" * 32_000}}] * 15}
    assert len(call("batch", batch).records) == 15
    assert call("batch", {"batch": batch["batch"] * 2}).status == 400
    large = call("batch", {"batch": [event, event | {"properties": {"x": "y" * 33_000}}]})
    assert (large.status, large.records) == (400, ())
    many = call("batch", {"batch": [event] * 2502})
    assert (many.status, len(many.records), len(many.refused)) == (200, 2500, 2)
    tiny = '{"type":"track","userId":"u","event":"E"}'
    for last in ("0", '"\\ud83d"'):  # the second is read patiently
        many = call("batch", f'{{"batch":[{",".join([tiny] * 5000)},{",".join([last] * 20_000)}]}}'.encode())
        assert (many.status, len(many.records), len(many.refused)) == (200, 2500, 2501)
        says = "a batch holds at most 2,500 messages; this stands for the last 20,000 of this one"
        assert many.refused[-1].reason == says
    strict = call("batch", {"batch": [event] * 2501}, strict="1")
    assert (strict.status, strict.records) == (400, ())


def test_text_is_mended_rather_than_the_batch_refused() -> None:
    body = (
        b'{"batch":[{"type":"track","userId":"u","event":"A","properties":{"cut":"\\ud83d","nul\\u0000":"x\\u0000y","big":%d}},'
        % 10**30
    )
    body += b'{"type":"track","userId":"bad\\u0000id","event":"A"}]}'
    answer = call("batch", body)
    (record,) = answer.records
    assert record.body == Event("A", {"cut": "\ufffd", "nul\ufffd": "x\ufffdy", "big": 1e30})
    records.encode(record)
    assert [refused.reason for refused in answer.refused] == ["an identifier holds characters that can't be stored"]


def test_a_whole_emoji_survives_beside_half_a_one() -> None:
    record = one("track", b'{"userId":"u","event":"A","properties":{"a":"\\ud83e\\udd8a","b":"\\udd8a"}}')
    assert record.body == Event("A", {"a": "🦊", "b": "\ufffd"})
