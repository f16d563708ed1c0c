"""One derived event put in force from its draft, taken out of force, and what stands on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidings import events
from tidings.database.pool import Connection
from tidings.kernel.problems import Invalid, Problem
from tidings.project import saying, store
from tidings.project.body import documents_of, make_body
from tidings.project.drafts import publishable
from tidings.project.folder import Project
from tidings.project.plan import plan
from tidings.project.saying import FOLDERS, Use
from tidings.project.store import Draft, InForce


@dataclass(frozen=True)
class Change:
    """``body`` is to follow ``before``. ``old`` and ``new``: the event's documents, None where there is none. ``uses``: what says it,
    in force or (``draft of journey``) as a draft; ``takes``: live journeys that take the
    change, also through segments and other derived events."""

    before: InForce
    body: Mapping[str, Any]
    drafts: Sequence[Draft]
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    uses: Sequence[Use]
    takes: Sequence[str]


async def publishing(connection: Connection, workspace: int, called: str, name: str) -> Change | None:
    """Propose a derived event's draft; None where there is none. ``called``: the workspace's name. Raises Invalid with what is faulty."""
    before = await store.newest(connection, workspace)
    drafts = await store.drafts(connection, workspace)
    own = next((each for each in drafts if (each.kind, each.name) == ("event", name)), None)
    if own is None:
        return None
    project, _ = publishable(before, [own], called)
    old = before.body.get("events", {}).get(name)
    if old is not None:
        _keep_names(before, drafts, name, old, project.events[name])
    return _change(before, project, [own], name, uses(before, drafts, name))


async def removing(connection: Connection, workspace: int, name: str) -> Change | None:
    """Propose that a derived event is no more; None where it is not in force. Raises Invalid where something says it."""
    before = await store.newest(connection, workspace)
    if name not in before.body.get("events", {}):
        return None
    drafts = await store.drafts(connection, workspace)
    used = uses(before, drafts, name)
    if used:
        by = ", ".join(f"the {kind} `{id}`" for kind, id in used)
        hint = "change that first, so that it no longer says the event"
        raise Invalid([Problem(f"`{name}` can't be deleted: it is used by {by}", hint)])
    documents: dict[str, Any] = documents_of(before.body)
    documents["events"] = {each: document for each, document in documents["events"].items() if each != name}
    own = [each for each in drafts if (each.kind, each.name) == ("event", name)]
    return _change(before, Project(**documents), own, name, used)


def uses(before: InForce, drafts: Sequence[Draft], name: str) -> list[Use]:
    """Give what says a derived event that is in force, by any of its names."""
    document = before.body.get("events", {}).get(name)
    if document is None:
        return []
    return _saying(before, drafts, frozenset(events.read(document).names), name)


def _saying(before: InForce, drafts: Sequence[Draft], names: frozenset[str], name: str) -> list[Use]:
    documents = documents_of(before.body)
    found = [
        (kind, id)
        for kind, folder in FOLDERS.items()
        for id, document in sorted(documents[folder].items())
        if (kind, id) != ("event", name) and saying.says(kind, document, names)
    ]
    return found + [
        (f"draft of {each.kind}", each.name)
        for each in drafts
        if each.kind in FOLDERS
        and (each.kind, each.name) != ("event", name)
        and saying.says(each.kind, {each.kind: each.name, **each.body}, names)
    ]


def _keep_names(
    before: InForce, drafts: Sequence[Draft], name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> None:
    """Refuse that a name goes which something says."""
    for gone in sorted(set(events.read(old).names) - set(events.read(new).names)):
        if by := _saying(before, drafts, frozenset({gone}), name):
            said = ", ".join(f"the {kind} `{id}`" for kind, id in by)
            hint = f'keep it: `formerly: ["{gone}"]`'
            raise Invalid(
                [Problem(f'"{gone}" is said by {said}, and would mean nothing any more', hint, ("formerly",))]
            )


def _change(before: InForce, project: Project, drafts: Sequence[Draft], name: str, used: Sequence[Use]) -> Change:
    takes = [taker for change in plan(project, before).changes for taker in change.takes]
    body = make_body(project, before.body)
    old = before.body.get("events", {}).get(name)
    return Change(before, body, drafts, old, body.get("events", {}).get(name), used, takes)
