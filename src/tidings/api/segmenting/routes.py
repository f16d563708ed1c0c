"""Segments published, deleted and filled by hand; how large they were. Their drafts are written like any other."""

import time
from typing import Annotated

from litestar import delete, get, post
from litestar.params import Parameter
from msgspec import Meta, Struct

from tidings import log
from tidings.api.edits import overtaken
from tidings.api.here import Here, part
from tidings.api.permit import may
from tidings.api.person.found import KINDS
from tidings.api.problem import Refusal
from tidings.api.putting import put_one
from tidings.kernel.ids import fresh
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import SYSTEM, Member, Record, encode, home
from tidings.kernel.times import DAY, show_iso
from tidings.people import lookup, sizes
from tidings.project import one_segment
from tidings.project import store as definitions
from tidings.project.plan import words
from tidings.teams import audit


class Word(Struct):
    """A piece of a rule. ``sign``: " " where it stays, "-" where it goes, "+" where it is new."""

    sign: str
    text: str


class SegmentPlan(Struct):
    """``over`` and ``revision``: to be named when it is published. ``people``: in it now. ``journeys`` and ``segments``: would take it.
    ``rule``: the change in words; ``carries``: whether everybody is looked at anew. ``approval``: it will wait for somebody else."""

    over: int
    revision: int
    first: bool
    people: int
    rule: list[Word]
    renamed: bool
    carries: bool
    journeys: list[str]
    segments: list[str]
    approval: bool


class SegmentPublishing(Struct):
    """As in the plan that was looked at; ``note``: what it is for."""

    over: int
    revision: int
    note: str = ""


class SegmentPublished(Struct):
    """``waiting``: the number under which it waits for approval; null where it is in force."""

    number: int
    waiting: int | None


class MembersAsked(Struct):
    """``people``: an identifier of each, of any kind. ``on``: put in; else taken out."""

    people: Annotated[list[Annotated[str, Meta(min_length=1, max_length=255)]], Meta(min_length=1, max_length=1_000)]
    on: bool = True


class MembersTold(Struct):
    """``asked``: how many will be in or out in a moment; ``unknown``: identifiers that nobody has."""

    asked: int
    unknown: list[str]


class Size(Struct):
    """How many people a segment had at a time."""

    at: str
    people: int


class Sizes(Struct):
    """The oldest first; an hour in which nothing was counted is left out."""

    sizes: list[Size]


@get("/segments/{name:str}/plan", guards=[may("segments:read")])
async def plan_segment(name: str, here: Here) -> SegmentPlan:
    """Say what publishing a segment's draft would change, and who would take it."""
    found = await _publishing(here, part(name))
    async with here.pool.acquire() as connection:
        people = await lookup.count_in(connection, here.workspace.id, part(name))
    old, new = (found.old or {}).get("rule") or "", (found.new or {}).get("rule") or ""
    return SegmentPlan(
        found.before.number,
        found.drafts[0].revision,
        found.old is None,
        people,
        [Word(sign, text) for sign, text in words(old, new)] if old or new else [],
        found.old is not None and found.old.get("name") != (found.new or {}).get("name"),
        old != new,
        list(found.uses.journeys),
        list(found.uses.segments),
        bool(found.before.body.get("settings", {}).get("approval")),
    )


@post("/segments/{name:str}/publish", guards=[may("journeys:publish")], status_code=200)
async def publish_segment(name: str, data: SegmentPublishing, here: Here) -> SegmentPublished:
    """Put a segment's draft in force as it was looked at; where approval is asked for, it waits for that."""
    found = await _publishing(here, part(name))
    if (found.before.number, found.drafts[0].revision) != (data.over, data.revision):
        raise overtaken()
    note = data.note.strip()
    return SegmentPublished(*await put_one(here, "segment", part(name), found, "published", note))


@delete("/segments/{name:str}", guards=[may("journeys:publish")], status_code=200)
async def delete_segment(name: str, over: int, here: Here) -> SegmentPublished:
    """Take a segment that nothing uses out of force, and its draft away. ``over``: the definitions it was looked at in."""
    async with here.pool.acquire() as connection:
        found = await one_segment.removing(connection, here.workspace.id, part(name))
    if found is None:
        raise Refusal(404, f"There is no segment `{part(name)}`.", code="no_segment")
    if found.before.number != over:
        raise overtaken()
    note = f"Segment {part(name)} deleted"
    return SegmentPublished(*await put_one(here, "segment", part(name), found, "deleted", note))


@post("/segments/{name:str}/members", guards=[may("people:edit")], status_code=200)
async def move_members(name: str, data: MembersAsked, here: Here) -> MembersTold:
    """Put people into a segment that is kept by hand, or take them out."""
    async with here.pool.acquire() as connection:
        known = (await definitions.newest(connection, here.workspace.id)).body.get("segments", {})
        document = known.get(part(name))
        if document is None:
            raise Refusal(404, f"There is no segment `{part(name)}`.", code="no_segment")
        if not document.get("manual"):
            hint = "Who is in it follows from its rule; change the rule, or keep another segment by hand."
            raise Refusal(409, f"`{part(name)}` is not kept by hand.", hint, code="not_manual")
        now, asked = time.time_ns() // 1000, list(dict.fromkeys(data.people))
        named = await lookup.known(connection, here.workspace.id, [(kind, each) for each in asked for kind in KINDS])
        by = {each: [named[kind, each] for kind in KINDS if (kind, each) in named] for each in asked}
        found = dict.fromkeys(whose[0][1] for whose in by.values() if whose)
        unknown = [each for each, whose in by.items() if not whose]
        records = [
            Record(
                fresh(),
                here.workspace.id,
                here.source.id if here.source else 0,
                SYSTEM,
                (("cio_id", show_id(person)),),
                now,
                now,
                Member(part(name), data.on),
            )
            for person in found
        ]
        async with connection.transaction():
            await log.append(connection, [(home(record), encode(record)) for record in records])
            after = {"people": len(records)}
            what = "put people into" if data.on else "took people out of"
            await audit.note(connection, here.workspace.id, here.actor, what, "segment", part(name), after=after)
    return MembersTold(len(records), unknown)


@get("/segments/{name:str}/sizes", guards=[may("segments:read")])
async def segment_sizes(name: str, here: Here, days: Annotated[int, Parameter(ge=1, le=365)] = 30) -> Sizes:
    """Show how many people a segment had, hour by hour, or day by day where that is more than a month."""
    now = time.time_ns() // 1000
    async with here.pool.acquire() as connection:
        await sizes.write(connection, here.workspace.id, now)
        found = await sizes.read(connection, here.workspace.id, part(name), now - days * DAY, days > 31)
    return Sizes([Size(show_iso(at), people) for at, people in found])


async def _publishing(here: Here, name: str) -> one_segment.Change:
    async with here.pool.acquire() as connection:
        found = await one_segment.publishing(connection, here.workspace.id, here.workspace.name, name)
    if found is None:
        raise Refusal(404, f"There is no draft of the segment `{name}`.", code="no_draft")
    return found
