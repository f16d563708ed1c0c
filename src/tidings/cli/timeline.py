"""A person, their messages and what happened to them: as plain data for programs, and in few words for people."""

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tidings.delivery.delivery import Delivery
from tidings.history import Entry, kinds, unpack
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import Consent, Device, Group, GroupChanged, Ungroup
from tidings.kernel.times import show_iso, to_datetime
from tidings.people.document import Person

_NAMES: Final[Mapping[int, str]] = {
    kinds.TRACK: "track",
    kinds.PAGE: "page",
    kinds.SCREEN: "screen",
    kinds.MESSAGE: "message",
    kinds.ATTRIBUTES: "attributes",
    kinds.OUTDATED: "outdated",
    kinds.GROUP: "group",
    kinds.CONSENT: "consent",
    kinds.DEVICE: "device",
    kinds.LINK: "link",
    kinds.ENTER: "enter",
    kinds.BEFELL: "befell",
    kinds.TAKEN: "taken",
    kinds.MEMBERSHIP: "segment",
    kinds.MOVED: "journey",
    kinds.PLANNED: "planned",
    kinds.ANSWERED: "answered",
}
_LONGEST: Final = 160


def person(who: Person) -> dict[str, Any]:
    """Give the document as plain data."""
    return {
        "id": show_id(who.id),
        "created": show_iso(who.created),
        "last_seen": show_iso(who.last_seen) if who.last_seen else None,
        "identifiers": [{"kind": kind, "value": value} for kind, value in who.identifiers],
        "attributes": who.attributes,
        "segments": [{"segment": name, "since": show_iso(since)} for name, since in sorted(who.segments.items())],
        "groups": [
            {"type": group.type, "key": group.key, "attributes": group.attributes, "relation": group.relation}
            for group in who.groups
        ],
        "devices": [{"token": device.token, "platform": device.platform} for device in who.devices],
        "journeys": [
            {
                "journey": run.journey,
                "version": run.version,
                "step": run.step,
                "since": show_iso(run.entered),
                "next": show_iso(run.wake) if run.wake is not None else None,
            }
            for run in who.runs
            if run.ended is None
        ],
        "consent": _consent(who),
    }


def message(delivery: Delivery) -> dict[str, Any]:
    """Give a delivery in one line."""
    return {
        "id": delivery.public,
        "due": show_iso(delivery.due),
        "channel": delivery.channel,
        "template": delivery.template,
        "state": delivery.state,
        "reason": delivery.reason,
    }


def data(row: Entry) -> dict[str, Any]:
    """Give a row of history as plain data."""
    return {
        "time": show_iso(row.time),
        "received": show_iso(row.received),
        "kind": _NAMES.get(row.kind, "other"),
        "name": row.name,
        "data": plain(body(row)),
        "context": unpack(row.context) if row.context else None,
    }


def words(row: Entry) -> tuple[str, str, str]:
    """Give a row as (time, what, details)."""
    said, kind, time = body(row), _NAMES.get(row.kind, "other"), clock(row.time)
    if row.kind == kinds.MEMBERSHIP:
        return time, f"{'entered' if said.get('on') else 'left'} segment {row.name}", ""
    if row.kind == kinds.MOVED:
        place = f" at {said['step']}" if said.get("step") else ""
        return time, f"journey {row.name}: {said.get('what', '')}{place}", str(said.get("why", ""))
    if row.kind == kinds.PLANNED:
        again = f", again: {said['by']} asked" if said.get("again_of") else ""
        return time, f"planned {said.get('channel', '')} {row.name}", f"by {said.get('journey', '')}{again}"
    if row.kind == kinds.LINK:
        return time, *_linked(row.name, said)
    if row.kind == kinds.ENTER:
        return time, f"called into {row.name}", brief(said)
    if row.kind == kinds.TAKEN:
        return time, f"taken into {row.name}", "it matched already"
    if row.kind == kinds.BEFELL:
        group = f"{said.get('group_type', '')} {said.get('group_id', '')}"
        return time, f"of {group}: {row.name or 'changed'}", brief(said)
    if row.kind == kinds.GROUP:
        return time, *_grouped(unpack(row.body)[0], said)
    return time, f"{kind} {row.name}".strip(), brief(said)


def _grouped(what: str, said: Any) -> tuple[str, str]:
    group = f"{said['type']} {said['key']}"
    if what == "ungroup":
        return (f"{group} was deleted" if said.get("whole") else f"left {group}"), ""
    if what == "group_changed":
        return f"{group} {'was deleted' if said.get('gone') else 'changed'}", brief(said.get("attributes", {}))
    known = {**said.get("attributes", {}), **said.get("relation", {})}
    return f"{'belongs to' if said.get('member') else 'told of'} {group}", brief(known)


_LINKED: Final = {"absorbs": "merged: took over", "absorbed": "merged: went on as", "parted": "unmerged: parted from"}


def _linked(name: str, said: Any) -> tuple[str, str]:
    if name in _LINKED:
        return _LINKED[name], " ".join(show_id(id) for id in said.values())
    taken, released = (
        ", ".join(f"{kind.replace('_', ' ')} {value}" for kind, value in said.get(key) or ())
        for key in ("take", "release")
    )
    return ("known by", taken) if taken else ("no longer known by", released)


def body(row: Entry) -> Any:
    """Read what a row says, with names for its fields."""
    said = unpack(row.body)
    if not isinstance(said, list):
        return said
    record: Any = msgspec.convert(said, Group | GroupChanged | Ungroup | Consent | Device)
    return {name: value for name, value in msgspec.structs.asdict(record).items() if value not in (None, "", {}, False)}


def clock(instant: int) -> str:
    """Print an instant for people: UTC, to the second."""
    return to_datetime(instant).strftime("%Y-%m-%d %H:%M:%S")


def brief(value: Any) -> str:
    """Print a value in one line, not for ever."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, Mapping):
        text = ", ".join(f"{key}: {brief(inner)}" for key, inner in value.items())
    else:
        text = json.dumps(plain(value), ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def plain(value: Any) -> Any:
    """Give any value as plain data; bytes become text."""
    return msgspec.to_builtins(value, enc_hook=str)


def _consent(who: Person) -> dict[str, Any]:
    said = who.consent
    found: dict[str, Any] = {"unsubscribed": True} if said.unsubscribed else {}
    if said.topics:
        found["topics"] = said.topics
    if said.channels:
        found["channels"] = said.channels
    return found
