"""`tidings test` and the pytest plugin play the same files and say the same."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tidings import demo
from tidings.cli import stories
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


def test_a_fault_of_the_project_stands_in_the_results_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    junit = folder / "out.xml"
    (folder / "journeys/cart.yaml").write_text("journey: cart\n  trigger: : x\n")
    assert run(["test", str(folder), "--junit", str(junit)]) == 1
    assert "journeys/cart.yaml:2:10: mapping values are not allowed here" in capsys.readouterr().err
    (suite,) = ElementTree.parse(junit).getroot().iter("testsuite")
    assert (suite.attrib["name"], suite.attrib["errors"]) == ("journeys/cart.yaml", "1")
    assert run(["test", str(folder / "nowhere"), "--junit", str(junit)]) == 1
    (error,) = ElementTree.parse(junit).getroot().iter("error")
    assert error.attrib["message"].startswith("there is no folder")


def test_check_tells_the_faults_of_tests(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "tests/wrong.yaml").write_text(
        "tests:\n"
        "  - test: Two slips\n"
        "    starts: 2026-01-05T09:00:00Z\n"
        "    people: {ada: {email: ada@example.com}}\n"
        "    expect: []\n"
    )
    (folder / "tests/names.yaml").write_text(
        "tests:\n"
        "  - {test: Fine, people: {ada: {}}, expect: []}\n"
        "  - test: Names\n"
        "    journeys: [onbording]\n"
        "    people: {ada: {}}\n"
        "    given:\n"
        "      - {segment: payin}\n"
        "      - {opened: welcom}\n"
        "      - {topics: {tps: false}}\n"
        "    expect: []\n"
        "  - test: Others\n"
        "    people: {ada: {}}\n"
        "    answers: {scor: 1}\n"
        "    expect:\n"
        "      - {leaves: onbording}\n"
        "      - {step: settl, journey: cat}\n"
    )
    (folder / "tests/old.yml").write_text("")
    assert run(["check", str(folder)]) == 1
    faults = [line for line in capsys.readouterr().err.splitlines() if line.startswith("tests/")]
    assert faults == [
        "tests/names.yaml:4:16: there is no journey `onbording`",
        "tests/names.yaml:7:19: there is no segment `payin`",
        "tests/names.yaml:8:18: there is no template `welcom`",
        "tests/names.yaml:9:24: there is no topic `tps`",
        "tests/names.yaml:13:21: there is no step `scor`",
        "tests/names.yaml:15:18: there is no journey `onbording`",
        "tests/names.yaml:16:16: there is no step `settl`",
        "tests/names.yaml:16:32: there is no journey `cat`",
        "tests/old.yml: a test is no `.yml` file",
        "tests/wrong.yaml:3:13: a test has no field `starts`",
    ]


def test_an_answer_that_a_function_never_gives_is_a_fault(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "actions").mkdir()
    (folder / "actions/score.py").write_text("def score() -> dict[str, int]: ...\n")
    (folder / "journeys/scored.yaml").write_text(
        "journey: scored\ntrigger: {event: Scored}\nsteps:\n  - {id: score, run: score, as: lead}\n"
    )
    (folder / "tests/score.yaml").write_text(
        "test: Two points\npeople: {ada: {}}\nanswers:\n  score: {points: '2'}\nexpect: []\n"
    )
    said = "`score`: what it returned.points is '2', which is no int"
    assert run(["check", str(folder)]) == 1
    assert f"tests/score.yaml:4:10: {said}" in capsys.readouterr().err
    assert run(["test", str(folder)]) == 1
    assert said in " ".join(capsys.readouterr().out.split())


def test_json_lists_every_test(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["test", str(folder), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [each["test"] for each in told if not each["passed"]] == ["Nobody writes"]


def test_they_are_played_again_whenever_a_file_changes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each look at the files comes after a save of one of another folder, until somebody presses Ctrl-C."""
    nested = folder / "tests/more/wrong.yaml"
    nested.parent.mkdir()
    (folder / "events").mkdir(exist_ok=True)
    saves = [
        lambda: (folder / "results.xml").write_text("which is none of the tests"),
        lambda: (folder / "tests/wrong.yaml").rename(nested),
        lambda: nested.write_text(nested.read_text().replace("tips-short", "welcome") + "other_messages: allowed\n"),
        lambda: (folder / "events/broken.yaml").write_text("event: other"),
        lambda: (folder / "events/broken.yaml").unlink(),
    ]

    def save(_: float) -> None:
        if not saves:
            raise KeyboardInterrupt
        saves.pop(0)()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stories.time, "sleep", save)
        with pytest.raises(SystemExit) as ended:
            run(["test", str(folder), "--only", "Nobody", "--watch", "--junit", str(folder / "results.xml")])
    assert (ended.value.code, saves) == (130, [])
    said = capsys.readouterr()
    rounds = [line for line in said.out.splitlines() if " passed in " in line]
    assert [line.split(" passed")[0] for line in rounds] == ["1 failed, 0", "1 failed, 0", "1", "1"]
    assert "events/broken.yaml" in said.out + said.err


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
