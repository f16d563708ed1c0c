"""FCM: pushes against a server that grants tokens and refuses devices as Google's documents say."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from tests.channels.servers.fcm import Fcm, credentials, refused
from tests.channels.servers.http import Response, json, serving
from tidings.channels.channel import Rendered
from tidings.channels.guard import Guard
from tidings.channels.provider import (
    Accepted,
    Bounced,
    Failed,
    Means,
    Missing,
    Outcome,
    Outgoing,
    Recipient,
    Retry,
    Sender,
    Unknown,
)
from tidings.channels.push.channel import CHANNEL
from tidings.channels.push.fcm import PROVIDER, FcmSettings
from tidings.kernel.times import MINUTE, SECOND

NOW = 1_760_000_000


class Clock:
    def __init__(self) -> None:
        self.now = NOW * SECOND

    def __call__(self) -> int:
        return self.now


def push(*tokens: str, **fields: Any) -> Outgoing:
    return CHANNEL.outgoing(
        Rendered(
            delivery="00abc",
            workspace=1,
            recipients=tuple(Recipient(token, platform="android") for token in tokens),
            fields={"title": "Hello", **fields},
            text="Good morning",
        )
    )


@asynccontextmanager
async def sending(server: Fcm, clock: Clock | None = None, **settings: Any) -> AsyncIterator[Sender]:
    async with serving(server) as url:
        means = Means(
            guard=Guard(allow=("127.0.0.0/8",)),
            environ={"FCM_CREDENTIALS": credentials(url)},
            clock=clock or Clock(),
        )
        given = {"credentials_env": "FCM_CREDENTIALS", "url": url, "timeout": 2.0, **settings}
        async with PROVIDER.open(msgspec.convert(given, FcmSettings), means) as sender:
            yield sender


async def outcome_of(server: Fcm, outgoing: Outgoing, **settings: Any) -> Outcome:
    async with sending(server, **settings) as sender:
        return await sender.send(outgoing)


async def test_a_push_is_sent() -> None:
    server = Fcm(NOW)
    outgoing = push(
        "t1", image="https://example.com/a.png", link="https://example.com/", sound="ping", data={"a": 1}, badge="3"
    )
    assert await outcome_of(server, outgoing) == Accepted("projects/demo-project/messages/1", detail={"devices": 1})
    assert server.messages == [
        {
            "token": "t1",
            "notification": {"title": "Hello", "body": "Good morning", "image": "https://example.com/a.png"},
            "data": {
                "a": "1",
                "link": "https://example.com/",
                "CIO-Delivery-ID": "00abc",
                "CIO-Delivery-Token": "t1",
            },
            "android": {"priority": "HIGH", "notification": {"sound": "ping"}},
            "apns": {
                "headers": {"apns-priority": "10"},
                "payload": {"aps": {"sound": "ping", "badge": 3, "mutable-content": 1}},
            },
            "webpush": {"fcm_options": {"link": "https://example.com/"}},
        }
    ]


async def test_one_token_serves_many_sends() -> None:
    server, clock = Fcm(NOW), Clock()
    async with sending(server, clock) as sender:
        await sender.send_many([push("t1", "t2"), push("t3")])
        assert len(server.granted) == 1
        clock.now += 58 * MINUTE
        await sender.send(push("t1"))
        assert len(server.granted) == 1
        clock.now += 2 * MINUTE
        server.now = clock.now // SECOND
        assert isinstance(await sender.send(push("t1")), Accepted)
        assert len(server.granted) == 2


async def test_a_withdrawn_token_is_replaced() -> None:
    server = Fcm(NOW)
    async with sending(server) as sender:
        await sender.send(push("t1"))
        server.granted.append("another that this sender does not know")
        assert isinstance(await sender.send(push("t1")), Accepted)
    assert len(server.messages) == 2


async def test_devices_that_are_gone_are_named() -> None:
    server = Fcm(NOW, unregistered={"old"}, malformed={"bad"})
    async with sending(server) as sender:
        some = await sender.send(push("old", "t1", "bad", "t2"))
        none = await sender.send(push("old", "bad"))
    assert isinstance(some, Accepted)
    assert (some.gone, some.detail["devices"], len(some.detail["missed"])) == (("old", "bad"), 2, 2)
    assert some.says == "2 of 4 devices"
    assert isinstance(none, Bounced)
    assert none.gone == ("old", "bad")


async def test_a_fault_of_the_message_removes_no_device() -> None:
    server = Fcm(NOW)
    outgoing = msgspec.structs.replace(push("t1"), fields={"data": {"n": 1}})
    outcome = await outcome_of(server, outgoing)
    assert isinstance(outcome, Failed)
    assert outcome.gone == ()
    assert "message.data" in outcome.reason


@pytest.mark.parametrize(
    ("answer", "expected", "after"),
    [
        (refused(429, "RESOURCE_EXHAUSTED", "Quota exceeded", "QUOTA_EXCEEDED", Retry_After="30"), Retry, 30 * SECOND),
        (refused(429, "RESOURCE_EXHAUSTED", "Quota exceeded", "QUOTA_EXCEEDED"), Retry, MINUTE),
        (refused(503, "UNAVAILABLE", "Try later", Retry_After="Thu, 09 Oct 2025 08:53:25 GMT"), Retry, 5 * SECOND),
        (refused(403, "PERMISSION_DENIED", "No", "SENDER_ID_MISMATCH"), Failed, None),
        (refused(401, "UNAUTHENTICATED", "APNs", "THIRD_PARTY_AUTH_ERROR"), Failed, None),
        (refused(500, "INTERNAL", "Oops", "INTERNAL"), Unknown, None),
        (Response(502, b"<html>"), Unknown, None),
        (Response(cut=True), Unknown, None),
        (Response(silent=True), Unknown, None),
    ],
)
async def test_other_answers(answer: Response, expected: type, after: int | None) -> None:
    outcome = await outcome_of(Fcm(NOW, next=[answer]), push("t1"), timeout=0.5)
    assert isinstance(outcome, expected), outcome
    assert outcome.gone == ()
    assert getattr(outcome, "after", None) == after


async def test_a_person_reached_on_one_device_is_not_sent_to_again() -> None:
    server = Fcm(NOW, next=[refused(503, "UNAVAILABLE", "Try later")])
    outcome = await outcome_of(server, push("t1", "t2"))
    assert isinstance(outcome, Accepted)
    assert outcome.detail["devices"] == 1


@pytest.mark.parametrize(
    "answer",
    [json(400, {"error": "invalid_grant"}), Response(500), Response(cut=True), json(200, {}), Response(200, b"?")],
)
async def test_without_a_token_nothing_is_sent(answer: Response) -> None:
    server = Fcm(NOW, next_token=[answer])
    assert isinstance(await outcome_of(server, push("t1")), Retry)
    assert server.messages == []


async def test_the_key_stays_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = Fcm(NOW, unregistered={"device-token"})
    async with sending(server) as sender:
        outcome = await sender.send(push("device-token"))
        shown = repr(sender) + repr(outcome.reason) + caplog.text
    for secret in ("PRIVATE KEY", "ya29.token", "device-token"):
        assert secret not in shown


@pytest.mark.parametrize("text", ["{}", "not json s3cret", '{"client_email": "a", "private_key": "s3cret"}'])
async def test_a_wrong_key_is_named_and_not_shown(text: str) -> None:
    with pytest.raises(Missing, match="FCM_CREDENTIALS") as missing:
        async with PROVIDER.open(FcmSettings("FCM_CREDENTIALS"), Means(environ={"FCM_CREDENTIALS": text})):
            pass
    assert "s3cret" not in str(missing.value)
