"""The command line against a real database, in an empty folder."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Database
from tidings.cli.main import run


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Its output as JSON."""
        return json.loads(self.out)


Tidings = Callable[..., Awaitable[Said]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that commands run in, with no settings of this machine."""
    for name in [name for name in os.environ if name.startswith("TIDINGS_") and not name.startswith("TIDINGS_TEST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def tidings(
    here: Path, database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Tidings:
    """Run one command of the program."""
    monkeypatch.setenv("TIDINGS_DATABASE_URL", database.url)

    async def call(*tokens: str) -> Said:
        capsys.readouterr()
        code = await asyncio.to_thread(run, tokens)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call
