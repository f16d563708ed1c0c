"""Put a project's files into their canonical form: one way to write a thing, so that a diff shows what changed and nothing else.

Comments have no place in a document that is also drawn on a canvas; a note has. So a comment becomes (part of) the note of the step it
stands at, or of the whole document. A `tidings.toml` with comments is left as it is, since settings have no notes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.nodes import Node, ScalarNode

from tidings.kernel.problems import Invalid, Problem
from tidings.project import workspace
from tidings.project.body import ROOMS
from tidings.project.folder import KINDS, SETTINGS, Kind
from tidings.project.overlay import TABLE
from tidings.project.positions import Positions
from tidings.project.print_toml import print_toml
from tidings.project.print_yaml import print_yaml
from tidings.project.read_toml import read_toml
from tidings.project.read_yaml import read_yaml

Place = tuple[str | int, ...]
_MODELINE: Final = "yaml-language-server:"
_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#.*$")


@dataclass(frozen=True)
class Formatted:
    """``changed``: new text by file. ``same``: files that were canonical already. ``problems``: of files that can't be read, which stay."""

    changed: dict[str, str]
    same: int
    problems: list[Problem]


def fmt(folder: Path) -> Formatted:
    """Work out the canonical text of every document in the folder; writes nothing."""
    changed, same, problems = dict[str, str](), 0, list[Problem]()
    for file, kind in _files(folder):
        try:
            before = (folder / file).read_bytes().decode()
            after = _settings(before, file) if kind is None else document(kind, before, file)
        except UnicodeDecodeError:
            problems.append(Problem("the file is not UTF-8", "save it as UTF-8", file=file))
        except Invalid as error:
            problems += error.problems
        else:
            changed |= {file: after} if after != before else {}
            same += after == before
    return Formatted(changed, same, problems)


def document(kind: Kind, text: str, file: str) -> str:
    """Give the canonical text of one document; raises Invalid, with places, for one that has faults."""
    room = ROOMS[kind.name]
    data, places = read_yaml(text, file)
    if not isinstance(data, dict):
        raise Invalid([Problem(f"a {kind.name} is a mapping of fields", "write `key: value` lines", file=file, line=1)])
    name = Path(file).stem
    try:
        made = room.read(_noted({kind.own: name, **data}, _comments(text, places)))
    except Invalid as error:
        raise Invalid(places.locate_all(error.problems)) from None
    modelines = [line for line in text.splitlines() if line.startswith("#") and _MODELINE in line]
    return "".join(f"{line}\n" for line in modelines) + print_yaml(room.write(made))


def _files(folder: Path) -> Iterator[tuple[str, Kind | None]]:
    if (folder / SETTINGS).is_file():
        yield SETTINGS, None
    for kind in KINDS:
        for path in sorted((folder / kind.folder).glob("*.yaml")) if kind.own else ():
            if path.is_file() and path.name[0] != ".":
                yield f"{kind.folder}/{path.name}", kind


def _settings(text: str, file: str) -> str:
    data, places = read_toml(text, file)
    try:
        settings = workspace.read({key: value for key, value in data.items() if key != TABLE})
    except Invalid as error:
        raise Invalid(places.locate_all(error.problems)) from None
    commented = any(line.lstrip().startswith("#") or re.search(r"\s#[^\"']*$", line) for line in text.splitlines())
    differing = {TABLE: data[TABLE]} if TABLE in data else {}
    return text if commented else print_toml(workspace.write(settings) | differing)


def _comments(text: str, places: Positions) -> dict[Place, list[str]]:
    """The comments of a text, by the path of the step (or whole document) each belongs to."""
    lines = _starts(places)
    found: dict[Place, list[str]] = {}
    rows = text.splitlines()
    spans = list(_scalars(YAML(typ="rt", pure=True).compose(text)))
    for match in _COMMENT.finditer(text):
        words = match[0].lstrip("#").strip()
        if not words or _MODELINE in words or any(start <= match.start() < end for start, end in spans):
            continue
        row = text.count("\n", 0, match.start())
        if rows[row].lstrip().startswith("#"):  # alone in its line: about what comes next
            row = next((n for n in range(row, len(rows)) if rows[n].strip() and rows[n].lstrip()[0] != "#"), -1)
        found.setdefault(_step_at(lines.get(row + 1, ())), []).append(words)
    return found


def _starts(places: Positions) -> dict[int, Place]:
    """Line -> the outermost thing that begins in it; a list begins with its first item, which is meant then."""
    found: dict[int, Place] = {}
    for table in (places.values, places.keys):
        for path, place in table.items():
            if table is places.values and (*path, 0) in table:
                continue
            if place.line not in found or len(path) < len(found[place.line]):
                found[place.line] = path
    return found


def _step_at(path: Place) -> Place:
    """The innermost step that holds the path: steps are what stands in a list called `steps` or `otherwise`."""
    for length in range(len(path), 1, -1):
        if isinstance(path[length - 1], int) and path[length - 2] in ("steps", "otherwise"):
            return path[:length]
    return ()


def _scalars(node: Node | None) -> Iterator[tuple[int, int]]:
    """Where text stands in which a # is no comment."""
    if isinstance(node, ScalarNode):
        yield node.start_mark.index, node.end_mark.index
    elif node is not None:
        for item in node.value:
            for inner in item if isinstance(item, tuple) else (item,):
                yield from _scalars(inner)


def _noted(data: Any, comments: Mapping[Place, list[str]], path: Place = ()) -> Any:
    """The same data, with comments added to the notes of what they belong to."""
    if isinstance(data, dict):
        own = {key: _noted(value, comments, (*path, key)) for key, value in data.items()}
        if path in comments:
            before = own.get("note")
            own["note"] = "\n".join([*([before.rstrip("\n")] if isinstance(before, str) else []), *comments[path]])
        return own
    if isinstance(data, list):
        return [_noted(item, comments, (*path, index)) for index, item in enumerate(data)]
    return data
