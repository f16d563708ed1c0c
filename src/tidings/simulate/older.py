"""People who are older than what history still tells: who they were as it begins.

Where a workspace keeps history for a time, what happened before is gone. What no row since speaks of was then as it is today; of what one
does speak of, nothing is known from before it. What holds of them as they begin has held already: it starts nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tidings.history import kinds, unpack
from tidings.kernel.records import Consent, Device, GroupChanged, Identifier
from tidings.kernel.times import parse_duration
from tidings.people.document import Agreement, InGroup, Memory, Person, memory_of
from tidings.simulate.row import Row, absorbs, body_of, is_named, moves, named


def border(body: Mapping[str, Any], now: int) -> int:
    """Since when definitions (the body of a snapshot) let history be kept; 0: always."""
    kept = (body.get("settings") or {}).get("retention") or ""
    return now - parse_duration(kept) if kept else 0


def begun(today: Person, rows: Sequence[Row], begins: int) -> Person:
    """Give somebody as they were when history begins. ``rows``: theirs since, in order."""
    said = [body for row in rows if (body := body_of(row)) is not None]
    spoken = {name for row in rows if row.kind == kinds.ATTRIBUTES for name in unpack(row.body)}
    spoken |= {kind for row in rows if is_named(row) for kind, _ in named(row)[0]}
    spoken |= {"unsubscribed" for body in said if isinstance(body, Consent) and body.unsubscribed is not None}
    devices = {body.token for body in said if isinstance(body, Device)}
    return Person(
        today.id,
        today.workspace,
        today.partition,
        today.created,
        today.id if any(map(absorbs, rows)) else today.first,
        _identifiers(today, rows),
        {name: value for name, value in today.attributes.items() if name not in spoken},
        _agreement(today.consent, [body for body in said if isinstance(body, Consent)]),
        [device for device in today.devices if device.token not in devices],
        _groups(today.groups, [body for body in said if isinstance(body, GroupChanged)], begins),
        _segments(today, rows, begins),
        memory=_memory(today.memory, rows, begins),
        place=1,
        built=-1,
    )


def _identifiers(today: Person, rows: Sequence[Row]) -> list[Identifier]:
    changes = [named(row) for row in rows if is_named(row)]
    taken = {own for take, _ in changes for own in take}
    released = [own for _, release in changes for own in release if own not in taken]
    return [*(own for own in today.identifiers if own not in taken), *released]


def _agreement(today: Agreement, said: Sequence[Consent]) -> Agreement:
    topics = {name for body in said for name in body.topics}
    channels = {name for body in said for name in body.channels}
    return msgspec.structs.replace(
        today,
        unsubscribed=today.unsubscribed and all(body.unsubscribed is None for body in said),
        topics={name: on for name, on in today.topics.items() if name not in topics},
        channels={name: on for name, on in today.channels.items() if name not in channels},
    )


def _groups(today: Sequence[InGroup], news: Sequence[GroupChanged], begins: int) -> list[InGroup]:
    told = {(body.type, body.key) for body in news}
    return [
        msgspec.structs.replace(own, version=0, attributes={}) if (own.type, own.key) in told else own
        for own in today
        if own.since < begins
    ]


def _segments(today: Person, rows: Sequence[Row], begins: int) -> dict[str, int]:
    """Those kept by hand, and perhaps others: in which they were all the time, or from which they were taken since."""
    found = {name: since for name, since in today.segments.items() if since < begins}
    first: dict[str, bool] = {}
    for row in rows:
        if row.kind == kinds.MEMBERSHIP:
            first.setdefault(row.name, bool(unpack(row.body)["on"]))
    return found | {name: today.created for name, on in first.items() if not on}


def _memory(today: Memory, rows: Sequence[Row], begins: int) -> Memory:
    since = Counter(memory_of(move.journey, move.key) for move in moves(rows) if move.what == "entered")
    return {
        known: (entries - since[known], 0 if since[known] else entered, ended if ended < begins else 0)
        for known, (entries, entered, ended) in today.items()
        if entries > since[known]
    }
