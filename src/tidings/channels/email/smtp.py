"""SMTP: email by any mail server, over a few connections that are kept and shared."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from tidings.channels.email.address import Unusable
from tidings.channels.email.line import Broken, Denied
from tidings.channels.email.wire import Mail, Wire, prepare
from tidings.channels.guard import Guard
from tidings.channels.provider import (
    EnvironmentName,
    Failed,
    Means,
    Missing,
    Outcome,
    Outgoing,
    Provider,
    Retry,
    Sender,
)
from tidings.kernel.problems import Problem

SETUP_SECONDS: Final = 60.0
"""For a connection to be made, TLS and login included; no mail has left by then."""


class SmtpSettings(Struct, frozen=True):
    """``security``: STARTTLS (refused if the server has none), TLS from the first byte, or none. ``port`` 0: 587, 465 or 25.

    ``password_env``: the environment variable that holds the password. ``trust``: a file of certificates to trust instead of the
    system's. ``hostname``: what we call ourselves. ``timeout``: seconds for one reply; the reply to a whole mail may take four
    times as long. ``idle``: seconds an unused connection is kept. ``mails``: how many one connection carries before it is closed.
    """

    host: str
    port: Annotated[int, Meta(ge=0, le=65535)] = 0
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password_env: EnvironmentName = ""
    trust: str = ""
    hostname: Annotated[str, Meta(pattern=r"^[A-Za-z0-9.\[\]:_-]*$")] = ""
    connections: Annotated[int, Meta(ge=1, le=100)] = 4
    timeout: Annotated[float, Meta(gt=0, le=60)] = 30.0
    idle: Annotated[float, Meta(ge=0, le=3600)] = 30.0
    mails: Annotated[int, Meta(ge=1, le=100_000)] = 1000


class Smtp(Provider[SmtpSettings]):
    name = "smtp"
    title = "SMTP"
    Settings = SmtpSettings

    def check(self, settings: SmtpSettings) -> list[Problem]:
        problems = []
        if bool(settings.username) != bool(settings.password_env):
            problems.append(Problem("a user name and `password_env` go together", "give both or none", ("username",)))
        if settings.username and settings.security == "none":
            hint = "choose `starttls` or `tls`"
            problems.append(Problem("a password is only sent over TLS", hint, ("security",)))
        return problems

    @asynccontextmanager
    async def open(self, settings: SmtpSettings, means: Means) -> AsyncIterator[Sender]:
        password = means.secret(settings.password_env) if settings.username else ""
        sender = Connections(settings, password, means.opened(means.relays, "TIDINGS_MAIL_NETWORKS"))
        try:
            yield sender
        finally:
            await sender.close()


PROVIDER = Smtp()
_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}


class Connections(Sender):
    """At most ``connections`` of them, each lent to one caller at a time, the most recently used first."""

    def __init__(self, settings: SmtpSettings, password: str, guard: Guard) -> None:
        self.at_once = settings.connections
        self._settings = settings
        self._password = password
        self._guard = guard
        self._context = _context(settings)
        self._idle: list[tuple[float, Wire]] = []
        self._slots = asyncio.Semaphore(settings.connections)

    async def send(self, outgoing: Outgoing) -> Outcome:
        return (await self.send_many([outgoing]))[0]

    async def send_many(self, outgoings: Sequence[Outgoing]) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        waiting: deque[Mail] = deque()
        for number, outgoing in enumerate(outgoings):
            try:
                waiting.append(prepare(number, outgoing.mail_from, outgoing.rcpt_to, outgoing.message))
            except Unusable as error:
                outcomes[number] = Failed(f"an address of the envelope {error}")
        workers = min(self._settings.connections, -(-len(waiting) // _SHARE))
        reasons = await asyncio.gather(*(self._work(waiting, outcomes) for _ in range(workers)))
        reason = next(filter(None, reasons), "no connection")
        return [outcomes.get(number) or Retry(reason) for number in range(len(outgoings))]

    async def _work(self, waiting: deque[Mail], outcomes: dict[int, Outcome]) -> str:
        """Carry mails until none waits, over as many connections as it takes; gives the reason where it had to stop."""
        try:
            async with asyncio.timeout(SETUP_SECONDS):
                await self._slots.acquire()
        except TimeoutError:
            return "all connections to the server are busy"
        try:
            while waiting:
                try:
                    wire = self._kept() or await self._connected()
                except (Broken, Denied) as error:
                    return str(error)
                try:
                    await wire.carry(waiting, outcomes.__setitem__, self._settings.mails)
                except Broken:
                    wire.close()
                except BaseException:
                    wire.close()  # cut off in the middle of a mail: nobody may go on here
                    raise
                else:
                    await self._keep(wire)
            return ""
        finally:
            self._slots.release()

    def _kept(self) -> Wire | None:
        now = asyncio.get_running_loop().time()
        while self._idle:
            since, wire = self._idle.pop()
            if wire.is_usable and now - since < self._settings.idle:
                return wire
            wire.close()
        return None

    async def _keep(self, wire: Wire) -> None:
        if wire.is_usable and wire.carried < self._settings.mails and self._settings.idle:
            self._idle.append((asyncio.get_running_loop().time(), wire))
        else:
            await wire.quit()

    async def _connected(self) -> Wire:
        settings = self._settings
        port = settings.port or _PORTS[settings.security]
        try:
            async with asyncio.timeout(SETUP_SECONDS):
                wire = await Wire.connect(
                    self._guard,
                    settings.host,
                    port,
                    settings.timeout,
                    settings.timeout,
                    self._context if settings.security == "tls" else None,
                )
                try:
                    await wire.greet(
                        settings.hostname, self._context if settings.security == "starttls" else None, settings.host
                    )
                    if settings.username:
                        await wire.log_in(settings.username, self._password)
                except BaseException:
                    wire.close()
                    raise
        except TimeoutError:
            raise Broken(f"no connection to {settings.host}:{port} within {SETUP_SECONDS:g} s") from None
        return wire

    async def close(self) -> None:
        """Say goodbye on every idle connection."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(wire.quit() for _, wire in idle))


_SHARE: Final = 8
"""Mails for which another connection is worth it."""


def _context(settings: SmtpSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.trust or None)
    except (
        OSError
    ):  # not why: whoever writes settings may ask, and what files this machine has is none of their business
        raise Missing("`trust` names no file of PEM certificates that can be read where mail is sent") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
