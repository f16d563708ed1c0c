"""Hiding Liquid from parsers of HTML, and bringing it back.

A parser moves ``{% for %}`` out of a table and splits an attribute at a quote inside ``{{ }}``. So every piece of Liquid is put behind a
mark first: a comment where text stands (parsers keep comments where they are), a plain word inside a tag, a comment, a title or a style.
Each mark remembers where its Liquid was written, so that an error in what comes out can be placed in what the author wrote.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tidings.content.liquid import Place
from tidings.content.liquid.limits import SOURCE
from tidings.content.liquid.tokens import spans
from tidings.kernel.problems import Invalid, Problem, did_you_mean

SNIPPET: Final = re.compile(r"\{\{-?\s*snippets(?:\.([\w-]+)|\[\s*[\"']([^\"']+)[\"']\s*\])\s*-?\}\}")
CONTENT: Final = re.compile(r"\{\{-?\s*content\s*-?\}\}")
RAW: Final = frozenset({"style", "script", "title", "textarea", "mj-title", "mj-preview", "mj-style"})
DEEPEST: Final = 10

_MARKUP: Final = re.compile(r"<!--|-->|</?[A-Za-z][A-Za-z0-9:-]*|>|\"|'|[{}]")


@dataclass
class Mask:
    """The marks of one message. ``word``: what every mark begins with, found in none of the sources."""

    word: str
    snippets: Mapping[str, str]
    pieces: list[tuple[str, Place]] = field(default_factory=list)
    length: int = 0
    """Characters hidden so far, each snippet's as often as it stands somewhere."""

    def hide(self, source: str, file: str, first_line: int = 1, content: str | None = None, depth: int = 0) -> str:
        """Give the source with marks. ``content``: what stands for ``{{ content }}`` (already hidden). Raises Invalid."""
        self.length += len(source)
        if self.length > SOURCE:  # ten snippets of a line each, inside each other, would fill any machine
            says = f"the message is longer than {SOURCE} characters, with the snippets in it"
            raise Invalid([Problem(says, "", (), file, first_line, 1)])
        out: list[str] = []
        state = Reading()
        at = 0
        for start, end in spans(source):
            state.read(source[at:start], out)
            at = end
            liquid = source[start:end]
            place = (
                file,
                first_line + source.count("\n", 0, start),
                start - source.rfind("\n", 0, start),
            )
            if content is not None and CONTENT.fullmatch(liquid):
                out.append(content)
            elif named := SNIPPET.fullmatch(liquid):
                out.append(self._snippet(named[1] or named[2], place, depth))
            else:
                out.append(state.dressed(self.mark(liquid, place)))
        state.read(source[at:], out)
        return "".join(out)

    def mark(self, liquid: str, place: Place) -> str:
        """Give a new mark for a piece of Liquid, as a plain word."""
        self.pieces.append((liquid, place))
        return f"{self.word}{len(self.pieces) - 1}z"

    def _snippet(self, name: str, place: Place, depth: int) -> str:
        source = self.snippets.get(name)
        if source is None:
            hint = did_you_mean(name, list(self.snippets))
            raise Invalid([Problem(f"there is no snippet `{name}`", hint, (), *place)])
        if depth >= DEEPEST:
            raise Invalid(
                [
                    Problem(
                        f"snippets stand inside each other more than {DEEPEST} deep",
                        "does one hold itself?",
                        (),
                        *place,
                    )
                ]
            )
        return self.hide(source.removesuffix("\n"), f"snippets/{name}", depth=depth + 1)

    def reveal(self, masked: str) -> tuple[str, Callable[[int], Place]]:
        """Give the text with its Liquid back, and what places an offset of it in the sources."""
        out: list[str] = []
        starts: list[int] = [0]
        places: list[Place] = [self.pieces[0][1] if self.pieces else ("", 1, 1)]
        at = length = 0
        for match in self.pattern.finditer(masked):
            before = masked[at : match.start()]
            liquid, place = self.pieces[int(match[1] or match[2] or match[3])]
            out += (before, liquid)
            length += len(before)
            starts.append(length)
            places.append(place)
            length += len(liquid)
            at = match.end()
        out.append(masked[at:])
        text = "".join(out)

        def locate(offset: int) -> Place:
            found = bisect_right(starts, offset) - 1
            file, line, column = places[found]
            inside = text[starts[found] : offset] if found else ""
            breaks = inside.count("\n")
            return (
                (file, line + breaks, offset - starts[found] - inside.rfind("\n") if breaks else column + len(inside))
                if found
                else places[0]
            )

        return text, locate

    @property
    def pattern(self) -> re.Pattern[str]:
        """Finds marks in every dress."""
        word = re.escape(self.word)
        return re.compile(rf"<!--{word}(\d+)z-->|/\*{word}(\d+)z\*/|{word}(\d+)z(?:=\"\")?")

    def liquid_of(self, number: str) -> str:
        """Give the Liquid behind a mark's number."""
        return self.pieces[int(number)][0]


def fresh_word(*sources: str) -> str:
    """Find a word that no source holds."""
    everything = "\n".join(sources).lower()
    number = 0
    while f"tdg{number}q" in everything:
        number += 1
    return f"tdg{number}q"


class Reading:
    """Where in HTML the reading stands: text, a tag, a comment, or an element whose inside is no HTML."""

    def __init__(self) -> None:
        self.tag = self.quote = self.raw = ""
        self.comment = False
        self.braces = 0

    def read(self, part: str, out: list[str]) -> None:
        for match in _MARKUP.finditer(part):
            self._seen(match[0])
        out.append(part)

    def _seen(self, what: str) -> None:
        if self.comment:
            self.comment = what != "-->"
        elif self.tag:
            if self.quote:
                self.quote = "" if what == self.quote else self.quote
            elif what in ('"', "'"):
                self.quote = what
            elif what == ">":
                self.raw, self.tag, self.braces = (self.tag if self.tag in RAW else ""), "", 0
        elif self.raw:
            self.braces += (what == "{") - (what == "}")
            if what.lower() == "</" + self.raw:
                self.tag, self.raw = "/", ""
        elif what == "<!--":
            self.comment = True
        elif what[0] == "<":
            self.tag = what[1:].lower()

    def dressed(self, mark: str) -> str:
        if self.raw.endswith("style") and self.braces == 0 and not self.tag:
            return f"/*{mark}*/"
        return mark if self.tag or self.comment or self.raw else f"<!--{mark}-->"
