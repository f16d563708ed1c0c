"""The engine of today does with the inputs of released ones what these did, or a decision says why not."""

from difflib import unified_diff
from pathlib import Path

import pytest

from tests.golden.history import files, read, replay

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


def test_a_difference_fails() -> None:
    golden = read(FILES[0])
    planned = next(n for n, line in enumerate(golden.effects) if " Moved " in line)
    golden.effects[planned] = golden.effects[planned].replace("Moved", "moved")
    assert replay(golden) != golden.wanted
    golden.inputs = golden.inputs[:-1] if len(golden.inputs) > 1 else []
    assert replay(golden) != read(FILES[0]).wanted
