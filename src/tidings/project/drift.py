"""Drift: what was changed elsewhere, most often in the web app, since the files were last the same as what is in force.

Applying a folder must not undo a colleague's edit without a word. So three sides are compared, document by document: the folder, what is
in force, and the *base*: what the files said when they were last applied, or what the folder was pulled from if that is newer. What only
the web app changed stays as it is; what both changed is brought together step by step where no step was touched by both, and is else
refused with both sides.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from tidings.database.pool import Connection
from tidings.project import store
from tidings.project.body import canonical, documents_of
from tidings.project.folder import KINDS, SETTINGS, Project, document_of, file_name, plain_of
from tidings.project.merge import Conflict, merge, same
from tidings.project.store import InForce

PULLED: Final = ".tidings/pulled.json"
"""The file in which a folder remembers what it was pulled from: workspace -> number of the definitions."""
Side = Literal["files", "web"]
Key = tuple[str, str]
"""(kind, name); the settings are ("settings", "")."""
What = Literal["kept", "merged", "conflict", "unapplied"]
_LOOKS_BACK: Final = 50
"""Snapshots in which a pull looks for what a file says."""
_KINDS: Final = {kind.name: kind for kind in KINDS}


class Drifted(Struct, frozen=True):
    """One document that was changed elsewhere. ``kept``: only there; ``merged``: here too, at different places, or one side was preferred
    where ``conflicts`` say; ``conflict``: at the same; ``unapplied``: only in the files, as a pull tells. ``file``: where it stands in the
    folder; ``by``: whose change it is, and what for."""

    kind: str
    name: str
    file: str
    what: What
    conflicts: tuple[Conflict, ...] = ()
    by: str = ""


@dataclass(frozen=True)
class Drift:
    """``project``: the folder with the web app's changes brought in, conflicts as the folder has them."""

    project: Project
    documents: tuple[Drifted, ...] = ()

    @property
    def conflicts(self) -> tuple[Drifted, ...]:
        """Those that somebody must decide."""
        return tuple(document for document in self.documents if document.what == "conflict")


async def drifted(
    connection: Connection,
    workspace: int,
    project: Project,
    now: InForce,
    *,
    pulled: int = 0,
    prefer: Side | None = None,
) -> Drift:
    """Compare a folder with what is in force. ``pulled``: what the folder was last pulled from; ``prefer``: whose side is taken where both
    changed the same place. Raises Invalid for a faulty project."""
    return await _told(connection, now, drift(project, await _base(connection, workspace, pulled), now, prefer))


async def brought_home(
    connection: Connection, workspace: int, project: Project, now: InForce, *, pulled: int, prefer: Side | None = None
) -> Drift:
    """Give what is in force, with what was changed in a folder's files and never applied left in it. Options as for `drifted`."""
    base = await _base(connection, workspace, pulled)
    ours, theirs = plain(canonical(project)), plain(documents_of(now.body))
    here = {key: document for key, document in ours.items() if key in base and key in theirs}
    for key in await _former(connection, now, {key: each for key, each in here.items() if not same(each, theirs[key])}):
        del here[key]
    return await _told(connection, now, _settled(project, base, {**theirs, **here}, theirs, prefer, tells_own=True))


async def _told(connection: Connection, now: InForce, found: Drift) -> Drift:
    """Say of each document that was changed elsewhere who changed it last."""
    changed = {(each.kind, each.name): "" for each in found.documents if each.what != "unapplied"}
    theirs, after = plain(documents_of(now.body)), now
    for number in range(now.number - 1, max(0, now.number - _LOOKS_BACK) - 1, -1):
        if all(changed.values()):
            break
        before = await store.numbered(connection, now.workspace, number)
        was = plain(documents_of(before.body)) if before is not None else {}
        for key in (key for key, by in changed.items() if not by and not same(was.get(key), theirs.get(key))):
            changed[key] = (after.author or "somebody") + (f" ({after.note})" if after.note else "")
        after = before or InForce(now.workspace, number)
    told = (msgspec.structs.replace(each, by=changed.get((each.kind, each.name), "")) for each in found.documents)
    return replace(found, documents=tuple(told))


async def _former(connection: Connection, now: InForce, documents: Mapping[Key, Any]) -> set[Key]:
    """Those that say what was in force once: they are behind, as a clone is where another one was applied, and are nobody's change."""
    found: set[Key] = set()
    for number in range(now.number, max(0, now.number - _LOOKS_BACK), -1):
        if len(found) == len(documents):
            break
        before = await store.numbered(connection, now.workspace, number)
        was = plain(documents_of(before.body)) if before is not None else {}
        found |= {key for key, document in documents.items() if same(was.get(key), document)}
    return found


async def _base(connection: Connection, workspace: int, pulled: int) -> dict[Key, Any]:
    base = await store.said_by_files(connection, workspace)
    found = await store.numbered(connection, workspace, pulled) if pulled else None
    if found is not None:
        for key, document in plain(documents_of(found.body)).items():
            if base.get(key, (0, None))[0] < pulled:
                base[key] = (pulled, document)
    return {key: document for key, (_, document) in base.items()}


def drift(project: Project, base: Mapping[Key, Any], now: InForce, prefer: Side | None = None) -> Drift:
    """Compare a folder with what is in force, given the plain documents of the ``base``."""
    return _settled(project, base, plain(canonical(project)), plain(documents_of(now.body)), prefer)


def _settled(
    project: Project,
    base: Mapping[Key, Any],
    ours: Mapping[Key, Any],
    theirs: Mapping[Key, Any],
    prefer: Side | None,
    tells_own: bool = False,
) -> Drift:
    documents: list[Drifted] = []
    settled: dict[str, dict[str, Any]] = {kind.folder: {} for kind in KINDS}
    settings: Any = {}
    for kind, name in sorted({*ours, *theirs}):
        mine, other = ours.get((kind, name)), theirs.get((kind, name))
        document, what, conflicts = _compare(base.get((kind, name)), mine, other, prefer)
        if what is None and tells_own and not same(document, other):
            what = "unapplied"
        if what is not None and not (what == "kept" and tells_own):
            documents.append(Drifted(kind, name, _file(kind, name, mine or other), what, conflicts))
        if kind == "settings":
            settings = document
        elif document is not None:
            settled[_KINDS[kind].folder][name] = document_of(_KINDS[kind], document)
    changed: dict[str, Any] = {**settled, "settings": settings}
    return Drift(replace(project, **changed), tuple(documents))


def plain(documents: Mapping[str, Mapping[str, Any]]) -> dict[Key, Any]:
    """Give every document of `canonical` or `documents_of` as plain data, by (kind, name)."""
    found: dict[Key, Any] = {
        (kind.name, name): plain_of(document) for kind in KINDS for name, document in documents[kind.folder].items()
    }
    return found | ({("settings", ""): documents["settings"]} if documents["settings"] else {})


def pulled_from(folder: Path, name: str) -> int:
    """The number of the definitions that the folder was last pulled from for a workspace; 0 where it never was."""
    try:
        found = json.loads((folder / PULLED).read_text(encoding="utf-8")).get(name, 0)
    except (OSError, ValueError, AttributeError):
        return 0
    return found if isinstance(found, int) else 0


def remember(folder: Path, name: str, number: int) -> None:
    """Write down what the folder was pulled from."""
    try:
        known = json.loads((folder / PULLED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    place = folder / PULLED
    place.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**known, name: number}, indent=2, sort_keys=True) + "\n"
    place.write_text(text, encoding="utf-8")


def _compare(base: Any, ours: Any, theirs: Any, prefer: Side | None) -> tuple[Any, What | None, tuple[Conflict, ...]]:
    """The document of three (None: not there), what the web app did to it, and where both did."""
    if same(theirs, base) or same(theirs, ours):
        return ours, None, ()
    if same(ours, base):
        return theirs, "kept", ()
    if all(isinstance(side, Mapping) and not {"text", "hash"} & set(side) for side in (base, ours, theirs)):
        merged = merge(base, theirs, ours) if prefer == "web" else merge(base, ours, theirs)
        if merged.conflicts and prefer is None:
            return ours, "conflict", merged.conflicts
        sides = (_turned(each) for each in merged.conflicts) if prefer == "web" else merged.conflicts
        return merged.document, "merged", tuple(sides)
    both = (Conflict((), ours, theirs),)
    return (theirs if prefer == "web" else ours), "conflict" if prefer is None else "merged", both


def _turned(conflict: Conflict) -> Conflict:
    return Conflict(conflict.where, conflict.theirs, conflict.ours)


def _file(kind: str, name: str, document: Any) -> str:
    if kind == "settings":
        return SETTINGS
    return file_name(_KINDS[kind], name, document_of(_KINDS[kind], document))
