"""The guide to project files: its commands, in their order, in one folder."""

import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Tidings, here, tidings
from tests.docs.pages import ROOT
from tests.docs.reading import blocks

PAGE = ROOT / "docs/guides/project-files.md"
__all__ = ["here", "tidings"]


async def test_the_commands_work_in_their_order(tidings: Tidings, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = 0
    for block in blocks(PAGE, "console"):
        for line in block.text.splitlines():
            program, *words = shlex.split(line)
            if program == "cd":
                monkeypatch.chdir(words[0])
                continue
            if words == ["apply"]:
                words.append("--yes")  # nobody sits here to be asked
            said = await tidings(*words)
            assert said.code == 0, (line, said)
            ran += 1
    assert ran > 8


async def test_the_fault_is_named_as_the_guide_says(tidings: Tidings, here: Path) -> None:
    await tidings("init")
    journey = here / "journeys/hello.yaml"
    journey.write_text(journey.read_text().replace("is present", "is presnt"))
    assert (await tidings("check")).err == blocks(PAGE, "text")[0].text
