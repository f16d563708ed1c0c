"""The guides on changing, rehearsing and asking why: every command in them runs as it stands there, on a workspace that fits."""

import asyncio
import re
import shlex
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Tidings, here, tidings
from tests.cli.test_people import World
from tests.conftest import Database
from tests.docs.pages import ROOT
from tests.docs.reading import blocks
from tidings.kernel.records import Event, Identify
from tidings.kernel.times import DAY, show_iso
from tidings.processor import Worker
from tidings.settings import Settings

__all__ = ["here", "tidings"]
GUIDES = ("changing-journeys", "rehearse", "why")
LONG = ("tidings approval", "tidings test --watch")
"""What needs a second person, or does not end."""
KEYS = {"Alt", "Ctrl C", "Ctrl V", "Ctrl Z", "Delete", "Enter"}
JOURNEY = """journey: onboarding
trigger:
  event: Signed Up
steps:
  - {id: nudge, send: hello}
  - {id: settle, wait: 1 day}
"""
SEGMENT = 'segment: paying\nrule: plan in ("team", "business")\n'
FIRST = "journey: onboarding\ntrigger:\n  event: Signed Up\nsteps:\n  - {id: settle, wait: 2 days}\n"


def commands(guide: str) -> Iterator[str]:
    """The commands of a guide's blocks, in order, each once."""
    found = [
        line
        for block in blocks(ROOT / f"docs/guides/{guide}.md")
        if block.language in ("console", "sh")
        for line in block.text.splitlines()
    ]
    return iter(dict.fromkeys(line.removeprefix("$ ") for line in found))


@pytest.fixture
async def lived(tidings: Tidings, here: Path, database: Database) -> AsyncIterator[None]:
    """A journey whose third version somebody is in, while a worker works; the folder has a draft of the fourth."""
    await tidings("init")
    (here / "journeys/hello.yaml").unlink()
    (here / "segments").mkdir(exist_ok=True)
    (here / "segments/paying.yaml").write_text(SEGMENT)
    for text in (FIRST, JOURNEY.replace("1 day", "2 days"), JOURNEY):
        (here / "journeys/onboarding.yaml").write_text(text)
        said = await tidings("apply", "--yes")
        assert said.code == 0, said.err
    worker = Worker(database.pool, database.url, Settings())
    working = asyncio.create_task(worker.run())
    try:
        world = World(database, await database.fetchval("SELECT id FROM workspaces"))
        who = ("id", "ada")
        records = [(who, Identify({"email": "ada@example.com", "plan": "trial"})), (who, Event("Signed Up", {}))]
        await world.put(*records)
        async with asyncio.timeout(20):
            while not await database.fetchval("SELECT count(*) FROM standing"):
                await asyncio.sleep(0.02)
        (here / "journeys/onboarding.yaml").write_text(JOURNEY.replace("1 day", "3 days"))
        yield
    finally:
        worker.stop()
        await working


@pytest.mark.parametrize("guide", GUIDES)
async def test_the_commands_of_the_guide_run(tidings: Tidings, here: Path, lived: None, guide: str) -> None:
    ran = 0
    soon = show_iso(time.time_ns() // 1000 + DAY)
    for line in commands(guide):
        if line.startswith(LONG):
            continue
        words = shlex.split(re.sub(r"--at \S+", f"--at {soon}", line))
        assert words[0] == "tidings", line
        asks = words[1] == "apply" or words[2:3] in (["rollback"], ["publish"])
        more = ["--yes"] if asks and "--yes" not in words else []
        if words[1] == "test":
            words[2:] = [str(ROOT / word) for word in words[2:]]
        said = await tidings(*words[1:], *more)
        assert said.code == 0, (line, said.out, said.err)
        ran += 1
    assert ran >= 3


@pytest.mark.parametrize("guide", GUIDES)
def test_what_the_guide_names_in_the_browser_is_called_so(guide: str) -> None:
    """Each control that is named stands in the web app's source, under that name."""
    page = (ROOT / f"docs/guides/{guide}.md").read_text()
    browser = page.partition("## In the browser\n")[2].partition("\n## ")[0]
    named = {
        " ".join(name.split()).strip("…") for name in re.findall(r"(?<!\*)\*{1,2}([A-Z][^*]+)\*{1,2}", browser)
    } - KEYS
    source = "".join(file.read_text() for file in (ROOT / "web/src").rglob("*.ts*"))
    assert len(named) >= 3
    assert [name for name in sorted(named) if name not in source] == []
