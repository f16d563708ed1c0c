"""Drafts: documents that somebody works on beside those in force. They reach nobody until they are published.

One draft stands beside each document. Whoever writes says which revision they saw, so that two who work on the same never write over
each other: the second is told who was quicker, and looks again.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from tidings.content import pictures
from tidings.content.template import SUFFIXES
from tidings.database.pool import Pool
from tidings.journeys.reading import NAME
from tidings.kernel.actor import Actor
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.people.catalog import Seen
from tidings.project import labels, store
from tidings.project.body import documents_of
from tidings.project.check import check
from tidings.project.folder import KINDS, LARGEST, Kind, Project, Source, document_of
from tidings.project.store import Draft, InForce

_FORMATS: Final = sorted({*SUFFIXES.values(), "liquid"})


class Stale(Exception):
    """Another revision is there than the one that was seen. ``found``: the draft as it is now, None where there is none."""

    def __init__(self, seen: int, found: Draft | None) -> None:
        now = f"{found.changed_by or 'somebody'} wrote revision {found.revision}" if found else "there is none now"
        super().__init__(f"this was made against revision {seen} of the draft, {now}; look again")
        self.seen, self.found = seen, found


async def list_drafts(pool: Pool, workspace: int) -> list[Draft]:
    """List the drafts of a workspace, by kind and name."""
    async with pool.acquire() as connection:
        return await store.drafts(connection, workspace)


async def read_draft(pool: Pool, workspace: int, kind: str, name: str) -> Draft | None:
    """Read one draft; None where there is none."""
    async with pool.acquire() as connection:
        return await store.draft(connection, workspace, kind, name)


async def write_draft(
    pool: Pool,
    workspace: int,
    kind: str,
    name: str,
    body: Mapping[str, Any],
    *,
    seen: int,
    actor: Actor,
    base: int | None = None,
) -> Draft:
    """Write a draft over revision ``seen`` (0: there was none), and give it with its new revision.

    ``base``: the definitions it builds on; left out, a new draft builds on those in force and an old one keeps its own.
    Raises Stale where another revision is there, Invalid where it can't be a document of its kind at all; other faults may stand in it.
    """
    _fit(kind, name, body)
    now = time.time_ns() // 1000
    async with pool.acquire() as connection, connection.transaction():
        found = await store.draft(connection, workspace, kind, name)
        if base is None:
            base = found.base if found else (await store.newest(connection, workspace)).number
        made = await store.write_draft(
            connection, Draft(workspace, kind, name, seen + 1, base, body, actor.id, now, actor.id, now)
        )
        if made is None:
            raise Stale(seen, await store.draft(connection, workspace, kind, name))
        return made


async def discard_draft(pool: Pool, workspace: int, kind: str, name: str, *, seen: int) -> None:
    """Take a draft away. Raises Stale where another revision is there than ``seen``."""
    async with pool.acquire() as connection, connection.transaction():
        if not await store.discard_draft(connection, workspace, kind, name, seen):
            raise Stale(seen, await store.draft(connection, workspace, kind, name))
        await labels.forget_draft(connection, workspace, kind, name)


def with_drafts(in_force: InForce, drafts: Iterable[Draft]) -> Project:
    """Give the project that would be in force with these drafts published; nothing is checked yet."""
    documents: dict[str, Any] = documents_of(in_force.body)
    for draft in drafts:
        kind = _kind(draft.kind)
        documents[kind.folder][draft.name] = _document(draft)
    return Project(**documents)


def publishable(
    in_force: InForce, drafts: Iterable[Draft], called: str, catalog: Sequence[Seen] = ()
) -> tuple[Project, list[Problem]]:
    """Give the project with these drafts published, and the warnings about it. ``called``: the workspace's name. Raises Invalid with what
    is faulty."""
    project = with_drafts(in_force, drafts)
    if not project.settings:  # the first thing ever published here
        project = replace(project, settings={"workspace": called})
    problems = check(project, catalog)
    if wrong := [each for each in problems if not each.warning]:
        raise Invalid(wrong)
    return project, problems


def faults(in_force: InForce, drafts: Iterable[Draft]) -> list[Problem]:
    """Give what stands in the way of publishing drafts (and warnings), each with the kind and name of its document as its file."""
    return check(with_drafts(in_force, drafts))


def is_behind(draft: Draft, base: InForce, in_force: InForce) -> bool:
    """Whether what is in force has changed since the draft was begun: publishing it would undo that. ``base``: the definitions it names."""
    folder = _kind(draft.kind).folder
    return bool(documents_of(base.body)[folder].get(draft.name) != documents_of(in_force.body)[folder].get(draft.name))


def _document(draft: Draft) -> Any:
    own = _kind(draft.kind).own
    if own:
        return {own: draft.name, **draft.body}
    if draft.kind == "asset":
        return document_of(_kind(draft.kind), draft.body)
    return Source(str(draft.body["text"]), str(draft.body["format"]))


def _kind(name: str) -> Kind:
    for kind in KINDS:
        if kind.name == name:
            return kind
    known = [kind.name for kind in KINDS]
    hint = did_you_mean(name, known) or f"there are drafts of: {', '.join(known)}"
    raise Invalid([Problem(f"there is no kind of document `{name}`", hint)])


def _fit(kind: str, name: str, body: Mapping[str, Any]) -> None:
    """Refuse what can't be stored as a draft of this kind."""
    own = _kind(kind).own
    problems = []
    if kind == "asset":
        if set(body) != set(pictures.Asset.__struct_fields__):
            problems.append(Problem("a picture is uploaded, it has no text", "upload it in Content → Assets"))
        problems += pictures.check_name(name)
    elif not NAME.fullmatch(name):
        problems.append(Problem(f"`{name}` can't be a name", "use letters, digits, - and _, at most 64"))
    if own:
        if body.get(own, name) != name:
            problems.append(
                Problem(f"`{own}` is `{body[own]}`, the draft is of `{name}`", f"write `{own}: {name}`", (own,))
            )
    elif (
        (kind != "asset" and set(body) != {"text", "format"})
        or not isinstance(body["text"], str)
        or body["format"] not in _FORMATS
    ):
        problems.append(Problem(f"a {kind} is a text and its format", f"the format is one of: {', '.join(_FORMATS)}"))
    try:
        size = len(json.dumps(body))
    except (TypeError, ValueError) as error:
        problems.append(Problem(f"it can't be written as JSON: {error}"))
    else:
        if size > LARGEST:
            problems.append(Problem(f"it is larger than {LARGEST >> 20} MB"))
    if problems:
        raise Invalid(problems)
