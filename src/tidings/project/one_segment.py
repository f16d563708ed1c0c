"""One segment put in force from its draft, taken out of force, and what stands on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidings import journeys, segments
from tidings.database.pool import Connection
from tidings.journeys.document import segments as named_by
from tidings.kernel.problems import Invalid, Problem
from tidings.project import store
from tidings.project.body import documents_of, make_body
from tidings.project.drafts import publishable
from tidings.project.folder import Project
from tidings.project.store import Draft, InForce


@dataclass(frozen=True)
class Uses:
    """What names a segment, in force or as a draft: ids."""

    journeys: Sequence[str]
    segments: Sequence[str]
    drafts: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.journeys or self.segments or self.drafts)


@dataclass(frozen=True)
class Change:
    """``body`` is to follow ``before``. ``old`` and ``new``: the segment's documents, None where there is none."""

    before: InForce
    body: Mapping[str, Any]
    drafts: Sequence[Draft]
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    uses: Uses


async def publishing(connection: Connection, workspace: int, called: str, name: str) -> Change | None:
    """Propose a segment's draft; None where there is none. ``called``: the workspace's name. Raises Invalid with what is faulty."""
    before = await store.newest(connection, workspace)
    drafts = await store.drafts(connection, workspace)
    own = next((each for each in drafts if (each.kind, each.name) == ("segment", name)), None)
    if own is None:
        return None
    project, _ = publishable(before, [own], called)
    return _change(before, project, [own], name, uses(before, drafts, name))


async def removing(connection: Connection, workspace: int, name: str) -> Change | None:
    """Propose that a segment is no more; None where it is not in force. Raises Invalid where something stands on it."""
    before = await store.newest(connection, workspace)
    if name not in before.body.get("segments", {}):
        return None
    drafts = await store.drafts(connection, workspace)
    used = uses(before, drafts, name)
    if used:
        by = [f"the journey `{each}`" for each in used.journeys] + [f"the segment `{each}`" for each in used.segments]
        by += [f"the draft of {each}" for each in used.drafts]
        hint = "change that first, so that it no longer names the segment"
        raise Invalid([Problem(f"`{name}` can't be deleted: it is used by {', '.join(by)}", hint)])
    documents: dict[str, Any] = documents_of(before.body)
    documents["segments"] = {each: document for each, document in documents["segments"].items() if each != name}
    own = [each for each in drafts if (each.kind, each.name) == ("segment", name)]
    return _change(before, Project(**documents), own, name, used)


def uses(before: InForce, drafts: Sequence[Draft], name: str) -> Uses:
    """Give what names a segment; drafts are told as ``journey welcome``."""
    return Uses(
        [id for id, entry in sorted(before.body.get("journeys", {}).items()) if _journey(entry["document"], name)],
        [id for id, document in sorted(before.body.get("segments", {}).items()) if _segment(document, name)],
        [
            f"{each.kind} {each.name}"
            for each in drafts
            if (each.kind == "journey" and _journey({"journey": each.name, **each.body}, name))
            or (each.kind == "segment" and each.name != name and _segment({"segment": each.name, **each.body}, name))
        ],
    )


def _journey(document: Mapping[str, Any], name: str) -> bool:
    try:
        return name in named_by(journeys.read(document))
    except Invalid:
        return f'"{name}"' in str(document)


def _segment(document: Mapping[str, Any], name: str) -> bool:
    try:
        compiled = segments.read(document).compiled
    except Invalid:
        return f'"{name}"' in str(document)
    return compiled is not None and name in compiled.segments


def _change(before: InForce, project: Project, drafts: Sequence[Draft], name: str, used: Uses) -> Change:
    body = make_body(project, before.body)
    old = before.body.get("segments", {}).get(name)
    return Change(before, body, drafts, old, body.get("segments", {}).get(name), used)
