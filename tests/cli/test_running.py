"""What every command has in common, and the commands that run an installation."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Tidings
from tidings import __version__
from tidings.cli.main import app, run
from tidings.database.migrate import newest

COMMANDS = [
    line.split()
    for line in """
    up|api|worker|deliver|migrate|doctor|init|check|plan|apply|pull|events tail|events list|rejected list|rejected replay|replay
    person show|person why|person unmerge|person delete
    source create|source list|source remove|journey list|journey publish|journey pause|journey resume|journey close|journey stop
    """.replace("\n", "|").split("|")
    if line.strip()
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_says_what_it_does(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command, "--help"]) == 0
    said = capsys.readouterr().out
    assert f"Usage: tidings {' '.join(command)}" in said
    assert run([*command, "--no-such-option"]) == 2


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
