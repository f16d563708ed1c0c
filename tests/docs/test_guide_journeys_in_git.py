"""The guide from its first line to its last, as a reader would do it: real processes, the real SDK, the real mailbox."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.docs.pages import ROOT
from tests.docs.reading import Block, blocks
from tests.running import Running

PAGE = ROOT / "docs/guides/journeys-in-git.md"
SETUP = ("make run", ". .venv/bin/activate")
"""What the test has done already."""


@pytest.fixture(scope="module")
def tidings() -> Iterator[Running]:
    folder = Path(tempfile.mkdtemp(prefix="tidings-guide-"))
    try:
        with Running(folder, "--demo") as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_every_step_of_the_guide_works(tidings: Running) -> None:
    key, said = "", ""
    for block in blocks(PAGE):
        if block.label:
            write(tidings, block, key)
        elif block.language == "console":
            said = "".join(map(str, (run(tidings, line) for line in block.text.splitlines() if line not in SETUP)))
            if found := re.search(r"^    (\w{32})$", said, re.MULTILINE):
                key = found[1]
            expect(tidings, block)
        else:
            assert block.language == "text", block
            assert re.match(pattern(block.text), said), (block.text, said)
    assert key


def write(tidings: Running, block: Block, key: str) -> None:
    text = block.text.replace("http://127.0.0.1:8000", tidings.url).replace("YOUR_WRITE_KEY", key)
    (tidings.folder / block.label).write_text(text, encoding="utf-8")


def run(tidings: Running, line: str) -> str:
    done = tidings.run(line)
    assert done.returncode == 0, (line, done.stdout, done.stderr)
    return done.stdout


def expect(tidings: Running, block: Block) -> None:
    """What the page says of the mailbox after a command."""
    if "signup.py" in block.text:
        tidings.until(lambda: "Welcome, Ada!" in subjects(tidings, "ada@example.com"))
    if "two.py" in block.text:
        tidings.until(lambda: "Need a hand, Linus?" in subjects(tidings, "linus@example.com"))
        assert subjects(tidings, "grace@example.com") == ["Welcome, Grace!"]
    if "grace@example.com" in block.text:
        assert 'did "Project Created" since entry' in run(tidings, block.text)


def subjects(tidings: Running, words: str) -> list[str]:
    return [unescape(subject) for subject in tidings.mailbox(words)]


def pattern(text: str) -> str:
    """The output a page shows, as a pattern: `…` stands for anything, and more may follow."""
    return ".*?".join(map(re.escape, text.rstrip("\n").split("…")))
