"""What both versions of Customer.io's Track API share: keys, limits, identifiers, and the texts of refusals."""

import json
import re
from typing import Any, Final

from tidings.database.access import Source
from tidings.ingest.check import Malformed, identifier, kept, read
from tidings.ingest.moments import AHEAD, unix
from tidings.ingest.request import Keys, Request, basic
from tidings.ingest.sealed import email, group_type
from tidings.ingest.unfit import Unfit
from tidings.kernel.records import Device, Event, Group, Identifier, Ungroup

OK: Final = b"{}\n"
IDENTIFIER: Final = 150
ATTRIBUTES: Final = 300
NAME: Final = 150
VALUE: Final = 1000
EVENT: Final = 100
DATA: Final = 100_000
_ULID: Final = re.compile("[0-9A-HJKMNP-TV-Z]{26}", re.IGNORECASE)
_E164: Final = re.compile("[+][1-9][0-9]{1,14}")


def source_of(request: Request, keys: Keys) -> Source | None:
    """Find whose site id and key a request carries."""
    login = basic(request.headers)
    source = keys(f"{login[0]}:{login[1]}") if login else None
    return source if source is not None and source.kind == "track" else None


def body_of(body: bytes) -> dict[str, Any]:
    """Read a body that is an object, or nothing; raises `Malformed`."""
    if not body.strip():
        return {}
    value = read(body)
    if not isinstance(value, dict):
        raise Malformed("the body is not an object")
    return value


def limited(value: Any, what: str = "id") -> str | None:
    """Read an identifier of at most 150 bytes."""
    if isinstance(value, str) and len(value.encode()) > IDENTIFIER:
        raise Unfit(f"{what} cannot be longer than {IDENTIFIER} bytes")
    return identifier(value)


def attributes(given: dict[str, Any]) -> dict[str, Any]:
    """Check attributes; an empty text removes one, as a null does."""
    if len(given) > ATTRIBUTES:
        raise Unfit(f"cannot identify more than {ATTRIBUTES} attributes in one request")
    checked = {}
    for name, value in given.items():
        if len(name) > NAME // 4 and len(name.encode()) > NAME:
            raise Unfit(f"attribute name cannot be longer than {NAME} bytes")
        if _size(value) > VALUE:
            raise Unfit(f"value for attribute '{name}' cannot be longer than {VALUE} bytes")
        checked[name] = None if value == "" else value
    return checked


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    if isinstance(value, dict | list):
        return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
    return 0


def event(fields: dict[str, Any], key: str, kind: Any) -> Event:
    """Read an event; ``key``: under which its data stands."""
    name = fields.get("name")
    name = name.strip() if isinstance(name, str) else ""
    if not name:
        raise Unfit("name cannot be blank")
    most = EVENT if kind == "track" else VALUE
    if len(name.encode()) > most:
        raise Unfit(f"event name cannot be longer than {most} bytes")
    data = fields.get(key)
    if data is not None and not isinstance(data, dict):
        raise Unfit("event data must be a hash")
    if data and _size(data) > DATA:
        raise Unfit(f"event data cannot be longer than {DATA} bytes")
    return Event(name, data or {}, kind)


def when(value: Any, received: int) -> int:
    """Give the time a call says, where that is unix time within bounds; else the time of receipt."""
    own = unix(value)
    return received if own is None or own > received + AHEAD else own


def said(value: Any, received: int) -> tuple[int, bool]:
    """Give when attributes were said, and whether the call tells that, so that what was said later stays."""
    own = unix(value)
    return (received, False) if own is None or own > received + AHEAD else (own, True)


def message_of(fields: dict[str, Any]) -> str:
    """Give an event's ULID, by which a repeat is known; any other id says nothing."""
    id = fields.get("id")
    return id.upper() if isinstance(id, str) and _ULID.fullmatch(id) else ""


def device(fields: dict[str, Any], key: str) -> Device:
    """Read a device; what it has beside the known fields counts as attributes too, as the Python library sends them."""
    token, platform = fields.get(key), fields.get("platform")
    if not isinstance(token, str) or not token.strip():
        raise Unfit(f"device {key} cannot be blank")
    if len(token) > 4096:
        raise Unfit(f"device {key} cannot be longer than 4096 characters")
    platform = platform.lower() if isinstance(platform, str) else ""
    if platform not in ("ios", "android"):
        raise Unfit("device platform must be ios or android")
    extras = {n: v for n, v in fields.items() if n not in (key, "platform", "last_used", "attributes")}
    return Device(token, platform, attributes({**extras, **kept(fields.get("attributes"))}))


def relations(listed: Any, leave: bool) -> list[Group | Ungroup]:
    """Read relationships of a person to objects."""
    found: list[Group | Ungroup] = []
    for each in listed if isinstance(listed, list) else []:
        kind, key = object_of(kept(kept(each).get("identifiers")))
        if leave:
            found.append(Ungroup(kind, key))
        else:
            relation = each.get("relationship_attributes")
            found.append(Group(kind, key, {}, relation if isinstance(relation, dict) else None))
    return found


def object_of(identifiers: dict[str, Any]) -> tuple[str, str]:
    """Read which object is meant."""
    key = limited(identifiers.get("object_id"), "object_id")
    if key is None:
        raise Unfit("identifiers must hold object_type_id and object_id")
    return group_type(identifiers.get("object_type_id")), key


def one_of(identifiers: dict[str, Any], kinds: tuple[str, ...] = ("id", "email", "cio_id")) -> Identifier:
    """Read exactly one identifier."""
    given = [(kind, found) for kind in kinds if (found := limited(identifiers.get(kind), kind)) is not None]
    if len(given) != 1:
        raise Unfit(f"identifiers must hold exactly one of {', '.join(kinds)}")
    kind, value = given[0]
    return named(kind, value)


def named(kind: str, value: str) -> Identifier:
    """Give an identifier as it is compared. A phone number is an id here, written as E.164 asks."""
    if kind == "phone" and not _E164.fullmatch(value):
        raise Unfit("phone must be a number like +4915112345678")
    if kind == "email":
        return "email", email(value)
    return ("id", value) if kind == "phone" else (kind, value.removeprefix("cio_") if kind == "cio_id" else value)
