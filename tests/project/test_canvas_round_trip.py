"""What the canvas writes comes back as the file it came from: unchanged to the byte, and with one edit as the fewest lines."""

from difflib import ndiff
from pathlib import Path
from typing import Any

import pytest

from tidings import journeys
from tidings.project.print_yaml import print_yaml
from tidings.project.read_yaml import read_yaml

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/journeys/*.yaml"))


def document(path: Path) -> dict[str, Any]:
    """The document as the canvas is given it, and hands it back."""
    found: dict[str, Any] = journeys.write(journeys.read(read_yaml(path.read_text("utf-8"))[0]))
    return found


def lines(path: Path, edited: dict[str, Any]) -> list[str]:
    """The lines that a pull would change."""
    after = print_yaml(journeys.write(journeys.read(edited)))
    return [line for line in ndiff(path.read_text("utf-8").splitlines(), after.splitlines()) if line[0] in "+-"]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_saved_unchanged_is_the_same_file(path: Path) -> None:
    assert lines(path, document(path)) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_kind_of_edit_changes_only_its_own_lines(path: Path) -> None:
    before = document(path)
    first, *rest = before["steps"]
    wait = {"id": "the-new-one", "wait": "2 days"}
    added = ["+   - id: the-new-one", "+     wait: 2 days"]
    assert lines(path, {**before, "steps": [wait, first, *rest]}) == added
    assert lines(path, {**before, "steps": [first, *rest, wait]}) == added
    # a note goes behind the id and the name, whatever order the canvas put it in
    noted = lines(path, {**before, "steps": [{**first, "note": "Mind this"}, *rest]})
    assert noted[-1].strip("+ ") == "note: Mind this"
    assert len(noted) == (2 if "note" in first else 1)
    renamed = lines(path, {**before, "name": "Another name"})
    assert renamed in (["+ name: Another name"], [f"- name: {before.get('name')}", "+ name: Another name"])
    if rest:
        removed = lines(path, {**before, "steps": [first, *rest[:-1]]})
        assert removed
        assert all(line[0] == "-" for line in removed)
