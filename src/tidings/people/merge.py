"""Two people who turn out to be one: what the survivor takes from the absorbed, and how that is undone. Pure.

Attributes fill gaps; of two agreements the stricter holds; counters, devices and groups are joined; of two runs of one journey (and key)
the one that began earlier goes on and the other ends. What the survivor had before stands in a trace, so that both can part again.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from tidings.people.document import (
    COUNTED,
    DEVICES,
    GROUPS,
    IDENTIFIERS,
    Agreement,
    Counters,
    Handset,
    InGroup,
    Memory,
    Person,
    Run,
    Time,
    copy,
    read_times,
    remember,
    write_times,
)

UNKNOWN: Final = -1
"""``built`` of a document whose history nobody may suppose to be without what was passed over."""


class Trace(Struct, array_like=True):
    """What parting needs. ``filled``: attributes the survivor lacked, with the values taken; ``consent``, ``memory``, ``groups``,
    ``devices``, ``first``, ``created``, ``last_seen``: the survivor's before; ``joined``: the agreement right after; ``runs``: those
    that came along; ``lists``: hand-made segments that came along, with since when the survivor is in them. Of a merge from before
    these were kept, ``created`` and ``last_seen`` are 0."""

    filled: dict[str, Any]
    consent: Agreement
    joined: Agreement
    memory: Memory
    groups: list[InGroup]
    devices: list[Handset]
    runs: list[bytes]
    first: bytes = b""
    created: int = 0
    last_seen: int = 0
    lists: dict[str, int] = {}


def merge(into: Person, absorbed: Person) -> tuple[Person, list[Run], Trace]:
    """Join two people of the same definitions; gives the survivor, the runs that end by it, and the trace.

    The survivor's own identifiers come last, so that of two emails theirs stays the one in use.
    """
    person = copy(into)
    own = set(into.identifiers)
    person.identifiers = [*(each for each in absorbed.identifiers if each not in own), *into.identifiers][-IDENTIFIERS:]
    filled = {name: value for name, value in absorbed.attributes.items() if name not in into.attributes}
    person.attributes = {**into.attributes, **filled}
    person.consent = _stricter(into.consent, absorbed.consent)
    person.devices = _devices(into.devices, absorbed.devices)
    known = {(group.type, group.key) for group in into.groups}
    person.groups = [*into.groups, *(group for group in absorbed.groups if (group.type, group.key) not in known)][
        :GROUPS
    ]
    person.counters = {
        key: write_times(sorted({*_times(into.counters, key), *_times(absorbed.counters, key)})[-COUNTED:])
        for key in {**into.counters, **absorbed.counters}
    }
    person.runs, ended = _runs(into.runs, absorbed.runs)
    person.memory = _memory(into.memory, absorbed.memory)
    _, person.first = min((into.created, into.first), (absorbed.created, absorbed.first))
    person.created = min(into.created, absorbed.created)
    person.last_seen = max(into.last_seen, absorbed.last_seen)
    trace = Trace(
        filled,
        into.consent,
        person.consent,
        into.memory,
        into.groups,
        into.devices,
        [run.id for run in absorbed.runs],
        into.first,
        into.created,
        into.last_seen,
    )
    return person, ended, trace


def part(person: Person, absorbed: Person, trace: Trace) -> tuple[Person, Person]:
    """Undo a merge: the survivor without what came by it, and the absorbed as they were. What happened since stays with the survivor;
    a run that the merge ended stays ended.

    The survivor's counters are left empty, and both are built for nothing: they are read from history anew, where the link is ended.
    """
    mine = copy(person)
    theirs = copy(absorbed)
    gone = set(absorbed.identifiers)
    mine.identifiers = [own for own in person.identifiers if own not in gone]
    mine.attributes = {
        name: value
        for name, value in person.attributes.items()
        if name not in trace.filled or trace.filled[name] != value
    }
    mine.first = trace.first or person.first
    mine.created = trace.created or person.created
    if trace.last_seen and person.last_seen == max(trace.last_seen, absorbed.last_seen):
        mine.last_seen = trace.last_seen
    mine.segments = {name: since for name, since in person.segments.items() if trace.lists.get(name) != since}
    if person.consent == trace.joined:
        mine.consent = trace.consent
    before = {(group.type, group.key) for group in trace.groups}
    came = {(group.type, group.key) for group in absorbed.groups} - before
    mine.groups = [group for group in person.groups if (group.type, group.key) not in came]
    tokens = {device.token for device in absorbed.devices} - {device.token for device in trace.devices}
    mine.devices = [device for device in person.devices if device.token not in tokens]
    brought = set(trace.runs)
    mine.runs = [run for run in person.runs if run.id not in brought]
    theirs.runs = [run for run in person.runs if run.id in brought]
    joined = _memory(trace.memory, absorbed.memory)
    mine.memory = {
        journey: trace.memory[journey] if remembered == joined.get(journey) else remembered
        for journey, remembered in person.memory.items()
        if journey in trace.memory or remembered != joined.get(journey)
    }
    mine.counters = {}
    mine.built = theirs.built = UNKNOWN
    return mine, theirs


def _stricter(one: Agreement, other: Agreement) -> Agreement:
    return Agreement(
        one.unsubscribed or other.unsubscribed,
        _both(one.topics, other.topics),
        _both(one.channels, other.channels),
        max(one.said, other.said),
    )


def _times(counters: Counters, key: bytes) -> Sequence[Time]:
    return read_times(counters[key]) if key in counters else ()


def _both(one: dict[str, bool], other: dict[str, bool]) -> dict[str, bool]:
    return {name: one.get(name, True) and other.get(name, True) for name in {**one, **other}}


def _devices(one: list[Handset], other: list[Handset]) -> list[Handset]:
    by_token: dict[str, Handset] = {}
    for device in sorted([*one, *other], key=lambda device: device.last_used):
        by_token[device.token] = device
    return sorted(by_token.values(), key=lambda device: (device.last_used, device.token))[-DEVICES:]


def _runs(one: list[Run], other: list[Run]) -> tuple[list[Run], list[Run]]:
    ended = []
    kept: list[Run] = []
    standing: dict[tuple[str, str], Run] = {}
    for run in sorted([*one, *other], key=lambda run: (not run.step and not run.visit, run.entered, run.id)):
        if run.ended is not None:
            kept.append(run)
        elif (run.journey, run.key) in standing:
            ended.append(run)
        else:
            standing[run.journey, run.key] = run
            kept.append(run)
    return kept, ended


def _memory(one: Memory, other: Memory) -> Memory:
    joined = dict(one)
    for journey, (entries, entered, ended) in other.items():
        known = joined.get(journey, (0, 0, 0))
        joined[journey] = (known[0] + entries, max(known[1], entered), max(known[2], ended))
    return remember(joined, {name.partition("\n")[0] for name in other if "\n" in name})


_FORMAT: Final = b"\x01"
_decoder = msgspec.msgpack.Decoder(Trace)


def write_trace(trace: Trace) -> bytes:
    """Give the stored form: a format byte, then a MessagePack array."""
    return _FORMAT + msgspec.msgpack.encode(trace)


def read_trace(data: bytes) -> Trace:
    """Read what `write_trace` wrote; raises ValueError for a format this program does not know."""
    if data[:1] != _FORMAT:
        raise ValueError(f"trace format {data[:1]!r} is not known to this version")
    return _decoder.decode(data[1:])
