"""`tidings test` and the pytest plugin play the same files and say the same."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tidings import demo
from tidings.cli.main import run

DEMO = Path(demo.__file__).parent / "project"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The demo's project, with a test that fails."""
    shutil.copytree(DEMO, tmp_path / "demo")
    failing = "test: Nobody writes\npeople: {ada: {email: ada@example.com}}\n"
    failing += "given:\n  - {event: Signed Up, with: {plan: trial}}\nexpect:\n  - {message: tips-short}\n"
    (tmp_path / "demo/tests/wrong.yaml").write_text(failing)
    return tmp_path / "demo"


def test_the_demos_tests_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["test", str(DEMO)]) == 0
    said = capsys.readouterr().out
    assert "8 passed" in said
    assert "✗" not in said


def test_a_failing_one_shows_what_happened_and_why(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    junit = folder / "out.xml"
    assert run(["test", str(folder), "--only", "Nobody", "--junit", str(junit)]) == 1
    said = capsys.readouterr().out
    assert "tests/wrong.yaml:6 ada, at the start: `tips-short` was not sent; it was never planned" in said
    assert "what happened to ada:" in said
    assert "onboarding: entered" in said
    assert "ada and onboarding, in the end:" in said
    (case,) = ElementTree.parse(junit).getroot().iter("testcase")
    assert case.attrib["name"] == "Nobody writes"
    assert "never planned" in case.find("failure").attrib["message"]  # type: ignore[union-attr]


def test_json_lists_every_test(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["test", str(folder), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [each["test"] for each in told if not each["passed"]] == ["Nobody writes"]


def test_pytest_collects_them(folder: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder.parent, timeout=100)
    assert "1 failed, 8 passed" in done.stdout, done.stdout + done.stderr
    assert "`tips-short` was not sent; it was never planned" in done.stdout


def test_a_story_in_python(tmp_path: Path) -> None:
    from tidings.testing import play, read_project

    project = read_project(DEMO)
    story = {"test": "t", "people": {"ada": {"email": "a@example.com"}}, "given": [{"event": "Signed Up"}]}
    play(project, {**story, "expect": []})
    with pytest.raises(AssertionError, match="never planned"):
        play(project, {**story, "expect": [{"message": "welcome"}]})
