"""The page about project files: its files together are a project without faults, in the form that `pull` writes."""

from pathlib import Path

from tests.conftest import Database
from tests.docs.pages import ROOT
from tests.docs.reading import blocks
from tidings.content import template
from tidings.database.access import create_workspace
from tidings.events import document as events
from tidings.project import workspace
from tidings.project.apply import apply
from tidings.project.check import check
from tidings.project.folder import KINDS, read_folder
from tidings.project.pull import pull
from tidings.segments import document as segments

PAGE = ROOT / "docs/reference/project-files.md"


def write(folder: Path) -> dict[str, str]:
    files = {block.label: block.text for block in blocks(PAGE) if block.label}
    for file, text in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")
    return files


async def test_the_files_are_a_project_and_come_back_as_they_stand_there(database: Database, tmp_path: Path) -> None:
    files = write(tmp_path / "page")
    project = read_folder(tmp_path / "page")
    assert check(project) == []
    async with database.pool.acquire() as connection:
        made = await create_workspace(connection, "production")
    await apply(database.pool, made.id, project)
    pulled = await pull(database.pool, made.id, tmp_path / "fresh")
    assert pulled.written == files


def test_every_kind_of_file_and_every_field_is_on_the_page(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    files = write(tmp_path)
    for kind in KINDS:
        assert f"| `{kind.folder}/" in text, kind.folder
        if kind.name != "asset":  # a page shows no bytes
            assert any(file.startswith(f"{kind.folder}/") for file in files), kind.folder
    said = [*workspace.Settings.__struct_fields__, *workspace.Sender.__struct_fields__]
    said += [*workspace.Topic.__struct_fields__, *segments.FIELDS, *events.FIELDS, *template.KEYS]
    missing = [name for name in said if f"`{name}" not in text and f"[{name}" not in text]
    assert missing == []
