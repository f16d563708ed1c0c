"""Customer.io's Track API, version 2: one operation, or a batch of which each stands or falls alone (207)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from tidings.database.access import Source
from tidings.ingest import track
from tidings.ingest.check import Malformed, kept, read
from tidings.ingest.consent import agreed, truth
from tidings.ingest.metrics import receipt
from tidings.ingest.moments import unix
from tidings.ingest.request import Answer, Keys, Request, as_json
from tidings.ingest.sealed import sealed
from tidings.ingest.track_v1 import error as error_of_v1
from tidings.ingest.unfit import Unfit
from tidings.kernel.records import (
    Body,
    Delete,
    Device,
    Group,
    Identifier,
    Identify,
    Merge,
    Record,
    Suppress,
    Ungroup,
    Unsuppress,
)

OPERATION: Final = 32 * 1024
BATCH: Final = 500 * 1024
_ONE: Final = ("id", "email", "phone", "cio_id")


OPERATIONS: Final = 10_000
"""Operations of a batch. As many bytes hold no more that say anything, but a quarter of a million that say nothing, each with a fault."""


class _Invalid(Unfit):
    """What is wrong with one operation; ``reason``: required or invalid."""

    def __init__(self, field: str, message: str, reason: str = "invalid") -> None:
        super().__init__(message)
        self.field, self.reason = field, reason


def answer(request: Request, keys: Keys) -> Answer:
    """Translate one request; ``path``: the segments after ``/api/v2``."""
    source = track.source_of(request, keys)
    if source is None:
        return error_of_v1(401, "Unauthorized request")
    path = list(request.path)
    if path not in (["entity"], ["batch"]) or request.method != "POST":
        status = 405 if path in (["entity"], ["batch"]) else 404
        return _wrong(
            [{"reason": "invalid", "field": "", "message": "there is no such method and path"}], source, status
        )
    limit = BATCH if path == ["batch"] else OPERATION
    if len(request.body) > limit:
        return _refused(source, "too_large", "", f"the request is larger than {limit >> 10} KB")
    try:
        value = read(request.body)
    except Malformed as fault:
        return _refused(source, "invalid", "", str(fault))
    if path == ["entity"]:
        return _entity(source, value, request.received)
    listed = value.get("batch") if isinstance(value, dict) else None
    if not isinstance(listed, list):
        return _refused(source, "required", "batch", "batch must be a list of operations")
    if len(listed) > OPERATIONS:
        return _refused(source, "too_large", "batch", f"a batch holds at most {OPERATIONS:,} operations")
    return _batch(source, listed, request.received, len(request.body) > OPERATION)


def error(status: int, reason: str, message: str) -> Answer:
    """Give the error of a request that is wrong as a whole."""
    return Answer(status, as_json({"errors": [{"reason": reason, "field": "", "message": message}]}))


def _entity(source: Source, operation: Any, received: int) -> Answer:
    try:
        records = _records(source, operation, received)
    except ValueError as fault:
        return _wrong([_fault(fault)], source)
    return Answer(200, track.OK, records, source=source)


def _batch(source: Source, operations: list[Any], received: int, measure: bool) -> Answer:
    records: list[Record] = []
    faults = []
    for index, operation in enumerate(operations):
        try:
            if measure and len(msgspec.json.encode(operation)) > OPERATION:
                raise _Invalid("", f"the operation is larger than {OPERATION >> 10} KB", "too_large")
            records += _records(source, operation, received)
        except ValueError as fault:
            faults.append({"batch_index": index, **_fault(fault)})
    if not faults:
        return Answer(200, track.OK, records, source=source)
    return Answer(207, as_json({"errors": faults}), records, source=source)


def _fault(fault: ValueError) -> dict[str, Any]:
    text = str(fault)
    reason = getattr(fault, "reason", "required" if "blank" in text or "must hold" in text else "invalid")
    field = getattr(fault, "field", text.split(" ", 1)[0] if "blank" in text or "must hold" in text else "")
    return {"reason": reason, "field": field, "message": text}


def _refused(source: Source, reason: str, field: str, message: str) -> Answer:
    return _wrong([{"reason": reason, "field": field, "message": message}], source)


def _wrong(faults: list[dict[str, Any]], source: Source, status: int = 400) -> Answer:
    return Answer(status, as_json({"errors": faults}), source=source)


def _records(source: Source, operation: Any, received: int) -> list[Record]:
    if not isinstance(operation, dict):
        raise _Invalid("", "an operation is an object")
    kind, action = operation.get("type"), operation.get("action")
    if kind is None and isinstance(operation.get("identifiers"), dict) and "object_id" in operation["identifiers"]:
        kind = "object"
    readers = _TYPES.get(kind) if isinstance(kind, str) else None
    if readers is None:
        reason = "invalid" if kind else "required"
        raise _Invalid("type", f"type must be one of {', '.join(_TYPES)}", reason)
    reader = readers.get(action) if isinstance(action, str) else None
    if reader is None:
        reason = "invalid" if action else "required"
        raise _Invalid("action", f"action of a {kind} must be one of {', '.join(readers)}", reason)
    return reader(source, operation, received)


def _who(operation: dict[str, Any]) -> tuple[Identifier, ...]:
    """One identifier, and beside or instead of it an anonymous id."""
    identifiers = kept(operation.get("identifiers"))
    visitor = track.limited(identifiers.get("anonymous_id") or operation.get("anonymous_id"), "anonymous_id")
    if visitor is not None and all(identifiers.get(kind) in (None, "") for kind in _ONE):
        return (("anonymous_id", visitor),)
    try:
        one = track.one_of(identifiers, _ONE)
    except Unfit as fault:
        raise _Invalid("identifiers", str(fault), "invalid" if identifiers else "required") from None
    return (one,) if visitor is None else (one, ("anonymous_id", visitor))


def _identify(source: Source, operation: dict[str, Any], received: int) -> list[Record]:
    who = _who(operation)
    fields = _object(operation, "attributes")
    update = truth(fields.pop("_update", None))
    time, ordered = track.said(fields.pop("_timestamp", operation.get("timestamp")), received)
    own = track.limited(fields.pop("id", None))
    if own is not None and ("id", own) not in who:
        who = (*who, ("id", own))
    related = fields.pop("cio_relationships", None) or operation.get("cio_relationships")
    track.limited(fields.get("email"), "email")
    fields, consent = agreed(fields, source.name)
    bodies: list[Body] = [Identify(track.attributes(fields), create=not update)]
    if consent is not None:
        bodies.append(consent)
    bodies += track.relations(related, False)
    return sealed(source, who, time, received, bodies, ordered=ordered)


def _happened(kind: Any) -> Callable[[Source, dict[str, Any], int], list[Record]]:
    def read(source: Source, operation: dict[str, Any], received: int) -> list[Record]:
        event = track.event(operation, "attributes", kind)
        time = track.when(operation.get("timestamp"), received)
        return sealed(source, _who(operation), time, received, [event], track.message_of(operation))

    return read


def _about(make: Callable[[], Body]) -> Callable[[Source, dict[str, Any], int], list[Record]]:
    def read(source: Source, operation: dict[str, Any], received: int) -> list[Record]:
        return sealed(source, _who(operation), received, received, [make()])

    return read


def _relate(leave: bool) -> Callable[[Source, dict[str, Any], int], list[Record]]:
    def read(source: Source, operation: dict[str, Any], received: int) -> list[Record]:
        bodies = track.relations(operation.get("cio_relationships"), leave)
        if not bodies:
            raise _Invalid("cio_relationships", "cio_relationships must be a list with at least one object", "required")
        return sealed(source, _who(operation), received, received, bodies)

    return read


def _add_device(source: Source, operation: dict[str, Any], received: int) -> list[Record]:
    fields = _object(operation, "device")
    used = unix(fields.get("last_used"))
    time = received if used is None else min(used, received)
    return sealed(source, _who(operation), time, received, [track.device(fields, "token")])


def _delete_device(source: Source, operation: dict[str, Any], received: int) -> list[Record]:
    token = _object(operation, "device").get("token")
    if not isinstance(token, str) or not token:
        raise _Invalid("device", "device token cannot be blank", "required")
    return sealed(source, _who(operation), received, received, [Device(token, gone=True)])


def _merge(source: Source, operation: dict[str, Any], received: int) -> list[Record]:
    sides = []
    for side in ("primary", "secondary"):
        try:
            sides.append(track.one_of(kept(operation.get(side)), _ONE))
        except Unfit as fault:
            raise _Invalid(side, str(fault), "required") from None
    return sealed(source, (sides[0],), received, received, [Merge(sides[1])])


def _identify_object(source: Source, operation: dict[str, Any], received: int) -> list[Record]:
    kind, key = track.object_of(kept(operation.get("identifiers")))
    fields = track.attributes(_object(operation, "attributes"))
    records = sealed(source, (), received, received, [Group(kind, key, fields, member=False)])
    return records + _members(source, operation, kind, key, received, leave=False)


def _relate_object(leave: bool) -> Callable[[Source, dict[str, Any], int], list[Record]]:
    def read(source: Source, operation: dict[str, Any], received: int) -> list[Record]:
        kind, key = track.object_of(kept(operation.get("identifiers")))
        return _members(source, operation, kind, key, received, leave)

    return read


def _members(
    source: Source, operation: dict[str, Any], kind: str, key: str, received: int, leave: bool
) -> list[Record]:
    records: list[Record] = []
    listed = operation.get("cio_relationships")
    for each in listed if isinstance(listed, list) else []:
        relation = kept(each).get("relationship_attributes")
        body = Ungroup(kind, key) if leave else Group(kind, key, {}, relation if isinstance(relation, dict) else None)
        records += sealed(source, _who(kept(each)), received, received, [body])
    return records


def _delete_object(source: Source, operation: dict[str, Any], received: int) -> list[Record]:
    kind, key = track.object_of(kept(operation.get("identifiers")))
    return sealed(source, (), received, received, [Ungroup(kind, key, whole=True)])


def _delivery(source: Source, operation: dict[str, Any], received: int) -> list[Record]:
    id = operation.get("id") or kept(operation.get("identifiers")).get("id")
    name = operation.get("name")
    if name not in ("opened", "converted", "delivered"):
        raise _Invalid("name", "name must be one of opened, converted, delivered")
    attributes = _object(operation, "attributes")
    token = attributes.get("device_token")
    if not isinstance(token, str) or not token:
        raise _Invalid("device_token", "device_token cannot be blank", "required")
    body = receipt(id, name, attributes)
    time = track.when(operation.get("timestamp"), received)
    return sealed(source, (), time, received, [body])


def _object(operation: dict[str, Any], field: str) -> dict[str, Any]:
    value = operation.get(field)
    if value is not None and not isinstance(value, dict):
        raise _Invalid(field, f"{field} must be a hash")
    return dict(value or {})


Reader = Callable[[Source, dict[str, Any], int], list[Record]]
_TYPES: Final[Mapping[str, Mapping[str, Reader]]] = {
    "person": {
        "identify": _identify,
        "delete": _about(Delete),
        "event": _happened("track"),
        "page": _happened("page"),
        "screen": _happened("screen"),
        "add_relationships": _relate(False),
        "delete_relationships": _relate(True),
        "add_device": _add_device,
        "delete_device": _delete_device,
        "merge": _merge,
        "suppress": _about(Suppress),
        "unsuppress": _about(Unsuppress),
    },
    "object": {
        "identify": _identify_object,
        "identify_anonymous": _identify_object,
        "delete": _delete_object,
        "add_relationships": _relate_object(False),
        "delete_relationships": _relate_object(True),
    },
    "delivery": {"event": _delivery},
}
