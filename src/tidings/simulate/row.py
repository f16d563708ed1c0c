"""Rows of history as the inputs they once were."""

from collections.abc import Container, Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from tidings.engine.happening import BY, CIRCLE
from tidings.history import kinds, unpack
from tidings.kernel.effects import Moved
from tidings.kernel.ids import digest
from tidings.kernel.records import (
    Answered,
    Befell,
    Body,
    Consent,
    Device,
    Enter,
    Event,
    Group,
    GroupChanged,
    Identifier,
    Identify,
    Member,
    TakeIn,
    Ungroup,
)

KIND_OF: Final = {number: name for name, number in kinds.EVENTS.items()}
_said = msgspec.msgpack.Decoder(Consent | Device | Group | GroupChanged | Ungroup)
_moved = msgspec.msgpack.Decoder(Moved)


_OTHERWISE: Final = (kinds.ATTRIBUTES, kinds.GROUP, kinds.CONSENT, kinds.DEVICE, kinds.TAKEN)
"""What may bring a run that has no event."""


class Row(NamedTuple):
    """One row, as history keeps it (see `history.store.Entry`), without the partition."""

    person: bytes
    kind: int
    time: int
    received: int
    place: int
    name: str
    id: bytes
    body: bytes
    context: bytes | None = None


def body_of(row: Row) -> Body | None:
    """Give what a record said; None for rows that no record was."""
    if row.kind in KIND_OF:
        kind, context = KIND_OF[row.kind], _group_of(row)
        return Event(row.name, unpack(row.body), kind, context)  # type: ignore[arg-type]  # the values of KIND_OF are kinds
    if row.kind == kinds.ATTRIBUTES:
        return Identify(unpack(row.body))
    if row.kind in (kinds.CONSENT, kinds.DEVICE, kinds.GROUP):
        said: Body = _said.decode(memoryview(row.body)[1:])
        return said
    if row.kind == kinds.ENTER:
        return Enter(row.name, unpack(row.body))
    if row.kind == kinds.TAKEN:
        return TakeIn(row.name, int(unpack(row.body)["since"]))
    if row.kind == kinds.BEFELL:
        about: dict[str, Any] = unpack(row.body)
        type, key = about["group_type"], about["group_id"]
        if row.name:
            return Befell(type, key, row.id, row.time, row.name, about, depth=1, way=[f"{BY}{type}"])
        return Befell(type, key, row.id, row.time, before=about["before"], after=about["after"])
    if row.kind == kinds.MEMBERSHIP:
        return Member(row.name, bool(unpack(row.body)["on"]))
    return None


def _group_of(row: Row) -> dict[str, Any]:
    """Give of what stands beside an event what the engine reads."""
    said = unpack(row.context).get("context") if row.context else None
    return {"groupId": said["groupId"]} if isinstance(said, dict) and "groupId" in said else {}


def moves(rows: Iterable[Row]) -> list[Moved]:
    """Give how runs really moved."""
    return [_moved.decode(memoryview(row.body)[1:]) for row in rows if row.kind == kinds.MOVED]


def beginnings(rows: Iterable[Row], by_hand: Container[str]) -> dict[bytes, tuple[int, bytes] | None]:
    """Give the (time, id) of the event, call or occasion that brought each run, None where nothing of the kind did; ``rows``: in order;
    ``by_hand``: segments that people are put into."""
    newest: dict[bytes, tuple[int, tuple[int, bytes] | None]] = {}
    found: dict[bytes, tuple[int, bytes] | None] = {}
    for row in rows:
        if row.kind == kinds.MOVED:
            (move,) = moves([row])
            if move.what in ("queued", "entered"):
                at, event = newest.get(row.person, (0, None))
                started = at != row.received or move.why.startswith("started by ")
                found.setdefault(move.run, None if started else event)
        elif row.kind in KIND_OF or row.kind in (kinds.ENTER, kinds.BEFELL):
            newest[row.person] = (row.received, (row.time, row.id))
        elif row.kind in _OTHERWISE or (row.kind == kinds.MEMBERSHIP and row.name in by_hand):
            newest[row.person] = (row.received, None)
    return found


def answered(rows: Iterable[Row]) -> dict[bytes, tuple[int, Answered]]:
    """Give what calls were answered, and when, by the id of the call."""
    found = {}
    for row in rows:
        if row.kind == kinds.ANSWERED:
            said: dict[str, Any] = unpack(row.body)
            found[row.id] = (row.received, Answered(row.id, bool(said["ok"]), said["value"], str(said["reason"])))
    return found


def starts(rows: Iterable[Row]) -> dict[bytes, bool]:
    """Give which records might start journeys, or not, otherwise than their times tell."""
    return {row.id: bool(unpack(row.body)) for row in rows if row.kind == kinds.STARTS}


def chains(rows: Iterable[Row]) -> dict[bytes, tuple[int, list[str]]]:
    """Give the chain of causes, its depth and its way, by which something befell a group, where a step is in it."""
    said = {row.id: unpack(row.body) for row in rows if row.kind == kinds.CHAIN}
    return {id: (int(each["depth"]), list(each["way"])) for id, each in said.items()}


def may_be_caused(row: Row) -> bool:
    """Whether a step could have caused it: such rows bear one moment twice."""
    return row.time == row.received and row.kind in (kinds.TRACK, kinds.ATTRIBUTES, kinds.CONSENT)


def caused(real: Sequence[Moved]) -> frozenset[bytes]:
    """Give the ids that everything would have which these runs caused: hashes of run, step and visit."""
    visits: dict[bytes, int] = {}
    steps: dict[bytes, set[str]] = {}
    for move in real:
        visits[move.run] = visits.get(move.run, 0) + 1
        steps.setdefault(move.run, set()).add(move.step)
    return frozenset(
        digest(what, run, step, visit)
        for run, count in visits.items()
        for step in steps[run]
        for visit in range(count + 1)
        for what in ("track", "set", "agree")
    )


def idle(rows: Sequence[Row]) -> frozenset[bytes]:
    """Give the ids of events that reached nobody: whoever let them happen was parked there, as the chain of causes had no end."""
    real = moves(rows)
    made = {row.id: row.time for row in rows if row.kind == kinds.TRACK}
    found = set()
    for move in real:
        if move.what == "parked" and move.why.startswith(CIRCLE):
            visits = sum(each.run == move.run for each in real)
            own = {digest("track", move.run, move.step, visit) for visit in range(visits + 1)}
            found.update([id for id, time in made.items() if id in own and time == move.time][-1:])
    return frozenset(found)


def is_named(row: Row) -> bool:
    """Whether it tells of identifiers gained and lost."""
    return row.kind == kinds.LINK and row.name == "named"


def absorbs(row: Row) -> bool:
    """Whether it tells that a person absorbed another."""
    return row.kind == kinds.LINK and row.name == "absorbs"


def named(row: Row) -> tuple[list[Identifier], list[Identifier]]:
    """Give the identifiers a person gained and lost."""
    said: dict[str, Any] = unpack(row.body)
    return [(kind, value) for kind, value in said["take"]], [(kind, value) for kind, value in said["release"]]


def absorbed(row: Row) -> bytes:
    """Give whom a person absorbed."""
    found: bytes = unpack(row.body)["absorbed"]
    return found
