"""Content: templates, layouts and snippets; each checked as it is typed, published from its draft by a plan, brought back, taken away."""

import asyncio
from typing import Any, Literal

from litestar import Request, Response, delete, get, post
from msgspec import Struct

from tidings.api.content.versions import Published, compare_versions, list_versions
from tidings.api.content.words import list_names, list_variables, list_words
from tidings.api.edits import overtaken, revision_meant
from tidings.api.here import Here, actor_of, part
from tidings.api.keepers import KeptBy, kept_by
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.content.template import read as read_template
from tidings.kernel.problems import Invalid, Problem
from tidings.kernel.times import show_iso
from tidings.people import catalog
from tidings.project import drafts, pieces, store
from tidings.project.apply import Applied, Overtaken, Unapproved
from tidings.project.body import documents_of
from tidings.project.folder import Source
from tidings.project.plan import Plan
from tidings.project.uses import KINDS as CONTENT
from tidings.project.uses import layout_of, users
from tidings.teams import audit

Kind = Literal["template", "layout", "snippet"]
__all__ = ["compare_versions", "list_names", "list_variables", "list_versions", "list_words"]


class UsedBy(Struct):
    """Something that uses a piece."""

    kind: str
    name: str


class Piece(Struct):
    """A template, layout or snippet. ``channel`` and ``subject``: a template's. ``in_force``: False: there is only a draft of it.
    ``draft``: who is changing it, null: nobody."""

    kind: str
    name: str
    format: str
    channel: str
    subject: str
    layout: str
    topic: str
    in_force: bool
    draft: str | None
    changed: str | None
    used_by: list[UsedBy]


class Pieces(Struct):
    """All content, by kind and name. ``number``: of the definitions in force."""

    pieces: list[Piece]
    number: int


class PieceShown(Piece):
    """One with its text as it is in force, "" where it is not."""

    text: str
    number: int


class TextFlaw(Struct):
    """A fault, or a warning that stands in nothing's way. ``file``: of which document, "" for the one that was asked about;
    ``line`` and ``column`` count from 1, 0 is unknown."""

    message: str
    hint: str
    file: str
    line: int
    column: int
    warning: bool


class TypedText(Struct):
    """A text as it is being typed."""

    text: str
    format: str


class CheckedText(Struct):
    """What is wrong with a text."""

    problems: list[TextFlaw]


class PieceChange(Struct):
    """One document that a publish changes. ``diff``: lines that begin with `@`, space, `-` or `+`. ``takes``: journeys that send
    it from then on, live or ``closed`` with people in them who finish; ``keeps``: those in them who are sent it as it was, since
    their version pins it."""

    kind: str
    name: str
    what: str
    diff: list[str]
    takes: list[str]
    closed: list[str]
    keeps: list[KeptBy]


class PiecePlan(Struct):
    """What publishing a draft would do over definitions ``number``. ``approval``: somebody else has to approve it."""

    number: int
    revision: int
    changes: list[PieceChange]
    problems: list[TextFlaw]
    approval: bool


class PublishPiece(Struct):
    """``over``: the definitions its plan was made against. ``note``: what it is for."""

    over: int
    note: str = ""


class PublishedPiece(Struct):
    """``number``: of the definitions now in force. ``waits``: the number of the request for approval, where it waits for that."""

    number: int
    waits: int | None = None


class RestorePiece(Struct):
    """``number``: the definitions that still had it."""

    number: int


@get("/content", guards=[may("content:read")])
async def list_content(here: Here) -> Pieces:
    """List templates, layouts and snippets, with what uses them and who is changing them."""
    async with here.pool.acquire() as connection:
        in_force = await store.newest(connection, here.workspace.id)
        begun = await store.drafts(connection, here.workspace.id)
    return Pieces(_pieces(in_force, begun), in_force.number)


@get("/content/{kind:str}/{name:str}", guards=[may("content:read")])
async def read_piece(kind: Kind, name: str, here: Here) -> PieceShown:
    """Show one as it is in force."""
    async with here.pool.acquire() as connection:
        in_force = await store.newest(connection, here.workspace.id)
        begun = await store.draft(connection, here.workspace.id, kind, part(name))
    found = next((each for each in _pieces(in_force, [begun] if begun else []) if _is(each, kind, name)), None)
    if found is None:
        raise Refusal(404, f"There is no {kind} `{part(name)}`.", code="no_content")
    source = pieces.text_of(in_force, (kind, part(name)))
    given = {field: getattr(found, field) for field in Piece.__struct_fields__}
    return PieceShown(**given, text=source.text if source else "", number=in_force.number)


@post("/content/{kind:str}/{name:str}/check", guards=[may("content:read")], status_code=200)
async def check_content(kind: Kind, name: str, data: TypedText, here: Here) -> CheckedText:
    """Say what is wrong with a text as it is being typed: with itself, with what it names, and what it reads that was never seen."""
    async with here.pool.acquire() as connection:
        in_force = await store.newest(connection, here.workspace.id)
        begun = await store.drafts(connection, here.workspace.id)
        seen = await catalog.read(connection, here.workspace.id)
    draft = store.Draft(
        here.workspace.id, kind, part(name), 0, 0, {"text": data.text, "format": data.format}, "", 0, "", 0
    )
    others = [each for each in begun if (each.kind, each.name) != (kind, part(name))]
    taken = pieces.together((kind, part(name)), in_force, [*others, draft])
    problems = await asyncio.to_thread(drafts.faults, in_force, taken, here.workspace.name, seen)
    own = f"{kind} {part(name)}"
    return CheckedText([_flaw(each, own) for each in problems if _concerns(each, own)])


@get("/content/{kind:str}/{name:str}/plan", guards=[may("content:read")])
async def plan_publish(kind: Published, name: str, here: Here) -> PiecePlan:
    """Show what publishing the draft would change, and which live journeys would send the new text."""
    found = await _publishing(here, kind, part(name))
    own = f"{kind} {part(name)}"
    named = [f"{draft.kind} {draft.name}" for draft in found.drafts]
    flaws = [_flaw(each, own) for each in found.problems if not each.warning or each.file in named]
    return PiecePlan(
        found.before.number,
        found.drafts[0].revision,
        _changes(found.plan),
        flaws,
        bool(found.before.body.get("settings", {}).get("approval")),
    )


@post("/content/{kind:str}/{name:str}/publish", guards=[may("journeys:publish")], status_code=200)
async def publish_content(
    kind: Published, name: str, data: PublishPiece, here: Here, request: Request[Any, Any, Any]
) -> Response[PublishedPiece]:
    """Put the draft of the revision named in If-Match in force, as its plan showed; 202 where it waits for approval."""
    found = await _publishing(here, kind, part(name))
    if found.drafts[0].revision != revision_meant(request):
        raise overtaken(found.drafts[0].changed_by)
    if found.before.number != data.over:
        raise overtaken()
    publishing = pieces.publish(here.pool, found, actor=actor_of(here), note=data.note.strip())
    return await _done(here, kind, name, "published", publishing)


@delete("/content/{kind:str}/{name:str}", guards=[may("journeys:publish")], status_code=200)
async def delete_content(kind: Kind, name: str, here: Here, over: int) -> Response[PublishedPiece]:
    """Take one out of force that nothing uses. ``over``: the definitions it was looked at in; they still have it afterwards."""
    piece = (kind, part(name))
    return await _done(
        here, kind, name, "deleted", pieces.remove(here.pool, here.workspace.id, piece, over=over, actor=actor_of(here))
    )


@post("/content/{kind:str}/{name:str}/restore", guards=[may("journeys:publish")], status_code=200)
async def restore_content(kind: Kind, name: str, data: RestorePiece, here: Here) -> Response[PublishedPiece]:
    """Bring back one that was deleted."""
    piece = (kind, part(name))
    done = pieces.restore(here.pool, here.workspace.id, piece, number=data.number, actor=actor_of(here))
    return await _done(here, kind, name, "restored", done)


async def _publishing(here: Here, kind: str, name: str) -> pieces.Publishing:
    async with here.pool.acquire() as connection:
        found = await pieces.publishing(connection, here.workspace.id, (kind, name))
    if found is None:
        raise Refusal(404, f"There is no draft of {kind} `{name}`.", code="no_draft")
    return found


async def _done(here: Here, kind: str, name: str, what: str, doing: Any) -> Response[PublishedPiece]:
    try:
        done: Applied = await doing
    except Overtaken as error:
        raise overtaken() from error
    except Unapproved as error:
        async with here.pool.acquire() as connection:
            after = {"request": error.request.id}
            await audit.note(
                connection, here.workspace.id, here.actor, "asked for approval", kind, part(name), after=after
            )
        return Response(PublishedPiece(error.request.over, error.request.id), status_code=202)
    async with here.pool.acquire() as connection:
        await audit.note(
            connection, here.workspace.id, here.actor, what, kind, part(name), after={"definitions": done.number}
        )
    return Response(PublishedPiece(done.number))


def _pieces(in_force: store.InForce, begun: list[store.Draft]) -> list[Piece]:
    documents, uses = documents_of(in_force.body), users(in_force.body)
    changing = {(each.kind, each.name): each for each in begun if each.kind in CONTENT and pieces.is_text(each)}
    found = []
    for kind in CONTENT:
        there: dict[str, Source] = documents[f"{kind}s"]
        for name in sorted({*there, *(own for of, own in changing if of == kind)}):
            draft = changing.get((kind, name))
            source = there.get(name)
            if source is None:
                assert draft is not None, "each name is of one of both"
                source = Source(draft.body["text"], draft.body["format"])
            by = [UsedBy(*each) for each in uses.get((kind, name), [])]
            found.append(_piece(kind, name, source, name in there, draft, by))
    return found


def _piece(
    kind: str, name: str, source: Source, in_force: bool, draft: store.Draft | None, used_by: list[UsedBy]
) -> Piece:
    said = {"channel": "", "subject": "", "layout": "", "topic": ""}
    if kind == "template":
        try:
            read = read_template(name, source.text, source.format)
            said = {"channel": read.channel, "subject": read.subject or read.title, "topic": read.topic}
            said["layout"] = read.layout
        except Invalid:
            said["layout"] = layout_of(name, source.text, source.format)
    by = (draft.changed_by or "somebody") if draft else None
    changed = show_iso(draft.changed_at) if draft else None
    return Piece(kind, name, source.format, **said, in_force=in_force, draft=by, changed=changed, used_by=used_by)


def _is(each: Piece, kind: str, name: str) -> bool:
    return (each.kind, each.name) == (kind, part(name))


def _flaw(problem: Problem, own: str) -> TextFlaw:
    file = "" if problem.file == own else problem.file
    return TextFlaw(problem.message, problem.hint, file, problem.line, problem.column, problem.warning)


def _concerns(problem: Problem, own: str) -> bool:
    return problem.file == own or not problem.warning


def _changes(plan: Plan) -> list[PieceChange]:
    return [
        PieceChange(each.kind, each.name, each.what, each.diff(3), list(each.takes), list(each.closed), kept_by(each))
        for each in plan.changes
    ]
