"""Webhooks: signed, told apart by their answers, and only to where they may go."""

import hashlib
import hmac
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from tests.channels.servers.http import Request, Response, serving
from tidings.channels.channel import Rendered, Unsendable
from tidings.channels.provider import (
    Accepted,
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
from tidings.channels.webhook.channel import CHANNEL
from tidings.channels.webhook.http import PROVIDER, HttpSettings
from tidings.kernel.times import SECOND

SECRET = "wh-s3cret"
BODY = '{"name": "Zoë", "n": 1}'


def hook(url: str, text: str = BODY, **fields: Any) -> Outgoing:
    fields = {"url": url, **fields}
    return CHANNEL.outgoing(
        Rendered(delivery="00abc", workspace=1, recipients=(Recipient(""),), fields=fields, text=text)
    )


@asynccontextmanager
async def sending(allow: tuple[str, ...] = ("127.0.0.0/8",), **settings: Any) -> AsyncIterator[Sender]:
    means = Means(hooks=allow, environ={"WEBHOOK_SECRET": SECRET}, clock=lambda: 1_760_000_000 * SECOND)
    read = msgspec.convert({"secret_env": "WEBHOOK_SECRET", "timeout": 2.0, **settings}, HttpSettings)
    async with PROVIDER.open(read, means) as sender:
        yield sender


class Receiver:
    """Answers with what it was given; believes only a right signature."""

    def __init__(self, *answers: Response) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        signed = b"v0:" + request.headers["x-tidings-timestamp"].encode() + b":" + request.body
        expected = "v0=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        if request.headers["x-tidings-signature"] != expected:
            return Response(401)
        return self.answers.pop(0) if self.answers else Response(200)


async def outcome_of(*answers: Response, **settings: Any) -> Outcome:
    async with serving(Receiver(*answers)) as url, sending(**settings) as sender:
        return await sender.send(hook(url))


async def test_a_signed_request_arrives() -> None:
    receiver = Receiver()
    async with serving(receiver) as url, sending() as sender:
        outgoing = hook(f"{url}/in?a=b%20c", method="PUT", headers={"X-Api-Key": "k", "content-type": "text/plain"})
        assert await sender.send(outgoing) == Accepted(detail={"status": 200})
    (request,) = receiver.requests
    assert (request.method, request.target, request.body.decode()) == ("PUT", "/in?a=b%20c", BODY)
    assert request.headers["x-tidings-timestamp"] == "1760000000"
    assert request.headers["x-tidings-delivery"] == "00abc"
    assert request.headers["x-api-key"] == "k"
    assert request.headers["content-type"] == "text/plain"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Response(201), Accepted(detail={"status": 201})),
        (Response(204), Accepted(detail={"status": 204})),
        (Response(301, headers={"Location": "/"}), Failed("the answer was 301")),
        (Response(400, b"no\r\nname"), Failed("the answer was 400: no  name")),
        (Response(404), Failed("the answer was 404")),
        (Response(408), Retry("the answer was 408")),
        (Response(429, headers={"Retry-After": "9"}), Retry("the answer was 429", 9 * SECOND)),
        (Response(500), Retry("the answer was 500")),
        (Response(503, headers={"Retry-After": "soon"}), Retry("the answer was 503")),
        (Response(502), Unknown("the answer was 502")),
        (Response(504), Unknown("the answer was 504")),
    ],
)
async def test_answers(answer: Response, expected: Outcome) -> None:
    assert await outcome_of(answer) == expected


@pytest.mark.parametrize("answer", [Response(cut=True), Response(silent=True), Response(raw=b"what?\r\n\r\n")])
async def test_no_answer_is_unknown(answer: Response) -> None:
    assert isinstance(await outcome_of(answer, timeout=0.3), Unknown)


async def test_nobody_listens() -> None:
    async with serving(Receiver()) as url:
        pass
    async with sending() as sender:
        assert isinstance(await sender.send(hook(url)), Retry)


async def test_a_forbidden_address_fails_for_good() -> None:
    receiver = Receiver()
    async with serving(receiver) as url, sending(allow=()) as sender:
        outcome = await sender.send(hook(url))
    assert isinstance(outcome, Failed)
    assert "may not be reached" in outcome.reason
    assert "TIDINGS_WEBHOOK_NETWORKS" in outcome.reason
    assert receiver.requests == []


async def test_a_redirect_repeats_the_request_and_leaves_keys_behind() -> None:
    second = Receiver()
    async with serving(second) as other:
        first = Receiver(Response(307, headers={"Location": f"{other}/moved"}))
        async with serving(first) as url, sending() as sender:
            assert isinstance(await sender.send(hook(url, headers={"X-Api-Key": "k"})), Accepted)
    (request,) = second.requests
    assert (request.method, request.path, request.body.decode()) == ("POST", "/moved", BODY)
    assert "x-api-key" not in request.headers
    assert first.requests[0].headers["x-api-key"] == "k"


async def test_a_connection_is_used_again() -> None:
    receiver = Receiver()
    async with serving(receiver) as url, sending() as sender:
        outcomes = await sender.send_many([hook(url) for _ in range(20)])
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert len(receiver.requests) == 20


@pytest.mark.parametrize(
    "fields",
    [
        {"url": ""},
        {"headers": {"X-A": "b\r\nX-Injected: c"}},
        {"headers": {"Bad Name": "b"}},
        {"headers": {"Host": "evil.example"}},
        {"headers": {"X-Tidings-Signature": "v0=00"}},
        {"headers": {"Content-Length": "0"}},
        {"method": "CONNECT"},
    ],
)
def test_what_cannot_be_a_request_is_not_sent(fields: dict[str, Any]) -> None:
    with pytest.raises(Unsendable):
        hook(**{"url": "https://example.com/", **fields})


async def test_the_key_stays_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(Receiver(Response(500))) as url, sending() as sender:
        outcome = await sender.send(hook(f"{url}/?token=hidden"))
        assert isinstance(outcome, Retry)
        shown = repr(sender) + outcome.reason + caplog.text
    assert SECRET not in shown
    assert "hidden" not in shown


async def test_without_a_key_nothing_opens() -> None:
    with pytest.raises(Missing, match="WEBHOOK_SECRET"):
        async with PROVIDER.open(HttpSettings("WEBHOOK_SECRET"), Means(environ={})):
            pass
