"""Write the definitions in force to a folder: files that say the same already are left as they are, to the byte."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidings.database.pool import Pool
from tidings.kernel.problems import Invalid
from tidings.project import overlay, store, workspace
from tidings.project.body import ROOMS, documents_of
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


def compare(in_force: InForce, folder: Path, name: str | None = None) -> Pulled:
    """Say what a pull would do, and do nothing. ``name``: of the workspace, where the folder is for others too."""
    documents = documents_of(in_force.body)
    written, same, wanted = dict[str, str](), 0, set[str]()
    for file, text, is_same in _files(documents, folder, name):
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


def _files(documents: dict[str, dict[str, Any]], folder: Path, name: str | None) -> list[tuple[str, str, bool]]:
    """(file, text, whether the file there says the same) of every document."""
    settings, found = documents["settings"], list[tuple[str, str, bool]]()
    if settings:
        before = _settings(folder / SETTINGS)
        text = print_toml(_put_into(before, settings, name))
        found.append((SETTINGS, text, _same_settings(before, settings, name)))
    for kind in KINDS:
        for name, document in documents[kind.folder].items():
            file = file_name(kind, name, document)
            found.append((file, show_document(document), _same(kind, name, document, folder / file)))
    return found


def _settings(path: Path) -> dict[str, Any]:
    text = _text(path)
    try:
        return read_toml(text)[0] if text is not None else {}
    except Invalid:
        return {}


def _same_settings(before: dict[str, Any], settings: dict[str, Any], name: str | None) -> bool:
    try:
        return workspace.write(workspace.read(overlay.settings(before, name))) == settings
    except Invalid:
        return False


def _put_into(before: dict[str, Any], settings: dict[str, Any], name: str | None) -> dict[str, Any]:
    """The file's data with these settings in it: what differs in this workspace goes into its own table, where the file has others."""
    differing = before.get(overlay.TABLE)
    if not before or (not isinstance(differing, dict) and name in (None, before.get("workspace"))):
        return settings
    others = differing if isinstance(differing, dict) else {}
    common = {key: value for key, value in before.items() if key != overlay.TABLE}
    own = overlay.differences(common, {key: value for key, value in settings.items() if key != "workspace"})
    return common | {overlay.TABLE: {**others, str(settings["workspace"]): own}}


def _same(kind: Kind, name: str, document: Any, path: Path) -> bool:
    text = _text(path)
    if text is None:
        return False
    if isinstance(document, Source):
        return text == document.text
    room = ROOMS[kind.name]
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
