"""A trace: what happened to somebody in a world, a line each, in words."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tidings.kernel.effects import Called, Cancelled, Changed, Effect, Happened, Membership, Moved, Planned, Rejected
from tidings.kernel.records import Befell, Body, Consent, Device, Event, Group, Identify, Member
from tidings.simulate.expected import after
from tidings.simulate.post import Letter
from tidings.simulate.world import World


def trace(world: World, person: bytes, start: int) -> Iterator[str]:
    """Tell it in the order it happened."""
    for line in world.lines:
        if line.person == person and (told := words(line.cause)):
            yield f"{after(line.time, start)}: {told}"


def words(cause: Body | Effect | Letter) -> str:
    """Say what happened; "" where that is told otherwise."""
    match cause:
        case Letter():
            return f"message {cause.planned.template} {cause.fate}" + (f": {cause.reason}" if cause.reason else "")
        case Moved():
            where = f" {cause.step}" if cause.step else ""
            return f"{cause.journey}: {cause.what}{where}" + (f" ({cause.why})" if cause.why else "")
        case Membership():
            return f"{'enters' if cause.on else 'leaves'} segment {cause.segment}"
        case Happened():
            return f"the journey tracks {cause.name} {_short(cause.properties)}"
        case Changed():
            return f"the journey sets {_short(cause.attributes)}"
        case Rejected():
            return f"refused: {cause.reason}"
        case Called():
            return f"{cause.journey}: {cause.step} asks the outside world ({cause.kind})"
        case Planned() | Cancelled():
            return ""
        case Event():
            kind = "" if cause.kind == "track" else f"{cause.kind} "
            return f"→ {kind}{cause.name} {_short(cause.properties) if cause.kind != 'message' else ''}".rstrip()
        case Identify():
            return f"→ attributes {_short(cause.attributes)}"
        case Consent():
            return "→ consent " + _short(
                {"unsubscribed": cause.unsubscribed, "topics": cause.topics, "channels": cause.channels}
            )
        case Member():
            return f"→ {'put into' if cause.on else 'taken out of'} segment {cause.segment}"
        case Group():
            return f"→ group {cause.type} {cause.key} {_short(cause.attributes)}"
        case Befell():
            what = cause.event or "other attributes"
            return f"→ their {cause.type} {cause.key}: {what} {_short(cause.data)}"
        case Device():
            return f"→ device {cause.platform}"
        case _:
            return f"→ {type(cause).__name__.lower()}"


def _short(values: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in values.items() if value not in (None, {})}
    text = msgspec.json.encode(kept).decode()
    return text if len(text) <= 200 else text[:199] + "…"
