"""A proposal: what is to come into force when somebody publishes one journey from its draft, or brings a version of it back.

With the draft of a journey go the drafts of what it needs and what is not in force yet: the messages it sends, their layouts and snippets,
the segments and derived events its rules name. A draft of something that is in force already belongs to whoever edits that, and stays
where it is.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tidings.content import pictures
from tidings.database.access import Workspace
from tidings.database.pool import Connection
from tidings.kernel.problems import Invalid, Problem
from tidings.people.catalog import Seen
from tidings.project import store, versions
from tidings.project.body import NO_CHOICES, Choices, documents_of, make_body
from tidings.project.drafts import publishable
from tidings.project.store import Draft, InForce

NEEDED: Final = ("template", "layout", "snippet", "segment", "event", "asset")
"""Kinds whose drafts go with a journey's, while nothing of the name is in force."""
_FOLDERS: Final = {
    "template": "templates",
    "layout": "layouts",
    "snippet": "snippets",
    "segment": "segments",
    "event": "events",
    "asset": "assets",
}
_OWN: Final = frozenset({"id", "journey", "name", "note"})
"""What says how something is called, or is said of it."""
_QUOTED: Final = re.compile(r'"([^"\n]+)"|\'([^\'\n]+)\'|([\w-]+)')


@dataclass(frozen=True)
class Proposal:
    """``body`` is to follow ``before``; ``drafts``: those that it publishes; ``problems``: warnings that stand in nobody's way."""

    before: InForce
    body: Mapping[str, Any]
    drafts: Sequence[Draft]
    problems: Sequence[Problem] = ()


def of_draft(
    before: InForce,
    journey: str,
    drafts: Iterable[Draft],
    catalog: Sequence[Seen] | None = None,
    choices: Choices = NO_CHOICES,
    workspace: str = "workspace",
) -> Proposal:
    """Propose the draft of a journey. ``drafts``: all there are in the ``workspace``, which is its name. Raises Invalid where there
    is none of it, or something is faulty."""
    found = list(drafts)
    own = next((each for each in found if (each.kind, each.name) == ("journey", journey)), None)
    if own is None:
        raise Invalid([Problem(f"there is no draft of `{journey}`", "change the journey first")])
    taken = [own, *needed(before, own.body, found)]
    project, problems = publishable(before, taken, workspace, catalog)
    return Proposal(before, make_body(project, before.body, choices), taken, problems)


def of_version(before: InForce, journey: str, version: int, choices: Choices = NO_CHOICES) -> Proposal:
    """Propose a former version as the newest one. Raises Invalid."""
    return Proposal(before, versions.rolled_back(before, journey, version, choices), ())


def needed(before: InForce, document: Mapping[str, Any], drafts: Iterable[Draft]) -> list[Draft]:
    """Choose the drafts of what a journey's document names, and what that names in turn, while it is not in force."""
    known = documents_of(before.body)
    new = {
        (each.kind, _called(each)): each
        for each in drafts
        if each.kind in NEEDED and each.name not in known[_FOLDERS[each.kind]]
    }
    found: dict[tuple[str, str], Draft] = {}
    waiting = set(_words(document))
    while waiting:
        word = waiting.pop()
        for kind in NEEDED:
            draft = new.get((kind, word))
            if draft is not None and (kind, word) not in found:
                found[kind, word] = draft
                waiting |= set(_words(draft.body))
    return [found[key] for key in sorted(found)]


def _called(draft: Draft) -> str:
    """What others call it by: a derived event by its name, all else by its id."""
    return str(draft.body.get("name", draft.name)) if draft.kind == "event" else draft.name


def _words(data: Any) -> Iterator[str]:
    """Every text of a document, and every name within it: what is not named by any of them is not needed. What a step or a document is
    called itself names nothing else."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key not in _OWN:
                yield from _words(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _words(value)
    elif isinstance(data, str):
        yield data
        yield from (name for name, _ in pictures.named(data))
        for match in _QUOTED.finditer(data):
            yield next(filter(None, match.groups()))


async def proposed(
    connection: Connection,
    workspace: Workspace,
    journey: str,
    version: int,
    catalog: Sequence[Seen],
    choices: Choices = NO_CHOICES,
) -> Proposal:
    """Read what is in force and the drafts, and propose: the draft (``version`` 0), or a former version."""
    before = await store.newest(connection, workspace.id)
    if version:
        return of_version(before, journey, version, choices)
    return of_draft(before, journey, await store.drafts(connection, workspace.id), catalog, choices, workspace.name)
