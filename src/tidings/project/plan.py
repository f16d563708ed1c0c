"""The plan: what applying a project would change, shown before anything is."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher, unified_diff
from typing import Any, Final, Literal, NamedTuple

from tidings import journeys, segments
from tidings.content.pictures import Asset
from tidings.journeys.document import names
from tidings.journeys.document import segments as segments_of
from tidings.journeys.document import templates as templates_of
from tidings.project import saying
from tidings.project.body import canonical, documents_of
from tidings.project.folder import KINDS, SETTINGS, Project, Source, file_name
from tidings.project.print_toml import print_toml
from tidings.project.print_yaml import print_yaml
from tidings.project.store import InForce
from tidings.project.uses import journeys_using, users

What = Literal["added", "changed", "removed"]
_WORDS = re.compile(r"\s+|[^\s\w]|\w+")
ENDED: Final = ("closed", "stopped")


class Keeper(NamedTuple):
    """People who finish on a former version of a journey."""

    journey: str
    version: int
    people: int


@dataclass(frozen=True)
class Change:
    """One document that differs. ``before`` and ``after``: its canonical text ("" where it is not there).

    ``takes``: journeys that would take the change, for what journeys are made of: live ones, and those ``closed`` in which people still
    finish; ``keeps``: those in them for whom it stays as it was.
    """

    kind: str
    name: str
    what: What
    file: str
    before: str = ""
    after: str = ""
    takes: tuple[str, ...] = ()
    keeps: tuple[Keeper, ...] = ()
    closed: tuple[str, ...] = ()

    def diff(self, context: int = 2) -> list[str]:
        """Lines of a unified diff without its file names: ``@@``, `` ``, ``-`` and ``+`` lines."""
        lines = unified_diff(self.before.splitlines(), self.after.splitlines(), n=context, lineterm="")
        return list(lines)[2:]


@dataclass(frozen=True)
class Plan:
    """What would change over definitions ``number``."""

    number: int
    changes: list[Change] = field(default_factory=list)

    def of(self, what: What) -> list[Change]:
        """The changes of one sort."""
        return [change for change in self.changes if change.what == what]

    def summary(self) -> str:
        """The plan in one line."""
        counts = [f"{len(self.of(what))} {what}" for what in ("added", "changed", "removed") if self.of(what)]
        return ", ".join(counts) if counts else "nothing to change"


def plan(project: Project, in_force: InForce) -> Plan:
    """Compare a project with what is in force; raises Invalid where a document is faulty."""
    before, after = documents_of(in_force.body), canonical(project)
    changes = [*_settings(before["settings"], after["settings"])]
    for kind in KINDS:
        old, new = before[kind.folder], after[kind.folder]
        for name in sorted({*old, *new}):
            change = _change(kind.name, name, old.get(name), new.get(name))
            if change is not None:
                changes.append(change)
    known = uses(in_force.body)
    return Plan(in_force.number, [_with_takers(change, known) for change in changes])


def show_document(document: Any) -> str:
    """Give the text of a document as its file has it."""
    if isinstance(document, Asset):
        return f"{document.said}\ncontent {document.hash}\n"
    return document.text if isinstance(document, Source) else print_yaml(document)


def words(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Compare two lines word by word: pieces of text, each with `` ``, ``-`` or ``+``."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield " ", "".join(old[a:b])
            continue
        if b > a:
            yield "-", "".join(old[a:b])
        if d > c:
            yield "+", "".join(new[c:d])


def _settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    if before != after:
        what: What = "changed" if before else "added"
        yield Change("settings", "", what, SETTINGS, print_toml(before) if before else "", print_toml(after))


def _change(kind: str, name: str, before: Any, after: Any) -> Change | None:
    if before == after:
        return None
    place = next(known for known in KINDS if known.name == kind)
    written = after if after is not None else before
    file = file_name(place, name, written)
    what: What = "added" if before is None else "removed" if after is None else "changed"
    old = show_document(before) if before is not None else ""
    return Change(kind, name, what, file, old, show_document(after) if after is not None else "")


def uses(body: Mapping[str, Any]) -> dict[tuple[str, str], set[str]]:
    """(kind, name) -> journeys in force that people may be in, by what they are made of; segments through segments too."""
    inner = {name: segments.read(document).compiled for name, document in body.get("segments", {}).items()}
    found: dict[tuple[str, str], set[str]] = {}
    for id, entry in body.get("journeys", {}).items():
        if entry["status"] == "stopped":
            continue
        journey = journeys.read(entry["document"])
        for _, template in templates_of(journey):
            found.setdefault(("template", template), set()).add(id)
        for what, name in names(journey):
            if what == "action":
                found.setdefault(("action", name.partition(".")[0]), set()).add(id)
        waiting, seen = list(segments_of(journey)), set[str]()
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                found.setdefault(("segment", name), set()).add(id)
                compiled = inner.get(name)
                waiting += compiled.segments if compiled is not None else ()
    for id, by in _open_to(body, found).items():
        found["event", id] = by
    content = users(body)
    open_to = {id for id, entry in body.get("journeys", {}).items() if entry["status"] != "stopped"}
    for piece in content:
        if piece[0] in ("layout", "snippet", "asset") and (taking := journeys_using(piece, content) & open_to):
            found[piece] = taking
    return found


def _open_to(body: Mapping[str, Any], uses: Mapping[tuple[str, str], set[str]]) -> dict[str, set[str]]:
    """Derived event -> journeys that people may be in and that say it, through segments and other derived events too."""
    open_to = {id for id, entry in body.get("journeys", {}).items() if entry["status"] != "stopped"}
    by = saying.users(documents_of(body))
    found: dict[str, set[str]] = {}
    for id in by:
        waiting, seen = [id], set[str]()
        while waiting:
            if (one := waiting.pop()) in seen:
                continue
            seen.add(one)
            for kind, own in by.get(one, ()):
                if kind == "event":
                    waiting.append(own)
                else:
                    found.setdefault(id, set()).update(
                        uses.get(("segment", own), ()) if kind == "segment" else {own} & open_to
                    )
    return found


def _with_takers(change: Change, uses: Mapping[tuple[str, str], set[str]]) -> Change:
    takes = tuple(sorted(uses.get((change.kind, change.name), ())))
    return Change(change.kind, change.name, change.what, change.file, change.before, change.after, takes)
