"""A folder is applied over edits made elsewhere: none is undone without a word."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.project.test_project import DEMO, contents, edit, in_force, workspace
from tidings.kernel.actor import Actor
from tidings.project.apply import apply
from tidings.project.body import canonical, documents_of
from tidings.project.drift import drifted, plain, pulled_from, remember
from tidings.project.folder import Project, read_folder
from tidings.project.pull import pull
from tidings.project.store import Said

__all__ = ["workspace"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DEMO, tmp_path / "project")
    return tmp_path / "project"


async def apply_files(database: Any, workspace: int, folder: Path, **options: Any) -> Any:
    """What the command does: compare, and put the settled project in force."""
    project = read_folder(folder)
    now = await in_force(database, workspace)
    async with database.pool.acquire() as connection:
        pulled = pulled_from(folder, "demo")
        found = await drifted(connection, workspace, project, now, pulled=pulled, **options)
    if not found.conflicts:
        await apply(database.pool, workspace, found.project, said=Said(plain(canonical(project))))
    return found


async def edit_web(database: Any, workspace: int, change: Any) -> None:
    """Put the definitions in force with one document changed, as the web app does."""
    documents = documents_of((await in_force(database, workspace)).body)
    change(documents)
    await apply(database.pool, workspace, Project(**documents), actor=Actor("ada@example.com"))


def wait(days: int) -> Any:
    def change(documents: Any) -> None:
        for step in documents["journeys"]["onboarding"]["steps"]:
            if "at_most" in step:
                step["at_most"] = f"{days} days"

    return change


def rename(name: str) -> Any:
    return lambda documents: documents["journeys"]["onboarding"].update(name=name)


async def journey(database: Any, workspace: int) -> dict[str, Any]:
    found: dict[str, Any] = documents_of((await in_force(database, workspace)).body)["journeys"]["onboarding"]
    return found


FILE = "journeys/onboarding.yaml"


async def test_an_edit_in_the_web_app_stays_when_the_files_are_applied(
    database: Any, workspace: int, folder: Path
) -> None:
    await apply_files(database, workspace, folder)
    await edit_web(database, workspace, rename("By marketing"))
    found = await apply_files(database, workspace, folder)
    assert [(document.file, document.what) for document in found.documents] == [(FILE, "kept")]
    assert (await journey(database, workspace))["name"] == "By marketing"
    again = await apply_files(database, workspace, folder)
    assert [document.what for document in again.documents] == ["kept"]


async def test_edits_of_different_places_are_both_taken_and_the_next_apply_knows(
    database: Any, workspace: int, folder: Path
) -> None:
    await apply_files(database, workspace, folder)
    await edit_web(database, workspace, rename("By marketing"))
    edit(folder / FILE, "at_most: 30 seconds", "at_most: 4 days")
    found = await apply_files(database, workspace, folder)
    assert [document.what for document in found.documents] == ["merged"]
    merged = await journey(database, workspace)
    assert merged["name"] == "By marketing"
    assert any(step.get("at_most") == "4 days" for step in merged["steps"])
    edit(folder / FILE, "at_most: 4 days", "at_most: 5 days")  # the same place again, by the files alone
    assert (await apply_files(database, workspace, folder)).conflicts == ()
    assert any(step.get("at_most") == "5 days" for step in (await journey(database, workspace))["steps"])


async def test_edits_of_one_step_are_refused_with_both_sides(database: Any, workspace: int, folder: Path) -> None:
    await apply_files(database, workspace, folder)
    await edit_web(database, workspace, wait(9))
    edit(folder / FILE, "at_most: 30 seconds", "at_most: 4 days")
    (document,) = (await apply_files(database, workspace, folder)).conflicts
    (conflict,) = document.conflicts
    assert (conflict.where[-1], conflict.ours, conflict.theirs) == ("at_most", "4 days", "9 days")
    assert any(step.get("at_most") == "9 days" for step in (await journey(database, workspace))["steps"])
    (preferred,) = (await apply_files(database, workspace, folder, prefer="files")).documents
    assert (preferred.what, preferred.conflicts) == ("merged", (conflict,))
    assert any(step.get("at_most") == "4 days" for step in (await journey(database, workspace))["steps"])


async def test_what_was_made_in_the_web_app_is_not_removed_and_what_left_the_files_is(
    database: Any, workspace: int, folder: Path
) -> None:
    await apply_files(database, workspace, folder)
    new = {"segment": "rich", "rule": "seats > 100"}
    await edit_web(database, workspace, lambda documents: documents["segments"].update(rich=new))
    left = next(path for path in sorted((folder / "journeys").glob("*.yaml")) if path.stem != "onboarding")
    left.unlink()
    found = await apply_files(database, workspace, folder)
    assert [(document.name, document.what) for document in found.documents] == [("rich", "kept")]
    documents = documents_of((await in_force(database, workspace)).body)
    assert documents["segments"]["rich"] == new
    assert left.stem not in documents["journeys"]


async def test_what_was_pulled_is_what_both_began_from(database: Any, workspace: int, folder: Path) -> None:
    await apply_files(database, workspace, folder)
    await edit_web(database, workspace, wait(9))
    before = contents(folder)
    pulled = await pull(database.pool, workspace, folder)
    assert set(pulled.written) == {FILE}
    remember(folder, "demo", pulled.number)
    assert json.loads((folder / ".tidings/pulled.json").read_text()) == {"demo": pulled.number}
    edit(folder / FILE, "at_most: 9 days", "at_most: 10 days")
    assert (await apply_files(database, workspace, folder)).documents == ()
    assert any(step.get("at_most") == "10 days" for step in (await journey(database, workspace))["steps"])
    assert set(contents(folder)) - set(before) == {".tidings/pulled.json"}
