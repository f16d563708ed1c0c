"""SMTP against a server that follows a script, and breaks off wherever it is told to."""

import base64
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.channels import certificates
from tests.channels.servers.smtp import ABORT, CUT, SILENT, Script, serving
from tidings.channels.email.smtp import PROVIDER, SmtpSettings
from tidings.channels.email.wire import prepare
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

HERE = ("127.0.0.0/8",)
MESSAGE = b"Subject: Hello\r\n\r\nGood morning\r\n"


def mail(address: str = "ada@example.com", message: bytes = MESSAGE, *others: str) -> Outgoing:
    return Outgoing(
        delivery="00abc",
        workspace=1,
        channel="email",
        recipients=(Recipient(address),),
        message=message,
        mail_from="news@example.org",
        rcpt_to=(address, *others),
    )


@asynccontextmanager
async def sending(script: Script, environ: dict[str, str] | None = None, **settings: Any) -> AsyncIterator[Sender]:
    given = {"host": "127.0.0.1", "port": script.port, "security": "none", "timeout": 5.0, **settings}
    read = msgspec.convert(given, SmtpSettings)
    async with PROVIDER.open(read, Means(relays=HERE, environ=environ or {})) as sender:
        yield sender


async def outcome_of(script: Script, outgoing: Outgoing | None = None, **settings: Any) -> Outcome:
    async with serving(script), sending(script, **settings) as sender:
        return await sender.send(outgoing or mail())


async def test_a_mail_arrives_as_it_is() -> None:
    script = Script()
    outcome = await outcome_of(script, mail(message=b"Subject: x\r\n\r\n.\r\n..two\r\nlast"))
    assert outcome == Accepted("ABC123")
    assert script.mails == [("news@example.org", ["ada@example.com"], b"Subject: x\r\n\r\n.\r\n..two\r\nlast\r\n")]


@pytest.mark.parametrize("reply", [CUT, ABORT, SILENT])
@pytest.mark.parametrize("stage", ["greeting", "ehlo", "mail", "rcpt", "data"])
@pytest.mark.parametrize("pipelining", [True, False])
async def test_a_connection_lost_before_the_dot_is_a_retry(stage: str, reply: str, pipelining: bool) -> None:
    script = Script({stage: reply})
    if not pipelining:
        script.extensions = ["SIZE 1000000"]
    outcome = await outcome_of(script, timeout=0.2)
    assert isinstance(outcome, Retry), outcome
    assert script.dots == 0


@pytest.mark.parametrize("reply", [CUT, ABORT, SILENT])
@pytest.mark.parametrize("size", [100, 300_000])
async def test_a_connection_lost_after_the_dot_is_unknown(reply: str, size: int) -> None:
    script = Script({"end": reply})
    outcome = await outcome_of(script, mail(message=b"Subject: x\r\n\r\n" + b"y" * size), timeout=0.2)
    assert isinstance(outcome, Unknown), outcome
    assert script.dots == 1


async def test_a_connection_lost_inside_a_long_message_is_a_retry() -> None:
    script = Script(body=20_000, extensions=["PIPELINING"])
    outcome = await outcome_of(script, mail(message=b"Subject: x\r\n\r\n" + (b"y" * 98 + b"\r\n") * 300_000))
    assert isinstance(outcome, Retry), outcome


async def test_nobody_listens() -> None:
    script = Script()
    async with serving(script):
        pass
    async with sending(script) as sender:
        outcomes = await sender.send_many([mail(), mail()])
    assert all(isinstance(outcome, Retry) for outcome in outcomes)


@pytest.mark.parametrize(
    ("stage", "reply", "expected"),
    [
        ("greeting", "554 go away", Retry),
        ("greeting", "421 busy", Retry),
        ("ehlo", "421 busy", Retry),
        ("mail", "451 later", Retry),
        ("mail", "421 later", Retry),
        ("mail", "530 5.7.0 log in first", Retry),
        ("mail", "550 5.7.1 not from you", Failed),
        ("mail", "552 5.3.4 too big", Failed),
        ("rcpt", "450 4.2.1 greylisted", Retry),
        ("rcpt", "452 4.5.3 too many", Retry),
        ("rcpt", "501 syntax", Failed),
        ("data", "451 later", Retry),
        ("data", "554 no", Failed),
        ("end", "451 4.3.0 later", Retry),
        ("end", "421 shutting down", Retry),
        ("end", "554 5.7.1 spam", Failed),
        ("end", "550 5.1.1 no such user", Bounced),
        ("end", "999 what", Unknown),
        ("mail", "hello", Retry),
    ],
)
async def test_refusals(stage: str, reply: str, expected: type) -> None:
    script = Script({stage: reply})
    outcome = await outcome_of(script)
    assert isinstance(outcome, expected), outcome
    assert script.mails == []


@pytest.mark.parametrize(
    ("reply", "permanent"),
    [
        ("550 5.1.1 no such user", True),
        ("550 no such user", True),
        ("553 bad name", True),
        ("552 5.2.2 mailbox full", False),
        ("550 5.7.1 you are blocked", False),
    ],
)
async def test_a_bad_address_bounces(reply: str, permanent: bool) -> None:
    outcome = await outcome_of(Script({"rcpt": reply}))
    assert isinstance(outcome, Bounced)
    assert outcome.permanent is permanent
    assert reply in outcome.reason


async def test_a_refused_recipient_of_a_server_that_says_354_all_the_same() -> None:
    script = Script(recipients={"gone@example.com": "550 5.1.1 no"})
    async with serving(script), sending(script, connections=1) as sender:
        outcomes = await sender.send_many([mail("gone@example.com"), mail("ada@example.com")])
    assert [type(outcome) for outcome in outcomes] == [Bounced, Accepted]
    assert [recipients for _, recipients, _ in script.mails] == [["ada@example.com"]]


async def test_a_refused_copy_does_not_stop_the_mail() -> None:
    script = Script(recipients={"copy@example.com": "550 5.1.1 no"})
    assert isinstance(await outcome_of(script, mail("ada@example.com", MESSAGE, "copy@example.com")), Accepted)
    assert [recipients for _, recipients, _ in script.mails] == [["ada@example.com"]]


async def test_nobody_gets_an_empty_mail_when_only_the_copy_is_taken() -> None:
    script = Script(recipients={"ada@example.com": "550 5.1.1 no"})
    assert isinstance(await outcome_of(script, mail("ada@example.com", MESSAGE, "copy@example.com")), Bounced)
    assert script.mails == []


@pytest.mark.parametrize("pipelining", [True, False])
async def test_each_of_many_has_its_own_outcome(pipelining: bool) -> None:
    bounced = {f"p{n}@example.com": "550 5.1.1 no" for n in range(0, 40, 3)}
    later = {f"p{n}@example.com": "450 later" for n in range(1, 40, 7)}
    script = Script(recipients={**bounced, **later})
    if not pipelining:
        script.extensions = []
    async with serving(script), sending(script) as sender:
        outcomes = await sender.send_many([mail(f"p{n}@example.com") for n in range(40)])
    for number, outcome in enumerate(outcomes):
        address = f"p{number}@example.com"
        expected = Retry if address in later else Bounced if address in bounced else Accepted
        assert isinstance(outcome, expected)
    got = sorted(recipients[0] for _, recipients, _ in script.mails)
    assert got == sorted(f"p{n}@example.com" for n, outcome in enumerate(outcomes) if isinstance(outcome, Accepted))
    assert script.connections <= 4


async def test_a_connection_is_used_again() -> None:
    script = Script()
    async with serving(script), sending(script) as sender:
        for _ in range(5):
            assert isinstance(await sender.send(mail()), Accepted)
    assert script.connections == 1
    assert script.commands[-1] == "QUIT"


async def test_a_connection_carries_no_more_mails_than_allowed() -> None:
    script = Script()
    async with serving(script), sending(script, mails=2, connections=1) as sender:
        outcomes = await sender.send_many([mail() for _ in range(5)])
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert (script.connections, len(script.mails)) == (3, 5)


async def test_a_kept_connection_that_the_server_closed_costs_nothing() -> None:
    script = Script({"mail": ["250 ok", CUT, "250 ok"]})
    async with serving(script), sending(script) as sender:
        assert isinstance(await sender.send(mail()), Accepted)
        assert isinstance(await sender.send(mail()), Accepted)
    assert (script.connections, len(script.mails)) == (2, 2)


async def test_of_many_only_the_one_handed_over_is_unknown() -> None:
    script = Script({"end": ["250 ok", "250 ok", CUT, "250 ok"]})
    async with serving(script), sending(script, connections=1) as sender:
        outcomes = await sender.send_many([mail(f"p{n}@example.com") for n in range(6)])
    assert [type(outcome) for outcome in outcomes] == [Accepted, Accepted, Unknown, Accepted, Accepted, Accepted]
    assert len(script.mails) == 5
    assert script.connections == 2


async def test_what_the_server_cannot_take_is_not_sent() -> None:
    script = Script(extensions=["PIPELINING", "SIZE 100"])
    async with serving(script), sending(script) as sender:
        outcomes = await sender.send_many(
            [
                mail(message=b"Subject: x\r\n\r\n" + b"y" * 200),
                mail(message=b"Subject: x\r\n\r\n\xc3\xa4"),
                mail("ädä@example.com"),
                mail("ada@bücher.example"),
                mail("ada@example.com>\r\nRSET\r\n<x"),
            ]
        )
    assert [type(outcome) for outcome in outcomes] == [Failed, Failed, Failed, Accepted, Failed]
    assert [recipients for _, recipients, _ in script.mails] == [["ada@xn--bcher-kva.example"]]


async def test_international_mail() -> None:
    script = Script()
    outcome = await outcome_of(script, mail("ädä@example.com", "Subject: ä\r\n\r\nü".encode()))
    assert isinstance(outcome, Accepted)
    assert any(c.startswith("MAIL") and c.endswith("SIZE=19 BODY=8BITMIME SMTPUTF8") for c in script.commands), (
        script.commands
    )


async def test_a_server_without_ehlo() -> None:
    script = Script({"ehlo": "502 what", "helo": "250 hello"})
    assert isinstance(await outcome_of(script), Accepted)


async def test_starttls_and_login(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    context, trust = certificates.make(tmp_path)
    script = Script(tls=context, extensions=["PIPELINING", "STARTTLS", "AUTH PLAIN LOGIN"])
    login = {"security": "starttls", "trust": str(trust), "username": "ada", "password_env": "MAIL_PASSWORD"}
    async with serving(script), sending(script, {"MAIL_PASSWORD": "s3cret"}, **login) as sender:
        assert isinstance(await sender.send(mail()), Accepted)
        assert "s3cret" not in repr(sender) + repr(vars(sender)["_settings"])
    token = base64.b64encode(b"\0ada\0s3cret").decode()
    assert f"AUTH PLAIN {token}" in script.commands
    assert "s3cret" not in caplog.text
    assert token not in caplog.text


async def test_a_refused_login_shows_no_password(tmp_path: Path) -> None:
    context, trust = certificates.make(tmp_path)
    token = base64.b64encode(b"\0ada\0s3cret").decode()
    script = Script({"auth": f"535 5.7.8 bad login {token} s3cret"}, tls=context, extensions=["STARTTLS", "AUTH PLAIN"])
    login = {"security": "starttls", "trust": str(trust), "username": "ada", "password_env": "MAIL_PASSWORD"}
    async with serving(script), sending(script, {"MAIL_PASSWORD": "s3cret"}, **login) as sender:
        outcome = await sender.send(mail())
    assert isinstance(outcome, Retry)
    assert "535 5.7.8 bad login" in outcome.reason
    assert "s3cret" not in outcome.reason
    assert token not in outcome.reason


async def test_a_missing_password_is_named() -> None:
    settings = SmtpSettings(host="127.0.0.1", username="ada", password_env="MAIL_PASSWORD")
    with pytest.raises(Missing, match="MAIL_PASSWORD"):
        async with PROVIDER.open(settings, Means(environ={})):
            pass


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_an_unknown_certificate_is_refused(tmp_path: Path, security: str) -> None:
    context, _ = certificates.make(tmp_path)
    script = Script(tls=context, extensions=["STARTTLS"], sealed=security == "tls")
    outcome = await outcome_of(script, security=security, timeout=1)
    assert isinstance(outcome, Retry)
    assert "its certificate is not trusted (self" in outcome.reason
    assert script.mails == []


async def test_a_server_that_does_not_begin_with_tls_is_told_in_words() -> None:
    outcome = await outcome_of(Script(), security="tls")
    assert isinstance(outcome, Retry)
    assert outcome.reason.endswith("it does not speak TLS from the first byte; try STARTTLS")


async def test_a_server_without_starttls_gets_nothing() -> None:
    script = Script()
    outcome = await outcome_of(script, security="starttls")
    assert isinstance(outcome, Retry)
    assert "STARTTLS" in outcome.reason
    assert script.mails == []


async def test_what_was_slipped_in_before_tls_is_refused(tmp_path: Path) -> None:
    context, trust = certificates.make(tmp_path)
    script = Script(tls=context, extensions=["STARTTLS"], extra_after_starttls=b"250 ok\r\n")
    outcome = await outcome_of(script, security="starttls", trust=str(trust))
    assert isinstance(outcome, Retry)
    assert script.mails == []


@given(st.lists(st.sampled_from([b"a", b".", b"\r", b"\n", b"\r\n", b"\r\n.\r\n", b"\n.\n", b"\r.\r"]), max_size=30))
def test_no_message_ends_itself(parts: list[bytes]) -> None:
    data = prepare(0, "a@example.org", ("b@example.org",), b"".join(parts)).data
    assert data.endswith(b"\r\n")
    assert data.count(b"\r") == data.count(b"\n") == data.count(b"\r\n")
    lines = data[:-2].split(b"\r\n")
    assert b"." not in lines
    unstuffed = [line[1:] if line.startswith(b".") else line for line in lines]
    expected = b"".join(parts).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    assert b"\n".join(unstuffed) + b"\n" == (expected if expected.endswith(b"\n") else expected + b"\n")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "0177.0.0.1"])
async def test_servers_that_only_this_machine_reaches_are_not_asked(host: str) -> None:
    script = Script()
    async with serving(script):
        read = SmtpSettings(host=host, port=script.port, security="none", timeout=1.0)
        async with PROVIDER.open(read, Means()) as sender:
            outcome = await sender.send(mail())
    assert isinstance(outcome, Retry)
    assert "may not be reached" in outcome.reason
    assert "TIDINGS_MAIL_NETWORKS" in outcome.reason
    assert script.mails == []


@pytest.mark.parametrize("trust", [__file__, "/no/such/file"])
async def test_settings_do_not_tell_which_files_there_are(trust: str) -> None:
    read = SmtpSettings(host="mail.example.com", trust=trust)
    assert PROVIDER.check(read) == []
    with pytest.raises(Missing, match="`trust` names no file of PEM certificates that can be read where mail is sent"):
        async with PROVIDER.open(read, Means()):
            pass


async def test_the_address_that_was_judged_is_the_one_that_is_reached() -> None:
    async def named(name: str, port: int) -> list[str]:
        asked.append(name)
        return ["10.0.0.1", "127.0.0.1"]

    asked: list[str] = []
    script = Script()
    async with serving(script):
        read = SmtpSettings(host="mail.example.com", port=script.port, security="none", timeout=5.0)
        async with PROVIDER.open(read, Means(guard=Guard(resolve=named), relays=HERE)) as sender:
            assert isinstance(await sender.send(mail()), Accepted)
    assert asked == ["mail.example.com"]


def test_settings_are_checked() -> None:
    settings = SmtpSettings(host="mail.example.org", security="none", username="ada", password_env="MAIL_PASSWORD")
    assert [problem.path for problem in PROVIDER.check(settings)] == [("security",)]
    assert PROVIDER.secrets(settings) == ("MAIL_PASSWORD",)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"host": "x", "password_env": "hunter2"}, SmtpSettings)
