"""The engine of today does with the inputs of released ones what these did, or a decision says why not."""

import json
import re
from difflib import unified_diff
from pathlib import Path

import pytest

from tests.golden.history import files, read, replay
from tests.golden.scenes import SCENES
from tidings import __version__
from tidings.kernel import records
from tidings.people import document

DECISIONS = Path(__file__).parents[2] / "docs/decisions"
FILES = list(files())


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_same_inputs_have_the_same_effects(path: Path) -> None:
    golden = read(path)
    now = replay(golden)
    assert len(now) > 0
    lines = list(unified_diff(golden.wanted, now, golden.engine, "today", n=0, lineterm=""))
    allowed = (
        f"if this is meant, a decision says why, and `python -m tests.golden allow DECISION {path}` writes it down"
    )
    assert not lines, "\n".join([*lines[:40], allowed])


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_change_names_the_decision_that_allows_it(path: Path) -> None:
    for change in read(path).changes:
        assert list(DECISIONS.glob(f"{change.decision:04d}-*.md")), f"there is no decision {change.decision}"


def test_publishes_with_people_inside_are_among_them() -> None:
    """With every choice there is, what is brought back, merges and runs that a fault stopped; and each says of which formats it is."""
    goldens = [golden for path in FILES if (golden := read(path)).publishes]
    moves = {json.loads(line.split(" ", 3)[3])["what"] for each in goldens for line in each.wanted if " Moved " in line}
    assert moves >= {"carried", "moved", "stays", "exited", "merged", "parked", "retried", "converted"}
    assert {each.about for each in goldens} >= {scene().about for scene in SCENES.values()}
    for golden in goldens:
        assert 1 <= golden.formats["document"] <= document.FORMAT
        assert 1 <= golden.formats["record"] <= records.FORMAT


def test_each_released_version_has_its_own() -> None:
    """`python -m tests.golden record` writes those of the version at hand, before it is released."""
    released = re.findall(r"^## (\d+\.\d+\.\d+)", (DECISIONS.parents[1] / "CHANGELOG.md").read_text(), re.MULTILINE)
    recorded = {path.parent.name for path in FILES}
    assert released
    assert recorded >= {*released, __version__}
    for path in FILES:
        assert read(path).engine == path.parent.name


def test_a_difference_fails() -> None:
    golden = read(FILES[0])
    planned = next(n for n, line in enumerate(golden.effects) if " Moved " in line)
    golden.effects[planned] = golden.effects[planned].replace("Moved", "moved")
    assert replay(golden) != golden.wanted
    golden.inputs = golden.inputs[:-1] if len(golden.inputs) > 1 else []
    assert replay(golden) != read(FILES[0]).wanted
