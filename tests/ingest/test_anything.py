"""Whatever arrives is answered: never an exception, never a 5xx, and what is answered as wrong as a whole keeps nothing."""

import json

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.calls import NOW, basic, keys
from tidings.ingest import Answer, Request, segment, track_v1, track_v2
from tidings.ingest.check import mended
from tidings.kernel.records import decode, encode, home
from tidings.kernel.times import EARLIEST, MINUTE

NAMES = [
    "userId",
    "anonymousId",
    "previousId",
    "groupId",
    "event",
    "type",
    "messageId",
    "timestamp",
    "sentAt",
    "originalTimestamp",
    "traits",
    "properties",
    "context",
    "userHash",
    "batch",
    "writeKey",
    "name",
    "category",
    "email",
    "unsubscribed",
    "cio_subscription_preferences",
    "cio_relationships",
    "relationships",
    "action",
    "identifiers",
    "object_id",
    "object_type_id",
    "id",
    "cio_id",
    "phone",
    "anonymous_id",
    "attributes",
    "data",
    "device",
    "token",
    "platform",
    "last_used",
    "ids",
    "primary",
    "secondary",
    "delivery_id",
    "metric",
    "deliveryId",
    "_update",
    "_timestamp",
    "relationshipAttributes",
    "objectId",
    "objectTypeId",
    "topics",
    "channels",
    "created_at",
]
WORDS = [
    "identify",
    "track",
    "page",
    "screen",
    "group",
    "alias",
    "person",
    "object",
    "delivery",
    "event",
    "delete",
    "suppress",
    "unsuppress",
    "merge",
    "add_device",
    "delete_device",
    "add_relationships",
    "delete_relationships",
    "opened",
    "clicked",
    "bounced",
    "ios",
    "android",
    "true",
    "1",
    "u",
    "a@b.c",
    "cio_0",
    "2026-01-01T00:00:00Z",
    "1795444000",
]
MEANT = [
    "Device Created or Updated",
    "Device Deleted",
    "User Deleted",
    "Object Deleted",
    "Relationship Deleted",
    "Report Delivery Event",
]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**400), 10**400)
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.text(max_size=20)
    | st.sampled_from(WORDS + MEANT + ["\ud800", "\0", "x" * 300])
)
names = st.sampled_from(NAMES) | st.text(max_size=10)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(names, inner, max_size=6), max_leaves=25
)
objects = st.dictionaries(names, values, max_size=8)
batches = st.builds(lambda listed, rest: {**rest, "batch": listed}, st.lists(objects | values, max_size=6), objects)
documents = (objects | batches | values).map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"))


@st.composite
def cut(draw: st.DrawFn) -> bytes:
    """A document of which some bytes were lost or changed."""
    data = bytearray(draw(documents))
    for _ in range(draw(st.integers(1, 3))):
        if data:
            data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))])


bodies = documents | cut() | st.binary(max_size=200) | st.sampled_from([b"[" * 5000, b'{"a":' * 40 + b"1" + b"}" * 40])
headers = st.sampled_from(
    [basic("wk"), basic("public"), {}, {"authorization": "Bearer wk"}, basic("wk") | {"x-strict-mode": "1"}]
)


def holds(answer: Answer) -> None:
    assert 200 <= answer.status < 500
    if answer.status == 204:
        assert answer.body == b""
    else:
        assert isinstance(json.loads(answer.body), dict)
    if answer.status >= 400:
        assert not answer.records
        assert not answer.refused
    for record in (*answer.records, *(refused.record for refused in answer.refused)):
        assert decode(encode(record)) == record
        assert 0 <= home(record) < 64
        assert EARLIEST <= record.time <= NOW + 5 * MINUTE
        for kind, value in record.who:
            assert kind in ("id", "email", "anonymous_id", "cio_id")
            assert 0 < len(value.encode()) <= 255
        plain = msgspec.to_builtins(record.body)
        assert mended(plain) == plain


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(["identify", "track", "page", "screen", "group", "alias", "batch", "import", "m", "t"]),
    bodies,
    headers,
)
def test_segment_answers_anything(call: str, body: bytes, given: dict[str, str]) -> None:
    answer = segment.answer(Request("POST", [call], given, body, NOW), keys)
    holds(answer)
    if answer.status == 400 and answer.body:
        assert {"code", "message"} <= set(json.loads(answer.body))


segments = st.sampled_from(
    [
        "customers",
        "events",
        "devices",
        "suppress",
        "unsuppress",
        "merge_customers",
        "segments",
        "add_customers",
        "remove_customers",
        "forms",
        "submit",
        "metrics",
        "push",
        "accounts",
        "region",
        "u",
        "a@b.c",
        "cio_x",
        "entity",
        "batch",
    ]
) | st.text(max_size=200)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(["PUT", "POST", "DELETE", "GET", "PATCH"]),
    st.sampled_from(
        [
            ["customers", "u"],
            ["customers", "u", "events"],
            ["customers", "u", "devices"],
            ["events"],
            ["merge_customers"],
            ["segments", "1", "add_customers"],
            ["forms", "f", "submit"],
            ["metrics"],
            ["push", "events"],
        ]
    )
    | st.lists(segments, min_size=1, max_size=5),
    bodies,
)
def test_track_v1_answers_anything(method: str, path: list[str], body: bytes) -> None:
    holds(track_v1.answer(Request(method, path, basic("site", "key"), body, NOW), keys))


operations = st.builds(
    lambda kind, action, rest: {"identifiers": {"id": "u"}, **rest, "type": kind, "action": action},
    st.sampled_from(["person", "object", "delivery"]),
    st.sampled_from(["identify", "event", "merge", "add_device", "add_relationships", "delete", "page"]),
    objects,
)
v2 = (operations | st.builds(lambda listed: {"batch": listed}, st.lists(operations | values, max_size=6))).map(
    lambda value: json.dumps(value).encode("utf-8", "surrogatepass")
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(["entity", "batch"]), v2 | bodies)
def test_track_v2_answers_anything(path: str, body: bytes) -> None:
    answer = track_v2.answer(Request("POST", [path], basic("site", "key"), body, NOW), keys)
    if answer.status == 207:
        assert json.loads(answer.body)["errors"]
    holds(answer)
