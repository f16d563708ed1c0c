"""FCM: push to Android, iOS and browsers by Firebase Cloud Messaging's HTTP v1 API.

A service account's key signs a token request (RFC 7523), whose answer is good for an hour. One delivery goes to all devices of a
person: it is accepted when one device took it, and tells which devices are gone.
"""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

import httpcore
import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from msgspec import Meta, Struct

from tidings.channels.exchange import NotAnswered, NotSent, Reply, Unfit, exchange, retry_after
from tidings.channels.guard import pool
from tidings.channels.provider import (
    Accepted,
    Bounced,
    EnvironmentName,
    Failed,
    Means,
    Missing,
    Outcome,
    Outgoing,
    Provider,
    Recipient,
    Retry,
    Sender,
    Unknown,
)
from tidings.kernel.problems import Problem
from tidings.kernel.times import MINUTE, SECOND


class FcmSettings(Struct, frozen=True):
    """``credentials_env``: the variable that holds the service account's JSON key, whole. ``project``: none: the key's.

    ``timeout`` in seconds, for one device.
    """

    credentials_env: EnvironmentName
    project: str = ""
    timeout: Annotated[float, Meta(gt=0, le=120)] = 20.0
    url: Annotated[str, Meta(pattern=r"^https?://")] = "https://fcm.googleapis.com"


class Fcm(Provider[FcmSettings]):
    name = "fcm"
    title = "Firebase Cloud Messaging"
    Settings = FcmSettings

    def check(self, settings: FcmSettings) -> list[Problem]:
        if settings.credentials_env:
            return []
        hint = "write the name of the variable that holds the service account's key, for example FCM_CREDENTIALS"
        return [Problem("`credentials_env` is empty", hint, ("credentials_env",))]

    @asynccontextmanager
    async def open(self, settings: FcmSettings, means: Means) -> AsyncIterator[Sender]:
        account, key = _account(means.secret(settings.credentials_env), settings.credentials_env)
        async with pool(means.guard) as connections:
            tokens = Tokens(connections, account, key, means)
            yield FcmSender(connections, settings, tokens, means, settings.project or account.project_id)


PROVIDER = Fcm()


class _Account(Struct):
    client_email: str
    private_key: str
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105
    project_id: str = ""
    private_key_id: str = ""


def _account(text: str, name: str) -> tuple[_Account, rsa.RSAPrivateKey]:
    try:
        account = msgspec.json.decode(text, type=_Account)
        key = serialization.load_pem_private_key(account.private_key.encode(), None)
    except (msgspec.DecodeError, ValueError, TypeError):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise Missing(f"the environment variable {name} does not hold a service account's JSON key")
    return account, key


class Tokens:
    """The access token, fetched by one caller at a time and kept until a minute before it ends."""

    def __init__(
        self, connections: httpcore.AsyncConnectionPool, account: _Account, key: rsa.RSAPrivateKey, means: Means
    ) -> None:
        self._connections = connections
        self._account = account
        self._key = key
        self._clock = means.clock
        self._lock = asyncio.Lock()
        self._token = ""
        self._until = 0

    async def get(self) -> str:
        """Give a token; raises `NotSent` with the reason where there is none."""
        async with self._lock:
            if not self._token or self._clock() >= self._until:
                await self._fetch()
            return self._token

    def drop(self, token: str) -> None:
        """Forget the token, if it is still this one."""
        if token == self._token:
            self._token = ""

    async def _fetch(self) -> None:
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": self._assertion()}
        try:
            reply = await exchange(
                self._connections,
                "POST",
                self._account.token_uri,
                {"Content-Type": "application/x-www-form-urlencoded"},
                urlencode(form).encode(),
                seconds=20,
            )
        except (Unfit, NotAnswered) as error:
            raise NotSent(f"no access token: {error}") from None
        if reply.status != 200:
            raise NotSent(f"no access token: {reply.status} {_read(reply, _Refusal).error}".strip())
        granted = _read(reply, _Granted)
        if not granted.access_token:
            raise NotSent("no access token in the answer")
        self._token = granted.access_token
        self._until = self._clock() + max(granted.expires_in - 60, 1) * SECOND

    def _assertion(self) -> str:
        now = self._clock() // SECOND
        head = {"alg": "RS256", "typ": "JWT"} | (
            {"kid": self._account.private_key_id} if self._account.private_key_id else {}
        )
        claims = {
            "iss": self._account.client_email,
            "scope": "https://www.googleapis.com/auth/firebase.messaging",
            "aud": self._account.token_uri,
            "iat": now,
            "exp": now + 3600,
        }
        signed = f"{_part(msgspec.json.encode(head))}.{_part(msgspec.json.encode(claims))}"
        return f"{signed}.{_part(self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


class FcmSender(Sender):
    at_once = 20

    def __init__(
        self,
        connections: httpcore.AsyncConnectionPool,
        settings: FcmSettings,
        tokens: Tokens,
        means: Means,
        project: str,
    ) -> None:
        self._connections = connections
        self._settings = settings
        self._tokens = tokens
        self._means = means
        self._url = f"{settings.url}/v1/projects/{quote(project, safe='')}/messages:send"

    async def send(self, outgoing: Outgoing) -> Outcome:
        outcomes = await asyncio.gather(*(self._one(outgoing, device) for device in outgoing.recipients))
        return _together(list(zip(outgoing.recipients, outcomes, strict=True)))

    async def _one(self, outgoing: Outgoing, device: Recipient) -> Outcome:
        body = msgspec.json.encode({"message": message(outgoing, device)})
        try:
            token = await self._tokens.get()
            reply = await self._post(token, body)
            if reply.status == 401 and _error(reply)[0] != "THIRD_PARTY_AUTH_ERROR":
                self._tokens.drop(token)  # withdrawn before its time
                reply = await self._post(await self._tokens.get(), body)
        except Unfit as error:
            return Failed(str(error))
        except NotSent as error:
            return Retry(str(error))
        except NotAnswered as error:
            return Unknown(str(error))
        return _outcome(reply, device, self._means.clock())

    async def _post(self, token: str, body: bytes) -> Reply:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return await exchange(self._connections, "POST", self._url, headers, body, seconds=self._settings.timeout)


def message(outgoing: Outgoing, device: Recipient) -> dict[str, Any]:
    """Give FCM's message for one device. What the app gets in ``data`` also names the delivery, so that it can report on it."""
    fields = outgoing.fields
    shown = {"title": outgoing.subject, "body": outgoing.text, "image": fields.get("image")}
    link, sound, badge = fields.get("link"), fields.get("sound"), fields.get("badge")
    data = {
        **fields.get("data", {}),
        **({"link": link} if link else {}),
        "CIO-Delivery-ID": outgoing.delivery,  # the names that Customer.io's SDKs look for
        "CIO-Delivery-Token": device.address,
    }
    high = fields.get("priority", "high") == "high"
    aps = {"sound": sound, "badge": badge, "mutable-content": 1 if fields.get("image") else None}
    return {
        "token": device.address,
        "notification": _some(shown),
        "data": data,
        "android": {"priority": "HIGH" if high else "NORMAL"} | ({"notification": {"sound": sound}} if sound else {}),
        "apns": {"headers": {"apns-priority": "10" if high else "5"}, "payload": {"aps": _some(aps)}},
        **(
            {"webpush": {"fcm_options": {"link": link}}}
            if isinstance(link, str) and link.startswith("https://")
            else {}
        ),
    }


def _some(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "")}


class _Detail(Struct):
    errorCode: str = ""
    fieldViolations: list[dict[str, Any]] = []


class _Error(Struct):
    status: str = ""
    message: str = ""
    details: list[_Detail] = []


class _Sent(Struct):
    name: str = ""
    error: _Error = msgspec.field(default_factory=_Error)


class _Granted(Struct):
    access_token: str = ""
    expires_in: int = 3600


class _Refusal(Struct):
    error: str = ""


def _read(reply: Reply, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return kind()


def _error(reply: Reply) -> tuple[str, str, bool]:
    """(FCM's code, its words, whether it is about the token)."""
    error: _Error = _read(reply, _Sent).error
    code = next((detail.errorCode for detail in error.details if detail.errorCode), error.status)
    fields = [str(each.get("field", "")) for detail in error.details for each in detail.fieldViolations]
    of_token = "message.token" in fields or (not fields and "registration token" in error.message)
    return code, error.message, of_token


def _outcome(reply: Reply, device: Recipient, now: int) -> Outcome:
    if reply.status == 200:
        return Accepted(_read(reply, _Sent).name)
    code, words, of_token = _error(reply)
    reason = f"FCM: {reply.status} {code} {words.replace(device.address, '…')}".strip()[:500]
    if code == "UNREGISTERED" or (code == "INVALID_ARGUMENT" and of_token):
        return Bounced(reason, gone=(device.address,))
    if reply.status in (429, 503) or code in ("QUOTA_EXCEEDED", "UNAVAILABLE"):
        return Retry(reason, retry_after(reply, now) or MINUTE)
    if reply.status == 401 and code != "THIRD_PARTY_AUTH_ERROR":
        return Retry(reason, MINUTE)
    return Unknown(reason) if reply.status >= 500 else Failed(reason)


_WORST: Final = (Unknown, Retry, Failed, Bounced)


def _together(outcomes: list[tuple[Recipient, Outcome]]) -> Outcome:
    """One outcome of several devices: whoever was reached by one was reached. Else the one that asks most of the caller."""
    gone = tuple(token for _, outcome in outcomes for token in outcome.gone)
    taken = [outcome for _, outcome in outcomes if isinstance(outcome, Accepted)]
    if taken:
        missed = [outcome.reason for _, outcome in outcomes if not isinstance(outcome, Accepted)]
        detail = {"devices": len(taken), **({"missed": missed} if missed else {})}
        says = f"{len(taken)} of {len(outcomes)} devices" if missed else ""
        return Accepted(taken[0].provider_id, gone, detail, says)
    worst = min((outcome for _, outcome in outcomes), key=lambda outcome: _WORST.index(type(outcome)))
    return msgspec.structs.replace(worst, gone=gone)


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
