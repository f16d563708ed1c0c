"""Every example is a whole project: without a fault, in canonical form, and its stories come out as told."""

from pathlib import Path

import pytest

from tidings.project import stories
from tidings.project.check import check
from tidings.project.fmt import fmt
from tidings.project.folder import read_folder

EXAMPLES = sorted(path.parent for path in (Path(__file__).parents[2] / "examples").glob("*/tidings.toml"))


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_it_has_no_fault_and_is_canonical(folder: Path) -> None:
    project = read_folder(folder)
    assert check(project) == []
    assert stories.check(folder, project) == []
    assert fmt(folder).changed == {}
