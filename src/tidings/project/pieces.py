"""Templates, layouts and snippets, one at a time: what publishing the draft of one changes, how it was before, and taking one away."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tidings.database.pool import Connection, Pool
from tidings.kernel.actor import Actor
from tidings.kernel.problems import Invalid, Problem
from tidings.people import catalog
from tidings.project import store
from tidings.project.apply import Applied, Overtaken, put
from tidings.project.body import documents_of, make_body
from tidings.project.check import check
from tidings.project.drafts import with_drafts
from tidings.project.flight import with_keepers
from tidings.project.folder import Project, Source
from tidings.project.plan import Plan, plan
from tidings.project.store import Draft, InForce
from tidings.project.uses import KINDS, Piece, assets_of, layout_of, snippets_of, users


@dataclass(frozen=True)
class Publishing:
    """What publishing would do: the drafts it takes, what changes, and every fault and warning of them."""

    before: InForce
    drafts: list[Draft]
    project: Project
    plan: Plan
    problems: list[Problem]

    @property
    def faults(self) -> list[Problem]:
        """What stands in the way."""
        return [problem for problem in self.problems if not problem.warning]


def together(piece: Piece, in_force: InForce, drafts: Sequence[Draft]) -> list[Draft]:
    """Give the drafts that go into force with one: its own, and those it needs that are not in force at all yet."""
    known = {
        (draft.kind, draft.name): draft
        for draft in drafts
        if draft.kind == "asset" or (draft.kind in KINDS and is_text(draft))
    }
    there = documents_of(in_force.body)
    found: dict[Piece, Draft] = {}
    waiting = [piece]
    while waiting:
        one = waiting.pop()
        draft = known.get(one)
        if draft is None or one in found or (one != piece and one[1] in there[f"{one[0]}s"]):
            continue
        found[one] = draft
        if one[0] == "asset":
            continue
        text, names = draft.body["text"], [name for kind, name in known if kind == "snippet"]
        waiting += [("snippet", name) for name in snippets_of(text, names)]
        waiting += [("asset", name) for name in assets_of(text, [name for kind, name in known if kind == "asset"])]
        if one[0] == "template" and (layout := layout_of(one[1], text, draft.body["format"])):
            waiting.append(("layout", layout))
    return list(found.values())


def is_text(draft: Draft) -> bool:
    """Whether a draft holds what a draft of content is: a text and its format."""
    return isinstance(draft.body.get("text"), str) and isinstance(draft.body.get("format"), str)


async def publishing(connection: Connection, workspace: int, piece: Piece) -> Publishing | None:
    """Look what publishing a draft would do; None where there is none."""
    before = await store.newest(connection, workspace)
    drafts = together(piece, before, await store.drafts(connection, workspace))
    if not drafts:
        return None
    called = await connection.fetchval("SELECT name FROM workspaces WHERE id = $1", workspace)
    seen = await catalog.read(connection, workspace)
    found = await asyncio.to_thread(_publishing, before, drafts, called, seen)
    return replace(found, plan=await with_keepers(connection, before, found.plan))


def _publishing(before: InForce, drafts: list[Draft], called: str, seen: Sequence[catalog.Seen]) -> Publishing:
    project = with_drafts(before, drafts, called)
    problems = check(project, seen)
    changes = Plan(before.number) if any(not each.warning for each in problems) else plan(project, before)
    return Publishing(before, drafts, project, changes, problems)


async def publish(pool: Pool, found: Publishing, *, actor: Actor, note: str) -> Applied:
    """Put it in force. Raises Invalid, Overtaken, and Unapproved where the workspace asks for approval."""
    if found.faults:
        raise Invalid(found.faults)
    body = make_body(found.project, found.before.body)
    return await put(pool, found.before, body, actor=actor, note=note, drafts=found.drafts)


async def remove(pool: Pool, workspace: int, piece: Piece, *, over: int, actor: Actor) -> Applied:
    """Take one out of force. Raises Invalid where something uses it, Overtaken where ``over`` is not in force; who finishes on a former
    version of a journey keeps it."""
    async with pool.acquire() as connection:
        before = await store.newest(connection, workspace)
    if before.number != over:
        raise Overtaken(over, before.number)
    by = users(before.body).get(piece, [])
    if by:
        named = ", ".join(f"{kind} {name}" for kind, name in by)
        raise Invalid([Problem(f"{piece[0]} `{piece[1]}` is used by: {named}", "take it out there first")])
    documents: dict[str, Any] = documents_of(before.body)
    documents[f"{piece[0]}s"].pop(piece[1], None)
    note = f"{piece[0]} {piece[1]} deleted"
    return await put(pool, before, make_body(Project(**documents), before.body), actor=actor, note=note)


async def restore(pool: Pool, workspace: int, piece: Piece, *, number: int, actor: Actor) -> Applied:
    """Put one that is not there back in force, as definitions ``number`` had it. Raises Invalid."""
    async with pool.acquire() as connection:
        before = await store.newest(connection, workspace)
        then = await store.numbered(connection, workspace, number)
    kind = f"{piece[0]}s"
    source = documents_of(then.body)[kind].get(piece[1]) if then is not None else None
    documents: dict[str, Any] = documents_of(before.body)
    if source is None or piece[1] in documents[kind]:
        raise Invalid([Problem(f"there is nothing of {piece[0]} `{piece[1]}` to bring back", "look at the list again")])
    documents[kind][piece[1]] = source
    project = Project(**documents)
    faults = [problem for problem in await asyncio.to_thread(check, project) if not problem.warning]
    if faults:
        raise Invalid(faults)
    note = f"{piece[0]} {piece[1]} brought back"
    return await put(pool, before, make_body(project, before.body), actor=actor, note=note)


def text_of(in_force: InForce, piece: Piece) -> Source | None:
    """Give a template, layout or snippet as it is in force."""
    found: Source | None = documents_of(in_force.body)[f"{piece[0]}s"].get(piece[1])
    return found
