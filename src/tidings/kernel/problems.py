"""What is wrong with something a person wrote, said so that they can mend it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches


@dataclass(frozen=True)
class Problem:
    """One fault: where (a path into the document, or a line and column counted from 1), what, and what would be right."""

    message: str
    hint: str = ""
    path: tuple[str | int, ...] = ()
    file: str = ""
    line: int = 0
    column: int = 0
    warning: bool = False

    def __str__(self) -> str:
        place = self.file + (f":{self.line}:{self.column}" if self.line else "")
        if not place and self.path:
            place = ".".join(map(str, self.path))
        return (
            f"{place}: {self.message}" * bool(place)
            + self.message * (not place)
            + (f"; {self.hint}" if self.hint else "")
        )


@dataclass
class Invalid(Exception):
    """A document with problems; ``problems`` is never empty."""

    problems: list[Problem] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Give ``did you mean `x`?`` for the nearest known word, or nothing."""
    near = get_close_matches(word, known, n=1, cutoff=0.6) or get_close_matches(
        word.lower(), [k for k in known if k.lower() == word.lower()], n=1
    )
    return f"did you mean `{near[0]}`?" if near else ""
