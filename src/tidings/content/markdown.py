"""Markdown to HTML, Liquid masked: a tag alone on a line stays between paragraphs instead of becoming one."""

import re
from typing import Final

from markdown_it import MarkdownIt

from tidings.content.mask import Mask

_READER: Final = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def to_html(masked: str, mask: Mask) -> str:
    """Give the HTML of a body."""
    word = re.escape(mask.word)
    # A comment mark would begin a block of HTML where Markdown is meant, so text carries the bare word.
    source = re.sub(rf"<!--({word}\d+z)-->", r"\1", masked)
    alone = re.compile(rf"^[ \t]*((?:{word}\d+z[ \t]*)+)$", re.MULTILINE)
    source = alone.sub(lambda m: f"\n{m[1]}\n" if _only_tags(m[1], mask) else m[0], source)
    html = _READER.render(source)
    paragraph = re.compile(rf"<p>((?:\s*{word}\d+z)+\s*)</p>")
    html = paragraph.sub(lambda m: m[1] if _only_tags(m[1], mask) else m[0], html)
    return _comments(html, mask)


def _only_tags(marks: str, mask: Mask) -> bool:
    return all(mask.liquid_of(next(filter(None, m.groups()))).startswith("{%") for m in mask.pattern.finditer(marks))


def _comments(html: str, mask: Mask) -> str:
    """Give marks in text their comment back; those inside tags stay words."""
    parts = re.split(r"(<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>)", html)  # a `<` that no `>` follows ends at the next one
    word = re.compile(rf"{re.escape(mask.word)}\d+z")
    return "".join(part if number % 2 else word.sub(r"<!--\g<0>-->", part) for number, part in enumerate(parts))
