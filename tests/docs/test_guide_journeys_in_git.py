"""The guide from its first line to its last, as a reader would do it: real processes, the real SDK, the real mailbox."""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
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


@pytest.mark.timeout(900)  # some twenty commands one after another, each a process, on however busy a machine
def test_every_step_of_the_guide_works(tidings: Running) -> None:
    key, said = "", ""
    for block in blocks(PAGE):
        if block.label:
            write(tidings, block, key)
        elif block.language == "console":
            if "pull shop" in block.text:
                edit(tidings)
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


def edit(tidings: Running) -> None:
    """What the page lets a colleague do in the browser: a longer wait, published."""
    found = re.search(r"sign in with (\S+) and (\S+)", tidings.printed)
    assert found is not None
    with httpx.Client(base_url=tidings.url, timeout=60, headers={"x-workspace": "shop"}) as browser:
        session = browser.post("/api/session", json={"email": found[1], "password": found[2]})
        browser.headers["x-csrf"] = session.json()["csrf"]
        text = browser.get("/api/journeys/hello").text
        body = {"body": json.loads(text.replace("10 seconds", "20 seconds"))["document"]}
        browser.put("/api/drafts/journey/hello", json=body, headers={"if-none-match": "*"}).raise_for_status()
        plan = browser.post("/api/journeys/hello/plan", json={}).json()
        seen = {"over": plan["over"], "revision": plan["revision"]}
        browser.post("/api/journeys/hello/publish", json=seen).raise_for_status()


def expect(tidings: Running, block: Block) -> None:
    """What the page says of the mailbox after a command."""
    if "signup.py" in block.text:
        tidings.until(lambda: "Welcome, Ada!" in subjects(tidings, "ada@example.com"))
    if "two.py" in block.text:
        tidings.until(lambda: "Need a hand, Linus?" in subjects(tidings, "linus@example.com"))
        assert subjects(tidings, "grace@example.com") == ["Welcome, Grace!"]
    if "pull shop" in block.text:
        assert "+    at_most: 20 seconds" in run(tidings, "git -C shop diff")
    if "grace@example.com" in block.text:
        assert 'did "Project Created" since entry' in run(tidings, block.text)


def subjects(tidings: Running, words: str) -> list[str]:
    return [unescape(subject) for subject in tidings.mailbox(words)]


def pattern(text: str) -> str:
    """The output a page shows, as a pattern: `…` stands for anything, and more may follow."""
    return ".*?".join(map(re.escape, text.rstrip("\n").split("…")))
