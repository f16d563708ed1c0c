"""A person: one compact document, its every list bounded, stored in one row.

Stored form: one format byte, then a MessagePack array (msgspec, array-like). Fields are only appended.
A document is treated as a value: whoever changes one works on a copy made by `copy`, and replaces the lists it changes.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from tidings.people.latest import Latest

FORMAT: Final = 1
LARGEST: Final = 64 * 1024
"""Bytes of a stored document."""
ATTRIBUTES: Final = 32 * 1024
"""Bytes of it that all attributes may take."""
IDENTIFIERS: Final = 100
"""More than this many identifiers are refused: the record that brings one more goes to the rejected list."""
DEVICES: Final = 25
"""The least recently used device makes room for a new one."""
GROUPS: Final = 50
"""More memberships are refused: the record goes to the rejected list."""
RUNS: Final = 50
"""A person in this many runs enters no further journey; the refusal is recorded."""
ABREAST: Final = 10
"""Runs of one journey that may stand side by side, each of a key of its own; further keys are refused."""
KEYS: Final = 100
"""Keys of one journey that are remembered; the oldest are forgotten."""
WATCHING: Final = 50
"""Runs that are over and only watch their goal; the oldest stop watching, so that their goal is not counted any more."""
SENT: Final = 200
"""Steps a run remembers to have sent the message of."""
COUNTED: Final = 100
"""Times a counter holds at most, the newest."""

Time = tuple[int, bytes]
"""(event time, record id): what a counter counts, so that counting the same record twice changes nothing."""
BRIEF: Final = 8
"""Bytes of a record's id that a counter keeps of it."""

Counters = dict[bytes, msgspec.Raw]
"""Counter key -> the newest times, ascending, in their stored form, which `read_times` reads and `write_times` makes.

They are most of a document, and an event reaches two or three of them: the others pass from one version to the next as they are."""


class Agreement(Struct, array_like=True):
    """Consent: ``unsubscribed`` from everything, and by topic and channel (True: subscribed). ``said``: when it last changed."""

    unsubscribed: bool = False
    topics: dict[str, bool] = {}
    channels: dict[str, bool] = {}
    said: int = 0


class Handset(Struct, array_like=True):
    """A device that takes pushes."""

    token: str
    platform: str
    last_used: int
    attributes: dict[str, Any] = {}


class InGroup(Struct, array_like=True):
    """A membership, with the group's named attributes as of ``version``."""

    type: str
    key: str
    since: int
    version: int = 0
    attributes: dict[str, Any] = {}
    relation: dict[str, Any] = {}


class Run(Struct, array_like=True):
    """One passage through one journey. ``step``: where it stands. ``visit``: how many steps it has arrived at, which tells two visits
    of one step apart. ``wake``: when time moves it (None: only an input does). ``event``: the trigger in history.
    ``counters``: what happened since entry, by counter.
    ``waiting``: the step has said so, and its `only_if` is behind it. ``parked``: why it stands still until somebody looks.
    ``ended``: when it was over; it then only watches its goal until ``goal_until``.
    ``jumps``: how often it was sent on from a step by `go_to`.
    ``kept``: the version by whose terms it stands at its step, where that is not its own. ``sent``: steps whose message it planned (the
    newest `SENT`); ``barred``: those whose message it gets no more, because only a publish would lead it there again.
    ``per`` and ``key``: the property that tells this run from others of its journey, and its value; "" where there is one at a time.
    ``control``: whether its person was in the control group when it began. ``credited``: (step, public id) of
    messages that its goal, once reached, is credited to. ``goal``: which goal it watches. ``postponed``: (visit, until when
    the call of that visit may take), where it could not be made at once. ``drawn``: steps that drew it to go on or be held out.
    """

    id: bytes
    journey: str
    version: int
    step: str
    entered: int
    visit: int = 0
    arrived: int = 0
    wake: int | None = None
    event: Time | None = None
    values: dict[str, Any] = {}
    counters: dict[bytes, list[Time]] = {}
    ended: int | None = None
    goal_until: int | None = None
    converted: int | None = None
    parked: str = ""
    waiting: bool = False
    jumps: dict[str, int] = {}
    kept: int = 0
    sent: list[str] = []
    barred: list[str] = []
    control: bool = False
    per: str = ""
    key: str = ""
    credited: list[tuple[str, str]] = []
    goal: bytes = b""
    postponed: tuple[int, int] | None = None
    drawn: list[str] = []


class Person(Struct, array_like=True):
    """The document. ``first``: the first person this one ever was, on which draws are made, so that a merge changes no cohort.

    ``segments``: name -> when entered. ``counters``: what was done, for the rules in force. ``timers``: segment name -> when time
    alone may change it. ``memory``: `memory_of` a journey and key -> (entries, last entered, last ended). ``place``: inputs applied so far.
    ``built``: the definitions its counters and segments are complete for (negative: for none, and history says all of it; its runs then are
    brought up to ``~built``). ``dates``: journey -> when a date of theirs starts it. ``latest``: when attributes were last said.
    """

    id: bytes
    workspace: int
    partition: int
    created: int
    first: bytes
    identifiers: list[tuple[str, str]] = []
    attributes: dict[str, Any] = {}
    consent: Agreement = msgspec.field(default_factory=Agreement)
    devices: list[Handset] = []
    groups: list[InGroup] = []
    segments: dict[str, int] = {}
    counters: Counters = {}
    timers: dict[str, int] = {}
    runs: list[Run] = []
    memory: dict[str, tuple[int, int, int]] = {}
    place: int = 0
    built: int = 0
    last_seen: int = 0
    dates: dict[str, int] = {}
    latest: Latest = msgspec.field(default_factory=Latest)

    @property
    def lived(self) -> int:
        """The definitions that its runs were last brought up to."""
        return self.built if self.built >= 0 else ~self.built

    @property
    def wake_at(self) -> int | None:
        """The earliest moment at which time alone may change anything."""
        found = min(self.timers.values()) if self.timers else None
        if self.dates:
            found = min(self.dates.values()) if found is None else min(found, *self.dates.values())
        for run in self.runs:
            if run.wake is not None and (found is None or run.wake < found):
                found = run.wake
        return found


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Person)
_times_decoder = msgspec.msgpack.Decoder(list[Time])
_HEAD = bytes([FORMAT])


def encode(person: Person) -> bytes:
    """Give the stored form."""
    return _HEAD + _encoder.encode(person)


def decode(data: bytes) -> Person:
    """Read a stored document; raises ValueError for a format this program does not know."""
    if data[:1] != _HEAD:
        raise ValueError(f"person format {data[:1]!r} is not known to this version")
    return _decoder.decode(memoryview(data)[1:])


def read_times(kept: msgspec.Raw) -> list[Time]:
    """Read a counter's times."""
    return _times_decoder.decode(kept)


def write_times(times: Sequence[Time]) -> msgspec.Raw:
    """Give the stored form of a counter's times."""
    return msgspec.Raw(_encoder.encode(times))


Memory = dict[str, tuple[int, int, int]]
"""What `Person.memory` is."""


def memory_of(journey: str, key: str = "") -> str:
    """Give the name under which it is remembered that a person was in a journey, with a run of that key."""
    return f"{journey}\n{key}" if key else journey


def remember(memory: Memory, journeys: Iterable[str]) -> Memory:
    """Forget the oldest keys of journeys that have more than `KEYS`."""
    for journey in journeys:
        own = [name for name in memory if name.startswith(f"{journey}\n")]
        if len(own) > KEYS:
            own.sort(key=lambda name: (max(memory[name][1:]), name))
            gone = set(own[:-KEYS])
            memory = {name: kept for name, kept in memory.items() if name not in gone}
    return memory


def copy(person: Person) -> Person:
    """Copy the top level; the lists and dictionaries stay shared until somebody replaces them."""
    return msgspec.structs.replace(person)


def identifier(person: Person, kind: str) -> str | None:
    """Give the person's identifier of a kind (the newest), or None."""
    for own, value in reversed(person.identifiers):
        if own == kind:
            return value
    return None
