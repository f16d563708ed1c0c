"""Segment's HTTP tracking API, and Customer.io Pipelines, which is the same with strict mode and events that mean something.

Calls: identify, track, page, screen, group, alias; batch and import of many. Whatever can be read is answered 200, as these formats ask;
what then can't be used goes to the rejected list. ``X-Strict-Mode: 1`` has it answered as an error instead.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import msgspec
from msgspec import Struct

from tidings.database.access import Source
from tidings.ingest.check import Malformed, Unstorable, identifier, is_plain, kept, mended, parsed, read
from tidings.ingest.consent import agreed
from tidings.ingest.moments import happened, moment
from tidings.ingest.request import Answer, Keys, Refused, Request, as_json, basic, bearer
from tidings.ingest.sealed import email, group_type, sealed
from tidings.ingest.semantic import MEANINGS
from tidings.ingest.signed import HASH, signed
from tidings.ingest.unfit import Unfit
from tidings.kernel.records import Alias, Body, Event, Group, Identifier, Identify, Record

MESSAGE: Final = 32 * 1024
"""Bytes of one message."""
BATCH: Final = 500 * 1024
"""Bytes of a batch, inflated."""
MESSAGES: Final = 2500
"""Messages of a batch; those after them are refused, each for itself."""
_READ: Final = 2 * MESSAGES
"""Messages of a batch that are looked at. Those behind them are refused as one, so that half a megabyte of zeros is not a quarter of a
million rows of the rejected list."""
SHARED: Final = 10 * BATCH
"""Bytes of what a batch says for all its messages, once it stands under each."""
_TOO_MANY: Final = f"a batch holds at most {MESSAGES:,} messages"
NAME: Final = 255
"""Bytes of an event's name."""
_FORM: Final = re.compile(r"[!-~]{1,200}")
"""What a write key may look like."""

SHORT: Final[Mapping[str, str]] = {
    "i": "identify",
    "t": "track",
    "p": "page",
    "s": "screen",
    "g": "group",
    "a": "alias",
    "b": "batch",
}
MANY: Final = ("batch", "import")
SUCCESS: Final = b'{"success":true}'
_UNKNOWN: Final = {"x-tidings-notice": "this write key is unknown; nothing was kept"}

Meant = tuple[tuple[Identifier, ...], list[Body]]
"""Whom a message is about, and what it says."""
Times = tuple[int | None, int | None]
"""When the messages of a batch happened, and when they were sent, as it says for those that do not say it themselves."""
Read = Callable[[dict[str, Any], dict[str, Any], str], Meant]
"""Reads one message, with its context and the source's name; raises ValueError with why it can't be used."""


def answer(request: Request, keys: Keys) -> Answer:
    """Translate one request; ``path[0]`` is the call, long or short."""
    call = SHORT.get(request.path[0], request.path[0])
    if call == "m":
        return Answer(200, SUCCESS)  # a library's telemetry about itself
    strict = request.headers.get("x-strict-mode") in ("1", "true")
    many = call in MANY
    if len(request.body) > (BATCH if many else MESSAGE):
        return error(400, "too_large", f"the request is larger than {(BATCH if many else MESSAGE) // 1024} KB")
    try:
        envelope = _batch(request.body) if many else _single(call, request.body)
    except Malformed as fault:
        return error(400, "invalid_json", str(fault))
    return _answer(request, keys, envelope, strict, starts=call != "import")


def error(status: int, code: str, message: str) -> Answer:
    """Give an error as every SDK of this family reads it: two of them need ``code`` and ``message``, one ``meta.error``."""
    body = {"success": False, "code": code, "message": message, "meta": {"error": message}}
    return Answer(status, as_json(body))


class _Envelope(Struct):
    """A batch; one message is a batch of one. ``batch`` is raw until each message was measured, and holds an `Unfit` in place of one that
    can't be stored. ``timestamp``, ``sentAt``, ``context`` and ``integrations`` are for messages that do not say it themselves.
    ``beyond``: messages not looked at."""

    batch: list[Any]
    writeKey: Any = None
    timestamp: Any = None
    sentAt: Any = None
    context: Any = None
    integrations: Any = None
    beyond: int = 0


class _Raw(_Envelope):
    batch: list[msgspec.Raw]


_raw = msgspec.json.Decoder(_Raw)
_NOTHING: Final = [None] * 4


def _single(call: str, body: bytes) -> _Envelope:
    message = read(body)
    if not isinstance(message, dict):
        raise Malformed("the body is not an object")
    message["type"] = call
    return _Envelope([message], message.get("writeKey"))


def _batch(body: bytes) -> _Envelope:
    try:
        envelope = _raw.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _patient(body)
    small = len(body) <= MESSAGE
    messages = []
    for raw in envelope.batch[:_READ]:
        if not small and len(memoryview(raw)) > MESSAGE:
            raise Malformed(f"a message of the batch is larger than {MESSAGE // 1024} KB")
        messages.append(_each(read, raw))
    shared = [envelope.timestamp, envelope.sentAt, envelope.context, envelope.integrations]
    if shared != _NOTHING and not is_plain(body):
        shared = mended(shared)
    time, sent, context, integrations = shared
    beyond = len(envelope.batch) - len(messages)
    return _Envelope(messages, envelope.writeKey, time, sent, context, integrations, beyond)


def _patient(body: bytes) -> _Envelope:
    """The same for what a strict reader refuses."""
    value = parsed(body)
    if not isinstance(value, dict) or not isinstance(value.get("batch"), list):
        raise Malformed("the body is not an object with a list `batch`")
    given = value.pop("batch")
    value = mended(value)
    messages = [_each(mended, message) for message in given[:_READ]]
    for message in messages:
        if not isinstance(message, Unfit) and len(msgspec.json.encode(message)) > MESSAGE:
            raise Malformed(f"a message of the batch is larger than {MESSAGE // 1024} KB")
    time, sent, context, integrations = map(value.get, ("timestamp", "sentAt", "context", "integrations"))
    beyond = len(given) - len(messages)
    return _Envelope(messages, value.get("writeKey"), time, sent, context, integrations, beyond)


def _each(read: Callable[[Any], Any], given: Any) -> Any:
    """Read a message of a batch: one that can't be stored is refused by itself."""
    try:
        return read(given)
    except Unstorable as fault:
        return Unfit(str(fault))


def _answer(request: Request, keys: Keys, envelope: _Envelope, strict: bool, starts: bool) -> Answer:
    key = _key(envelope.writeKey) or _header_key(request)
    source = keys(key) if key else None
    if source is not None and source.kind != "write_key":
        source = None
    if key is None and not _names_keys(envelope.batch):
        return error(401 if strict else 400, "missing_write_key", "a write key is missing, or is none by its form")
    if source is None and key is not None and strict:
        return error(401, "unknown_write_key", "this write key is unknown")
    times = moment(envelope.timestamp), moment(envelope.sentAt)
    envelope.context = kept(envelope.context)
    if envelope.context or envelope.integrations:
        size = len(as_json([envelope.context, envelope.integrations]))
        if size * len(envelope.batch) > SHARED:
            return error(400, "too_large", f"the batch's context under each message is more than {SHARED // 1024} KB")
    records: list[Record] = []
    refused: list[Refused] = []
    charged = source
    for index, message in enumerate(envelope.batch):
        whose = source
        own = message.get("writeKey") if isinstance(message, dict) else None
        if own is not None and own != key and _key(own):
            whose = keys(own)
            if whose is not None and whose.kind != "write_key":
                whose = None
            charged = charged or whose
        if whose is None:
            continue
        try:
            if index >= MESSAGES:
                raise Unfit(_TOO_MANY)
            records += _records(whose, message, envelope, times, request.received, starts)
        except Unfit as fault:
            if strict:
                return error(400, "invalid_message", str(fault))._replace(source=charged)
            remains = _remains(whose, message, envelope, request.received)
            refused.append(Refused(str(fault), remains, _told_of(message)))
    if envelope.beyond and charged is not None:
        reason = f"{_TOO_MANY}; this stands for the last {envelope.beyond:,} of this one"
        refused.append(Refused(reason, _remains(charged, None, _Envelope([]), request.received)))
    return Answer(200, SUCCESS, records, refused, charged, {} if charged else _UNKNOWN)


def _key(value: Any) -> str | None:
    """Give a write key, if by its form it may be one."""
    return value if isinstance(value, str) and _FORM.fullmatch(value) else None


def _header_key(request: Request) -> str | None:
    login = basic(request.headers)
    return _key(login[0] if login else bearer(request.headers) or request.query.get("writeKey"))


def _names_keys(messages: list[Any]) -> bool:
    return any(isinstance(message, dict) and _key(message.get("writeKey")) for message in messages)


def _records(
    source: Source, message: Any, envelope: _Envelope, times: Times, received: int, starts: bool
) -> list[Record]:
    if isinstance(message, Unfit):
        raise message
    if not isinstance(message, dict):
        raise Unfit("a message is not an object")
    reader = CALLS.get(message.get("type")) if isinstance(message.get("type"), str) else None
    if reader is None:
        raise Unfit(f"{str(message.get('type'))[:50]!r} is no type of message")
    context, hash = _context(message, envelope)
    try:
        who, bodies = reader(message, context, source.name)
    except ValueError as fault:
        raise Unfit(str(fault)) from None
    own = message.get("timestamp") or message.get("originalTimestamp")
    at = message.get("sentAt")
    time = happened(moment(own) if own else times[0], moment(at) if at else times[1], received)
    id, beside = _message_id(message.get("messageId")), _beside(message, context, envelope)
    made = sealed(source, who, time, received, bodies, id, starts, context=beside)
    return made if hash is None or not source.public else [signed(each, source.signing, hash) for each in made]


def _context(message: dict[str, Any], envelope: _Envelope) -> tuple[dict[str, Any], Any]:
    """Give a message's context over that of its batch, without the signature, and that."""
    own, shared = message.get("context"), envelope.context
    context = kept({**shared, **own} if shared and isinstance(own, dict) else own or shared)
    if HASH not in context:
        return context, None
    return {name: value for name, value in context.items() if name != HASH}, context[HASH]


def _beside(message: dict[str, Any], context: dict[str, Any], envelope: _Envelope) -> dict[str, Any]:
    """Give what a message says beside its content, as it was sent."""
    beside: dict[str, Any] = {"context": context} if context else {}
    own, shared = message.get("integrations"), envelope.integrations
    if isinstance(own, dict) and isinstance(shared, dict):
        own = {**shared, **own}
    if own or shared:
        beside["integrations"] = own or shared
    if sent := message.get("sentAt") or envelope.sentAt:
        beside["sentAt"] = sent
    original = message.get("originalTimestamp")
    if original:
        beside["originalTimestamp"] = original
    if time := message.get("timestamp") or (None if original else envelope.timestamp):
        beside["timestamp"] = time
    return beside


def _message_id(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _remains(source: Source, message: Any, envelope: _Envelope, received: int) -> Record:
    """What is kept of a message that can't be used."""
    fields = kept(message)
    name = fields.get("event") or fields.get("type")
    event = Event(name[:NAME] if isinstance(name, str) else "", kept(fields.get("properties") or fields.get("traits")))
    beside = _beside(fields, _context(fields, envelope)[0], envelope) if fields else {}
    id = _message_id(fields.get("messageId"))
    return sealed(source, (), received, received, [event], id, context=beside)[0]


def _told_of(message: Any) -> list[Identifier]:
    """Give by what a message that can't be used may tell of somebody."""
    fields = kept(message)
    said = [("id", fields.get("userId"))]
    said += [("anonymous_id", fields.get("anonymousId"))]
    said += [(kind, fields.get("previousId")) for kind in ("id", "anonymous_id")]
    said += [("email", kept(fields.get(name)).get("email")) for name in ("traits", "properties")]
    found = []
    for kind, value in said:
        with suppress(ValueError):
            if (own := identifier(value)) is not None:
                found.append((kind, own))
    return found


def _who(message: dict[str, Any]) -> tuple[Identifier, ...]:
    user = identifier(message.get("userId"))
    anonymous = identifier(message.get("anonymousId"))
    if user is not None:
        return (("id", user), ("anonymous_id", anonymous)) if anonymous is not None else (("id", user),)
    if anonymous is not None:
        return (("anonymous_id", anonymous),)
    raise Unfit("the message names neither a userId nor an anonymousId")


def _fields(message: dict[str, Any], name: str) -> dict[str, Any]:
    """Give what stands in an object of the message. An empty list is one too: PHP prints empty objects so."""
    value = message.get(name)
    if not isinstance(value, dict) and value not in (None, []):
        raise Unfit(f"`{name}` is not an object")
    return value or {}


def _cleared(traits: dict[str, Any]) -> dict[str, Any]:
    """An empty text removes a trait, as a null does."""
    if "" not in traits.values():
        return traits
    return {name: None if value == "" else value for name, value in traits.items()}


def _identify(message: dict[str, Any], context: dict[str, Any], by: str) -> Meant:
    traits = _cleared({**kept(context.get("traits")), **_fields(message, "traits")})
    address = traits.get("email")
    address = identifier(address) if isinstance(address, str) else None
    try:
        who = _who(message)
    except Unfit:
        if address is None or "@" not in address:
            raise
        who = (("email", email(address)),)
    traits, consent = agreed(traits, by)
    # what was agreed to goes first: whom this call makes known may still say it with a public key, and hears of nothing before it counts
    return who, [Identify(traits)] if consent is None else [consent, Identify(traits)]


def _track(message: dict[str, Any], context: dict[str, Any], by: str) -> Meant:
    name = message.get("event")
    if not isinstance(name, str) or not name.strip():
        raise Unfit("a track message names no event")
    name = name.strip()
    properties = _fields(message, "properties")
    meaning = MEANINGS.get(name)
    if meaning is not None:
        return (() if meaning.alone else _who(message)), [meaning.read(properties, context)]
    return _who(message), [Event(_named(name), properties, "track", _seen(context))]


def _page(message: dict[str, Any], context: dict[str, Any], by: str) -> Meant:
    return _viewed("page", message, context, by)


def _screen(message: dict[str, Any], context: dict[str, Any], by: str) -> Meant:
    return _viewed("screen", message, context, by)


def _viewed(kind: Any, message: dict[str, Any], context: dict[str, Any], by: str) -> Meant:
    """A view without a name goes by its path, then its address, then its category."""
    properties = dict(_fields(message, "properties"))
    for field in ("name", "category"):
        if isinstance(message.get(field), str):
            properties.setdefault(field, message[field])
    name = next((n for n in map(properties.get, ("name", "path", "url", "category")) if n and isinstance(n, str)), kind)
    return _who(message), [Event(_named(name), properties, kind, _seen(context))]


def _named(name: str) -> str:
    if len(name) > NAME // 4 and len(name.encode()) > NAME:
        raise Unfit(f"the name of an event is longer than {NAME} bytes")
    return name


def _seen(context: dict[str, Any]) -> dict[str, Any]:
    """Of the context, what is read with an event: which group it is about."""
    return {"groupId": context["groupId"]} if "groupId" in context else {}


def _group(message: dict[str, Any], context: dict[str, Any], by: str) -> Meant:
    key = identifier(message.get("groupId"))
    if key is None:
        raise Unfit("a group message names no groupId")
    traits = _cleared(dict(_fields(message, "traits")))
    kind = group_type(traits.pop("object_type_id", None) or message.get("objectTypeId"))
    relation = traits.pop("relationshipAttributes", None)
    return _who(message), [Group(kind, key, traits, relation if isinstance(relation, dict) else None)]


def _alias(message: dict[str, Any], context: dict[str, Any], by: str) -> Meant:
    """An alias onto oneself, which browsers send, says nothing."""
    user, previous = identifier(message.get("userId")), identifier(message.get("previousId"))
    if user is None or previous is None:
        raise Unfit("an alias message names no userId or no previousId")
    return (("id", user),), [] if user == previous else [Alias(previous)]


CALLS: Final[Mapping[Any, Read]] = {
    "identify": _identify,
    "track": _track,
    "page": _page,
    "screen": _screen,
    "group": _group,
    "alias": _alias,
}
