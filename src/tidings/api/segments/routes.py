"""Segments: the list, one with who is in it and what uses it, and why somebody is or is not."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from litestar import get
from litestar.params import Parameter
from msgspec import Struct

from tidings import engine, rules
from tidings.api import progress, shown
from tidings.api.here import Here, part
from tidings.api.permit import may
from tidings.api.person.routes import moment_of
from tidings.api.problem import Refusal
from tidings.database.pool import one_moment
from tidings.journeys.document import segments as named_by
from tidings.kernel.ids import PARTITIONS
from tidings.kernel.ids import show as show_id
from tidings.kernel.problems import Invalid
from tidings.kernel.times import show_iso
from tidings.people import links, lookup, store
from tidings.project import explain
from tidings.project import store as definitions


class Segment(Struct):
    """``rule``: its canonical text; null: kept by hand. ``journeys`` and ``segments`` name it in a rule or trigger.
    ``over``: the definitions this is of. ``counted``: of how much of everybody the rule, as it is now, was asked, from 0 to 1; below 1,
    ``people`` are those found so far."""

    segment: str
    name: str
    note: str
    rule: str | None
    people: int
    journeys: list[str]
    segments: list[str]
    over: int
    counted: float


class Building(Struct):
    """How far the newest definitions have come: built in so many partitions ``of`` all; ``people``: built so far."""

    number: int
    in_force: int
    built: int
    of: int
    people: int
    done: bool


class Segments(Struct):
    """All segments by name, and how many people there are."""

    segments: list[Segment]
    people: int
    building: Building


class InIt(Struct):
    """Somebody who is in a segment."""

    person: str
    id: str | None
    email: str | None
    name: str | None
    since: str


class Sample(Struct):
    """Some of who is in a segment."""

    people: list[InIt]


class Reasons(Struct):
    """Why somebody is or is not in a segment: one sentence, what it rests on, and when they came and went; ``false``: of the reasons those
    clauses that should hold and do not, each with when it last did."""

    person: str
    answer: str
    reasons: list[str]
    path: list[str]
    false: list[shown.Clause]


@get("/segments", guards=[may("segments:read")])
async def list_segments(here: Here) -> Segments:
    """List segments, how many people are in each, what uses them, and how far building them has come."""
    async with one_moment(here.pool) as connection:
        in_force = await definitions.newest(connection, here.workspace.id)
        building = await progress.read(connection, here.workspace.id, in_force.number)
        built = await progress.built(connection, here.workspace.id)
        members = await lookup.counts(connection, here.workspace.id)
        total = await lookup.count(connection, here.workspace.id)
    found = _compiled(here, in_force)
    listed = [_segment(found, name, members.get(name, 0), built) for name in sorted(found.segments)]
    return Segments(listed, total, Building(**building))


@get("/segments/{name:str}", guards=[may("segments:read")])
async def read_segment(name: str, here: Here) -> Segment:
    """Show a segment as it is in force, and how many people are in it now."""
    async with here.pool.acquire() as connection:
        found = await _known(connection, here, part(name))
        built = await progress.built(connection, here.workspace.id)
        people = await lookup.count_in(connection, here.workspace.id, part(name))
    return _segment(found, part(name), people, built)


@get("/segments/{name:str}/people", guards=[may("people:read")])
async def segment_people(name: str, here: Here, limit: Annotated[int, Parameter(ge=1, le=100)] = 10) -> Sample:
    """Show some of the people in a segment."""
    async with here.pool.acquire() as connection:
        await _known(connection, here, part(name))
        since = await lookup.some_in(connection, here.workspace.id, part(name), limit)
        people = await store.documents(connection, list(since))
    listed = [(people[id], at) for id, at in since.items() if id in people]
    return Sample([InIt(show_id(who.id), *_called(who), show_iso(at)) for who, at in listed])


@get("/segments/{name:str}/why", guards=[may("people:read")])
async def segment_why(name: str, here: Here, person: str, at: str = "") -> Reasons:
    """Say why somebody, by an identifier or the beginning of an email, is or is not in a segment; ``at``: as of a moment of the past, ISO
    8601 (left out: now)."""
    moment = moment_of(at)
    async with here.pool.acquire() as connection:
        if moment is None:
            await _known(connection, here, part(name))
        places = await lookup.search(connection, here.workspace.id, person, limit=1) if person else []
        who = await lookup.fetch(connection, *places[0]) if places else None
        if who is None:
            raise Refusal(404, "Nobody is known by this.", "Write an email or an id.", code="no_person")
        ids = [who.id, *(await links.absorbed(connection, [who.id])).get(who.id, [])]
        try:
            told = await explain.segment(connection, here.workspace, who, ids, part(name), moment)
        except Invalid as error:
            raise Refusal(404, error.problems[0].message, error.problems[0].hint) from None
    id, email, called = _called(who)
    known_as = called or email or id or show_id(who.id)
    return Reasons(known_as, told.answer, told.reasons, told.path, list(map(shown.clause, told.false)))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


async def _known(connection: Any, here: Here, name: str) -> engine.Definitions:
    found = _compiled(here, await definitions.newest(connection, here.workspace.id))
    if name not in found.segments:
        raise Refusal(
            404, f"There is no segment `{name}`.", f"There are: {_listed(found.segments)}.", code="no_segment"
        )
    return found


def _compiled(here: Here, in_force: definitions.InForce) -> engine.Definitions:
    return engine.Definitions(
        engine.Workspace(here.workspace.id, here.workspace.secret), in_force.number, in_force.body
    )


def _segment(found: engine.Definitions, name: str, people: int, built: Mapping[int, int]) -> Segment:
    own = found.segments[name]
    journeys = [id for id, version in found.journeys.items() if name in named_by(version.journey)]
    others = [other.id for other in found.order if other.compiled is not None and name in other.compiled.segments]
    rule = rules.show(own.rule) if own.rule is not None else None
    asked = sum(many for number, many in built.items() if number >= found.segment_since[name]) / PARTITIONS
    counted = asked if rule is not None else 1.0
    return Segment(name, own.name, own.note, rule, people, journeys, others, found.number, counted)


def _called(who: Any) -> tuple[str | None, str | None, str | None]:
    brief = shown.brief(who)
    return brief.id, brief.email, brief.name
