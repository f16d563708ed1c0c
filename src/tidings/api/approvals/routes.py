"""Approval: somebody asks for drafts to be in force, somebody else looks at exactly that, and approves or refuses it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, cast

from litestar import get, post
from msgspec import Struct, field

from tidings.api.here import Here, actor_of
from tidings.api.keepers import KeptBy, kept_by
from tidings.api.permit import may
from tidings.api.problem import Fault, Refusal
from tidings.kernel.actor import are_one
from tidings.kernel.times import show_iso
from tidings.project import approval, store
from tidings.project.apply import Noting
from tidings.project.body import documents_of
from tidings.project.drafts import Stale
from tidings.project.flight import Flight
from tidings.project.plan import Change, words
from tidings.teams import audit

Kind = Literal["journey", "event", "segment", "template", "layout", "snippet"]
_ANSWERED: Final = 10
_EDITS = {"journey": "journeys:edit", "segment": "segments:edit", "event": "segments:edit"}


class DraftMeant(Struct):
    """A draft, at the revision that was looked at."""

    kind: Kind
    name: str
    revision: int


class Proposal(Struct):
    """What is asked for. ``over``: the definitions its plan was made against (null: the newest). ``choices``: what becomes of people
    inside, by journey and step, as `finish`, `leave`, `move STEP`, `retime` or `keep`. ``note``: what it is for. ``take_in``:
    journeys that take in who matches already, each with a rate (`1000 per hour`, `all`)."""

    drafts: list[DraftMeant]
    over: int | None = None
    note: str = ""
    choices: dict[str, dict[str, str]] = field(default_factory=dict)
    take_in: dict[str, str] = field(default_factory=dict)


class Waiting(Struct):
    """A change that waits. ``hash``: of all that would be approved. ``mine``: whoever asks is its author. ``may_approve``: whoever asks may
    approve it. ``drafts``: those that it is made of, as they were; none where it brings something back, or is about settings alone.
    ``journeys``: those it changes, by their ids."""

    id: int
    hash: str
    over: int
    asked_by: str
    asked: str
    note: str
    mine: bool
    may_approve: bool
    drafts: list[DraftMeant]
    journeys: list[str] = []


class Answered(Struct):
    """A request that somebody approved, refused or took back, and what they said to it."""

    id: int
    note: str
    asked_by: str
    drafts: list[DraftMeant]
    answered_by: str
    answered: str
    approved: bool
    answer: str


class WaitingList(Struct):
    """What waits, the oldest first. ``demanded``: nothing comes into force here without approval. ``answered``: the newest answers."""

    approvals: list[Waiting]
    demanded: bool
    answered: list[Answered]


class RuleWord(Struct):
    """A piece of a rule. ``sign``: `-` goes, `+` comes, a space stays."""

    sign: str
    text: str


class DocumentChange(Struct):
    """One document that would change. ``before`` and ``after``: its canonical text; ``diff``: lines of a unified diff. ``used_by``:
    journeys that would take it, live or ``closed`` with people in them who finish; ``keeps``: those in them for whom it stays as it was.
    ``called``: what people call it. ``rule``: of a segment or derived event, its sentence as it changes. ``document``: of a journey, what
    it would be."""

    kind: str
    name: str
    what: Literal["added", "changed", "removed"]
    file: str
    before: str
    after: str
    diff: list[str]
    used_by: list[str]
    closed: list[str]
    keeps: list[KeptBy]
    called: str = ""
    rule: list[RuleWord] = []
    document: dict[str, Any] | None = None


class PeopleAtStop(Struct):
    """People inside at a step, and what becomes of them. ``versions``: how many by the version they are on; ``open``: what else may be
    chosen."""

    step: str
    people: int
    versions: dict[str, int]
    changes: list[str]
    becomes: str
    choice: str
    open: list[str]


class InFlight(Struct):
    """A journey that would change. ``changes``: in words. ``version``: the new one, 0 where it is removed."""

    journey: str
    version: int
    inside: int
    changes: list[str]
    stops: list[PeopleAtStop]


class Matching(Struct):
    """People who match a journey already. ``rate``: at which they are taken in, "" they stay outside."""

    journey: str
    people: int | None
    rate: str
    says: str


class ApprovalPage(Struct):
    """What waits, with all it would change. ``statuses``: journeys whose status, shadow or ramp would, in words. ``matching``: who
    matches journeys already, taken in or not; ``says``: the same in words. ``number``: of the definitions in force now, which it is
    compared with."""

    approval: Waiting
    changes: list[DocumentChange]
    statuses: list[str]
    flights: list[InFlight]
    matching: list[Matching] = []
    number: int = 0


class Approve(Struct):
    """``hash``: of what was looked at."""

    hash: str


class Refuse(Struct):
    """``answer``: why, for its author."""

    answer: str = ""


class InForceNow(Struct):
    """The number of the definitions that are in force now."""

    number: int


@get("/approvals", guards=[may("journeys:read")])
async def list_approvals(here: Here) -> WaitingList:
    """List what waits for approval."""
    found = await approval.requests(here.pool, here.workspace.id)
    async with here.pool.acquire() as connection:
        newest = await store.newest(connection, here.workspace.id)
        settings = newest.body.get("settings", {})
        bodies = {newest.number: newest.body}
        for over in {each.over for each in found} - set(bodies):
            before = await store.numbered(connection, here.workspace.id, over)
            bodies[over] = before.body if before is not None else {}
        answered = await store.answered(connection, here.workspace.id, _ANSWERED)
    return WaitingList(
        [_waiting(here, each, bodies[each.over]) for each in found],
        bool(settings.get("approval")),
        [
            Answered(
                each.id,
                each.note,
                each.asked_by,
                _meant(each.drafts),
                each.given_by,
                show_iso(each.given_at),
                each.approved,
                each.answer,
            )
            for each in answered
        ],
    )


@post("/approvals", guards=[may("journeys:edit")], status_code=201)
async def propose(data: Proposal, here: Here) -> Waiting:
    """Ask for drafts to be put in force, by somebody else's approval."""
    for draft in data.drafts:
        here.need(_EDITS.get(draft.kind, "content:edit"))
    if not data.drafts:
        raise Refusal(400, "Nothing is asked for.", faults=[Fault("Name at least one draft.", "drafts")])
    named = [{"kind": each.kind, "name": each.name, "revision": each.revision} for each in data.drafts]
    try:
        made = await approval.propose(
            here.pool,
            here.workspace.id,
            [(each.kind, each.name, each.revision) for each in data.drafts],
            actor=actor_of(here),
            called=here.workspace.name,
            over=data.over,
            note=data.note,
            choices=data.choices,
            take_in=data.take_in,
            noting=_noting(here, "asked for", ", ".join(each.name for each in data.drafts), {"drafts": named}),
        )
    except Stale as error:
        raise Refusal(409, str(error), "Load it again.", code="stale") from error
    async with here.pool.acquire() as connection:
        before = await store.numbered(connection, here.workspace.id, made.over)
    return _waiting(here, made, before.body if before is not None else {})


@get("/approvals/{id:int}", guards=[may("journeys:read")])
async def read_approval(id: int, here: Here) -> ApprovalPage:
    """Show what a request would put in force: each document's diff, statuses, and what becomes of people inside."""
    await _known(here, id)
    found = await approval.look(here.pool, here.workspace.id, id)
    return ApprovalPage(
        _waiting(here, found.request, found.before.body),
        [_change(each, found.before.body, found.body) for each in found.plan.changes],
        list(found.statuses),
        [_flight(each) for each in found.flights],
        [Matching(each.journey, each.people, each.rate, each.says()) for each in found.matching],
        found.before.number,
    )


@post("/approvals/{id:int}/approve", guards=[may("journeys:approve")], status_code=200)
async def approve(id: int, data: Approve, here: Here) -> InForceNow:
    """Approve exactly what was looked at, and put it in force. Nobody approves their own."""
    about = _about(await _known(here, id))
    noting = _noting(here, "approved", str(id), {**about, "hash": data.hash})
    applied = await approval.approve(
        here.pool, here.workspace.id, id, hash=data.hash, actor=actor_of(here), noting=noting
    )
    return InForceNow(applied.number)


@post("/approvals/{id:int}/refuse", guards=[may("journeys:edit")], status_code=204)
async def refuse(id: int, data: Refuse, here: Here) -> None:
    """Refuse a request, as somebody who may approve it, or take it back, as its author."""
    about = _about(await _known(here, id))
    noting = _noting(here, "refused", str(id), {**about, "answer": data.answer})
    await approval.decline(here.pool, here.workspace.id, id, actor=actor_of(here), answer=data.answer, noting=noting)


async def _known(here: Here, id: int) -> store.Request:
    async with here.pool.acquire() as connection:
        found = await store.request(connection, here.workspace.id, id)
    if found is None:
        raise Refusal(404, f"There is no request number {id}.", "The list shows what waits.", code="no_approval")
    return found


def _about(request: store.Request) -> dict[str, Any]:
    """What a request is for, as the audit log keeps it: an answer without it would say nothing."""
    drafts = ", ".join(f"{kind} {name}" for kind, name, _ in request.drafts)
    return {"asked by": request.asked_by, "for": request.note, "drafts": drafts}


def _noting(here: Here, what: str, name: str, after: Any) -> Noting:
    async def note(connection: Any) -> None:
        await audit.note(connection, here.workspace.id, here.actor, what, "approval", name, after=after)

    return note


def _waiting(here: Here, each: store.Request, before: Mapping[str, Any] | None = None) -> Waiting:
    mine = are_one(each.asked_by, here.author)
    may_approve = "journeys:approve" in here.permissions and not mine
    made = (each.asked_by, show_iso(each.asked_at), each.note)
    old, new = (body.get("journeys", {}) for body in (before or {}, each.body))
    changed = [] if before is None else sorted(id for id in {*old, *new} if old.get(id) != new.get(id))
    return Waiting(each.id, each.hash.hex(), each.over, *made, mine, may_approve, _meant(each.drafts), changed)


def _meant(drafts: Sequence[tuple[str, str, int]]) -> list[DraftMeant]:
    return [DraftMeant(cast(Kind, kind), name, revision) for kind, name, revision in drafts]


def _change(each: Change, before: Mapping[str, Any], after: Mapping[str, Any]) -> DocumentChange:
    diff = each.diff() if each.what == "changed" else []
    old, new = (_document(each, body) for body in (before, after))
    rules = (str(old.get("rule") or ""), str(new.get("rule") or "")) if each.kind in ("segment", "event") else ("", "")
    return DocumentChange(
        each.kind,
        each.name,
        each.what,
        each.file,
        each.before,
        each.after,
        diff,
        list(each.takes),
        list(each.closed),
        kept_by(each),
        str((new or old).get("name") or ""),
        [RuleWord(sign, text) for sign, text in words(*rules)],
        dict(new) if each.kind == "journey" and new else None,
    )


def _document(each: Change, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document of a kind that people read in words; empty where it is not there, or of another kind."""
    of = {"journey": "journeys", "segment": "segments", "event": "events"}.get(each.kind)
    found: Mapping[str, Any] = documents_of(body)[of].get(each.name, {}) if of else {}
    return found


def _flight(each: Flight) -> InFlight:
    return InFlight(
        each.journey,
        each.version,
        each.inside,
        list(each.changes),
        [
            PeopleAtStop(
                stop.step,
                stop.people,
                {str(version): people for version, people in stop.versions.items()},
                list(stop.changes),
                stop.becomes,
                stop.choice,
                list(stop.open),
            )
            for stop in each.stops
        ],
    )
