"""SMTP against aiosmtpd: TLS in both ways, both kinds of login, several connections, real MIME."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.channels import certificates
from tidings.channels.email.smtp import PROVIDER, SmtpSettings
from tidings.channels.provider import Accepted, Means, Outgoing, Recipient, Retry, Sender


class Inbox:
    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return "250 OK"


def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"ada", b"s3cret")
    return AuthResult(success=good, handled=good)


@asynccontextmanager
async def running(context: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[tuple[Inbox, int]]:
    inbox, loop = Inbox(), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(inbox, hostname="localhost", loop=loop, **options), "127.0.0.1", 0, ssl=context
    )
    try:
        yield inbox, server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def sending(port: int, **settings: Any) -> AsyncIterator[Sender]:
    read = msgspec.convert({"host": "127.0.0.1", "port": port, "timeout": 5.0, **settings}, SmtpSettings)
    async with PROVIDER.open(read, Means(relays=("127.0.0.1",), environ={"MAIL_PASSWORD": "s3cret"})) as sender:
        yield sender


def mail(subject: str, body: str) -> Outgoing:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "news@example.org", "ada@example.com"
    message.set_content(body)
    return Outgoing(
        delivery="00abc",
        workspace=1,
        channel="email",
        recipients=(Recipient("ada@example.com"),),
        message=message.as_bytes(policy=policy.SMTP),
        mail_from="news@example.org",
        rcpt_to=("ada@example.com",),
    )


async def test_many_mails_arrive_once_each() -> None:
    async with running() as (inbox, port), sending(port, security="none") as sender:
        outcomes = await sender.send_many([mail(f"Grüße {n} 🎉", ".\n..\nzwei\n" * n) for n in range(1, 61)])
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    got = [message_from_bytes(envelope.content, policy=policy.default) for envelope in inbox.envelopes]
    assert sorted(message["Subject"] for message in got) == sorted(f"Grüße {n} 🎉" for n in range(1, 61))
    for message in got:
        assert message.get_content().replace("\r\n", "\n") == ".\n..\nzwei\n" * int(message["Subject"].split()[1])


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, str]:
    context, trust = certificates.make(tmp_path)
    return context, str(trust)


@pytest.mark.parametrize("excluded", [["LOGIN"], ["PLAIN"]])
async def test_login_over_starttls(tls: tuple[ssl.SSLContext, str], excluded: list[str]) -> None:
    context, trust = tls
    options = {"tls_context": context, "require_starttls": True, "auth_required": True}
    async with running(**options, authenticator=authenticate, auth_exclude_mechanism=excluded) as (inbox, port):
        login = {"username": "ada", "password_env": "MAIL_PASSWORD"}
        async with sending(port, trust=trust, **login) as sender:
            assert isinstance(await sender.send(mail("Hello", "Hi")), Accepted)
            long = mail("Long", "z" * 70 + "\n" + "y\n" * 200_000)
            assert isinstance(await sender.send(long), Accepted)
        async with sending(port, trust=trust, **{**login, "username": "eve"}) as sender:
            refused = await sender.send(mail("Hello", "Hi"))
    assert isinstance(refused, Retry)
    assert "535" in refused.reason
    assert "s3cret" not in refused.reason
    assert len(inbox.envelopes) == 2
    assert inbox.envelopes[1].content.count(b"y\r\n") == 200_000


async def test_tls_from_the_first_byte(tls: tuple[ssl.SSLContext, str]) -> None:
    context, trust = tls
    async with running(context) as (inbox, port), sending(port, security="tls", trust=trust) as sender:
        assert isinstance(await sender.send(mail("Hello", "Hi")), Accepted)
    assert len(inbox.envelopes) == 1
