"""Provider: the one who carries a channel's messages out; what is handed to it, what it answers, what it reports later.

A provider is a file in its channel's folder with a module attribute ``PROVIDER``; nothing else names it.

The answer to a send says who must decide what next. *Accepted*, *Bounced* and *Failed* are final. *Retry*: the message was
certainly not taken, so sending again cannot double it. *Unknown*: it was handed over and the answer never came; whether to send
again is the message's own policy (at most once, at least once), never the provider's.
"""

import asyncio
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Generic, TypeAlias, TypeVar

import asyncpg
import msgspec
from msgspec import Meta, Struct

from tidings.channels.guard import Guard
from tidings.kernel.problems import Problem
from tidings.kernel.records import Consent, Receipt

EnvironmentName = Annotated[
    str, Meta(pattern="^([A-Z][A-Z0-9_]*)?$", description="The name of an environment variable")
]
"""How a settings struct holds a secret: by the name of the variable that has it (empty: none)."""


class Recipient(Struct, frozen=True):
    """Where one message goes. ``address``: email address, E.164 number, device token or URL. ``platform``: of a device."""

    address: str
    name: str = ""
    platform: str = ""


class Outgoing(Struct, frozen=True, kw_only=True):
    """One delivery, ready for a provider. It has at least one recipient; several only where one person has several devices.

    ``delivery``: its public id. ``fields``: the channel's own, as plain data. ``message``: finished bytes, where the channel has
    them (a MIME message). ``mail_from`` and ``rcpt_to`` are the envelope of mail. ``headers``: header fields to send or to show.
    ``text``, ``html``, ``subject``: for reading, by people and by the mailbox.
    """

    delivery: str
    workspace: int
    channel: str
    recipients: tuple[Recipient, ...]
    fields: dict[str, Any] = {}
    headers: dict[str, str] = {}
    message: bytes = b""
    mail_from: str = ""
    rcpt_to: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    html: str = ""

    @property
    def recipient(self) -> Recipient:
        return self.recipients[0]


class Accepted(Struct, frozen=True, tag="accepted"):
    """The provider took it. ``gone``: addresses (device tokens) that no longer exist and are to be removed from the person.

    ``detail``: what else is worth keeping (SMS segments, devices that were not reached). ``says``: what of it is told of the delivery.
    """

    provider_id: str = ""
    gone: tuple[str, ...] = ()
    detail: dict[str, Any] = {}
    says: str = ""


class Retry(Struct, frozen=True, tag="retry"):
    """Certainly not taken, may be taken later. ``after``: microseconds the provider asks to wait, None: the caller's back-off."""

    reason: str
    after: int | None = None
    gone: tuple[str, ...] = ()


class Bounced(Struct, frozen=True, tag="bounced"):
    """The recipient was refused. ``permanent``: the address itself is bad, so nothing should be sent to it again.

    ``unsubscribed``: the provider knows that the person wants nothing on this channel, which is to be recorded as consent.
    """

    reason: str
    permanent: bool = True
    gone: tuple[str, ...] = ()
    unsubscribed: bool = False


class Failed(Struct, frozen=True, tag="failed"):
    """This message was refused for what it is or for how the provider is set up; the recipient is not to blame."""

    reason: str
    gone: tuple[str, ...] = ()


class Unknown(Struct, frozen=True, tag="unknown"):
    """Handed over, and the answer never came."""

    reason: str
    gone: tuple[str, ...] = ()


Outcome: TypeAlias = Accepted | Retry | Bounced | Failed | Unknown


class Request(Struct, frozen=True):
    """An HTTP request by which a provider reports. ``url``: the whole public address, as the provider was given it, with its query.
    ``headers``: names in lower case."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes = b""


class Report(Struct, frozen=True):
    """One thing a provider says. ``recipient``: the address it is about, to find the person by where the body does not (Consent).
    ``time``: microseconds, None: when it came in."""

    body: Receipt | Consent
    recipient: str = ""
    time: int | None = None


class Answer(Struct, frozen=True):
    """What a request reported, and the HTTP answer the provider expects."""

    reports: tuple[Report, ...] = ()
    status: int = 200
    content_type: str = "text/plain"
    body: bytes = b""


class Refused(Exception):
    """A report that is not to be believed (a wrong signature) or not to be understood; ``status`` is the HTTP answer."""

    def __init__(self, reason: str, status: int = 403) -> None:
        super().__init__(reason)
        self.status = status


class Missing(Exception):
    """A secret that the settings name is not there; the text says which (never its value)."""


@dataclass(frozen=True)
class Means:
    """What a provider may use. ``guard``: which network addresses may be reached; ``relays``, ``hooks``: networks in which mail servers
    may stand besides, and what webhooks are sent to. ``allotted``: which variables each workspace may name.
    ``reports``: the public URL at which its reports are taken, without a query ("" : none). ``clock``: microseconds now. ``key``: gives
    the installation's key, by which stored secrets are read."""

    pool: "asyncpg.Pool[asyncpg.Record] | None" = field(default=None, repr=False)
    guard: Guard = field(default_factory=Guard)
    relays: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    allotted: Mapping[str, Sequence[str]] = field(default_factory=dict)
    reports: str = ""
    clock: Callable[[], int] = lambda: time.time_ns() // 1000
    key: Callable[[], bytes] | None = field(default=None, repr=False)

    def opened(self, networks: tuple[str, ...], setting: str) -> Guard:
        """Give the guard with these networks opened besides, as a setting says."""
        return replace(self.guard, allow=(*self.guard.allow, *networks), opened_by=setting)

    def secret(self, name: str) -> str:
        """Give the value of an environment variable; raises `Missing`."""
        value = self.environ.get(name, "") if name else ""
        if not value:
            raise Missing(
                f"the secret {name or '(no name given)'} is not set, neither in the app nor in the environment"
            )
        return value


class Sender(ABC):
    """An open provider. `send` never raises for what a provider or network does: every end is an `Outcome`."""

    at_once: int = 10
    """How many sends may usefully run side by side."""

    @abstractmethod
    async def send(self, outgoing: Outgoing) -> Outcome:
        """Hand over one message."""

    async def send_many(self, outgoings: Sequence[Outgoing]) -> list[Outcome]:
        """Hand over several; outcomes in the same order."""
        return list(await asyncio.gather(*map(self.send, outgoings)))


S = TypeVar("S", bound=Struct)


class Provider(ABC, Generic[S]):
    """One way to carry a channel's messages. ``name`` is its file's name."""

    name: ClassVar[str]
    title: ClassVar[str]
    Settings: type[S]

    @abstractmethod
    def open(self, settings: S, means: Means) -> AbstractAsyncContextManager[Sender]:
        """Open connections as needed; raises `Missing` for a secret that is not there."""

    def check(self, settings: S) -> list[Problem]:
        """Say what is wrong with settings whose types are right."""
        return []

    def receipts(self, request: Request, settings: S, means: Means) -> Answer:
        """Read a report; raises `Refused` where it is forged or unreadable."""
        raise Refused(f"{self.name} sends no reports", status=404)

    def secrets(self, settings: S) -> tuple[str, ...]:
        """Names of the environment variables these settings need."""
        names = (name for name in type(settings).__struct_fields__ if name.endswith("_env"))
        return tuple(value for name in names if (value := getattr(settings, name)))

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the settings."""
        return msgspec.json.schema(self.Settings)
