"""Twilio: SMS by its Messages API, with status callbacks and the keywords people answer with.

Twilio's documents: the Message resource, its error dictionary, webhook security (X-Twilio-Signature) and opt-out keywords.
"""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Final
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.sax.saxutils import escape

import httpcore
import msgspec
from msgspec import Meta, Struct

from tidings.channels.exchange import NotAnswered, NotSent, Reply, Unfit, exchange, retry_after
from tidings.channels.guard import pool
from tidings.channels.provider import (
    Accepted,
    Answer,
    Bounced,
    EnvironmentName,
    Failed,
    Means,
    Outcome,
    Outgoing,
    Provider,
    Refused,
    Report,
    Request,
    Retry,
    Sender,
    Unknown,
)
from tidings.channels.sms.segments import segments
from tidings.kernel.ids import read_delivery
from tidings.kernel.problems import Problem
from tidings.kernel.records import Consent, Receipt
from tidings.kernel.times import MINUTE


class TwilioSettings(Struct, frozen=True):
    """``sender``: a number, short code or name; or ``messaging_service``: MG…, which chooses one.

    ``auth_token_env``: the variable with the account's auth token; callbacks are signed with it. ``api_key`` and
    ``api_key_secret_env``: to send with a key (SK…) instead. ``most_segments``: longer texts fail. ``help``: the answer to HELP
    (none: Twilio's own). ``timeout`` in seconds.
    """

    account_sid: Annotated[str, Meta(pattern=r"^AC[0-9a-fA-F]{32}$")]
    auth_token_env: EnvironmentName
    sender: str = ""
    messaging_service: Annotated[str, Meta(pattern=r"^(MG[0-9a-fA-F]{32})?$")] = ""
    api_key: Annotated[str, Meta(pattern=r"^(SK[0-9a-fA-F]{32})?$")] = ""
    api_key_secret_env: EnvironmentName = ""
    most_segments: Annotated[int, Meta(ge=1, le=100)] = 10
    help: str = ""
    timeout: Annotated[float, Meta(gt=0, le=120)] = 20.0
    url: Annotated[str, Meta(pattern=r"^https?://")] = "https://api.twilio.com"


class Twilio(Provider[TwilioSettings]):
    name = "twilio"
    title = "Twilio"
    Settings = TwilioSettings

    def check(self, settings: TwilioSettings) -> list[Problem]:
        problems = []
        if not settings.auth_token_env:
            hint = "write the name of the variable that holds the token, for example TWILIO_AUTH_TOKEN"
            problems.append(Problem("`auth_token_env` is empty", hint, ("auth_token_env",)))
        if bool(settings.sender) == bool(settings.messaging_service):
            problems.append(Problem("give either `sender` or `messaging_service`", "", ("sender",)))
        if bool(settings.api_key) != bool(settings.api_key_secret_env):
            problems.append(Problem("`api_key` and `api_key_secret_env` go together", "", ("api_key",)))
        return problems

    @asynccontextmanager
    async def open(self, settings: TwilioSettings, means: Means) -> AsyncIterator[Sender]:
        user, name = settings.account_sid, settings.auth_token_env
        if settings.api_key:
            user, name = settings.api_key, settings.api_key_secret_env
        login = base64.b64encode(f"{user}:{means.secret(name)}".encode()).decode()
        async with pool(means.guard) as connections:
            yield TwilioSender(connections, settings, means, login)

    def receipts(self, request: Request, settings: TwilioSettings, means: Means) -> Answer:
        fields = _verified(request, means.secret(settings.auth_token_env))
        if fields.get("AccountSid") != settings.account_sid:
            raise Refused("the report is about another account")
        if status := fields.get("MessageStatus") or fields.get("SmsStatus", "").replace("received", ""):
            return _status(request, fields, status)
        if "Body" in fields:
            return _inbound(fields, settings)
        raise Refused("the report says neither a status nor a text", status=400)


PROVIDER = Twilio()


class TwilioSender(Sender):
    at_once = 20

    def __init__(
        self, connections: httpcore.AsyncConnectionPool, settings: TwilioSettings, means: Means, login: str
    ) -> None:
        self._connections = connections
        self._settings = settings
        self._means = means
        self._login = login

    async def send(self, outgoing: Outgoing) -> Outcome:
        settings = self._settings
        counted = segments(outgoing.text)
        if counted.count > settings.most_segments:
            return Failed(
                f"the text makes {counted.count} segments ({counted.encoding}), at most {settings.most_segments} are sent"
            )
        form = {"To": outgoing.recipient.address, "Body": outgoing.text}
        if sender := outgoing.fields.get("from") or settings.sender:
            form["From"] = sender
        if settings.messaging_service:
            form["MessagingServiceSid"] = settings.messaging_service
        if self._means.reports:
            form["StatusCallback"] = f"{self._means.reports}?{urlencode({'delivery': outgoing.delivery})}"
        try:
            reply = await exchange(
                self._connections,
                "POST",
                f"{settings.url}/2010-04-01/Accounts/{settings.account_sid}/Messages.json",
                {
                    "Authorization": f"Basic {self._login}",
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Accept": "application/json",
                },
                urlencode(form).encode(),
                seconds=settings.timeout,
            )
        except Unfit as error:
            return Failed(str(error))
        except NotSent as error:
            return Retry(str(error))
        except NotAnswered as error:
            return Unknown(str(error))
        return _outcome(reply, counted.count, self._means.clock())


class _Said(Struct):
    """What Twilio answers, as far as it is of use: a message, or an error."""

    sid: str | None = None
    num_segments: str | None = None
    code: int | None = None
    message: str | None = None


def _outcome(reply: Reply, counted: int, now: int) -> Outcome:
    try:
        said = msgspec.json.decode(reply.body, type=_Said)
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = _Said()
    if reply.status in (200, 201):
        number = said.num_segments or ""
        made = int(number) if number.isdecimal() and int(number) else counted
        return Accepted(said.sid or "", detail={"segments": made}, says=f"{made} segment{'s' if made > 1 else ''}")
    reason = f"Twilio: {said.code or reply.status} {said.message or ''}".strip()
    if said.code == _UNSUBSCRIBED:
        return Bounced(reason, permanent=False, unsubscribed=True)
    if said.code in _BAD_NUMBER:
        return Bounced(reason, permanent=True)
    if said.code in _NOT_THERE:
        return Bounced(reason, permanent=False)
    if reply.status in (408, 425, 429, 503) or said.code in _LATER:
        return Retry(reason, retry_after(reply, now))
    if reply.status in (401, 403) and said.code in (None, 20003, 20005, 20403):
        return Retry(reason, MINUTE)  # our login or account, not this message
    return Unknown(reason) if reply.status >= 500 else Failed(reason)


_UNSUBSCRIBED: Final = 21610
_BAD_NUMBER: Final = frozenset((21211, 21217, 21401, 21614))
_NOT_THERE: Final = frozenset((21214, 21612, 21635))
_LATER: Final = frozenset((20429, 14107, 21611))


def _verified(request: Request, token: str) -> dict[str, str]:
    """Give the form of a signed request; raises `Refused`."""
    try:
        pairs = parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=bool(request.body))
        query = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
    except (UnicodeDecodeError, ValueError):
        raise Refused("the report is no form", status=400) from None
    given = request.headers.get("x-twilio-signature", "")
    signed = "".join(name + value for name, value in sorted(set(pairs)))
    if not any(hmac.compare_digest(given.encode(), sign(token, url + signed)) for url in _spellings(request.url)):
        raise Refused("the report's signature is wrong")
    return dict(query) | dict(pairs)


def sign(token: str, text: str) -> bytes:
    """Sign as Twilio does: HMAC-SHA1 over the URL and the sorted form, in base 64."""
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest())


def _spellings(url: str) -> list[str]:
    """The URL, and with the standard port written or left out: Twilio signs one or the other."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition(":")[0] if parts.port else parts.netloc
    port = {"https": 443, "http": 80}.get(parts.scheme, 443)
    return [url, parts._replace(netloc=host).geturl(), parts._replace(netloc=f"{host}:{parts.port or port}").geturl()]


_METRICS: Final = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "opened",
    "undelivered": "bounced",
    "failed": "failed",
}
_DEAD: Final = frozenset(("30005", "30006", "21211", "21614"))
"""The number does not exist, or is no mobile."""


def _status(request: Request, fields: dict[str, str], status: str) -> Answer:
    delivery = fields.get("delivery", "")
    metric = _METRICS.get(status)
    if metric is None or read_delivery(delivery) is None:
        return Answer(status=204)
    detail: dict[str, object] = {"recipient": fields.get("To", "")}
    if code := fields.get("ErrorCode", ""):
        detail["reason"] = f"Twilio: {code} {fields.get('ErrorMessage', '')}".strip()
        detail["permanent"] = code in _DEAD
    reports = [Report(Receipt(delivery, metric, detail), fields.get("To", ""))]
    if code == str(_UNSUBSCRIBED):
        reports.append(_consent(fields.get("To", ""), False, "Twilio 21610"))
    return Answer(tuple(reports), 204)


_STOP: Final = frozenset(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"))
_START: Final = frozenset(("START", "YES", "UNSTOP"))
_HELP: Final = frozenset(("HELP", "INFO"))
_EMPTY: Final = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


def _inbound(fields: dict[str, str], settings: TwilioSettings) -> Answer:
    """``OptOutType`` is Twilio's own verdict, where its advanced opt-out is on; else the whole text must be the word."""
    word = (fields.get("OptOutType") or fields["Body"]).strip().strip(".!").upper()
    number = fields.get("From", "")
    if word in _STOP:
        return Answer((_consent(number, False, f"sms {word}"),), content_type="text/xml", body=_EMPTY)
    if word in _START:
        return Answer((_consent(number, True, f"sms {word}"),), content_type="text/xml", body=_EMPTY)
    if word in _HELP and settings.help and not fields.get("OptOutType"):
        text = f'<?xml version="1.0" encoding="UTF-8"?><Response><Message>{escape(settings.help)}</Message></Response>'
        return Answer(content_type="text/xml", body=text.encode())
    return Answer(content_type="text/xml", body=_EMPTY)


def _consent(number: str, subscribed: bool, how: str) -> Report:
    return Report(Consent(channels={"sms": subscribed}, how=how, by=number), number)
