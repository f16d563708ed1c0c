"""Approval: where a workspace asks for it, what somebody wants in force waits until somebody else has approved exactly that.

`apply.put` is the one place where definitions come into force, so whatever leads there is held: the web app, the API, the command line,
roll back, segment edits, taking people in. What is approved is a hash over the definitions it was made against and the whole body, choices
and rates of taking in included. Where any of it moves, it is another request. Pausing a journey waits for nobody.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidings.database.pool import Connection, Pool
from tidings.journeys import pauses
from tidings.journeys import ramp as ramps
from tidings.journeys.ramp import Ramp
from tidings.kernel.actor import APPROVE, Actor, are_one
from tidings.kernel.problems import Invalid, Problem
from tidings.kernel.share import show_share
from tidings.kernel.times import MINUTE, SECOND, show_duration
from tidings.project import intake, store
from tidings.project.apply import Applied, Noting, Overtaken, put
from tidings.project.body import NO_CHOICES, Choices, documents_of, make_body
from tidings.project.check import check
from tidings.project.drafts import Stale, with_drafts
from tidings.project.flight import Flight, flights, with_keepers
from tidings.project.folder import Project
from tidings.project.plan import Plan, plan
from tidings.project.rebase import rebased
from tidings.project.store import NOBODY_IN, InForce, Request
from tidings.project.would import Would, would


async def propose(
    pool: Pool,
    workspace: int,
    wanted: Iterable[tuple[str, str, int]],
    *,
    actor: Actor,
    called: str = "",
    over: int | None = None,
    note: str = "",
    choices: Choices = NO_CHOICES,
    take_in: Mapping[str, str] = NOBODY_IN,
    noting: Noting | None = None,
) -> Request:
    """Ask that drafts (kind, name, revision) be put in force, whether or not the workspace demands approval. ``over``: the definitions its
    plan was made against; ``choices``: what becomes of people inside; ``take_in``: journeys that take in who matches already, with rates.
    ``called``: the workspace's name, for the first thing ever published in it.

    Raises Overtaken, Stale where a draft is of another revision, Invalid where one is faulty or nothing would change.
    """
    async with pool.acquire() as connection:
        before = await store.newest(connection, workspace)
        if over is not None and before.number != over:
            raise Overtaken(over, before.number)
        drafts = []
        for kind, name, revision in wanted:
            draft = await store.draft(connection, workspace, kind, name)
            if draft is None or draft.revision != revision:
                raise Stale(revision, draft)
            drafts.append(draft)
        project = with_drafts(before, drafts, called)
        faults = [problem for problem in check(project) if not problem.warning]
        if faults:
            raise Invalid(faults)
        body = make_body(project, before.body, choices)
        intake.check(body, take_in)
        if not take_in and body == before.told:
            raise Invalid([Problem("nothing would change", "these drafts say what is in force already")])
        async with connection.transaction():
            now = time.time_ns() // 1000
            asked = await store.ask(
                connection, workspace, before.number, body, drafts, note, actor.id, now, take_in=take_in
            )
            if noting is not None:
                await noting(connection)
    return asked


async def requests(pool: Pool, workspace: int) -> list[Request]:
    """List what waits for approval and has not lapsed, the oldest first."""
    async with pool.acquire() as connection:
        return await waiting(connection, await store.newest(connection, workspace))


async def waiting(connection: Connection, now: InForce) -> list[Request]:
    """The same, given the definitions in force ``now``."""
    asked = await store.requests(connection, now.workspace)
    return [each for each in asked if await _over(connection, each, now) is not None]


async def _over(connection: Connection, request: Request, now: InForce) -> Mapping[str, Any] | None:
    """Give what a request puts in force after ``now``; None where it has lapsed."""
    if request.over == now.number:
        return request.body
    base = await store.numbered(connection, request.workspace, request.over) if request.over else InForce(now.workspace)
    return rebased(base.body, request.body, now.body) if base is not None else None


@dataclass(frozen=True)
class Look:
    """A request as its approver sees it: the ``body`` it puts in force after ``before``, documents that change, journeys whose status or
    ramp does, what becomes of people inside, and who matches already, taken in or not."""

    request: Request
    before: InForce
    body: Mapping[str, Any]
    plan: Plan
    statuses: Sequence[str]
    flights: Sequence[Flight]
    matching: Sequence[Would] = ()


async def in_force_then(connection: Connection, workspace: int, id: int) -> InForce | None:
    """Give the definitions as a request would make them; None where nothing of that number waits, or it has lapsed."""
    request = await store.request(connection, workspace, id)
    if request is None or request.given_by:
        return None
    body = await _over(connection, request, await store.newest(connection, workspace))
    return InForce(workspace, request.over, body) if body is not None else None


async def look(pool: Pool, workspace: int, id: int) -> Look:
    """Give a request with all it would change. Raises Invalid where there is none that waits, Overtaken where it has lapsed."""
    async with pool.acquire() as connection:
        request = await store.request(connection, workspace, id)
        if request is None or request.given_by:
            raise Invalid(
                [Problem(f"nothing of the number {id} waits for approval", "`tidings approval list` shows what does")]
            )
        before = await store.newest(connection, workspace)
        body = await _over(connection, request, before)
    if body is None:
        raise Overtaken(request.over, before.number)
    documents: dict[str, Any] = documents_of(body)
    people = await flights(pool, before, body)
    async with pool.acquire() as connection:
        found = await with_keepers(connection, before, plan(Project(**documents), before), people)
    return Look(
        request,
        before,
        body,
        found,
        _statuses(before.body, body),
        people,
        await would(pool, workspace, before.body, body, request.take_in),
    )


def _statuses(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    found = []
    for id, entry in after.get("journeys", {}).items():
        old = before.get("journeys", {}).get(id)
        name = entry["document"].get("name") or id
        if old is None:
            if entry.get("shadow"):
                found.append(f"{name} begins in shadow: it sends nothing")
        else:
            if entry.get("status") != old.get("status"):
                found.append(f"{name} is {entry.get('status')}, was {old.get('status')}{_held(old, entry)}")
            if bool(entry.get("shadow")) != bool(old.get("shadow")):
                words = "goes into shadow: it sends nothing" if entry.get("shadow") else "comes out of shadow: it sends"
                found.append(f"{name} {words}")
        found += [f"{name} {words}" for words in _ramp(ramps.read(old or {}), ramps.read(entry))]
    return found


def _held(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Say what becomes of what became due in a pause, where it ends."""
    ended = [pause for pause in pauses.read(after) if pause.start == before.get("paused_at")]
    if not ended or after.get("status") == "stopped":
        return ""
    about = MINUTE if ended[0].over >= 2 * MINUTE else SECOND
    over = f" over {show_duration(max(about, ended[0].over // about * about))}" if ended[0].over else ""
    if "release_every" in after:
        over = f"{over}, longer where more is held by then" if over else " at the rate that was asked for"
    ways = {"send": f"sent{over}", "skip": "skipped", "shift": "sent later by the pause"}
    return f"; what became due in the pause is {ways[ended[0].held]}"


def _ramp(was: Ramp | None, now: Ramp | None) -> Iterable[str]:
    """Say what changes in how many people a journey lets in."""
    if now is None or now == was:
        return
    if was is None or was.began != now.began:
        yield f"lets in {ramps.show(now.stages)} of people"
    elif was.stopped:
        yield f"goes on with its ramp, which was stopped: {was.why}"
    else:
        share, former = (show_share(ramps.share(each, now.since)) for each in (now, was))
        yield f"lets in {share} of people, let in {former}"


async def approve(
    pool: Pool, workspace: int, id: int, *, hash: str, actor: Actor, noting: Noting | None = None
) -> Applied:
    """Approve a request and put it in force. ``hash``: of what the approver saw; ``noting``: as for `apply.put`.

    Raises Invalid where the actor may not approve or is the author, where the hash is another, or where nothing of that number waits;
    Overtaken where what it touches, or is made of, changed since it was asked.
    """
    seen = await look(pool, workspace, id)
    request = seen.request
    problem = None
    if APPROVE not in actor.may:
        problem = Problem(f"{actor.id or 'nobody'} may not approve", "ask somebody who may")
    elif are_one(actor.id, request.asked_by):
        problem = Problem("an author does not approve their own change", "ask somebody else")
    elif hash != request.hash.hex():
        problem = Problem("this is not what was looked at", "look at it again, and give the hash shown there")
    if problem is not None:
        raise Invalid([problem])
    async with pool.acquire() as connection:
        drafts = [
            draft
            for kind, name, revision in request.drafts
            if (draft := await store.draft(connection, workspace, kind, name)) is not None
            and draft.revision == revision
        ]
    return await put(
        pool,
        seen.before,
        seen.body,
        actor=Actor(request.asked_by),
        note=request.note,
        drafts=drafts,
        said=request.said,
        approved=(request, actor),
        noting=noting,
        take_in=request.take_in,
    )


async def decline(
    pool: Pool, workspace: int, id: int, *, actor: Actor, answer: str = "", noting: Noting | None = None
) -> None:
    """Decline a request, ``answer`` saying why; its author may too. Raises Invalid where the actor may not, or nothing of that number
    waits."""
    async with pool.acquire() as connection, connection.transaction():
        request = await store.request(connection, workspace, id)
        if request is None or request.given_by:
            raise Invalid(
                [Problem(f"nothing of the number {id} waits for approval", "`tidings approval list` shows what does")]
            )
        if APPROVE not in actor.may and not are_one(actor.id, request.asked_by):
            raise Invalid(
                [Problem(f"{actor.id or 'nobody'} may not decline this", "ask its author, or somebody who may approve")]
            )
        now = time.time_ns() // 1000
        if not await store.settle_request(connection, id, actor.id, now, approved=False, answer=answer):
            raise Invalid([Problem("somebody else has just approved or declined it", "look at it again")])
        if noting is not None:
            await noting(connection)
