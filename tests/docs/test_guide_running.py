"""The guide to running: its commands and settings are the program's."""

import shlex

import pytest

from tests.docs.pages import ROOT
from tests.docs.reading import blocks
from tidings.cli.main import run
from tidings.database.version import OLDEST
from tidings.settings import load

PAGE = ROOT / "docs/guides/running.md"
COMMANDS = [line for block in blocks(PAGE, "console") for line in block.text.splitlines()]


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_is_one(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    program, *words = shlex.split(line)
    assert program == "tidings"
    assert run([*words, "--help"]) == 0
    assert f"Usage: tidings {' '.join(words)}" in capsys.readouterr().out


def test_settings_are_read() -> None:
    lines = "".join(block.text for block in blocks(PAGE, "text")).splitlines()
    settings = load(dict(line.split("=", 1) for line in lines), None)
    assert settings.url == "https://tidings.example.com"
    assert settings.database_url is not None


def test_the_oldest_postgresql_is_the_programs() -> None:
    assert f"PostgreSQL {OLDEST // 10000} or newer" in PAGE.read_text(encoding="utf-8")
