"""How deep a text nests in brackets, told before a parser is let at it whose work grows with every level."""

import re
from typing import Final

LEVELS: Final = 100
"""More than anybody writes."""
_BRACKETS: Final = re.compile(r"[\[\]{}]")


def is_too_deep(text: str) -> bool:
    """Whether so many brackets stand open at once, in quotes or not."""
    depth = 0
    for match in _BRACKETS.finditer(text):
        depth = depth + 1 if match[0] in "[{" else max(depth - 1, 0)
        if depth > LEVELS:
            return True
    return False
