"""Reading pages: their code blocks and tables, in order."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[\w-]*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """``line``: of the page. ``label``: the bold file name (``**`a.yaml`**``) on the line before, or ""."""

    line: int
    language: str
    label: str
    text: str


def blocks(page: Path, language: str = "") -> list[Block]:
    """The code blocks of a page, or those of one language."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        before = text[: match.start()].rstrip().rpartition("\n")[2]
        label = re.fullmatch(r"\*\*`([^`]+)`\*\*:?", before.strip())
        found.append(
            Block(
                text.count("\n", 0, match.start()) + 1,
                match["language"],
                label[1] if label else "",
                re.sub(f"^{match['indent']}", "", match["text"], flags=re.MULTILINE),
            )
        )
    return [block for block in found if language in ("", block.language)]


def tables(page: Path) -> Iterator[tuple[list[str], list[list[str]]]]:
    """(heads, rows) of each table; ``\\|`` is a bar within a cell."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        rows = [
            [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
            for line in table.splitlines()
        ]
        yield rows[0], rows[2:]
