"""HTTP: a signed request to the template's URL, by the guarded way out."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import httpcore
from msgspec import Meta, Struct

from tidings.channels.exchange import NotAnswered, NotSent, Reply, Unfit, exchange, retry_after
from tidings.channels.guard import pool
from tidings.channels.provider import (
    Accepted,
    EnvironmentName,
    Failed,
    Means,
    Outcome,
    Outgoing,
    Provider,
    Retry,
    Sender,
    Unknown,
)
from tidings.kernel.problems import Problem
from tidings.kernel.times import SECOND


class HttpSettings(Struct, frozen=True):
    """``secret_env``: the variable with the key requests are signed with. ``redirects``: how many are followed (307 and 308 only).

    ``timeout``: seconds for the whole exchange. ``largest``: bytes of an answer that are read.
    """

    secret_env: EnvironmentName
    redirects: Annotated[int, Meta(ge=0, le=10)] = 3
    timeout: Annotated[float, Meta(gt=0, le=120)] = 30.0
    largest: Annotated[int, Meta(ge=0, le=10_000_000)] = 65_536


class Http(Provider[HttpSettings]):
    name = "http"
    title = "HTTP request"
    Settings = HttpSettings

    def check(self, settings: HttpSettings) -> list[Problem]:
        if settings.secret_env:
            return []
        hint = "write the name of the variable that holds the signing key, for example WEBHOOK_SECRET"
        return [Problem("`secret_env` is empty", hint, ("secret_env",))]

    @asynccontextmanager
    async def open(self, settings: HttpSettings, means: Means) -> AsyncIterator[Sender]:
        secret = means.secret(settings.secret_env)
        async with pool(means.opened(means.hooks, "TIDINGS_WEBHOOK_NETWORKS"), connections=50) as connections:
            yield HttpSender(connections, settings, means, secret)


PROVIDER = Http()


class HttpSender(Sender):
    at_once = 50

    def __init__(
        self, connections: httpcore.AsyncConnectionPool, settings: HttpSettings, means: Means, secret: str
    ) -> None:
        self._connections = connections
        self._settings = settings
        self._means = means
        self._secret = secret

    async def send(self, outgoing: Outgoing) -> Outcome:
        now = self._means.clock()
        timestamp = str(now // SECOND)
        headers = {
            "User-Agent": "Tidings",
            "Accept-Encoding": "identity",
            **outgoing.headers,
            "X-Tidings-Delivery": outgoing.delivery,
            "X-Tidings-Timestamp": timestamp,
            "X-Tidings-Signature": signature(self._secret, timestamp, outgoing.message),
        }
        try:
            reply = await exchange(
                self._connections,
                str(outgoing.fields.get("method", "POST")),
                outgoing.recipient.address,
                headers,
                outgoing.message,
                seconds=self._settings.timeout,
                limit=self._settings.largest,
                redirects=self._settings.redirects,
            )
        except Unfit as error:
            return Failed(str(error))
        except NotSent as error:
            return Retry(str(error))
        except NotAnswered as error:
            return Unknown(str(error))
        return _outcome(reply, now)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Sign ``v0:timestamp:body`` with HMAC-SHA256; hexadecimal, behind the scheme's name."""
    return "v0=" + hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()


def _outcome(reply: Reply, now: int) -> Outcome:
    """A receiver's own 5xx says that it did not do it; a gateway's (502, 504) only that its answer was lost on the way."""
    if 200 <= reply.status < 300:
        return Accepted(detail={"status": reply.status})
    said = "".join(char if char.isprintable() else " " for char in reply.body[:200].decode("utf-8", "replace")).strip()
    reason = f"the answer was {reply.status}: {said}" if said else f"the answer was {reply.status}"
    if reply.status in (502, 504):
        return Unknown(reason)
    if reply.status in (408, 425, 429) or reply.status >= 500:
        return Retry(reason, retry_after(reply, now))
    return Failed(reason)
