"""What one rendering may cost: both ways of rendering spend from the same meter."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any, Final

from liquid.exceptions import OutputStreamLimitError, ResourceLimitError
from liquid.undefined import Undefined

NESTING: Final = 30
"""Blocks inside blocks."""
ITERATIONS: Final = 100_000
"""Turns of all loops of one rendering together."""
OUTPUT: Final = 2_000_000
"""Characters of one rendering, captured text included."""
VALUE: Final = 200_000
"""Characters or items of one value that a filter makes."""
NUMBER: Final = 10**30
"""Numbers beyond this are refused: arithmetic on huge ones has no bound in time."""
SECONDS: Final = 2.0
SNIPPETS: Final = 10
"""Snippets inside snippets."""
SOURCE: Final = 1_000_000
"""Characters of a template's text."""
TAGS: Final = 10_000
"""Tags of a text, ``{{ … }}`` among them; as many lines of a `liquid` tag."""
INSIDE: Final = 100_000
"""Characters inside all tags of a text: they take a hundred times as long to compile as what stands between them."""
BRACKETS: Final = 100
"""Brackets inside one tag."""
SPACES: Final = 200
"""Spaces in a row inside a `liquid` tag."""
PROBLEMS: Final = 100
"""Faults that are told of one text."""


class TimeLimitError(ResourceLimitError):
    """The rendering took too long."""


class Meter:
    """What is left to spend. Raises a ``ResourceLimitError`` when something is used up."""

    __slots__ = ("deadline", "iterations", "written")

    def __init__(self) -> None:
        self.iterations = 0
        self.written = 0
        self.deadline = perf_counter() + SECONDS

    def loop(self, length: int) -> None:
        """Enter a loop of this many turns."""
        self.iterations += length
        if self.iterations > ITERATIONS:
            raise ResourceLimitError(f"the loops take more than {ITERATIONS} turns together", token=None)
        self.time()

    def time(self) -> None:
        """Stop what runs too long."""
        if perf_counter() > self.deadline:
            raise TimeLimitError(f"the template takes longer than {SECONDS:g} seconds", token=None)

    def wrote(self, characters: int) -> None:
        """Count characters that were written."""
        self.written += characters
        if self.written > OUTPUT:
            raise OutputStreamLimitError(f"the text is longer than {OUTPUT} characters", token=None)

    def spend(self, out: list[str], start: int) -> int:
        """Count what was appended to ``out`` since ``start``; gives its length, to start from the next time."""
        end = len(out)
        if end > start:
            self.wrote(sum(map(len, out[start:end])))
        self.time()
        return end


def bounded(size: int) -> None:
    """Refuse to make a value of this many characters or items."""
    if size > VALUE:
        raise ResourceLimitError(f"a value would be longer than {VALUE}", token=None)


def weighed(values: list[Any]) -> list[Any]:
    """Give a list back, or refuse it where it holds more than a value or a rendering may, counted as deep as it goes and as often as
    each part stands in it: a list that is put into itself again and again costs nothing to make and everything to print."""
    items, characters = 0, 0
    waiting: list[Any] = [values]
    while waiting:
        inside = waiting.pop()
        items += len(inside)
        bounded(items)
        for each in inside.values() if isinstance(inside, Mapping) else inside:
            if isinstance(each, str):
                characters += len(each)
            elif isinstance(each, (list, tuple, Mapping)) and not isinstance(each, Undefined):
                waiting.append(each)
        if characters > OUTPUT:
            raise ResourceLimitError(f"a list would hold more than {OUTPUT} characters", token=None)
    return values
