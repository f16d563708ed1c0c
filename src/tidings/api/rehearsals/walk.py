"""A walk as the API shows it: one person, given or invented, goes through a journey; what happened, line by line."""

import asyncio
import time
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Struct, field

from tidings.api.here import Here
from tidings.api.problem import Refusal
from tidings.api.rehearsals.sides import SideMeant, sides_of
from tidings.engine import Workspace
from tidings.kernel.effects import Called, Changed, Happened, Membership, Moved, Rejected
from tidings.kernel.times import DAY, parse_iso, show_iso
from tidings.people import links, lookup
from tidings.people.document import identifier
from tidings.simulate import typed
from tidings.simulate.expected import after
from tidings.simulate.outside import Stubs
from tidings.simulate.post import Letter
from tidings.simulate.side import Side
from tidings.simulate.story import happenings
from tidings.simulate.trace import words
from tidings.simulate.walk import Stranger, Walked, lives_of, walk
from tidings.simulate.world import Line

LONGEST: Final = 400 * DAY
_AT_ONCE: Final = asyncio.Semaphore(2)
"""Walks that one process plays at the same time: each takes a thread, and part of the processor."""
_KIND: Final[dict[type, str]] = {
    Letter: "message",
    Moved: "move",
    Membership: "segment",
    Changed: "set",
    Happened: "track",
    Rejected: "refused",
    Called: "call",
}


class WalkWanted(Struct):
    """Who walks: ``person`` (an identifier of somebody), or somebody invented with these ``attributes``. ``given``: what happens to them,
    as in [journey tests](journey-tests.md): `{"at": "2 days", "event": "Signed Up", "with": {…}}`, ``at`` from the start on.
    ``start``: now, where it is left out. ``until``: how far, at most; left out, until they rest. ``answers``, ``failures``: of the outside
    world, by step."""

    side: SideMeant = field(default_factory=SideMeant)
    person: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    given: Annotated[list[dict[str, Any]], msgspec.Meta(max_length=200)] = field(default_factory=list)
    start: str = ""
    until: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


class WalkMessage(Struct):
    """What became of a message, and how it reads."""

    template: str
    channel: str
    fate: Literal["sent", "held", "refused", "failed", "cancelled"]
    reason: str
    subject: str
    text: str
    html: str


class WalkLine(Struct):
    """One thing that happened. ``after``: how long after the start. ``kind``: `input` for what was given. ``step``: which it is about,
    "" where none; ``move``: what the run did there."""

    at: str
    after: str
    kind: Literal["input", "move", "message", "segment", "set", "track", "refused", "call"]
    text: str
    journey: str
    step: str
    move: str
    message: WalkMessage | None


class WalkInside(Struct):
    """Where they stand in the end."""

    journey: str
    step: str


class Walk(Struct):
    """``lines``: from the start on. ``before``: what the journey would have done with somebody given until now, in words. ``more``: lines
    were left out. ``asked``: steps that asked the outside world without an answer. ``faults``: what was given and can't happen."""

    side: str
    start: str
    until: str
    lines: list[WalkLine]
    before: list[str]
    inside: list[WalkInside]
    attributes: dict[str, Any]
    segments: list[str]
    more: bool
    asked: list[str]
    faults: list[str]


async def walked(here: Here, journey: str, data: WalkWanted) -> Walk:
    """Let somebody walk."""
    ((label, body, _),) = await sides_of(here, journey, data.side, None)
    start = _moment(data.start, "start") or time.time_ns() // 1000
    until = _moment(data.until, "until")
    given = happenings(data.given, "somebody", start)
    last = max([start, until or 0, *(each.at for each in given)])
    if last > start + LONGEST:
        raise Refusal(400, f"A walk lasts at most {LONGEST // DAY} days.")
    own = Workspace(here.workspace.id, here.workspace.secret)
    who: Any = _stranger(data.attributes)
    if data.person:
        who = await _lives(here, Side(label, journey, own, body, False), data.person, start)
    stubs = typed.check(Stubs(data.answers, data.failures), journey, [body])
    async with _AT_ONCE:
        try:
            found = await asyncio.to_thread(walk, body, journey, own, who, given, start, until, stubs)
        except LookupError as error:
            raise Refusal(409, f"This person can't walk: {error}.") from error
    return _shown(found, label, start)


async def _lives(here: Here, side: Side, text: str, start: int) -> Any:
    here.need("people:read")
    async with here.pool.acquire() as connection:
        places = await lookup.search(connection, here.workspace.id, text, limit=1)
        person = await lookup.fetch(connection, *places[0]) if places else None
        if person is None:
            raise Refusal(404, "Nobody is known by this.", "Write an email or an id.", code="no_person")
        absorbed = (await links.absorbed(connection, [person.id])).get(person.id, [])
        return await lives_of(connection, side, person, absorbed, start)


def _stranger(attributes: dict[str, Any]) -> Stranger:
    email = attributes.get("email", "test@example.com")
    names = (("id", str(attributes.get("id", "test"))), *((("email", email),) if isinstance(email, str) else ()))
    return Stranger({"email": email, **attributes}, names)


def _moment(text: str, name: str) -> int | None:
    if not text:
        return None
    found = parse_iso(text)
    if found is None:
        raise Refusal(400, f"`{name}` is a time", "write for example 2026-03-02T09:00:00Z")
    return found


def _shown(found: Walked, label: str, start: int) -> Walk:
    person = found.person
    inside = [WalkInside(run.journey, run.step) for run in person.runs if run.ended is None]
    attributes = dict(person.attributes)
    email = identifier(person, "email")
    return Walk(
        label,
        show_iso(start),
        show_iso(found.until),
        [line_shown(each, start) for each in found.lines],
        [f"{show_iso(move.time)}: {words(move)}" for move in found.before],
        inside,
        attributes | ({"email": email} if email else {}),
        sorted(person.segments),
        found.more,
        found.asked,
        found.faults,
    )


def line_shown(line: Line, start: int) -> WalkLine:
    """Give a line of a world as the API shows it."""
    cause = line.cause
    kind: Any = _KIND.get(type(cause), "input")
    message, step, journey, move = None, "", "", ""
    if isinstance(cause, Letter):
        planned = cause.planned
        step, journey = planned.step, planned.journey
        content = (cause.subject, cause.text, cause.html)
        message = WalkMessage(planned.template, planned.channel, cause.fate, cause.reason, *content)
    elif isinstance(cause, Moved):
        step, journey, move = cause.step, cause.journey, cause.what
    elif isinstance(cause, Called):
        step, journey = cause.step, cause.journey
    return WalkLine(show_iso(line.time), after(line.time, start), kind, words(cause), journey, step, move, message)
