"""Twilio: texts out, callbacks in, against a server that speaks as Twilio's documents say."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from tests.channels.servers import twilio
from tests.channels.servers.http import Response, serving
from tests.channels.servers.twilio import ACCOUNT, TOKEN, Twilio, signed
from tidings.channels.guard import Guard
from tidings.channels.provider import (
    Accepted,
    Answer,
    Bounced,
    Failed,
    Means,
    Outcome,
    Outgoing,
    Recipient,
    Refused,
    Report,
    Request,
    Retry,
    Sender,
    Unknown,
)
from tidings.channels.sms.channel import CHANNEL
from tidings.channels.sms.segments import segments
from tidings.channels.sms.twilio import PROVIDER, TwilioSettings
from tidings.kernel.ids import show_delivery
from tidings.kernel.records import Consent, Receipt

DELIVERY = show_delivery(7, b"0123456789abcdef")
REPORTS = "https://tidings.example.org/reports/1/sms"
MEANS = Means(guard=Guard(allow=("127.0.0.0/8",)), environ={"TWILIO_AUTH_TOKEN": TOKEN}, reports=REPORTS)
SETTINGS: dict[str, Any] = {"account_sid": ACCOUNT, "auth_token_env": "TWILIO_AUTH_TOKEN", "sender": "+14155550100"}


def text(body: str = "Hello", to: str = "+14155550123") -> Outgoing:
    return Outgoing(delivery=DELIVERY, workspace=1, channel="sms", recipients=(Recipient(to),), text=body)


@asynccontextmanager
async def sending(server: Twilio, means: Means = MEANS, **settings: Any) -> AsyncIterator[Sender]:
    async with serving(server) as url:
        read = msgspec.convert({**SETTINGS, "url": url, "timeout": 2.0, **settings}, TwilioSettings)
        async with PROVIDER.open(read, means) as sender:
            yield sender


async def outcome_of(server: Twilio, outgoing: Outgoing | None = None, **settings: Any) -> Outcome:
    async with sending(server, **settings) as sender:
        return await sender.send(outgoing or text())


async def test_a_text_is_sent() -> None:
    server = Twilio()
    outcome = await outcome_of(server, text("Grüße 🎉 & more+"))
    assert outcome == Accepted("SM" + "0" * 32, detail={"segments": 1}, says="1 segment")
    assert server.messages == [
        {
            "sid": "SM" + "0" * 32,
            "To": "+14155550123",
            "From": "+14155550100",
            "Body": "Grüße 🎉 & more+",
            "StatusCallback": f"{REPORTS}?delivery={DELIVERY}",
        }
    ]


async def test_a_messaging_service_chooses_the_sender() -> None:
    server, service = Twilio(), "MG" + "0" * 32
    assert isinstance(await outcome_of(server, sender="", messaging_service=service), Accepted)
    assert server.messages[0]["MessagingServiceSid"] == service
    assert "From" not in server.messages[0]


async def test_refusals_of_a_number() -> None:
    server = Twilio(unsubscribed={"+14155550123"}, landlines={"+14155550124"})
    async with sending(server) as sender:
        unsubscribed = await sender.send(text())
        landline = await sender.send(text(to="+14155550124"))
        invalid = await sender.send(text(to="nobody"))
    assert isinstance(unsubscribed, Bounced)
    assert (unsubscribed.permanent, unsubscribed.unsubscribed) == (False, True)
    assert isinstance(landline, Bounced)
    assert (landline.permanent, landline.unsubscribed) == (True, False)
    assert isinstance(invalid, Bounced)
    assert invalid.permanent
    assert "21211" in invalid.reason


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            Twilio().error(429, 20429, "Too Many Requests", Retry_After="7"),
            Retry("Twilio: 20429 Too Many Requests", 7_000_000),
        ),
        (Twilio().error(400, 21611, "Queue full"), Retry("Twilio: 21611 Queue full")),
        (Response(503), Retry("Twilio: 503")),
        (Response(500), Unknown("Twilio: 500")),
        (Response(400, b"<html>"), Failed("Twilio: 400")),
        (Twilio().error(400, 21606, "Not yours"), Failed("Twilio: 21606 Not yours")),
        (Response(201, b"{"), Accepted(detail={"segments": 1}, says="1 segment")),
    ],
)
async def test_other_answers(answer: Response, expected: Outcome) -> None:
    assert await outcome_of(Twilio(next=[answer])) == expected


async def test_an_answer_that_never_comes_is_unknown() -> None:
    assert isinstance(await outcome_of(Twilio(next=[Response(cut=True)])), Unknown)
    assert isinstance(await outcome_of(Twilio(next=[Response(silent=True)]), timeout=0.2), Unknown)


async def test_nobody_listens() -> None:
    async with serving(Twilio()) as url:
        pass
    read = msgspec.convert({**SETTINGS, "url": url}, TwilioSettings)
    async with PROVIDER.open(read, MEANS) as sender:
        assert isinstance(await sender.send(text()), Retry)


async def test_a_wrong_token_waits_and_stays_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = Twilio()
    means = Means(guard=MEANS.guard, environ={"TWILIO_AUTH_TOKEN": "wr0ng"})
    async with sending(server, means) as sender:
        outcome = await sender.send(text())
        assert "wr0ng" not in repr(sender) + repr(means)
    assert isinstance(outcome, Retry)
    assert "wr0ng" not in outcome.reason + caplog.text
    assert server.messages == []


async def test_too_long_a_text_is_not_sent() -> None:
    server = Twilio()
    outcome = await outcome_of(server, text("ä€" * 200), most_segments=3)
    assert isinstance(outcome, Failed)
    assert "4 segments (GSM-7)" in outcome.reason
    assert server.messages == []


def report(
    form: dict[str, str], url: str = REPORTS, said: str | None = None, token: str = TOKEN, **settings: Any
) -> Answer:
    """What comes of a callback to ``url``, which the request says is ``said``."""
    headers, body = signed(url, {"AccountSid": ACCOUNT, **form}, token)
    read = msgspec.convert({**SETTINGS, **settings}, TwilioSettings)
    return PROVIDER.receipts(Request("POST", said or url, headers, body), read, MEANS)


STATUS = f"{REPORTS}?delivery={DELIVERY}"


@pytest.mark.parametrize(
    ("status", "code", "metric", "permanent"),
    [
        ("sent", "", "sent", None),
        ("delivered", "", "delivered", None),
        ("read", "", "opened", None),
        ("undelivered", "30003", "bounced", False),
        ("undelivered", "30005", "bounced", True),
        ("failed", "30008", "failed", False),
    ],
)
def test_a_status_becomes_a_receipt(status: str, code: str, metric: str, permanent: bool | None) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": status, "To": "+14155550123", "From": "+14155550100"}
    answer = report({**form, **({"ErrorCode": code} if code else {})}, STATUS)
    assert answer.status == 204
    (only,) = answer.reports
    assert isinstance(only.body, Receipt)
    assert (only.body.delivery, only.body.metric) == (DELIVERY, metric)
    assert only.body.detail.get("permanent") is permanent
    assert code in only.body.detail.get("reason", "")


def test_a_status_of_no_interest_is_answered() -> None:
    assert report({"MessageStatus": "queued", "To": "+1"}, STATUS) == Answer(status=204)
    assert report({"MessageStatus": "delivered", "To": "+1"}, f"{REPORTS}?delivery=nonsense") == Answer(status=204)


@pytest.mark.parametrize(
    "attempt",
    [
        {"token": "other"},
        {"said": STATUS.replace(DELIVERY, show_delivery(7, b"x" * 16))},
        {"said": STATUS.replace("tidings.example.org", "evil.example.org")},
    ],
)
def test_a_forged_report_is_refused(attempt: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        report({"MessageStatus": "delivered", "To": "+14155550123"}, STATUS, **attempt)
    assert refused.value.status == 403
    assert TOKEN not in str(refused.value)


def test_a_report_about_another_account_is_refused() -> None:
    with pytest.raises(Refused):
        report({"MessageStatus": "delivered", "AccountSid": "AC" + "f" * 32}, STATUS)


def test_an_unsigned_report_is_refused() -> None:
    read = msgspec.convert(SETTINGS, TwilioSettings)
    for body in (b"", b"MessageStatus=delivered", b"\xff\xfe", b"%"):
        with pytest.raises(Refused):
            PROVIDER.receipts(Request("POST", STATUS, dict(twilio.HEADERS), body), read, MEANS)


def test_a_signature_over_the_url_with_its_port() -> None:
    with_port = STATUS.replace(".org/", ".org:443/")
    form = {"MessageStatus": "delivered", "To": "+14155550123"}
    assert report(form, with_port, STATUS).reports
    assert report(form, STATUS, with_port).reports


@pytest.mark.parametrize(
    ("words", "subscribed"),
    [
        ("STOP", False),
        (" stop. ", False),
        ("Unsubscribe", False),
        ("START", True),
        ("yes", True),
        ("please stop", None),
    ],
)
def test_keywords_are_consent(words: str, subscribed: bool | None) -> None:
    answer = report({"Body": words, "From": "+14155550123", "To": "+14155550100", "SmsStatus": "received"})
    assert answer.content_type == "text/xml"
    assert b"<Response/>" in answer.body
    if subscribed is None:
        assert answer.reports == ()
        return
    how = f"sms {words.strip(' .').upper()}"
    consent = Consent(channels={"sms": subscribed}, how=how, by="+14155550123")
    assert answer.reports == (Report(consent, "+14155550123"),)


def test_twilios_own_verdict_counts() -> None:
    answer = report({"Body": "Arrêt", "OptOutType": "STOP", "From": "+14155550123"})
    assert answer.reports[0].body == Consent(channels={"sms": False}, how="sms STOP", by="+14155550123")


def test_help_is_answered() -> None:
    answer = report({"Body": "help", "From": "+14155550123"}, help="Ask <us> & co")
    assert b"<Message>Ask &lt;us&gt; &amp; co</Message>" in answer.body
    assert answer.reports == ()


@pytest.mark.parametrize(
    ("words", "encoding", "units", "count"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),
        ("é" * 160, "GSM-7", 160, 1),
        ("ê" * 70, "UCS-2", 70, 1),
        ("ê" * 71, "UCS-2", 71, 2),
        ("🎉" * 35, "UCS-2", 70, 1),
        ("🎉" * 36, "UCS-2", 72, 2),
        ("ê" * 66 + "🎉" + "ê" * 66, "UCS-2", 134, 3),
    ],
)
def test_segments_are_counted(words: str, encoding: str, units: int, count: int) -> None:
    counted = segments(words)
    assert (counted.encoding, counted.units, counted.count) == (encoding, units, count)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("Hello\n", "5 characters, sent as 1 text message"),
        ("a" * 161, "161 characters, sent as 2 text messages"),
        ("It’s here", "9 characters, sent as 1 text message. With ’ in it, one holds 70 characters instead of 160"),
    ],
)
def test_a_text_says_how_long_it_is(words: str, says: str) -> None:
    assert CHANNEL.length(words) == says
