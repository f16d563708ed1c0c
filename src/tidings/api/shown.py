"""People, their messages and what happened to them, as this API shows them."""

from typing import Any, Final

import msgspec

from tidings.delivery.delivery import OUTCOMES, Delivery
from tidings.history import Entry, kinds, unpack
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import Record
from tidings.kernel.times import Instant, show_iso
from tidings.people.document import Person, identifier
from tidings.people.rejected import Refused

KINDS: Final = {
    "track": kinds.TRACK,
    "page": kinds.PAGE,
    "screen": kinds.SCREEN,
    "message": kinds.MESSAGE,
    "attributes": kinds.ATTRIBUTES,
    "group": kinds.GROUP,
    "consent": kinds.CONSENT,
    "device": kinds.DEVICE,
    "link": kinds.LINK,
    "enter": kinds.ENTER,
    "segment": kinds.MEMBERSHIP,
    "journey": kinds.MOVED,
    "planned": kinds.PLANNED,
    "answered": kinds.ANSWERED,
}
_NAMES: Final = {number: name for name, number in KINDS.items()}


def person(who: Person, control: bool = False) -> dict[str, Any]:
    """Show a person in full. ``control``: they are in the control group."""
    return {
        **brief(who),
        "control_group": control,
        "identifiers": [{"kind": kind, "value": value} for kind, value in who.identifiers],
        "attributes": who.attributes,
        "consent": {
            "unsubscribed": who.consent.unsubscribed,
            "topics": who.consent.topics,
            "channels": who.consent.channels,
            "said": _time(who.consent.said),
        },
        "devices": [
            {
                "token": device.token,
                "platform": device.platform,
                "last_used": _time(device.last_used),
                "attributes": device.attributes,
            }
            for device in who.devices
        ],
        "groups": [
            {
                "type": group.type,
                "key": group.key,
                "since": _time(group.since),
                "attributes": group.attributes,
                "relation": group.relation,
            }
            for group in who.groups
        ],
        "segments": [{"segment": name, "since": show_iso(since)} for name, since in sorted(who.segments.items())],
        "journeys": [
            {
                "journey": run.journey,
                "version": run.version,
                "step": run.step,
                "since": show_iso(run.entered),
                "next": _time(run.wake),
                "parked": run.parked,
            }
            for run in who.runs
            if run.ended is None
        ],
    }


def brief(who: Person) -> dict[str, Any]:
    """Show a person in a list. ``person``: our own id for them, the ``cio_id`` of Customer.io's API. ``id``: the one they had before
    those of people they absorbed."""
    return {
        "person": show_id(who.id),
        "id": identifier(who, "id"),
        "email": identifier(who, "email"),
        "anonymous_ids": [value for kind, value in who.identifiers if kind == "anonymous_id"],
        "created": show_iso(who.created),
        "last_seen": _time(who.last_seen),
    }


def row(entry: Entry) -> dict[str, Any]:
    """Show a row of history."""
    return {
        "time": show_iso(entry.time),
        "received": show_iso(entry.received),
        "kind": _NAMES.get(entry.kind, "other"),
        "name": entry.name,
        "data": msgspec.to_builtins(unpack(entry.body), enc_hook=str),
        "cursor": f"{entry.time}-{entry.id.hex()}",
    }


def delivery(each: Delivery) -> dict[str, Any]:
    """Show a delivery: what was meant, how it stands, and what became of it."""
    return {
        "id": each.public,
        "person": show_id(each.person),
        "channel": each.channel,
        "template": each.template,
        "journey": each.journey,
        "version": each.version,
        "step": each.step,
        "topic": each.topic,
        "due": show_iso(each.due),
        "expires": _time(each.expires),
        "state": each.state,
        "reason": each.reason,
        "recipient": each.recipient,
        "attempts": each.attempts,
        "outcomes": {name: show_iso(at) for name in OUTCOMES if (at := getattr(each, f"{name}_at", None)) is not None},
    }


def refused(each: Refused, sources: dict[int, str]) -> dict[str, Any]:
    """Show an entry of the rejected list."""
    return {
        "id": each.id,
        "at": show_iso(each.at),
        "source": sources.get(each.source, ""),
        "reason": each.reason,
        "replayed": _time(each.replayed_at),
        "record": record(each.record),
    }


def record(each: Record) -> dict[str, Any]:
    """Show a record."""
    said = msgspec.to_builtins(msgspec.structs.asdict(each.body), enc_hook=str)
    return {
        "is": type(each.body).__name__.lower(),
        "who": [{"kind": kind, "value": value} for kind, value in each.who],
        "time": show_iso(each.time),
        "received": show_iso(each.received),
        "message_id": each.message_id,
        **{"says": said},
    }


def _time(at: Instant | None) -> str | None:
    return show_iso(at) if at else None
