"""Two people who turn out to be one: what the survivor takes from the absorbed, and how that is undone. Pure.

Attributes fill gaps; of two agreements the stricter holds; counters, devices and groups are joined; of two runs of one journey (and key)
the one that began earlier goes on and the other ends. What the survivor had before stands in a trace, so that both can part again.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from tidings.people import latest
from tidings.people.document import (
    ATTRIBUTES,
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


class Trace(Struct, array_like=True):
    """What parting needs. ``filled``: attributes the survivor lacked, with the values taken; ``consent``, ``memory``, ``groups``,
    ``devices``, ``first``, ``created``, ``last_seen``: the survivor's before; ``joined``: the agreement right after; ``runs``: those
    that came along; ``lists``: hand-made segments that came along, with since when the survivor is in them. ``at``: when the survivor's
    half was done; ``ended``: the survivor's runs that it ended, as they stood; ``twins``: (run it ended, run that went on in its stead).
    Of a merge from before these were kept, ``created``, ``last_seen`` and ``at`` are 0."""

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
    at: int = 0
    ended: list[Run] = []
    twins: list[tuple[bytes, bytes]] = []


class Parted(NamedTuple):
    """Two people again. ``back``: the survivor's runs that the merge had ended, and that stand where they stood."""

    mine: Person
    theirs: Person
    back: list[Run]


def merge(into: Person, absorbed: Person) -> tuple[Person, list[Run], Trace]:
    """Join two people of the same definitions; gives the survivor, the runs that end by it, and the trace.

    The survivor's own identifiers come last, so that of two emails theirs stays the one in use.
    """
    person = copy(into)
    own = set(into.identifiers)
    person.identifiers = [*(each for each in absorbed.identifiers if each not in own), *into.identifiers][-IDENTIFIERS:]
    filled = _gaps(into.attributes, absorbed.attributes)
    person.attributes = {**into.attributes, **filled}
    person.latest = latest.merged(into.latest, into.attributes, absorbed.latest, absorbed.attributes)
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
    person.runs, ended, twins = _runs(into.runs, absorbed.runs)
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
        twins=twins,
    )
    return person, ended, trace


def part(
    person: Person,
    absorbed: Person,
    trace: Trace,
    sent: Mapping[bytes, Collection[str]] = {},
    unasked: Collection[bytes] = (),
) -> Parted:
    """Undo a merge: the survivor without what came by it, and the absorbed as they were. What happened since stays with the survivor.

    Runs stand where they stood: the absorbed's all of them, and of the survivor's those that the merge ended, unless a later run of the
    same journey and key goes on. ``sent``: steps whose message a run planned while both were one; neither it nor its twin sends that
    again. ``unasked``: runs whose call was cancelled before anybody made it; they ask anew.
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
    mine.latest = latest.without(person.latest, person.attributes.keys() - mine.attributes.keys())
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
    own = [run for run in person.runs if run.id not in brought]
    going = {(run.journey, run.key) for run in own if run.ended is None}
    back = [_stands(run, trace, sent, unasked) for run in trace.ended if (run.journey, run.key) not in going]
    again = {run.id for run in back}
    mine.runs = [*(run for run in own if run.id not in again), *back]
    theirs.runs = [_stands(run, trace, sent, unasked) for run in absorbed.runs]
    mine.memory = _without(person.memory, trace.memory, absorbed.memory)
    mine.counters = {}
    mine.built, theirs.built = ~person.lived, ~absorbed.lived
    return Parted(mine, theirs, back)


def _stands(run: Run, trace: Trace, sent: Mapping[bytes, Collection[str]], unasked: Collection[bytes]) -> Run:
    same = {run.id, *(each for pair in trace.twins if run.id in pair for each in pair)}
    barred = {step for each in same for step in sent.get(each, ())}.difference(run.barred)
    run = msgspec.structs.replace(run, barred=[*run.barred, *sorted(barred)])
    if run.waiting and run.id in unasked:
        run.waiting, run.visit = False, run.visit + 1
    return run


def _without(memory: Memory, before: Memory, came: Memory) -> Memory:
    """What is remembered, without what came along; entries since are the survivor's."""
    joined = _memory(before, came)
    found: Memory = {}
    for name, now in memory.items():
        own, both = before.get(name, (0, 0, 0)), joined.get(name, (0, 0, 0))
        since = now[0] - both[0]
        if now != both:
            own = (own[0] + since, now[1] if since else own[1], now[2])
        if own[0]:
            found[name] = own
    return found


def _gaps(own: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    """Give what fills gaps, as far as there is room for it."""
    filled = {name: value for name, value in others.items() if name not in own}
    room = ATTRIBUTES - len(msgspec.msgpack.encode(own))
    if len(msgspec.msgpack.encode(filled)) <= room:
        return filled
    fits = {}
    for name, value in filled.items():
        room -= (size := len(msgspec.msgpack.encode({name: value})))
        if room >= 0 or name in latest.IDENTIFYING:
            fits[name] = value
        else:
            room += size
    return fits


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


def _runs(one: list[Run], other: list[Run]) -> tuple[list[Run], list[Run], list[tuple[bytes, bytes]]]:
    ended: list[Run] = []
    twins: list[tuple[bytes, bytes]] = []
    kept: list[Run] = []
    standing: dict[tuple[str, str], Run] = {}
    for run in sorted([*one, *other], key=lambda run: (not run.step and not run.visit, run.entered, run.id)):
        if run.ended is not None:
            kept.append(run)
        elif (run.journey, run.key) in standing:
            ended.append(run)
            twins.append((run.id, standing[run.journey, run.key].id))
        else:
            standing[run.journey, run.key] = run
            kept.append(run)
    return kept, ended, twins


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
