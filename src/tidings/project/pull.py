"""Write the definitions in force to a folder: files that say the same already are left as they are, to the byte."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidings.content import store as content
from tidings.content.pictures import Asset
from tidings.database.pool import Connection, Pool
from tidings.kernel.problems import Invalid
from tidings.project import overlay, store, workspace
from tidings.project.body import ROOMS, documents_of
from tidings.project.folder import KINDS, SETTINGS, Kind, Source, file_name, read_picture
from tidings.project.plan import show_document
from tidings.project.print_toml import print_toml
from tidings.project.read_toml import read_toml
from tidings.project.read_yaml import read_yaml
from tidings.project.store import InForce


@dataclass(frozen=True)
class Pulled:
    """What a pull does to the folder. ``written``: new text by file; of a picture, the hash of its bytes stands in ``pictures`` instead.
    ``extra``: files of definitions that are not in force."""

    number: int
    written: dict[str, str] = field(default_factory=dict)
    same: int = 0
    extra: list[str] = field(default_factory=list)
    pictures: dict[str, str] = field(default_factory=dict)

    @property
    def files(self) -> list[str]:
        """All that are written."""
        return [*self.written, *self.pictures]


async def pull(pool: Pool, workspace_id: int, folder: Path, *, prune: bool = False) -> Pulled:
    """Write what is in force to the folder; with ``prune`` remove the files of what is not."""
    async with pool.acquire() as connection:
        in_force = await store.newest(connection, workspace_id)
        pulled = compare(in_force, folder)
        write(pulled, folder, await bytes_of(connection, workspace_id, pulled), prune=prune)
    return pulled


async def bytes_of(connection: Connection, workspace_id: int, pulled: Pulled) -> dict[str, bytes]:
    """Read the pictures that a pull writes, by file."""
    found = await content.pictures(connection, workspace_id, pulled.pictures.values())
    return {file: found[hash] for file, hash in pulled.pictures.items()}


def compare(
    in_force: InForce, folder: Path, name: str | None = None, documents: Mapping[str, Any] | None = None
) -> Pulled:
    """Say what a pull would do, and do nothing. ``name``: of the workspace, where the folder is for others too; ``documents``: what is to
    stand in the folder, where that is not simply what is in force."""
    documents = documents_of(in_force.body) if documents is None else documents
    written, pictures, same, wanted = dict[str, str](), dict[str, str](), 0, set[str]()
    for file, text, is_same in _files(documents, folder, name):
        wanted.add(file)
        if is_same:
            same += 1
        elif isinstance(text, Asset):
            pictures[file] = text.hash
        else:
            written[file] = text
    extra = [file for kind in KINDS for file in _present(kind, folder) if file not in wanted]
    return Pulled(in_force.number, written, same, extra, pictures)


def write(pulled: Pulled, folder: Path, pictures: Mapping[str, bytes], *, prune: bool = False) -> None:
    """Do what `compare` said. ``pictures``: their bytes by file."""
    for file, data in {**{file: text.encode() for file, text in pulled.written.items()}, **pictures}.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.new")
        draft.write_bytes(data)
        draft.replace(path)
    for file in pulled.extra if prune else ():
        (folder / file).unlink()


def _files(documents: Mapping[str, Any], folder: Path, name: str | None) -> list[tuple[str, str | Asset, bool]]:
    """(file, text or picture, whether the file there says the same) of every document."""
    settings, found = documents["settings"], list[tuple[str, str | Asset, bool]]()
    if settings:
        before = _settings(folder / SETTINGS)
        text = print_toml(_put_into(before, settings, name))
        found.append((SETTINGS, text, _same_settings(before, settings, name)))
    for kind in KINDS:
        for name, document in documents[kind.folder].items():
            file = file_name(kind, name, document)
            said = document if isinstance(document, Asset) else show_document(document)
            found.append((file, said, _same(kind, name, document, folder / file)))
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
    if isinstance(document, Asset):
        try:
            return read_picture(path)[0] == document
        except Invalid:
            return False
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
