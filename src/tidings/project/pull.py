"""Write the definitions in force to a folder: files that say the same already are left as they are, to the byte."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidings import journeys, segments
from tidings.database.pool import Pool
from tidings.kernel.problems import Invalid
from tidings.project import store, workspace
from tidings.project.body import documents_of
from tidings.project.folder import KINDS, SETTINGS, Kind, Source, file_name
from tidings.project.plan import show_document
from tidings.project.print_toml import print_toml
from tidings.project.read_toml import read_toml
from tidings.project.read_yaml import read_yaml
from tidings.project.store import InForce


@dataclass(frozen=True)
class Pulled:
    """What a pull does to the folder. ``written``: new text by file. ``extra``: files of definitions that are not in force."""

    number: int
    written: dict[str, str] = field(default_factory=dict)
    same: int = 0
    extra: list[str] = field(default_factory=list)


async def pull(pool: Pool, workspace_id: int, folder: Path, *, prune: bool = False) -> Pulled:
    """Write what is in force to the folder; with ``prune`` remove the files of what is not."""
    async with pool.acquire() as connection:
        in_force = await store.newest(connection, workspace_id)
    pulled = compare(in_force, folder)
    write(pulled, folder, prune=prune)
    return pulled


def compare(in_force: InForce, folder: Path) -> Pulled:
    """Say what a pull would do, and do nothing."""
    documents = documents_of(in_force.body)
    written, same, wanted = dict[str, str](), 0, set[str]()
    for file, text, is_same in _files(documents, folder):
        wanted.add(file)
        if is_same:
            same += 1
        else:
            written[file] = text
    extra = [file for kind in KINDS for file in _present(kind, folder) if file not in wanted]
    return Pulled(in_force.number, written, same, extra)


def write(pulled: Pulled, folder: Path, *, prune: bool = False) -> None:
    """Do what `compare` said."""
    for file, text in pulled.written.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.new")
        draft.write_bytes(text.encode())
        draft.replace(path)
    for file in pulled.extra if prune else ():
        (folder / file).unlink()


def _files(documents: dict[str, dict[str, Any]], folder: Path) -> list[tuple[str, str, bool]]:
    """(file, text, whether the file there says the same) of every document."""
    settings = documents["settings"]
    found = [(SETTINGS, print_toml(settings), _same_settings(folder / SETTINGS, settings))] if settings else []
    for kind in KINDS:
        for name, document in documents[kind.folder].items():
            file = file_name(kind, name, document)
            found.append((file, show_document(document), _same(kind, name, document, folder / file)))
    return found


def _same_settings(path: Path, settings: dict[str, Any]) -> bool:
    text = _text(path)
    try:
        return text is not None and workspace.write(workspace.read(read_toml(text)[0])) == settings
    except Invalid:
        return False


def _same(kind: Kind, name: str, document: Any, path: Path) -> bool:
    text = _text(path)
    if text is None:
        return False
    if isinstance(document, Source):
        return text == document.text
    room: Any = segments if kind.name == "segment" else journeys
    try:
        data, _ = read_yaml(text)
        return isinstance(data, dict) and bool(room.write(room.read({kind.own: name, **data})) == document)
    except Invalid:
        return False


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return None


def _present(kind: Kind, folder: Path) -> list[str]:
    within = folder / kind.folder
    if not within.is_dir():
        return []
    return sorted(
        f"{kind.folder}/{path.name}"
        for path in within.iterdir()
        if path.is_file() and path.suffix[1:] in kind.endings and path.name[0] != "."
    )
