"""What happens in a story: one entry each, and what it does to the person."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from tidings.kernel.ids import digest
from tidings.kernel.records import Body, Consent, Device, Enter, Event, Group, Identify, Member
from tidings.simulate.actor import Actor
from tidings.simulate.post import Letter, event, said
from tidings.simulate.world import World

GIVEN: Final[Mapping[str, tuple[str, ...]]] = {
    "event": ("with",),
    "page": ("with",),
    "screen": ("with",),
    "enter": ("with",),
    "set": (),
    "opened": (),
    "clicked": (),
    "bounced": (),
    "complained": (),
    "unsubscribed": (),
    "topics": (),
    "channels": (),
    "segment": ("in",),
    "device": ("platform",),
    "group": ("type", "with", "relation"),
}
"""The key by which an entry says what it is -> its other fields."""
ENGAGED: Final = ("opened", "clicked", "bounced", "complained")


class Given(Struct, frozen=True):
    """``at`` in microseconds; ``kind`` and ``fields`` as written; ``path``: where in the file."""

    at: int
    who: str
    kind: str
    fields: Mapping[str, Any]
    path: tuple[str | int, ...]


def happen(given: Given, world: World, actor: Actor) -> str:
    """Let it happen; gives what is wrong with the story where it can't ("" else)."""
    value = given.fields[given.kind]
    if given.kind not in ENGAGED:
        body = _read(given.kind, value, given.fields)
        if body is None:
            return f"`{given.kind}: {value}` can't happen as it is written"
        world.give(actor, body, given.at)
        return ""
    actor.rest(given.at - 1)
    letter = newest(world, actor, str(value))
    if letter is None:
        return f"they have got no `{value}` that could be {given.kind}"
    planned = letter.planned
    topic = world.office.snapshot.made[planned.template].topic
    record = event(
        actor.person,
        f"{given.kind} {planned.channel}",
        said(planned, topic, actor.person),
        digest(given.kind, planned.id, given.at),
        given.at,
    )
    world.hand(actor, record, given.at)
    if given.kind == "complained":
        world.give(actor, Consent(unsubscribed=True, how="complained"), given.at)
    return ""


def newest(world: World, actor: Actor, template: str) -> Letter | None:
    """Give the newest message of a template that somebody got."""
    for line in reversed(world.lines):
        if line.person == actor.person.id and isinstance(line.cause, Letter):
            letter = line.cause
            if letter.fate == "sent" and letter.planned.template == template:
                return letter
    return None


def _read(kind: str, value: Any, fields: Mapping[str, Any]) -> Body | None:
    """Give what happens; None where no record says such a thing."""
    try:
        body = _body(kind, value, fields)
        msgspec.msgpack.decode(msgspec.msgpack.encode(body), type=type(body))  # as a log keeps it
    except (TypeError, ValueError, AttributeError, OverflowError):
        return None
    return body


def _body(kind: str, value: Any, fields: Mapping[str, Any]) -> Body:
    properties = dict(fields.get("with") or {})
    match kind:
        case "event":
            return Event(str(value), properties)
        case "page" | "screen":
            return Event(str(value), properties, kind)
        case "enter":
            return Enter(str(value), properties)
        case "set":
            return Identify(dict(value))
        case "unsubscribed":
            return Consent(unsubscribed=bool(value))
        case "topics":
            return Consent(topics={str(name): bool(on) for name, on in value.items()})
        case "channels":
            return Consent(channels={str(name): bool(on) for name, on in value.items()})
        case "segment":
            return Member(str(value), bool(fields.get("in", True)))
        case "device":
            return Device(str(value), str(fields.get("platform") or "ios"))
        case _:
            relation = fields.get("relation")
            return Group(str(fields.get("type") or "company"), str(value), properties, relation and dict(relation))
