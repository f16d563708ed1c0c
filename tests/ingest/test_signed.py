"""Signed user ids: what a right signature lifts with a public key, what it never does, and what is none."""

import hashlib
import json
from typing import Any

import pytest

from tests.ingest.calls import BROWSER, OTHER, SECRET, basic, hash_of, keys, request
from tidings.ingest import Answer, segment
from tidings.kernel import records
from tidings.kernel.records import (
    MISSIGNED,
    PUBLIC,
    SIGNED,
    Alias,
    Consent,
    Delete,
    Device,
    Event,
    Group,
    Identify,
    Receipt,
    Suppress,
    Ungroup,
    Unsuppress,
)

RIGHT = hash_of("u")
DEVICE = {"device": {"token": "tok", "type": "ios"}}


def call(path: str, body: Any, key: str = "public") -> Answer:
    answer = segment.answer(request(path, body, headers=basic(key)), keys)
    assert (answer.status, answer.body) == (200, b'{"success":true}')
    return answer


def said(path: str, hash: Any, key: str = "public", **body: Any) -> list[records.Record]:
    body = {"userId": "u", **body}
    body["context"] = {**body.get("context", {}), "userHash": hash}
    answer = call(path, body, key)
    assert not answer.refused
    return list(answer.records)


def event(name: str, **properties: Any) -> dict[str, Any]:
    return {"event": name, "properties": properties}


OWN = [
    ("identify", {"traits": {"email": "u@example.com"}}, Identify),
    ("track", {**event("Device Created or Updated"), "context": DEVICE}, Device),
    ("track", {**event("Device Deleted"), "context": DEVICE}, Device),
    ("track", event("User Deleted"), Delete),
    ("track", event("User Suppressed"), Suppress),
    ("track", event("User Unsuppressed"), Unsuppress),
]
FOREIGN = [
    ("alias", {"previousId": "v"}, Alias),
    ("group", {"groupId": "acme", "traits": {"plan": "pro"}}, Group),
    ("track", event("Relationship Deleted", objectId="acme"), Ungroup),
    ("track", event("Object Deleted", objectId="acme"), Ungroup),
    ("track", event("Report Delivery Event", deliveryId="d", metric="opened"), Receipt),
    ("track", event("Paid"), Event),
    ("page", {"name": "Docs"}, Event),
    ("screen", {"name": "Docs"}, Event),
]


@pytest.mark.parametrize(("path", "body", "kind"), OWN)
def test_what_is_said_of_oneself_is_signed(path: str, body: dict[str, Any], kind: type) -> None:
    (record,) = said(path, RIGHT, **body)
    assert (type(record.body), record.trust, record.who) == (kind, SIGNED, (("id", "u"),))


@pytest.mark.parametrize(("path", "body", "kind"), FOREIGN)
@pytest.mark.parametrize("hash", [RIGHT, "wrong"])
def test_everything_else_stays_public(path: str, body: dict[str, Any], kind: type, hash: str) -> None:
    (record,) = said(path, hash, **body)
    assert (type(record.body), record.trust) == (kind, PUBLIC)


def test_both_that_a_call_says_are_signed() -> None:
    consent, identify = said("identify", RIGHT, traits={"unsubscribed": False, "plan": "pro"})
    assert (consent.body, identify.body) == (Consent(False, how="api", by="site"), Identify({"plan": "pro"}))
    assert {consent.trust, identify.trust} == {SIGNED}


def test_a_browser_named_beside_it_is_not_forgotten_with_it() -> None:
    (identify,) = said("identify", RIGHT, anonymousId="a", traits={})
    assert identify.who == (("id", "u"), ("anonymous_id", "a"))
    for name in ("User Deleted", "User Suppressed", "User Unsuppressed"):
        (record,) = said("track", RIGHT, anonymousId="a", event=name)
        assert (record.trust, record.who) == (SIGNED, (("id", "u"),))
        (record,) = said("track", "wrong", anonymousId="a", event=name)
        assert (record.trust, record.who) == (MISSIGNED, (("id", "u"), ("anonymous_id", "a")))


@pytest.mark.parametrize(
    "hash",
    [
        hash_of("v"),
        hash_of("u", OTHER.signing),
        hash_of("u", ""),
        hash_of(""),
        hash_of("u "),
        RIGHT.upper(),
        RIGHT[:-1],
        RIGHT + "0",
        RIGHT * 400,
        f" {RIGHT}",
        hashlib.sha256(b"u").hexdigest(),
        "",
        "ü" * 64,
        "\ud800",
        0,
        True,
        [RIGHT],
        {"u": RIGHT},
    ],
    ids=lambda hash: ascii(hash)[:12],
)
def test_what_is_no_signature_counts_for_nothing(hash: Any) -> None:
    for path, body, kind in OWN:
        (record,) = said(path, hash, **body)
        assert (type(record.body), record.trust) == (kind, MISSIGNED)


def test_the_id_that_is_signed_is_the_messages_own() -> None:
    for who in ({"userId": "v"}, {"userId": "U"}, {"userId": None, "anonymousId": "u"}):
        (record,) = said("identify", RIGHT, **who, traits={})
        assert record.trust == MISSIGNED
    (record,) = said("identify", hash_of("u@example.com"), userId=None, traits={"email": "u@example.com"})
    assert (record.who, record.trust) == ((("email", "u@example.com"),), MISSIGNED)
    (record,) = said("identify", hash_of("5"), userId=5, traits={})
    assert (record.who, record.trust) == ((("id", "5"),), SIGNED)
    (record,) = said("identify", hash_of("Größe"), userId="Größe", traits={})
    assert record.trust == SIGNED


def test_each_source_signs_by_its_own_secret_and_one_without_takes_none() -> None:
    assert [each.trust for each in said("identify", hash_of("u", OTHER.signing), "other", traits={})] == [SIGNED]
    assert [each.trust for each in said("identify", RIGHT, "other", traits={})] == [MISSIGNED]
    assert [each.trust for each in said("identify", hash_of("u", ""), "unsigned", traits={})] == [MISSIGNED]


def test_without_a_hash_a_key_is_what_it_is() -> None:
    assert [each.trust for each in said("identify", None, traits={})] == [PUBLIC]
    assert [each.trust for each in call("identify", {"userId": "u"}).records] == [PUBLIC]
    for hash in (RIGHT, "wrong"):
        assert [each.trust for each in said("identify", hash, "wk", traits={})] == [records.SECRET]


def test_each_message_of_a_batch_is_weighed_by_itself() -> None:
    messages = [
        {"userId": "u", "context": {"userHash": RIGHT}},
        {"userId": "v", "context": {"userHash": RIGHT}},
        {"userId": "v"},
        {"userId": "v", "context": {"userHash": hash_of("v", OTHER.signing)}, "writeKey": "other"},
        {"userId": "v", "context": {"userHash": hash_of("v")}, "writeKey": "other"},
        {"userId": "u", "context": {"userHash": RIGHT}, "type": "alias", "previousId": "v"},
    ]
    batch = [{"type": "identify", **each} for each in messages]
    trusts = [each.trust for each in call("batch", {"batch": batch}).records]
    assert trusts == [SIGNED, MISSIGNED, PUBLIC, SIGNED, MISSIGNED, PUBLIC]
    shared = {"batch": batch[1:3], "context": {"userHash": hash_of("v")}}
    assert [each.trust for each in call("batch", shared).records] == [MISSIGNED, SIGNED]


@pytest.mark.parametrize("key", ["public", "wk"])
@pytest.mark.parametrize("hash", [RIGHT, "f" * 64, ["f" * 64]])
def test_the_hash_is_not_kept(key: str, hash: Any) -> None:
    context = {"ip": "::1", "userHash": hash, "traits": {}}
    texts = [
        {"type": "track", "userId": "u", "event": "Paid", "context": context},
        {"type": "page", "userId": "u", "context": context},
        {"type": "identify", "userId": "u", "context": context},
        {"type": "track", "userId": "u", "context": context},
        {"type": "nothing", "userId": "u", "context": context},
    ]
    answer = call("batch", {"batch": texts}, key)
    assert (len(answer.records), len(answer.refused)) == (3, 2)
    assert answer.records[0].context == {"context": {"ip": "::1", "traits": {}}}
    told = json.dumps(hash).strip('[]"')
    for record in [*answer.records, *(each.record for each in answer.refused)]:
        assert told.encode() not in records.encode(record)
        assert b"userHash" not in records.encode(record)


def test_the_secret_is_not_printed() -> None:
    assert BROWSER.signing not in f"{BROWSER} {BROWSER!r} {[SECRET, BROWSER]}"
