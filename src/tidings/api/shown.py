"""People, their messages and what happened to them, as this API shows them."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from msgspec import Struct, field
from msgspec.structs import asdict

from tidings.delivery.delivery import OUTCOMES, Delivery
from tidings.engine.lacking import Lacking
from tidings.history import Entry, kinds, unpack
from tidings.kernel.ids import show as show_id
from tidings.kernel.ids import show_delivery
from tidings.kernel.records import Consent as Agreed
from tidings.kernel.records import Device as Handset
from tidings.kernel.records import Group as Joined
from tidings.kernel.records import GroupChanged, Record, Ungroup
from tidings.kernel.times import Instant, show_iso
from tidings.people import store
from tidings.people.document import Person, identifier
from tidings.people.rejected import Refused
from tidings.project.also import Also
from tidings.rules.attributes import reader

KINDS: Final = {
    "track": kinds.TRACK,
    "page": kinds.PAGE,
    "screen": kinds.SCREEN,
    "message": kinds.MESSAGE,
    "attributes": kinds.ATTRIBUTES,
    "outdated": kinds.OUTDATED,
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
_BODIES: Final = {body.__struct_config__.tag: body for body in (Agreed, Handset, Joined, Ungroup, GroupChanged)}


class Named(Struct):
    """An identifier: ``kind`` is id, email, anonymous_id or cio_id."""

    kind: str
    value: str


class Consent(Struct):
    """What a person agreed to: about everything, by topic, by channel. ``said``: when they last spoke of it."""

    unsubscribed: bool
    topics: dict[str, bool]
    channels: dict[str, bool]
    said: str | None


class Device(Struct):
    """A device that push messages reach."""

    token: str
    platform: str
    last_used: str | None
    attributes: dict[str, Any]


class Group(Struct):
    """A group a person is in. ``attributes``: the group's; ``relation``: of this membership."""

    type: str
    key: str
    since: str | None
    attributes: dict[str, Any]
    relation: dict[str, Any]


class Membership(Struct):
    """A segment a person is in, and since when."""

    segment: str
    since: str


class Standing(Struct):
    """A run that goes on. ``step``: where it stands; ``next``: when it wakes; ``parked``: why it stands still, or ""."""

    journey: str
    version: int
    step: str
    since: str
    next: str | None
    parked: str


class Brief(Struct):
    """A person in a list. ``person``: our own id for them, the ``cio_id`` of Customer.io's API. ``id``: the one they had before those of
    people they absorbed."""

    person: str
    id: str | None
    email: str | None
    name: str | None
    anonymous_ids: list[str]
    created: str
    last_seen: str | None


class Listed(Brief):
    """A person in a list with the attributes asked for; those they lack are left out."""

    values: dict[str, Any] = {}


class Whole(Brief):
    """A person in full. ``control_group``: they never get marketing, so that its effect can be told."""

    control_group: bool
    identifiers: list[Named]
    attributes: dict[str, Any]
    consent: Consent
    devices: list[Device]
    groups: list[Group]
    segments: list[Membership]
    journeys: list[Standing]


class Row(Struct):
    """Something that happened to a person. ``kind``: one of `KINDS`; ``cursor``: what comes before it is the page after it.
    ``also``: the derived events that an event is. ``context``: what the message said beside it, as it was sent, such as `context`,
    `integrations`, `sentAt`, `timestamp` and `originalTimestamp`; null where that is nothing."""

    time: str
    received: str
    kind: str
    name: str
    data: Any
    cursor: str
    also: list[str]
    context: dict[str, Any] | None = None


class Message(Struct):
    """A delivery: what was meant, how it stands (``state``, ``reason``), and what became of it (``outcomes``: names and moments).
    ``again_of`` and ``again_as``: the delivery it is sent again for, and the one it was sent again as; ``asked_by``: who asked.
    ``waits``: until when a planned one does; the ``reason`` says why, if something holds it back. ``whom``: where there is no
    ``recipient`` (it was never handed over), what whoever it was for is called."""

    id: str
    person: str
    channel: str
    template: str
    journey: str
    version: int
    step: str
    topic: str
    due: str
    expires: str | None
    state: str
    reason: str
    recipient: str
    attempts: int
    outcomes: dict[str, str]
    again_of: str
    again_as: str
    asked_by: str
    waits: str | None
    whom: str


class Said(Struct):
    """A record: ``is`` names its kind, ``says`` holds what that kind carries, ``context`` what its message said beside that."""

    what: str = field(name="is")
    who: list[Named]
    time: str
    received: str
    message_id: str
    says: Any
    context: dict[str, Any] = {}


class Rejected(Struct):
    """An entry of the rejected list. ``replayed``: when it was put into the log once more."""

    id: int
    at: str
    source: str
    reason: str
    replayed: str | None
    record: Said


class Clause(Struct):
    """A clause that should hold and does not. ``of``: what it belongs to, such as ``audience``; ``saw``: what it looked at; ``last_true``:
    when it last held (of a clause about the starting event: when the last came of which it held), null where it never did or that is not
    kept; ``says``: the same in words."""

    of: str
    clause: str
    saw: str
    last_true: str | None
    says: str


def person(who: Person, control: bool = False) -> Whole:
    """Show a person in full. ``control``: they are in the control group."""
    consent = who.consent
    return Whole(
        **msgspec.structs.asdict(brief(who)),
        control_group=control,
        identifiers=[Named(kind, value) for kind, value in who.identifiers],
        attributes=who.attributes,
        consent=Consent(consent.unsubscribed, consent.topics, consent.channels, _time(consent.said)),
        devices=[Device(each.token, each.platform, _time(each.last_used), each.attributes) for each in who.devices],
        groups=[Group(each.type, each.key, _time(each.since), each.attributes, each.relation) for each in who.groups],
        segments=[Membership(name, show_iso(since)) for name, since in sorted(who.segments.items())],
        journeys=[
            Standing(run.journey, run.version, run.step, show_iso(run.entered), _time(run.wake), run.parked)
            for run in who.runs
            if run.ended is None
        ],
    )


def brief(who: Person) -> Brief:
    """Show a person in a list."""
    return Brief(
        show_id(who.id),
        identifier(who, "id"),
        identifier(who, "email"),
        store.name_of(who),
        [value for kind, value in who.identifiers if kind == "anonymous_id"],
        show_iso(who.created),
        _time(who.last_seen),
    )


def listed(who: Person, attributes: Iterable[str]) -> Listed:
    """Show a person in a list, with some attributes."""
    values = {name: value for name in attributes if (value := attribute(who, name)) is not None}
    return Listed(**asdict(brief(who)), values=values)


def attribute(who: Person, name: str) -> Any:
    """Give an attribute, or what one has in it: ``address.city``; None where there is none."""
    return who.attributes[name] if name in who.attributes else reader(tuple(name.split(".")))(who.attributes)


def row(entry: Entry, cursor: str, also: Also) -> Row:
    """Show a row of history. ``also``: what else events are, by the definitions in force."""
    kind, said = _NAMES.get(entry.kind, "other"), _named(unpack(entry.body))
    if entry.kind == kinds.PLANNED and isinstance(said, dict):
        said["delivery"] = show_delivery(entry.partition, entry.id)
    if isinstance(said, dict) and isinstance(run := said.get("run"), bytes):
        said["run"] = show_id(run)
    return Row(
        show_iso(entry.time),
        show_iso(entry.received),
        kind,
        entry.name,
        msgspec.to_builtins(said, enc_hook=str),
        cursor,
        also.names(kind, entry.name, said) if kind in kinds.EVENTS else [],
        unpack(entry.context) if entry.context else None,
    )


def _named(said: Any) -> Any:
    """Give a record's body as history keeps it, a list that begins with what it is, with the names of its fields."""
    body = _BODIES.get(said[0]) if isinstance(said, list) and said and isinstance(said[0], str) else None
    return {"is": said[0], **dict(zip(body.__struct_fields__, said[1:], strict=False))} if body is not None else said


def message(each: Delivery, whom: str = "") -> Message:
    """Show a delivery. ``whom``: see `Message`."""
    return Message(
        each.public,
        show_id(each.person),
        each.channel,
        each.template,
        each.journey,
        each.version,
        each.step,
        each.topic,
        show_iso(each.due),
        _time(each.expires),
        each.state,
        each.reason,
        each.recipient,
        each.attempts,
        {name: show_iso(at) for name in OUTCOMES if (at := getattr(each, f"{name}_at", None)) is not None},
        each.again_of,
        each.again_as,
        each.asked_by,
        show_iso(max(each.next_attempt, each.due)) if each.state == "planned" else None,
        whom,
    )


def refused(each: Refused, sources: dict[int, str]) -> Rejected:
    """Show an entry of the rejected list. ``sources``: names by id."""
    source = sources.get(each.source, "")
    return Rejected(each.id, show_iso(each.at), source, each.reason, _time(each.replayed_at), record(each.record))


def record(each: Record) -> Said:
    """Show a record."""
    return Said(
        type(each.body).__name__.lower(),
        [Named(kind, value) for kind, value in each.who],
        show_iso(each.time),
        show_iso(each.received),
        each.message_id,
        msgspec.to_builtins(msgspec.structs.asdict(each.body), enc_hook=str),
        each.context,
    )


def clause(each: Lacking) -> Clause:
    """Show what keeps somebody out."""
    last = each.last
    if last is None:
        return Clause(each.of, each.clause, each.saw, None, "")
    return Clause(each.of, each.clause, each.saw, _time(last.until), last.says())


def _time(at: Instant | None) -> str | None:
    return show_iso(at) if at else None
