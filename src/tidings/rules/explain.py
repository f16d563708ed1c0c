"""Why a rule holds or does not: its clauses in their own words, each with what it saw."""

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from tidings.kernel.times import show_iso

About: TypeAlias = Literal["join", "value", "times", "segment", "group", "member"]


class Explanation(Struct, frozen=True):
    """One clause. ``changes_at``: when time alone could change it.

    ``about`` tells what was looked at: a ``join`` of ``parts`` (and, or, not), a ``value`` (``seen``, None: missing), the
    ``times`` that counted (ascending, microseconds), a ``segment`` (``since``: when entered, None: not in it), a kind of
    ``group`` (``parts``: one for each such group of the person), or one group that the person is a ``member`` of (``since``).
    """

    text: str
    holds: bool
    about: About
    seen: Any = None
    times: tuple[int, ...] = ()
    since: int | None = None
    changes_at: int | None = None
    parts: tuple["Explanation", ...] = ()

    def says(self) -> str:
        """Give the whole tree in words, a line a clause, inner ones indented by two spaces."""
        return "\n".join(self._lines(""))

    def _lines(self, indent: str) -> Iterator[str]:
        then = f"; may change at {show_iso(self.changes_at)}" if self.changes_at is not None and not self.parts else ""
        yield f"{indent}{'yes' if self.holds else 'no '} {self.text}{self._saw()}{then}"
        for part in self.parts:
            yield from part._lines(indent + "  ")

    def _saw(self) -> str:
        match self.about:
            case "value":
                return f" (it is {_shown(self.seen)})"
            case "times":
                return f" ({_counted(self.times)})"
            case "segment":
                return " (not in it)" if self.since is None else f" (in it since {show_iso(self.since)})"
            case "member":
                return "" if self.since is None else f" (since {show_iso(self.since)})"
            case "group":
                return "" if self.parts else " (in none)"
            case "join":
                return ""


def _shown(value: Any) -> str:
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 200 else text[:199] + "…"


def _counted(times: tuple[int, ...]) -> str:
    if not times:
        return "counted none"
    shown = ", ".join(map(show_iso, times[-3:]))
    return f"counted {len(times)}: {'…, ' if len(times) > 3 else ''}{shown}"
