"""Read a project folder into plain documents, each remembering where it stands.

Every file belongs to one kind, by its folder and its ending; `KINDS` lists them. What is in the files is not judged here, only
whether it can be read: `check` judges.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from tidings.content import pictures
from tidings.content.pictures import Asset
from tidings.content.template import SUFFIXES
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.project.positions import Positions
from tidings.project.read_toml import read_toml
from tidings.project.read_yaml import read_yaml

SETTINGS: Final = "tidings.toml"
LARGEST: Final = 1 << 20
"""Bytes of a file."""
OTHERS: Final = ("tests",)
"""Folders of a project that hold no definitions."""


@dataclass(frozen=True)
class Kind:
    """``name``: of one such thing, in messages. ``endings``: of its files, with the format each means. ``own``: the field that is the
    file's name, for kinds whose files are documents."""

    name: str
    folder: str
    endings: Mapping[str, str]
    own: str = ""


KINDS: Final = (
    Kind("event", "events", {"yaml": "yaml"}, "event"),
    Kind("segment", "segments", {"yaml": "yaml"}, "segment"),
    Kind("journey", "journeys", {"yaml": "yaml"}, "journey"),
    Kind("template", "templates", SUFFIXES),
    Kind("layout", "layouts", SUFFIXES),
    Kind("snippet", "snippets", {"liquid": "liquid", **SUFFIXES}),
    Kind("action", "actions", {"py": "python"}),
    Kind("asset", "assets", pictures.TYPES),
)


@dataclass(frozen=True)
class Source:
    """Content as it was written; ``format`` is what the ending of its file means."""

    text: str
    format: str


@dataclass(frozen=True)
class Project:
    """A whole workspace as plain documents by name. ``places``: where each stands, by kind and name. ``faults``: of reading; ``unread``:
    kind and name of those whose file can't be read, which are there and say nothing."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    segments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    journeys: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    templates: Mapping[str, Source] = field(default_factory=dict)
    layouts: Mapping[str, Source] = field(default_factory=dict)
    snippets: Mapping[str, Source] = field(default_factory=dict)
    actions: Mapping[str, Source] = field(default_factory=dict)
    events: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    assets: Mapping[str, Asset] = field(default_factory=dict)
    places: Mapping[tuple[str, str], Positions] = field(default_factory=dict)
    faults: Sequence[Problem] = ()
    unread: Collection[tuple[str, str]] = frozenset()

    def locate(self, kind: str, name: str, problem: Problem) -> Problem:
        """Give a problem within one document its file, line and column."""
        places = self.places.get((kind, name))
        if places is not None and problem.line and not places.values:
            return replace(problem, file=places.file)  # content knows the lines of its own text
        if places is not None:
            return places.locate(problem)
        return problem if problem.file else replace(problem, file=f"{kind} {name}".strip())


def read_folder(folder: Path) -> Project:
    """Read every file; raises Invalid with every fault of reading, each with file, line and column."""
    project = read_readable(folder)
    if any(not problem.warning for problem in project.faults):
        raise Invalid(list(project.faults))
    return project


def read_readable(folder: Path) -> Project:
    """Read what can be read; its ``faults`` are those of the rest."""
    return _Reader(folder).project()


def read_picture(path: Path) -> tuple[Asset, bytes]:
    """Read a picture's file; gives it with the bytes that are kept of it. Raises Invalid."""
    try:
        with path.open("rb") as file:
            data = file.read(pictures.LARGEST + 1)
    except OSError as error:
        raise Invalid([Problem(f"it can't be read: {error.strerror}")]) from error
    return pictures.read(data)


def plain_of(document: Any) -> Any:
    """Give a document as plain data, which JSON can hold."""
    if isinstance(document, Source):
        return {"text": document.text, "format": document.format}
    return pictures.plain(document) if isinstance(document, Asset) else document


def document_of(kind: Kind, plain: Any) -> Any:
    """Give the document of plain data."""
    if kind.own:
        return plain
    return pictures.of(plain) if kind.name == "asset" else Source(**plain)


def file_name(kind: Kind, name: str, document: object) -> str:
    """Give the path of a document's file within the folder."""
    if isinstance(document, Asset):
        return f"{kind.folder}/{name}"  # a picture is called by its whole name, as messages name it
    format = document.format if isinstance(document, Source) else "yaml"
    ending = next((ending for ending, means in kind.endings.items() if means == format), format)
    return f"{kind.folder}/{name}.{ending}"


class _Reader:
    def __init__(self, folder: Path) -> None:
        self.folder, self.problems = folder, list[Problem]()
        self.places: dict[tuple[str, str], Positions] = {}
        self.unread: set[tuple[str, str]] = set()

    def project(self) -> Project:
        if not self.folder.is_dir():
            hint = "name a project folder, or make one with `tidings init`"
            return Project(faults=[Problem(f"there is no folder {self.folder}", hint)], unread={("settings", "")})
        settings = self._settings()
        self._strangers()
        documents: dict[str, dict[str, Any]] = {
            kind.folder: self._assets(kind) if kind.name == "asset" else self._documents(kind) for kind in KINDS
        }
        return Project(settings, **documents, places=self.places, faults=self.problems, unread=self.unread)

    def _settings(self) -> dict[str, Any]:
        text = self._text(self.folder / SETTINGS, SETTINGS)
        if text is None:
            if not (self.folder / SETTINGS).exists():
                self._problem(
                    SETTINGS,
                    "there is no tidings.toml",
                    'make one that begins with `workspace = "production"`, or run `tidings init`',
                )
            self.unread.add(("settings", ""))
            return {}
        try:
            data, self.places[("settings", "")] = read_toml(text, SETTINGS)
            return data
        except Invalid as error:
            self.problems += error.problems
            self.unread.add(("settings", ""))
            return {}

    def _strangers(self) -> None:
        known = [kind.folder for kind in KINDS]
        for entry in sorted(self.folder.iterdir()):
            if entry.is_dir() and entry.name not in (*known, *OTHERS) and (hint := did_you_mean(entry.name, known)):
                self._problem(f"{entry.name}/", "this folder is not read", hint)

    def _documents(self, kind: Kind) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for path in self._files(kind):
            file, name = path.relative_to(self.folder).as_posix(), path.stem
            text = self._text(path, file)
            if text is None and not path.exists():
                continue
            if name in found:
                self._problem(
                    file, f"there is another {kind.name} `{name}` beside this one", "keep one of the two files"
                )
                continue
            document = self._document(kind, name, text, file) if kind.own and text is not None else None
            if text is None or (kind.own and document is None):
                self.unread.add((kind.name, name))
            if kind.own:
                found[name] = document or {kind.own: name}
            else:
                found[name] = Source(text or "", kind.endings[path.suffix[1:]])
                self.places[(kind.name, name)] = Positions(file)
        return found

    def _assets(self, kind: Kind) -> dict[str, Asset]:
        """Pictures: of each, what it is; its bytes are read again where they are to be kept."""
        found: dict[str, Asset] = {}
        for path in self._files(kind):
            file = path.relative_to(self.folder).as_posix()
            try:
                asset, _ = read_picture(path)
                problems = pictures.check_name(path.name, asset)
            except Invalid as error:
                problems = error.problems
                found[path.name] = Asset("", "", 0, 0, 0)
                self.unread.add((kind.name, path.name))
            else:
                found[path.name] = asset
                self.places[(kind.name, path.name)] = Positions(file)
            self.problems += [replace(problem, file=file) for problem in problems]
        return found

    def _files(self, kind: Kind) -> Iterator[Path]:
        folder = self.folder / kind.folder
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            file = path.relative_to(self.folder).as_posix()
            if path.name.startswith(".") or path.name.endswith("~"):
                continue
            if path.is_dir():
                self._problem(f"{file}/", f"{kind.folder} have no folders within", f"move its files to {kind.folder}/")
            elif path.suffix[1:] in kind.endings:
                yield path
            else:
                endings = ", ".join(f".{ending}" for ending in kind.endings)
                self._problem(
                    file, f"a {kind.name} is no `{path.suffix or path.name}` file", f"its file ends with {endings}"
                )

    def _document(self, kind: Kind, name: str, text: str, file: str) -> dict[str, Any] | None:
        try:
            data, places = read_yaml(text, file)
        except Invalid as error:
            self.problems += error.problems
            return None
        self.places[(kind.name, name)] = places
        if not isinstance(data, dict):
            self._problem(file, f"a {kind.name} is a mapping of fields", f"begin with `{kind.own}: {name}`")
            return None
        if kind.own not in data:
            return {kind.own: name, **data}
        if data[kind.own] != name:
            place = places.locate(Problem("", path=(kind.own,)))
            hint = f"rename the file to {kind.folder}/{data[kind.own]}.yaml, or write `{kind.own}: {name}`"
            self.problems.append(
                Problem(
                    f"`{data[kind.own]}` stands in a file of another name",
                    hint,
                    file=file,
                    line=place.line,
                    column=place.column,
                )
            )
        return data

    def _text(self, path: Path, file: str) -> str | None:
        try:
            data = path.read_bytes()
        except OSError as error:
            if path.exists():
                self._problem(file, f"it can't be read: {error.strerror}")
            return None
        if len(data) > LARGEST:
            self._problem(file, f"it is larger than {LARGEST >> 20} MB")
            return None
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            before = data[: error.start]
            line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
            self.problems.append(
                Problem("it is not UTF-8 text", "save it as UTF-8", file=file, line=line, column=column)
            )
            return None
        if "\0" in text:
            self._problem(file, "it holds a NUL character", "remove it")
            return None
        return text

    def _problem(self, file: str, message: str, hint: str = "") -> None:
        self.problems.append(Problem(message, hint, file=file, line=1, column=1))
