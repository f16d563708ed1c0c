"""Customer.io's Track API, version 1. Success is 200 with ``{}``; validation is small by design: what is about nobody is no error."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from tidings.database.access import Source
from tidings.ingest import track
from tidings.ingest.check import Malformed, kept
from tidings.ingest.consent import agreed, truth
from tidings.ingest.metrics import receipt
from tidings.ingest.moments import unix
from tidings.ingest.request import Answer, Keys, Refused, Request, as_json
from tidings.ingest.sealed import sealed
from tidings.ingest.unfit import Unfit
from tidings.kernel.ids import fresh
from tidings.kernel.records import (
    PUBLIC,
    Body,
    Delete,
    Device,
    Event,
    Identifier,
    Identify,
    Member,
    Merge,
    Receipt,
    Record,
    Suppress,
    Unsuppress,
)

LARGEST: Final = 1 << 20
"""Bytes of a request: an event's data may have 100 kB, a list of ids more."""
_KINDS: Final = {"event": "track", "page": "page", "screen": "screen"}
_FORM: Final = frozenset(("form_id", "form_name", "form_type", "form_url", "form_url_param"))
Found = list[Record]


def answer(request: Request, keys: Keys, base: str = "") -> Answer:
    """Translate one request; ``path``: the segments after ``/api/v1``. ``base``: this installation's address."""
    path = list(request.path)
    if request.method == "POST" and path in (["metrics"], ["push", "events"]):
        return _reported(request)
    source = track.source_of(request, keys)
    if source is None:
        return error(401, "Unauthorized request")
    if len(request.body) > LARGEST:
        return error(400, f"the request is larger than {LARGEST >> 10} KB", source)
    if request.method == "GET" and path == ["accounts", "region"]:
        region = {"url": base, "region": "us", "environment_id": source.workspace}
        return Answer(200, as_json(region), source=source)
    route, arguments = _route(request.method, path)
    if route is None:
        return error(405 if arguments else 404, "there is no such method and path", source)
    try:
        records, refused = route(source, arguments, track.body_of(request.body), request)
    except (Malformed, ValueError) as fault:
        return error(400, str(fault), source)
    status, body = (204, b"") if path[0] == "forms" else (200, track.OK)
    return Answer(status, body, records, refused, source)


def unsubscribe(request: Request) -> Answer:
    """Answer ``POST /unsubscribe/{delivery id}``, which knows no key: the delivery's id is the secret."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return error(
            400, "the content type must be application/json"
        )  # which no form of a strange page can send unasked
    try:
        if not truth(track.body_of(request.body).get("unsubscribe")):
            raise Unfit("unsubscribe must be true")
    except ValueError as fault:
        return error(400, str(fault))
    return Answer(200, track.OK, [_unsigned(Receipt(request.path[0][:100], "unsubscribed"), request.received)])


def error(status: int, message: str, source: Source | None = None) -> Answer:
    """Give an error in both of this format's forms."""
    return Answer(status, as_json({"meta": {"error": message, "errors": [message]}}), source=source)


def _reported(request: Request) -> Answer:
    """Receipts without a key."""
    try:
        fields = track.body_of(request.body)
        metric = fields.get("metric", fields.get("event"))
        if request.path[0] == "push" and metric not in ("opened", "converted", "delivered"):
            raise Unfit("event must be one of opened, converted, delivered")
        body = receipt(fields.get("delivery_id"), metric, fields)
    except ValueError as fault:
        return error(400, str(fault))
    time = track.when(fields.get("timestamp"), request.received)
    return Answer(200, track.OK, [_unsigned(body, request.received, time)])


def _unsigned(body: Receipt, received: int, time: int | None = None) -> Record:
    return Record(fresh(), 0, 0, PUBLIC, (), received if time is None else time, received, body)


Arguments = Sequence[str]
Handler = Callable[[Source, Arguments, dict[str, Any], Request], tuple[Found, list[Refused]]]


def _route(method: str, path: Sequence[str]) -> tuple[Handler | None, Arguments]:
    """Find what answers; where only the method is wrong, the arguments say so by not being empty."""
    found: Arguments = ()
    for wanted, pattern, handler in _ROUTES:
        if len(pattern) == len(path) and all(p in ("*", s) for p, s in zip(pattern, path, strict=True)):
            if method == wanted:
                return handler, [s for p, s in zip(pattern, path, strict=True) if p == "*"]
            found = path
    return None, found


def person_of(text: str) -> Identifier:
    """Read the identifier of a path, by its shape."""
    value = track.limited(text)
    if value is None:
        raise Unfit("id cannot be blank")
    if value.startswith("cio_"):
        return track.named("cio_id", value)
    return track.named("email" if "@" in value else "id", value)


def _identify(source: Source, arguments: Arguments, body: dict[str, Any], request: Request) -> Any:
    who = [person_of(arguments[0])]
    fields = dict(body)
    update = truth(fields.pop("_update", None))
    time, ordered = track.said(fields.pop("_timestamp", None), request.received)
    related = kept(fields.pop("cio_relationships", None))
    for name in ("id", "anonymous_id"):
        value = track.limited(fields.pop(name, None), name)
        if value is not None and (name, value) not in who:
            who.append((name, value))
    track.limited(fields.get("email"), "email")
    fields, consent = agreed(fields, source.name)
    bodies: list[Body] = [Identify(track.attributes(fields), create=not update)]
    if consent is not None:
        bodies.append(consent)
    bodies += track.relations(related.get("relationships"), related.get("action") == "delete_relationships")
    return sealed(source, tuple(who), time, request.received, bodies, ordered=ordered), []


def _about(make: Callable[[], Body]) -> Handler:
    def read(source: Source, arguments: Arguments, body: dict[str, Any], request: Request) -> Any:
        return sealed(source, (person_of(arguments[0]),), request.received, request.received, [make()]), []

    return read


def _happened(source: Source, arguments: Arguments, body: dict[str, Any], request: Request) -> Any:
    """An event, of somebody or of a visitor. One without anybody (an invitation) has no effect and is listed as refused."""
    kind = _KINDS.get(body.get("type") or "event") if isinstance(body.get("type") or "", str) else None
    if kind is None:
        raise Unfit("type must be one of event, page, screen")
    event: Event = track.event(body, "data", kind)
    who = [person_of(text) for text in arguments]
    visitor = track.limited(body.get("anonymous_id"), "anonymous_id")
    if visitor is not None:
        who.append(("anonymous_id", visitor))
    time = track.when(body.get("timestamp"), request.received)
    records = sealed(source, tuple(who), time, request.received, [event], track.message_of(body))
    if who:
        return records, []
    invited = event.properties.get("recipient")
    told_of = [("email", invited)] if isinstance(invited, str) else []
    says = "the event is about nobody: it names neither a person nor an anonymous_id"
    return [], [Refused(says, records[0], told_of)]


def _add_device(source: Source, arguments: Arguments, body: dict[str, Any], request: Request) -> Any:
    fields = body.get("device")
    if not isinstance(fields, dict):
        raise Unfit("device cannot be blank")
    used = unix(fields.get("last_used"))
    time = request.received if used is None else min(used, request.received)
    who = (person_of(arguments[0]),)
    return sealed(source, who, time, request.received, [track.device(fields, "id")]), []


def _remove_device(source: Source, arguments: Arguments, body: dict[str, Any], request: Request) -> Any:
    gone = Device(arguments[1], gone=True)
    return sealed(source, (person_of(arguments[0]),), request.received, request.received, [gone]), []


def _merge(source: Source, arguments: Arguments, body: dict[str, Any], request: Request) -> Any:
    primary, secondary = track.one_of(kept(body.get("primary"))), track.one_of(kept(body.get("secondary")))
    return sealed(source, (primary,), request.received, request.received, [Merge(secondary)]), []


def _members(on: bool) -> Handler:
    def read(source: Source, arguments: Arguments, body: dict[str, Any], request: Request) -> Any:
        ids, kind = body.get("ids"), request.query.get("id_type", "id")
        if not isinstance(ids, list) or not 1 <= len(ids) <= 1000:
            raise Unfit("ids must be a list of 1 to 1000 identifiers")
        if kind not in ("id", "email", "cio_id"):
            raise Unfit("id_type must be one of id, email, cio_id")
        people = [track.named(kind, value) for value in map(track.limited, ids) if value is not None]
        now, found = request.received, []
        for person in people:
            found += sealed(source, (person,), now, now, [Member(arguments[0], on)])
        return found, []

    return read


def _form(source: Source, arguments: Arguments, body: dict[str, Any], request: Request) -> Any:
    data = body.get("data")
    if not isinstance(data, dict):
        raise Unfit("data must be a hash")
    fields = {name: value for name, value in data.items() if name not in _FORM}
    who = [named for kind in ("id", "email") if (named := _given(kind, fields.get(kind))) is not None]
    if not who:
        raise Unfit("data must hold an id or an email")
    fields.pop("id", None)
    checked = track.attributes(fields)
    event = Event("Form Submitted", {"form_id": arguments[0], **checked})
    return sealed(source, tuple(who), request.received, request.received, [Identify(checked), event]), []


def _given(kind: str, value: Any) -> Identifier | None:
    found = track.limited(value, kind)
    return None if found is None else track.named(kind, found)


_ROUTES: Final[Sequence[tuple[str, Sequence[str], Handler]]] = (
    ("PUT", ("customers", "*"), _identify),
    ("DELETE", ("customers", "*"), _about(Delete)),
    ("POST", ("customers", "*", "events"), _happened),
    ("PUT", ("customers", "*", "devices"), _add_device),
    ("DELETE", ("customers", "*", "devices", "*"), _remove_device),
    ("POST", ("customers", "*", "suppress"), _about(Suppress)),
    ("POST", ("customers", "*", "unsuppress"), _about(Unsuppress)),
    ("POST", ("events",), _happened),
    ("POST", ("merge_customers",), _merge),
    ("POST", ("segments", "*", "add_customers"), _members(True)),
    ("POST", ("segments", "*", "remove_customers"), _members(False)),
    ("POST", ("forms", "*", "submit"), _form),
)
