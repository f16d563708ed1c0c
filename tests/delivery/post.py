"""A real mail server (aiosmtpd) whose every answer a test can decide."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

Answer = Callable[[Envelope], Awaitable[str] | str]


class Post:
    """``recipients``: what RCPT is answered, by address. ``answers``: what the next mails are answered, one after the other."""

    def __init__(self) -> None:
        self.port = 0
        self.recipients: dict[str, str] = {}
        self.answers: list[Answer] = []
        self.mails: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.arrived = asyncio.Event()

    @property
    def settings(self) -> dict[str, Any]:
        """The provider's settings."""
        return {"provider": "smtp", "host": "127.0.0.1", "port": self.port, "security": "none", "timeout": 2.0}

    async def until(self, count: int) -> None:
        """Wait until so many mails were taken."""
        async with asyncio.timeout(60):
            while len(self.mails) < count:
                self.arrived.clear()
                await self.arrived.wait()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.recipients.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer: Answer = self.answers.pop(0) if self.answers else lambda _: "250 2.0.0 Ok: queued as Q1AB"
        said = answer(envelope)
        said = said if isinstance(said, str) else await said
        if said.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.envelopes.append(envelope)
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
            self.arrived.set()
        return said


@asynccontextmanager
async def taking(post: Post | None = None) -> AsyncIterator[Post]:
    """Run the server."""
    post, loop = post or Post(), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(post, hostname="localhost", loop=loop, enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    post.port = server.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        server.close()
