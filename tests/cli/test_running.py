"""What every command has in common, and the commands that run an installation."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Tidings
from tests.docs.pages import ROOT
from tidings import __version__
from tidings.cli import reference
from tidings.cli.commands import app
from tidings.cli.main import run
from tidings.database.version import newest

COMMANDS = [path.split() for path in reference.commands()]
PROCESSES = [["up"], ["api"], ["worker"], ["deliver"]]
NAMED = re.compile(r"(?:`|^\$? ?)tidings ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?", re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_says_what_it_does(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command, "--help"]) == 0
    said = capsys.readouterr().out
    assert f"Usage: tidings {' '.join(command)}" in said
    assert ("--json" in said) == (command not in PROCESSES)
    assert run([*command, "--no-such-option"]) == 2


def test_every_command_that_is_named_exists() -> None:
    known = {tuple(command) for command in COMMANDS}
    words = {command[0] for command in COMMANDS if len(command) == 2}
    texts = [*(ROOT / "src").rglob("*.py"), *(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
    named = {found for text in texts for found in NAMED.findall(text.read_text(encoding="utf-8"))}
    assert ("approval", "show") in named
    unknown = [each for each in named if each[0] not in words and each[:1] not in known]
    unknown += [each for each in named if each[0] in words and each[1] and each not in known]
    assert unknown == []


def test_a_command_loads_what_it_needs_alone() -> None:
    loaded = "import sys; from tidings.cli.main import run; run(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    for command, never in (
        (["--help"], {"asyncpg", "liquid", "tidings.cli.files"}),
        (["fmt", "--help"], {"alembic", "sqlalchemy", "segment", "tidings.processor", "tidings.app"}),
    ):
        ran = subprocess.run([sys.executable, "-c", loaded, *command], capture_output=True, text=True, check=True)
        assert "Usage: tidings" in ran.stdout
        assert not never & set(ran.stderr.split())


def test_the_program_itself(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"tidings {__version__}\n"
    assert run(["aply"]) == 2
    assert 'Did you mean "apply"?' in capsys.readouterr().err
    assert app.name == ("tidings",)
    ran = subprocess.run([sys.executable, "-m", "tidings", "check", "nowhere"], capture_output=True, text=True)
    assert ran.returncode == 1
    assert "there is no folder nowhere" in ran.stderr
    assert ran.stdout == ""


def test_without_a_database(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["source", "list"]) == 1
    assert "no PostgreSQL runs in data" in capsys.readouterr().err
    monkeypatch.setenv("TIDINGS_DATABASE_URL", "postgresql://someone:secret@127.0.0.1:1/nothing")
    assert run(["source", "list"]) == 1
    said = capsys.readouterr().err
    assert "can't be reached" in said
    assert "secret" not in said
    monkeypatch.setenv("TIDINGS_DATABSE_URL", "x")
    assert run(["source", "list"]) == 1
    assert "did you mean `TIDINGS_DATABASE_URL`?" in capsys.readouterr().err


def test_migrate_brings_an_empty_database_up(
    here: Path, empty_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TIDINGS_DATABASE_URL", empty_database)
    assert run(["source", "list"]) == 1
    assert f"the tables are at version none, this program needs {newest()}" in capsys.readouterr().err
    for _ in range(2):
        assert run(["migrate"]) == 0
        assert capsys.readouterr().out == f"✓ the tables are at version {newest()}\n"
    assert run(["source", "list"]) == 1
    assert "which workspace is meant?" in capsys.readouterr().err


async def test_doctor_says_what_is_wrong_and_how_to_mend_it(tidings: Tidings) -> None:
    looked = await tidings("doctor")
    assert looked.code == 1
    assert "✓ tables     at version" in looked.out
    assert "✗ worker     0 of 64 partitions are held" in looked.out
    assert "→ make one with `tidings source create NAME`" in looked.out
    by_name = {check["name"]: check for check in (await tidings("doctor", "--json")).data}
    assert by_name["settings"]["well"] is True
    assert by_name["keys"]["well"] is False
