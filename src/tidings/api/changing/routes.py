"""One person changed by hand: attributes, consent, a merge and its undoing, being forgotten. Each is a record, applied a moment later."""

import time
from typing import Annotated, Any, Final

from litestar import delete, get, patch, post
from msgspec import Meta, Struct

from tidings import log
from tidings.api import shown
from tidings.api.here import Here
from tidings.api.permit import may
from tidings.api.person.found import find
from tidings.api.problem import Fault, Refusal
from tidings.database.pool import Connection
from tidings.kernel.ids import fresh
from tidings.kernel.ids import read as read_id
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import (
    SYSTEM,
    Body,
    Consent,
    Delete,
    Identify,
    Merge,
    Record,
    Suppress,
    Unmerge,
    encode,
    home,
)
from tidings.kernel.times import show_iso
from tidings.people import document, links, lookup
from tidings.people.document import Person
from tidings.teams import audit

_LONGEST: Final = 1000
Name = Annotated[str, Meta(min_length=1, max_length=150)]


class AttributesAsked(Struct):
    """``set``: values by name; null takes an attribute away."""

    set: Annotated[dict[Name, Any], Meta(min_length=1, max_length=300)]


class AttributesWere(Struct):
    """What stood there before: sent again it is the undo. Null: nothing."""

    before: dict[str, Any]


class ConsentAsked(Struct):
    """``unsubscribed``: from everything; ``topics``, ``channels``: true for subscribed. What is left out stays."""

    unsubscribed: bool | None = None
    topics: dict[str, bool] = {}
    channels: dict[str, bool] = {}


class MergeAsked(Struct):
    """``absorb``: an identifier of the other person, who ends in this one."""

    absorb: Annotated[str, Meta(min_length=1, max_length=255)]


class Absorbed(Struct):
    """Somebody this person absorbed."""

    person: str
    name: str
    since: str


class Absorptions(Struct):
    """Merges that stand, the newest first."""

    absorbed: list[Absorbed]


class UnmergeAsked(Struct):
    """``person``: whom to part from this one."""

    person: str


class Forgotten(Struct):
    """``suppressed``: what is sent about them later is refused too."""

    person: str
    suppressed: bool


@patch("/people/{kind:str}/{value:str}/attributes", guards=[may("people:edit")], status_code=200)
async def set_attributes(kind: str, value: str, data: AttributesAsked, here: Here) -> AttributesWere:
    """Set a person's attributes, or take them away; tells what stood there before."""
    faults = [Fault(f"`{name}` is too long", name) for name, each in data.set.items() if _too_long(each)]
    if "id" in data.set:
        faults.append(Fault("an id never changes", "id", "merge the two people instead"))
    if isinstance(data.set.get("email"), str) and "@" not in data.set["email"]:
        faults.append(Fault("that is no address", "email", "write for example ada@example.com"))
    if faults:
        raise Refusal(400, faults[0].message, faults[0].hint, faults=faults)
    async with here.pool.acquire() as connection, connection.transaction():
        who = await find(connection, here, kind, value)
        if isinstance(email := data.set.get("email"), str):
            holder = await lookup.find(connection, here.workspace.id, "email", email)
            if holder is not None and holder[1] != who.id:
                says = "Somebody else has this address."
                raise Refusal(409, says, "Merge the two, or take another.", faults=[Fault(says, "email")])
        before = {name: who.attributes.get(name) for name in data.set}
        await _say(connection, here, who, Identify(data.set, create=False))
        await _note(connection, here, "edited", who, before, data.set)
    return AttributesWere(before)


@post("/people/{kind:str}/{value:str}/consent", guards=[may("people:edit")], status_code=204)
async def set_consent(kind: str, value: str, data: ConsentAsked, here: Here) -> None:
    """Write down what a person agreed to, by who is signed in."""
    async with here.pool.acquire() as connection, connection.transaction():
        who = await find(connection, here, kind, value)
        said = Consent(data.unsubscribed, data.topics, data.channels, "app", here.actor.name)
        await _say(connection, here, who, said)
        after = {"unsubscribed": data.unsubscribed, "topics": data.topics, "channels": data.channels}
        await _note(connection, here, "set the consent of", who, None, after)


@post("/people/{kind:str}/{value:str}/merge", guards=[may("people:edit")], status_code=200)
async def merge_person(kind: str, value: str, data: MergeAsked, here: Here) -> Absorbed:
    """Let a person absorb another: attributes fill gaps, the stricter consent holds, the earlier of two runs goes on."""
    async with here.pool.acquire() as connection, connection.transaction():
        who = await find(connection, here, kind, value)
        other = await find(connection, here, "any", data.absorb)
        if other.id == who.id:
            raise Refusal(409, "That is the same person.", "Name the other one.", code="same_person")
        await _say(connection, here, who, Merge(("cio_id", show_id(other.id))))
        await _note(connection, here, "merged", who, None, {"absorbed": show_id(other.id)})
    return Absorbed(show_id(other.id), _name(other), show_iso(time.time_ns() // 1000))


@get("/people/{kind:str}/{value:str}/merges", guards=[may("people:read")])
async def list_merges(kind: str, value: str, here: Here) -> Absorptions:
    """List whom a person absorbed, directly."""
    async with here.pool.acquire() as connection:
        who = await find(connection, here, kind, value)
        own = await links.of_survivor(connection, who.id)
    return Absorptions([Absorbed(show_id(each.person), _absorbed_name(each.doc), show_iso(each.at)) for each in own])


@post("/people/{kind:str}/{value:str}/unmerge", guards=[may("people:edit")], status_code=204)
async def unmerge_person(kind: str, value: str, data: UnmergeAsked, here: Here) -> None:
    """Undo a merge: both are as if they had never met; what happened since stays with who carried on."""
    async with here.pool.acquire() as connection, connection.transaction():
        who = await find(connection, here, kind, value)
        other = read_id(data.person)
        link = await links.link_of(connection, other) if other is not None else None
        if link is None or link.into != who.id:
            raise Refusal(404, "They have not absorbed this person.", code="no_merge")
        await _say(connection, here, who, Unmerge(link.person))
        await _note(connection, here, "parted", who, None, {"person": data.person})


@delete("/people/{kind:str}/{value:str}", guards=[may("people:edit")], status_code=200)
async def forget_person(kind: str, value: str, here: Here, suppress: bool = False) -> Forgotten:
    """Forget a person: attributes, history, messages, identifiers. It can't be undone."""
    async with here.pool.acquire() as connection, connection.transaction():
        who = await find(connection, here, kind, value)
        await _say(connection, here, who, Suppress() if suppress else Delete())
        await _note(connection, here, "suppressed" if suppress else "forgot", who, None, None)
    return Forgotten(show_id(who.id), suppress)


async def _say(connection: Connection, here: Here, who: Person, body: Body) -> None:
    now = time.time_ns() // 1000
    source = here.source.id if here.source else 0
    record = Record(fresh(), here.workspace.id, source, SYSTEM, (("cio_id", show_id(who.id)),), now, now, body)
    await log.append(connection, [(home(record), encode(record))])


async def _note(connection: Connection, here: Here, what: str, who: Person, before: Any, after: Any) -> None:
    await audit.note(
        connection, here.workspace.id, here.actor, what, "person", show_id(who.id), before=before, after=after
    )


def _too_long(value: Any) -> bool:
    return isinstance(value, str) and len(value) > _LONGEST


def _name(who: Person) -> str:
    found = shown.brief(who)
    return found.name or found.email or found.id or show_id(who.id)


def _absorbed_name(doc: bytes | None) -> str:
    return _name(document.decode(doc)) if doc else "a visitor"
