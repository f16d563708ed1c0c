"""Editing a journey: its document checked as it stands, read from text, two edits brought together, and who else is there."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from litestar import get, post
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage
from msgspec import Struct, json

from tidings import events as events_room
from tidings import journeys
from tidings.api.here import Here, part
from tidings.api.live import LONGEST
from tidings.api.permit import may
from tidings.channels import secrets
from tidings.content import template
from tidings.database.pool import AWAY
from tidings.journeys.difference import difference
from tidings.kernel.problems import Invalid, Problem
from tidings.people import catalog
from tidings.project import labels, looking, merge, store
from tidings.project.body import documents_of
from tidings.project.check import check
from tidings.project.drafts import with_drafts
from tidings.project.named import foreign
from tidings.project.positions import Positions
from tidings.project.print_yaml import print_yaml
from tidings.project.proposal import needed
from tidings.project.read_yaml import read_yaml
from tidings.settings import Settings
from tidings.teams import store as teams

_EVERY: Final = 1.0
_SIGN: Final = 4.0


class JourneyFlaw(Struct):
    """What is wrong. ``step``: the id of the step it is in, "" for the journey's own; ``field``: the step's field, or the journey's;
    ``way``: of a field with several, which, counted from 1 (0: the field as a whole); ``part``: what within it, "" all of it.
    ``line`` and ``column`` within the text, counted from 1 (0: not known). ``warning``: it does not stand in the way."""

    message: str
    hint: str
    step: str
    field: str
    line: int
    column: int
    warning: bool
    way: int
    part: str


class ChangeInWords(Struct):
    """One difference in words. ``step``: "" where it is about the journey itself."""

    what: str
    step: str
    text: str


class JourneyDocument(Struct):
    """A document as it stands now."""

    document: dict[str, Any]


class JourneyText(Struct):
    """A document as text."""

    text: str


class JourneyChecked(Struct):
    """``text``: the document as its file would have it. ``changes``: against what is in force, in words; empty while it can't be read, or
    nothing is in force. ``live``: whether something is in force."""

    text: str
    problems: list[JourneyFlaw]
    changes: list[ChangeInWords]
    live: bool


class JourneyRead(Struct):
    """``document``: null where the text can't be read at all."""

    document: dict[str, Any] | None
    problems: list[JourneyFlaw]


class MergeAsked(Struct):
    """Two documents and what both began from."""

    base: dict[str, Any]
    ours: dict[str, Any]
    theirs: dict[str, Any]


class MergeConflict(Struct):
    """What both changed in different ways. ``where``: fields and step ids from the document down. Null: taken out."""

    where: list[str]
    ours: Any
    theirs: Any


class MergeMade(Struct):
    """``document``: with what only one side changed from that side, and ours where both did."""

    document: dict[str, Any]
    conflicts: list[MergeConflict]


class SendableTemplate(Struct):
    """A template that may be sent. ``draft``: it is not in force yet."""

    name: str
    channel: str
    subject: str
    draft: bool


class NamedThing(Struct):
    """Something that may be named. ``manual``: a segment kept by hand. ``asked``: a topic that only goes to who asked for it."""

    name: str
    title: str
    manual: bool = False
    asked: bool = False


class KnownEvent(Struct):
    """An event of the catalog, with the properties seen and how often it came."""

    kind: str
    name: str
    times: int
    properties: list[str]


class KnownAttribute(Struct):
    """An attribute of people that was seen; ``example``: a value it had."""

    name: str
    example: str


class JourneyNames(Struct):
    """What there is to choose from when a journey is edited. ``members``: the team by their addresses, for whoever is of it."""

    templates: list[SendableTemplate]
    segments: list[NamedThing]
    journeys: list[NamedThing]
    topics: list[NamedThing]
    actions: list[str]
    events: list[KnownEvent]
    attributes: list[KnownAttribute]
    members: list[NamedThing]


@post("/journeys/{journey:str}/check", guards=[may("journeys:read")], status_code=200)
async def check_journey(journey: str, data: JourneyDocument, here: Here, settings: Settings) -> JourneyChecked:
    """Check a journey's document as it stands, against everything else that is in force."""
    id = part(journey)
    return await _checked(here, id, {"journey": id, **data.document}, None, settings)


@post("/journeys/{journey:str}/read", guards=[may("journeys:read")], status_code=200)
async def read_journey_text(journey: str, data: JourneyText, here: Here, settings: Settings) -> JourneyRead:
    """Read a journey from text, and check it: problems have the line and column they stand at."""
    id = part(journey)
    try:
        document, places = await asyncio.to_thread(read_yaml, data.text)
    except Invalid as error:
        return JourneyRead(None, [_flaw(each, {}) for each in error.problems])
    if not isinstance(document, dict):
        return JourneyRead(
            None,
            [
                JourneyFlaw(
                    "a journey is a mapping of fields", f"begin with `journey: {id}`", "", "", 1, 1, False, 0, ""
                )
            ],
        )
    if document.get("journey", id) != id:
        hint = f"write `journey: {id}`; a journey of another id is another journey"
        return JourneyRead(
            None, [_flaw(places.locate(Problem("the id of a journey does not change", hint, ("journey",))), {})]
        )
    whole = {"journey": id, **document}
    return JourneyRead(whole, (await _checked(here, id, whole, places, settings)).problems)


@post("/drafts/merge", guards=[may("journeys:read")], status_code=200)
async def merge_journeys(data: MergeAsked, here: Here) -> MergeMade:
    """Bring two edits of one journey together: what only one side touched, and what is disputed."""
    made = merge.merge(*(_canonical(each) for each in (data.base, data.ours, data.theirs)), together=True)
    return MergeMade(
        made.document, [MergeConflict(list(each.where), each.ours, each.theirs) for each in made.conflicts]
    )


def _derived(body: Mapping[str, Any]) -> list[tuple[str, frozenset[tuple[str, str]]]]:
    """Derived events by name, with what is really sent of each."""
    derived = events_room.derived(body.get("events", {}))
    return [(name, derived.raw([("track", name)])) for name in derived.called]


@get("/names", guards=[may("journeys:read")])
async def read_journey_names(here: Here) -> JourneyNames:
    """List what a journey may name: messages and segments that are not in the archive, topics, functions, other journeys, events and
    attributes seen."""
    async with here.pool.acquire() as connection:
        in_force = await store.newest(connection, here.workspace.id)
        drafts = await store.drafts(connection, here.workspace.id)
        seen = await catalog.read(connection, here.workspace.id)
        away = await labels.archived(connection, here.workspace.id)
        team = [] if here.account is None else await teams.members(connection, here.workspace.id)
    known = documents_of(in_force.body)
    sources = {name: (source.text, source.format, False) for name, source in known["templates"].items()}
    for each in drafts:
        if each.kind == "template" and each.name not in sources:
            sources[each.name] = (str(each.body.get("text", "")), str(each.body.get("format", "")), True)
    segments = dict(known["segments"]) | {
        each.name: each.body for each in drafts if each.kind == "segment" and each.name not in known["segments"]
    }
    events: dict[tuple[str, str], KnownEvent] = {}
    for line in sorted(seen, key=lambda line: (line.kind, line.name, line.property)):
        if line.kind in ("track", "page", "screen") and line.name:
            event = events.setdefault((line.kind, line.name), KnownEvent(line.kind, line.name, 0, []))
            if line.property:
                event.properties.append(line.property)
            else:
                event.times = line.times
    archived = {
        name
        for id, document in in_force.body.get("events", {}).items()
        if ("event", id) in away
        for name in events_room.read(document).names
    }
    for name, raw in _derived(in_force.body):
        if name in archived:
            continue
        properties = {property for each in raw if each in events for property in events[each].properties}
        events["track", name] = KnownEvent("track", name, 0, sorted(properties))
    return JourneyNames(
        [_message(name, *source) for name, source in sorted(sources.items()) if ("template", name) not in away],
        [
            NamedThing(name, str(own.get("name", name)), "rule" not in own)
            for name, own in sorted(segments.items())
            if ("segment", name) not in away
        ],
        [NamedThing(name, str(own.get("name", name))) for name, own in sorted(known["journeys"].items())],
        [
            NamedThing(name, str(own.get("name", name)), asked=own.get("subscribed") is False)
            for name, own in sorted(known["settings"].get("topics", {}).items())
        ],
        sorted(known["actions"]),
        list(events.values()),
        [
            KnownAttribute(line.property or line.name, catalog.shortened(line.example))
            for line in seen
            if line.kind == "person" and (line.property or line.name)
        ],
        [NamedThing(each.email, each.name) for each in team],
    )


class DraftAround(Struct):
    """``revision``: of the draft, 0 where there is none; ``by``: who wrote it; ``others``: who else looks at it right now."""

    revision: int
    by: str
    others: list[str]


@get("/around", guards=[may("journeys:read")], media_type="text/event-stream")
async def follow_draft(kind: str, name: str, here: Here) -> ServerSentEvent:
    """Tell who else looks at a draft, and each revision somebody writes, while one looks oneself."""
    return ServerSentEvent(_around(here, kind, name), headers={"cache-control": "no-store", "x-accel-buffering": "no"})


async def _around(here: Here, kind: str, name: str) -> AsyncIterator[ServerSentEventMessage]:
    who, loop = here.actor.name, asyncio.get_running_loop()
    ends, signed, before = loop.time() + LONGEST, 0.0, None
    yield ServerSentEventMessage(comment="hello", retry=1000)
    try:
        while loop.time() < ends:
            now = time.time_ns() // 1000
            async with here.pool.acquire() as connection:
                if loop.time() - signed >= _SIGN:
                    signed = loop.time()
                    await looking.look(connection, here.workspace.id, kind, name, who, now)
                draft = await store.draft(connection, here.workspace.id, kind, name)
                others = await looking.others(connection, here.workspace.id, kind, name, who, now)
            news = DraftAround(draft.revision if draft else 0, draft.changed_by if draft else "", others)
            if news != before:
                yield ServerSentEventMessage(data=json.encode(news).decode())
                before = news
            await asyncio.sleep(_EVERY)
    finally:
        with suppress(*AWAY):  # whoever could not take their leave is forgotten by and by
            async with asyncio.timeout(2), here.pool.acquire() as connection:
                await looking.leave(connection, here.workspace.id, kind, name, who)


async def _checked(
    here: Here, id: str, document: Mapping[str, Any], places: Positions | None, settings: Settings
) -> JourneyChecked:
    async with here.pool.acquire() as connection:
        in_force = await store.newest(connection, here.workspace.id)
        drafts = await store.drafts(connection, here.workspace.id)
        seen = await catalog.read(connection, here.workspace.id)
        owner = await secrets.owner(connection, here.workspace.id)
    project = with_drafts(in_force, needed(in_force, document, drafts))
    project = replace(project, journeys={**project.journeys, id: document})
    if places is not None:
        project = replace(project, places={("journey", id): replace(places, file=_FILE)})
    file = _FILE if places is not None else f"journey {id}"
    found_out = await asyncio.to_thread(check, project, seen)
    found_out += foreign(project, owner, settings.workspace_secrets)
    problems = [_flaw(each, document) for each in found_out if each.file == file]
    before = in_force.body.get("journeys", {}).get(id)
    try:
        journey = journeys.read(document)
    except Invalid:
        return JourneyChecked(print_yaml(document), problems, [], before is not None)
    found = difference(journeys.read(before["document"]), journey) if before is not None else []
    said = [ChangeInWords(each.what, each.step, each.text) for each in found]
    return JourneyChecked(print_yaml(journeys.write(journey)), problems, said, before is not None)


_FILE: Final = "text"


def _flaw(problem: Problem, document: Any) -> JourneyFlaw:
    step, rest, inner = "", list[str | int](), document
    for key in problem.path:
        inside = isinstance(inner, Mapping) or (isinstance(inner, list) and isinstance(key, int) and key < len(inner))
        inner = (inner.get(key) if isinstance(inner, Mapping) else inner[key]) if inside else None
        if isinstance(inner, Mapping) and isinstance(inner.get("id"), str):
            step, rest = inner["id"], []
        else:
            rest.append(key)
    field, within = [*(key for key in rest if isinstance(key, str)), "", ""][:2]
    way = rest[1] + 1 if len(rest) > 1 and isinstance(rest[1], int) and field != "steps" else 0
    place = (step, field, problem.line, problem.column)
    return JourneyFlaw(problem.message, problem.hint, *place, problem.warning, way, within)


def _canonical(document: dict[str, Any]) -> dict[str, Any]:
    try:
        return journeys.write(journeys.read(document))
    except Invalid:
        return document


def _message(name: str, text: str, format: str, draft: bool) -> SendableTemplate:
    try:
        made = template.read(name, text, format)
    except Invalid:
        return SendableTemplate(name, "", "", draft)
    return SendableTemplate(name, made.channel, made.subject or made.title, draft)
