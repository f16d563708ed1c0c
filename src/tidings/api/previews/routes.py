"""Previews: how a template reads for somebody, draft and all, as data and as an untrusted page; and a test of it sent to whoever asks.

A preview plans, counts and sends nothing. Its page has a policy of its own: no scripts, no forms, no network but images one asks for.
"""

import asyncio
import re
from dataclasses import replace
from typing import Annotated, Any, Final, NamedTuple

from litestar import Response, get, post
from msgspec import Meta, Struct, structs

from tidings import history
from tidings.api.framed import frame
from tidings.api.here import Here, part
from tidings.api.limits import Buckets
from tidings.api.permit import may
from tidings.api.previews.using import LOCALE, WITH, With
from tidings.api.problem import Refusal
from tidings.channels import registry
from tidings.channels.email.address import Unusable, check_address
from tidings.channels.means import means_of_workspace
from tidings.channels.provider import Accepted
from tidings.content.liquid import RenderError
from tidings.content.message import Message
from tidings.delivery import pretend, stopping
from tidings.delivery.clock import wall_clock
from tidings.delivery.compose import Trigger, Unready
from tidings.delivery.workspaces import Snapshot, Workspaces
from tidings.history.kinds import EVENTS
from tidings.kernel.ids import home_of
from tidings.kernel.problems import Invalid
from tidings.kernel.times import SECOND, show_iso
from tidings.people import catalog, lookup, store
from tidings.people.document import Person
from tidings.project import approval, pieces, templates
from tidings.project import store as definitions
from tidings.project.drafts import with_drafts
from tidings.project.folder import Project
from tidings.settings import Settings
from tidings.teams import audit

_EVENTS: Final = tuple(EVENTS.values())
_SAMPLE: Final = "sample"
_DARK_MEDIA: Final = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)", re.IGNORECASE)
_INVERTED: Final = (
    "<style>html{background:#eee;filter:invert(1) hue-rotate(180deg)}"
    "img,video,[background]{filter:invert(1) hue-rotate(180deg)}</style>"
)
_tests = Buckets(1)


class PreviewFault(Struct):
    """Why it can't be made. ``file``: of which document, "" for its own; ``line`` counts from 1, 0 is unknown; ``name``: what is
    missing."""

    message: str
    hint: str = ""
    file: str = ""
    line: int = 0
    name: str = ""


class Preview(Struct):
    """A message as it reads for ``person``. ``html``: whether it has a page to show. ``kilobytes``: of its HTML; Gmail cuts what is
    longer than 102. ``variables``: the paths it reads. ``length``: of a text, as it is paid by."""

    person: str
    channel: str
    subject: str
    sender: str
    reply_to: str
    preheader: str
    title: str
    text: str
    html: bool
    kilobytes: int
    links: list[str]
    variables: list[str]
    fault: PreviewFault | None
    length: str = ""


class PreviewEvent(Struct):
    """Something that happened to a person, to preview with. ``event``: what to ask with."""

    event: str
    name: str
    at: str
    properties: dict[str, Any]


class PreviewEvents(Struct):
    """The newest first."""

    events: list[PreviewEvent]


class Trial(Struct):
    """``person``, ``event``, ``locale``: as for a preview."""

    person: str = ""
    event: str = ""
    locale: Annotated[str, Meta(pattern=LOCALE)] = ""


class Tried(Struct):
    """Where the test went."""

    to: str


@get("/previews/{template:str}", guards=[may("people:read")], dependencies=WITH)
async def preview(template: str, here: Here, settings: Settings, using: With) -> Preview:
    """Show how a template reads, with its draft where there is one."""
    case = await _case(here, settings, part(template), using)
    if isinstance(case, PreviewFault):
        return _failed("", "", case)
    named = store.name_of(case.person) or next((value for _, value in case.person.identifiers), "")
    channel = case.message.template.channel
    try:
        made = await asyncio.to_thread(_made, case)
    except RenderError as error:
        hint = f'give it something in its place: {{{{ {error.name} | default: "…" }}}}' if error.name else ""
        file = "" if error.file in ("", part(template)) else error.file
        return _failed(named, channel, PreviewFault(error.message, hint, file, error.line, error.name))
    read = made.rendered
    return Preview(
        named,
        channel,
        read.subject,
        made.sender,
        made.reply_to,
        read.preheader,
        read.title,
        read.text,
        read.html is not None,
        len((read.html or "").encode()) >> 10,
        list(made.links),
        list(case.message.variables),
        None,
        registry()[channel].length(read.text),
    )


@get("/previews/{template:str}/page", guards=[may("people:read")], media_type="text/html", dependencies=WITH)
async def preview_page(
    template: str, here: Here, settings: Settings, using: With, images: bool = False, dark: bool = False
) -> Response[bytes]:
    """Show a template's HTML as a page that may do nothing. ``images``: load remote ones; ``dark``: as where mail is darkened."""
    case = await _case(here, settings, part(template), using)
    if isinstance(case, PreviewFault):
        raise Refusal(409, case.message, case.hint)
    try:
        made = await asyncio.to_thread(_made, case)
    except RenderError as error:
        raise Refusal(409, str(error)) from error
    html = made.rendered.html
    if html is None:
        raise Refusal(404, "This message has no HTML.")
    return frame(_darkened(html) if dark else html, images, settings)


@get("/previews/events", guards=[may("people:read")])
async def preview_events(here: Here, person: str) -> PreviewEvents:
    """List what happened to a person lately, to preview with."""
    async with here.pool.acquire() as connection:
        who = await _person(connection, here, person)
        rows = await history.of_person(connection, [(who.partition, who.id)], kinds=_EVENTS, limit=30)
    listed = [
        PreviewEvent(f"{row.time}-{row.id.hex()}", row.name, show_iso(row.time), history.unpack(row.body))
        for row in rows
        if row.kind != EVENTS["message"]
    ]
    return PreviewEvents(listed)


@post("/previews/{template:str}/test", guards=[may("content:edit")], status_code=200)
async def send_test(template: str, data: Trial, here: Here, settings: Settings) -> Tried:
    """Send a mail as it reads for a person to whoever asks: to their account's address and nobody else. Nothing of it is counted."""
    if here.account is None:
        raise Refusal(403, "A test is sent to whoever is signed in; a key has no address.", code="not_signed_in")
    to = here.account.email
    if _tests.take(here.account.id):
        raise Refusal(429, "That is more than one test a second.", "Wait a moment.", headers={"retry-after": "1"})
    case = await _case(here, settings, part(template), With(data.person, data.event, locale=data.locale))
    if isinstance(case, PreviewFault):
        raise Refusal(409, case.message, case.hint)
    configured = case.now.channels.get("email")
    if case.message.template.channel != "email" or configured is None:
        raise Refusal(409, "Only mail can be tested by sending it.", "The workspace needs a provider for email.")
    async with here.pool.acquire() as connection:
        if await stopping.standing(connection, here.workspace.id) is not None:
            raise Refusal(409, "All sending is stopped, tests too.", code="stopped")
    try:
        check_address(to)
        outgoing = await asyncio.to_thread(
            pretend.trial, case.message, case.person, case.now, case.event, to, wall_clock()
        )
    except (Unready, Unusable) as error:
        raise Refusal(409, str(error)) from error
    async with here.pool.acquire() as connection:
        await audit.note(
            connection, here.workspace.id, here.actor, "tested", "template", part(template), after={"to": to}
        )
        means = await means_of_workspace(connection, here.workspace.id, settings)
    outcome = await pretend.hand_over(configured, outgoing, replace(means, pool=here.pool))
    if not isinstance(outcome, Accepted):
        raise Refusal(502, f"The provider did not take it: {outcome.reason}", "See the channel's settings.")
    return Tried(to)


class _Case(NamedTuple):
    """All that a preview is made of. ``now``: what is in force."""

    message: Message
    person: Person
    now: Snapshot
    event: Trigger | None


async def _case(here: Here, settings: Settings, template: str, using: With) -> _Case | PreviewFault:
    workspaces = Workspaces(settings.pictures)
    async with here.pool.acquire() as connection:
        in_force = await definitions.newest(connection, here.workspace.id)
        then = await definitions.numbered(connection, here.workspace.id, using.number) if using.number else None
        if using.waiting:
            then = await approval.in_force_then(connection, here.workspace.id, using.waiting)
            if then is None:
                raise Refusal(404, f"Nothing of the number {using.waiting} waits for approval.", code="no_approval")
        begun = await definitions.drafts(connection, here.workspace.id)
        await workspaces.refresh(connection, [])
        seen = await catalog.read(connection, here.workspace.id)
        who = await _person(connection, here, using.person) if using.person else None
        happened = await _event(connection, who, using.event, seen)
    project = _with_drafts(in_force, begun, template, using.piece) if then is None else with_drafts(then, [])
    if template not in project.templates:
        raise Refusal(404, f"There is no template `{template}`.", code="no_content")
    try:
        message = await asyncio.to_thread(templates.compiled, project, template, settings.pictures)
    except Invalid as error:
        first = error.problems[0]
        return PreviewFault(first.message, first.hint, "" if first.file == template else first.file, first.line)
    now = workspaces.newest(here.workspace.id)
    assert now is not None
    if who is None:
        attributes = _examples(line for line in seen if line.kind == "person")
        email = attributes.setdefault("email", "ada@example.com")
        attributes.setdefault("first_name", "Ada")
        who = pretend.sample(now, attributes, [("id", "example"), ("email", str(email))])
    if using.locale:
        there = {"locale": using.locale, "language": re.split("[-_]", using.locale)[0]}
        who = structs.replace(who, attributes={**who.attributes, **there})
    return _Case(message, who, now, happened)


def _with_drafts(in_force: definitions.InForce, begun: list[definitions.Draft], template: str, piece: str) -> Project:
    taken = pieces.together(("template", template), in_force, begun)
    kind, _, name = piece.partition(":")
    if name:
        taken += [each for each in pieces.together((kind, name), in_force, begun) if each not in taken]
    return with_drafts(in_force, taken)


async def _person(connection: Any, here: Here, person: str) -> Person:
    place = await lookup.find(connection, here.workspace.id, "cio_id", person)
    who = await lookup.fetch(connection, *place) if place else None
    if who is None:
        raise Refusal(404, "There is no such person.", code="no_person")
    return who


async def _event(connection: Any, who: Person | None, event: str, seen: list[catalog.Seen]) -> Trigger | None:
    kind, _, name = event.partition(":")
    if kind == _SAMPLE:
        lines = (line for line in seen if line.name == name and line.kind in ("track", "page", "screen"))
        return Trigger(name, _examples(lines), wall_clock() // SECOND * SECOND)
    time, _, id = event.partition("-")
    if who is None or not (time.isdigit() and len(time) < 19 and re.fullmatch(r"(?:[0-9a-f]{2})+", id)):
        return None
    place = (home_of(who.id), who.id, int(time), bytes.fromhex(id))
    row = (await history.rows_at(connection, [place], _EVENTS)).get(place)
    return Trigger(row.name, history.unpack(row.body), row.time) if row else None


def _examples(lines: Any) -> dict[str, Any]:
    return {line.property: catalog.example(line) for line in lines if line.property}


def _made(case: _Case) -> pretend.Pretended:
    return pretend.pretend(case.message, case.person, case.now, case.event, wall_clock())


def _failed(person: str, channel: str, fault: PreviewFault) -> Preview:
    return Preview(person, channel, "", "", "", "", "", "", False, 0, [], [], fault)


def _darkened(html: str) -> str:
    """What says how it looks in the dark is let hold; what does not is turned round, as programs do that darken mail."""
    shown, times = _DARK_MEDIA.subn("(min-width: 0)", html)
    return (
        shown if times else html.replace("</head>", f"{_INVERTED}</head>", 1) if "</head>" in html else _INVERTED + html
    )
