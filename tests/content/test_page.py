"""docs/reference/templates.md: every example prints what it says, and nothing that can be written is left out."""

import re
from pathlib import Path

import msgspec
import pytest

from tests.content.rendering import show
from tests.docs.reading import blocks, tables
from tidings.content.compile import compile
from tidings.content.liquid import ROOTS
from tidings.content.liquid.filters import FILTERS
from tidings.content.liquid.tags import TAGS
from tidings.content.liquid.tags.links import PIXEL, SLOT
from tidings.content.template import KEYS, read

PAGE = Path(__file__).parents[2] / "docs/reference/templates.md"
CUSTOMER = msgspec.json.decode(blocks(PAGE, "json")[0].text)
LINES = [line.rpartition("→") for block in blocks(PAGE, "liquid") for line in block.text.splitlines()]


@pytest.mark.parametrize(("source", "shown"), [(source.strip(), shown.strip()) for source, _, shown in LINES])
def test_examples(source: str, shown: str) -> None:
    assert show(source, customer=CUSTOMER).strip() == shown


def test_the_message_at_the_top_can_be_published() -> None:
    (message,) = blocks(PAGE, "markdown")
    made = compile(read("welcome", message.text, "markdown"), layouts={}, snippets={})
    found = made.render({"customer": {"plan": "trial", "trial_ends_at": "2027-03-01"}}, now=0)
    assert found.subject == "Welcome, there"
    assert "Hello there,\n\nyour trial ends on 1 March." in found.text


def test_nothing_is_left_out() -> None:
    text = PAGE.read_text(encoding="utf-8")
    columns = {heads[0]: " ".join(row[0] for row in rows) for heads, rows in tables(PAGE)}
    assert [key for key in KEYS if f"`{key}`" not in columns["key"]] == []
    assert [root for root in ROOTS if f"`{root}`" not in columns["object"] and root != "broadcast"] == []
    tags = {str(tag.name) for tag in TAGS} - {SLOT, PIXEL}
    assert {tag for tag in tags if not re.search(rf"{{% {tag}\b", columns["tag"])} == set()
    assert {name for name in FILTERS if not re.search(rf"[|`] ?{name}\b", text)} == set()
