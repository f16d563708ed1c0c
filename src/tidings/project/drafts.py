"""Drafts: documents that somebody works on beside those in force. They reach nobody until they are published.

One draft stands beside each document. Whoever writes says which revision they saw, so that two who work on the same never write over
each other: the second is told who was quicker, and looks again.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from tidings.content.template import SUFFIXES
from tidings.database.pool import Connection
from tidings.journeys.reading import NAME
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


async def write(
    connection: Connection, workspace: int, kind: str, name: str, body: Mapping[str, Any], *, seen: int, by: str
) -> Draft:
    """Write a draft over revision ``seen`` (0: there was none), and give it with its new revision; in a transaction of the caller's. A new
    one builds on the definitions in force, an old one keeps its own.

    Raises Stale where another revision is there, Invalid where it can't be a document of its kind at all; other faults may stand in it.
    """
    found = await store.draft(connection, workspace, kind, name)
    in_force = None if found is not None else await store.newest(connection, workspace)
    _fit(kind, name, body, known=in_force is None or name in documents_of(in_force.body)[_kind(kind).folder])
    base, now = (found.base if found is not None else in_force.number if in_force else 0), time.time_ns() // 1000
    made = await store.write_draft(connection, Draft(workspace, kind, name, seen + 1, base, body, by, now, by, now))
    if made is None:
        raise Stale(seen, await store.draft(connection, workspace, kind, name))
    return made


async def discard(connection: Connection, workspace: int, kind: str, name: str, *, seen: int) -> None:
    """Take a draft away, with what stands beside it; in a transaction of the caller's. Raises Stale where another revision is there."""
    if not await store.discard_draft(connection, workspace, kind, name, seen):
        raise Stale(seen, await store.draft(connection, workspace, kind, name))
    await labels.forget_draft(connection, workspace, kind, name)


def with_drafts(in_force: InForce, drafts: Iterable[Draft], called: str = "") -> Project:
    """Give the project that would be in force with these drafts published; nothing is checked yet. ``called``: the workspace's name, for
    the first thing ever published in it."""
    documents: dict[str, Any] = documents_of(in_force.body)
    if called and not documents["settings"]:
        documents["settings"] = {"workspace": called}
    for draft in drafts:
        kind = _kind(draft.kind)
        documents[kind.folder][draft.name] = _document(draft)
    return Project(**documents)


def publishable(
    in_force: InForce, drafts: Iterable[Draft], called: str, catalog: Sequence[Seen] | None = None
) -> tuple[Project, list[Problem]]:
    """Give the project with these drafts published, and the warnings about it. ``called``: the workspace's name. Raises Invalid with what
    is faulty."""
    project = with_drafts(in_force, drafts, called)
    problems = check(project, catalog)
    if wrong := [each for each in problems if not each.warning]:
        raise Invalid(wrong)
    return project, problems


def faults(
    in_force: InForce, drafts: Iterable[Draft], called: str = "", catalog: Sequence[Seen] | None = None
) -> list[Problem]:
    """Give what stands in the way of publishing drafts (and warnings), each with the kind and name of its document as its file. ``called``:
    the workspace's name. ``catalog``: what it has seen; what is not in it is warned of."""
    return check(with_drafts(in_force, drafts, called), catalog)


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


def _fit(kind: str, name: str, body: Mapping[str, Any], known: bool) -> None:
    """Refuse what can't be stored as a draft of this kind. ``known``: there is something of that name, however it came by it."""
    own = _kind(kind).own
    problems = []
    if not known and not NAME.fullmatch(name):
        problems.append(Problem(f"`{name}` can't be a name", "use letters, digits, - and _, at most 64"))
    if own:
        if body.get(own, name) != name:
            problems.append(
                Problem(f"`{own}` is `{body[own]}`, the draft is of `{name}`", f"write `{own}: {name}`", (own,))
            )
    elif set(body) != {"text", "format"} or not isinstance(body["text"], str) or body["format"] not in _FORMATS:
        problems.append(Problem(f"a {kind} is a text and its format", f"the format is one of: {', '.join(_FORMATS)}"))
    if len(json.dumps(body)) > LARGEST:
        problems.append(Problem(f"it is larger than {LARGEST >> 20} MB"))
    if problems:
        raise Invalid(problems)
