"""Records: the one canonical input. Whatever changes a person is one of the bodies below, in one envelope.

Stored form: one format byte, then the envelope as a MessagePack array (msgspec, array-like structs). Fields are only ever
appended, on the envelope and on each body, and every appended field has a default.
"""

from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from tidings.kernel.ids import partition_of, read_delivery

FORMAT: Final = 1

Identifier: TypeAlias = tuple[str, str]
"""(kind, value); kinds are ``id``, ``email``, ``anonymous_id`` and ``cio_id`` (the text form of a person's own id)."""

PUBLIC, SECRET, SYSTEM, SIGNED, MISSIGNED = 0, 1, 2, 3, -1
"""Trust: came with a public key; with a secret key; made by Tidings itself; with a public key, and the id it names is signed: that counts
as a secret key, for the person of that id alone; with a public key, and the signature is wrong: that counts for nothing."""


class Identify(Struct, array_like=True, frozen=True, tag_field="is", tag="identify"):
    """Attributes to merge into the person; a null removes one. ``create=False``: only if the person exists (``_update``)."""

    attributes: dict[str, Any]
    create: bool = True


class Event(Struct, array_like=True, frozen=True, tag_field="is", tag="event"):
    """Something that happened. ``kind``: track, page, screen, or message (what became of a delivery).

    ``context``: of the message's what the engine reads.
    """

    name: str
    properties: dict[str, Any]
    kind: Literal["track", "page", "screen", "message"] = "track"
    context: dict[str, Any] = {}


class Group(Struct, array_like=True, frozen=True, tag_field="is", tag="group"):
    """Attributes of a group and, with ``member``, the person's relation to it. ``relation=None`` leaves the relation as it is."""

    type: str
    key: str
    attributes: dict[str, Any] = {}
    relation: dict[str, Any] | None = None
    member: bool = True


class Ungroup(Struct, array_like=True, frozen=True, tag_field="is", tag="ungroup"):
    """The person leaves the group; with ``whole`` the group itself is deleted."""

    type: str
    key: str
    whole: bool = False


class Alias(Struct, array_like=True, frozen=True, tag_field="is", tag="alias"):
    """``previous`` (an ``id`` or an ``anonymous_id``, the caller does not say which) is this person."""

    previous: str


class Merge(Struct, array_like=True, frozen=True, tag_field="is", tag="merge"):
    """The person of ``secondary`` is absorbed by the person the record names."""

    secondary: Identifier


class Unmerge(Struct, array_like=True, frozen=True, tag_field="is", tag="unmerge"):
    """Undo the merge that absorbed the person whose id is ``absorbed``."""

    absorbed: bytes


class Delete(Struct, array_like=True, frozen=True, tag_field="is", tag="delete"):
    """Forget the person: document, history, deliveries, identifiers."""


class Suppress(Struct, array_like=True, frozen=True, tag_field="is", tag="suppress"):
    """Forget the person and refuse its identifiers from now on."""


class Unsuppress(Struct, array_like=True, frozen=True, tag_field="is", tag="unsuppress"):
    """Accept the identifiers again."""


class Device(Struct, array_like=True, frozen=True, tag_field="is", tag="device"):
    """A device that can be pushed to, or with ``gone`` no longer. ``platform`` is ios, android or web."""

    token: str
    platform: str = ""
    attributes: dict[str, Any] = {}
    gone: bool = False


class Consent(Struct, array_like=True, frozen=True, tag_field="is", tag="consent"):
    """What the person agreed to. ``unsubscribed`` is about everything; topics and channels map a name to subscribed or not.

    ``how`` says where it was said (``api``, ``preference page``, ``one-click``, ``sms STOP``), ``by`` who said it.
    """

    unsubscribed: bool | None = None
    topics: dict[str, bool] = {}
    channels: dict[str, bool] = {}
    how: str = "api"
    by: str = ""

    @property
    def is_silent(self) -> bool:
        """Whether nothing is said of anything."""
        return self.unsubscribed is None and not self.topics and not self.channels


class Receipt(Struct, array_like=True, frozen=True, tag_field="is", tag="receipt"):
    """What became of a delivery. ``metric``: sent, delivered, opened, clicked, converted, bounced, complained, unsubscribed,
    failed, dropped, deferred, unknown. ``detail`` may hold reason, href, recipient, machine, value, permanent."""

    delivery: str
    metric: str
    detail: dict[str, Any] = {}


class Member(Struct, array_like=True, frozen=True, tag_field="is", tag="member"):
    """Put the person into a manual segment, or take it out."""

    segment: str
    on: bool


class Control(Struct, array_like=True, frozen=True, tag_field="is", tag="control"):
    """From here on, definitions ``number`` of the workspace are in force in this partition."""

    number: int


class Built(Struct, array_like=True, frozen=True, tag_field="is", tag="built"):
    """Counters read from history for people not yet at definitions ``number``.

    ``people``: (person id, [(counter key, [(time, record id), …]), …]); ``done`` marks the partition's last one.
    ``counted``: keys of all the counters that were looked for, so that one which is not beside a person holds nothing; None: all that
    are new.
    """

    number: int
    people: list[tuple[bytes, list[tuple[bytes, list[tuple[int, bytes]]]]]] = []
    done: bool = False
    counted: list[bytes] | None = None


class Absorb(Struct, array_like=True, frozen=True, tag_field="is", tag="absorb"):
    """The document of ``absorbed`` on its way to the person ``into``."""

    absorbed: bytes
    into: bytes
    document: bytes


class GroupChanged(Struct, array_like=True, frozen=True, tag_field="is", tag="group_changed"):
    """Named attributes of a group, for the members ``people`` who live in this partition."""

    type: str
    key: str
    version: int
    attributes: dict[str, Any]
    people: list[bytes] = []
    gone: bool = False


class GroupEvent(Struct, array_like=True, frozen=True, tag_field="is", tag="group_event"):
    """A member did something that may let members of the group into journeys; on its way to the group.

    ``depth`` and ``way``: of the chain of causes that led to it.
    """

    type: str
    key: str
    event: str
    properties: dict[str, Any] = {}
    depth: int = 0
    way: list[str] = []


class Befell(Struct, array_like=True, frozen=True, tag_field="is", tag="befell"):
    """What happened to a group, for the members ``people`` who live in this partition.

    ``occasion``: 16 bytes, the same for everybody it concerns; ``at``: when, in microseconds. An ``event`` with its properties, or where
    that is "" a change of attributes ``before`` and ``after``: those that changed. ``depth`` and ``way``: of the chain of causes.
    """

    type: str
    key: str
    occasion: bytes
    at: int
    event: str = ""
    properties: dict[str, Any] = {}
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    people: list[bytes] = []
    depth: int = 0
    way: list[str] = []

    @property
    def data(self) -> dict[str, Any]:
        """What a run that begins by it reads as ``event.x``."""
        said = {"group_type": self.type, "group_id": self.key}
        if not self.event:
            return {**said, "before": self.before, "after": self.after}
        return {**self.properties, **said}


class Enter(Struct, array_like=True, frozen=True, tag_field="is", tag="enter"):
    """Let the person into a journey that begins from the API; the run reads ``data`` as ``event.x``. ``quiet``: where there is no such
    person, nothing is said of it."""

    journey: str
    data: dict[str, Any] = {}
    quiet: bool = False


class Touch(Struct, array_like=True, frozen=True, tag_field="is", tag="touch"):
    """Look at the person again; changes nothing by itself."""


class Answered(Struct, array_like=True, frozen=True, tag_field="is", tag="answered"):
    """What came back of a call that a step made. ``value``: any JSON; where not ``ok``, ``reason`` says why there is none.

    ``detail``: more of it, for whoever looks into a fault.
    """

    call: bytes
    ok: bool
    value: Any = None
    reason: str = ""
    detail: str = ""


class Retry(Struct, array_like=True, frozen=True, tag_field="is", tag="retry"):
    """Let the person's runs of a journey that a fault stopped try their step again. ``run``: only this one; b"": all of them."""

    journey: str
    run: bytes = b""


class Postponed(Struct, array_like=True, frozen=True, tag_field="is", tag="postponed"):
    """A call that a run waits for could not be made for a while; it may take until ``until`` (microseconds)."""

    call: bytes
    until: int


class TakeIn(Struct, array_like=True, frozen=True, tag_field="is", tag="take_in"):
    """Let people into a journey for whom what its trigger waits for was true already at ``since`` (microseconds), when it was asked for.
    ``people``: who live in this partition."""

    journey: str
    since: int
    people: list[bytes] = []


class Admit(Struct, array_like=True, frozen=True, tag_field="is", tag="admit"):
    """Let a run that stands before the door of its journey in, or (not ``ok``) send it away; ``why``."""

    run: bytes
    ok: bool = True
    why: str = ""


class SendAgain(Struct, array_like=True, frozen=True, tag_field="is", tag="send_again"):
    """Plan a message once more that did not arrive. ``delivery``: its public id, and beside it what it was planned as.

    ``lasts``: microseconds it may be late (0: any). ``definitions``: the snapshot its content is of (None: what is in force when this is
    applied). ``by``: who asks.
    """

    delivery: str
    run: bytes
    journey: str
    version: int
    step: str
    template: str
    channel: str
    priority: int
    due: int
    lasts: int
    sure: bool
    definitions: int | None = None
    event: tuple[int, bytes] | None = None
    values: dict[str, Any] = {}
    by: str = ""


Body: TypeAlias = (
    Identify
    | Event
    | Group
    | Ungroup
    | Alias
    | Merge
    | Unmerge
    | Delete
    | Suppress
    | Unsuppress
    | Device
    | Consent
    | Receipt
    | Member
    | Control
    | Built
    | Absorb
    | GroupChanged
    | GroupEvent
    | Befell
    | Touch
    | Enter
    | Answered
    | Retry
    | Postponed
    | Admit
    | TakeIn
    | SendAgain
)


class Record(Struct, array_like=True, frozen=True):
    """The envelope.

    ``id``: 16 bytes, the hash of the source's message id, or fresh. ``who``: identifiers, the first decides the partition.
    ``time``: when it happened, by the sender (skew corrected); ``received``: when it was accepted; both in microseconds.
    ``hops``: times forwarded between partitions; ``depth``: causal depth of what caused it (a law stops it at 50).
    ``message_id``: what the sender called it, for reading back. ``starts`` is false for what may start no journey (imports).
    ``begins`` is false for what is only about somebody who is there. ``ordered``: of attributes and consent, what was said later than
    ``time`` stays. ``context``: what the message said beside its content, as it was sent (``context``, ``integrations``, ``sentAt``,
    ``timestamp``, ``originalTimestamp``); of a message's records the first has it.
    """

    id: bytes
    workspace: int
    source: int
    trust: int
    who: tuple[Identifier, ...]
    time: int
    received: int
    body: Body
    hops: int = 0
    depth: int = 0
    message_id: str = ""
    starts: bool = True
    begins: bool = True
    ordered: bool = False
    context: dict[str, Any] = {}


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record)
_HEAD = bytes([FORMAT])


def encode(record: Record) -> bytes:
    """Give the stored form of a record."""
    return _HEAD + _encoder.encode(record)


def decode(data: bytes) -> Record:
    """Read a stored record; raises ValueError for a format this program does not know."""
    if data[:1] != _HEAD:
        raise ValueError(f"record format {data[:1]!r} is not known to this version")
    return _decoder.decode(memoryview(data)[1:])


_occasions = msgspec.msgpack.Decoder(Befell)


def write_occasion(befell: Befell) -> bytes:
    """Give the stored form of what befell a group."""
    return _HEAD + _encoder.encode(befell)


def read_occasion(data: bytes) -> Befell:
    """Read what `write_occasion` wrote; raises ValueError for a format this program does not know."""
    if data[:1] != _HEAD:
        raise ValueError(f"occasion format {data[:1]!r} is not known to this version")
    return _occasions.decode(memoryview(data)[1:])


def home(record: Record) -> int:
    """Give the partition a new record is appended to: its first identifier's, or its delivery's."""
    if record.who:
        return partition_of(record.workspace, *record.who[0])
    if isinstance(record.body, Receipt):
        delivery = read_delivery(record.body.delivery)
        return delivery[0] if delivery else 0
    if isinstance(record.body, Group | Ungroup):
        return partition_of(record.workspace, "group:" + record.body.type, record.body.key)
    return 0
