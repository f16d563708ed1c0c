"""Every claim can be measured, at a size that says nothing about speed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import claims
from bench.ground.figure import Figure, table
from bench.ground.page import unmeasured

ROOT = Path(__file__).parents[2]
NAMES = [claim.__name__.rpartition(".")[2] for claim in claims()]
IN_A_BROWSER = {"canvas", "lighthouse"}
"""What they look at is walked by `tests/browser`; here it would cost a minute each, and say nothing."""


@pytest.mark.parametrize("name", [name for name in NAMES if name not in IN_A_BROWSER])
def test_the_claim_is_measured(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--small", "--only", name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.strip().splitlines()
    assert len(lines) > 2
    assert all(line.startswith("| ") for line in lines)


def test_a_gate_is_of_the_ratio_where_there_is_one() -> None:
    fast = Figure("a", 10, "/s", 0.5, 0.2)
    slow = Figure("b", 10, "/s", 0.1, 0.2)
    short = Figure("c", 10, "ms", None, 20, more=False)
    assert (fast.holds, slow.holds, short.holds, Figure("d", 1, "s").holds) == (True, False, True, None)
    assert table([fast, slow]).count("✓") == 1


def test_the_page_shows_what_was_measured() -> None:
    told = json.loads((ROOT / "bench/results.json").read_text())
    page = (ROOT / "docs/benchmarks.md").read_text()
    assert {each["claim"] for each in told["measures"]} <= set(NAMES)
    assert "\n".join(unmeasured(told, NAMES)) in page, "a claim without a figure is named as such"
    for each in told["measures"]:
        assert f"| {each['measure']} | " in page
