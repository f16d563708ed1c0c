"""The canonical form: written in one way, and a comment is kept as the note of what it stands at."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from tests.docs.pages import ROOT
from tests.laws.stories import Workspace, workspaces
from tests.project.test_project import DEMO, contents
from tidings import journeys
from tidings.cli.main import run
from tidings.kernel.problems import Invalid
from tidings.project import editors
from tidings.project.body import documents_of, make_body
from tidings.project.fmt import document, fmt
from tidings.project.folder import KINDS, Project
from tidings.project.plan import show_document
from tidings.project.print_yaml import print_yaml
from tidings.project.read_yaml import read_yaml

JOURNEY = next(kind for kind in KINDS if kind.name == "journey")

COMMENTED = """\
# who owns it: growth
journey: hello
trigger: {event: Signed Up} # the only one
steps:
  # the first mail
  # of three
  - id: hello
    send: "hello"   # short
  - id: text
    note: "say # it"
    wait:  24 hours  # a day
  - id: fork
    branch:
      # big ones
      - when: seats > 10
        steps:
          - {id: big, send: big} # by hand?
      - otherwise:
          # nothing for them
          - id: end
            exit: true
# the end
"""

CANONICAL = """\
journey: hello
note: |-
  who owns it: growth
  the only one
  the end
trigger:
  event: Signed Up
steps:
  - id: hello
    note: |-
      the first mail
      of three
      short
    send: hello
  - id: text
    note: |-
      say # it
      a day
    wait: 1 day
  - id: fork
    note: big ones
    branch:
      - when: seats > 10
        steps:
          - id: big
            note: by hand?
            send: big
      - otherwise:
          - id: end
            note: nothing for them
            exit: true
"""


def test_comments_become_notes_and_the_rest_is_written_one_way() -> None:
    assert document(JOURNEY, COMMENTED, "journeys/hello.yaml") == CANONICAL
    assert document(JOURNEY, CANONICAL, "journeys/hello.yaml") == CANONICAL


def test_a_line_for_the_editor_stays_a_comment() -> None:
    head = "# yaml-language-server: $schema=../.tidings/journey.schema.json\n"
    assert document(JOURNEY, head + CANONICAL, "journeys/hello.yaml") == head + CANONICAL


@settings(max_examples=40, deadline=None)
@given(workspaces())
def test_what_is_canonical_stays_to_the_byte(made: Workspace) -> None:
    for id, entry in made.body["journeys"].items():
        text = print_yaml(journeys.write(journeys.read(entry["document"])))
        assert document(JOURNEY, text, f"journeys/{id}.yaml") == text


def test_a_fault_keeps_the_file_and_is_placed(tmp_path: Path) -> None:
    shutil.copytree(DEMO, tmp_path / "project")
    bad = tmp_path / "project/journeys/bad.yaml"
    bad.write_text("journey: bad\ntrigger: {event: A}\nsteps:\n  - {id: a, wat: 1}\n")
    before = contents(tmp_path / "project")
    done = fmt(tmp_path / "project")
    assert [(problem.file, problem.line) for problem in done.problems] == [("journeys/bad.yaml", 4)]
    assert done.changed == {}
    assert contents(tmp_path / "project") == before


def test_the_command_writes_and_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(DEMO, tmp_path / "project")
    file = tmp_path / "project/segments/paying.yaml"
    text = file.read_text()
    file.write_text(text.replace("rule: ", "rule:   "))
    assert run(["fmt", str(tmp_path / "project"), "--check"]) == 1
    assert run(["fmt", str(tmp_path / "project")]) == 0
    assert file.read_text() == text
    assert run(["fmt", str(tmp_path / "project"), "--check"]) == 0


def test_settings_with_comments_are_left(tmp_path: Path) -> None:
    (tmp_path / "tidings.toml").write_text('workspace   = "x" # ours\n')
    assert fmt(tmp_path).changed == {}
    (tmp_path / "tidings.toml").write_text('workspace   = "x"\n')
    assert fmt(tmp_path).changed == {"tidings.toml": 'workspace = "x"\n'}


def test_what_is_no_mapping_is_refused() -> None:
    with pytest.raises(Invalid, match="a mapping of fields"):
        document(JOURNEY, "- a\n", "journeys/x.yaml")


def test_schemas_are_written_once_and_settings_keep_what_is_there(tmp_path: Path) -> None:
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".vscode/settings.json").write_text('{"editor.tabSize": 2, "yaml.schemas": {"a": "b"}}')
    written = editors.write(tmp_path)
    assert sorted(written) == [
        ".tidings/event.schema.json",
        ".tidings/journey.schema.json",
        ".tidings/segment.schema.json",
        ".tidings/test.schema.json",
        ".vscode/settings.json",
    ]
    text = (tmp_path / ".vscode/settings.json").read_text()
    assert '"editor.tabSize": 2' in text
    assert '"a": "b"' in text
    assert '"./.tidings/journey.schema.json": "journeys/*.yaml"' in text
    assert editors.write(tmp_path) == []
    (tmp_path / ".vscode/settings.json").write_text("{} // mine")
    assert editors.write(tmp_path) == []


def test_the_examples_fit_their_schemas_and_what_is_wrong_does_not() -> None:
    """As an editor does it: by the schemas alone."""
    checks = {
        Path(file).name.partition(".")[0]: Draft202012Validator(json.loads(text))
        for file, text in editors.files().items()
    }
    for kind, wrong in (
        ("journey", {"trigger": {"event": "x"}, "steps": [{"id": "a", "sned": "welcome"}]}),
        ("segment", {"segment": "a", "ruel": "x = 1"}),
        ("test", {"test": "a", "people": {}, "expect": [{"mesage": "welcome"}]}),
        ("test", {"tests": [{"test": "a", "people": {}, "expect": [{"message": "welcome", "becuase": "x"}]}]}),
    ):
        files = [*ROOT.glob(f"examples/*/{kind}s/*.yaml"), *DEMO.glob(f"{kind}s/*.yaml")]
        assert files
        for file in files:
            assert list(checks[kind].iter_errors(read_yaml(file.read_text())[0])) == [], file
        assert not checks[kind].is_valid(wrong), wrong


@settings(max_examples=40, deadline=None)
@given(workspaces())
def test_from_file_to_what_is_in_force_and_back_to_the_byte(made: Workspace) -> None:
    texts = {
        id: print_yaml(journeys.write(journeys.read(entry["document"]))) for id, entry in made.body["journeys"].items()
    }
    read = {id: read_yaml(text)[0] for id, text in texts.items()}
    body = make_body(Project({"workspace": "x"}, made.body["segments"], read), {})
    stored = json.loads(json.dumps(body, ensure_ascii=False))
    back = documents_of(stored)
    assert {id: show_document(document) for id, document in back["journeys"].items()} == texts
