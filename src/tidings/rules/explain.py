"""Why a rule holds or does not: its clauses in their own words, each with what it saw."""

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from tidings.kernel.times import show_second

About: TypeAlias = Literal["join", "value", "times", "segment", "group", "member"]


class Held(Struct, frozen=True):
    """When what does not hold last did; of a clause that does hold, when the opposite last did. ``until``: from when on it held no more;
    None where it never held since ``since``, or, where that is None too, ever. ``of_event``: it is about events that came, and
    ``until`` is the time of the last of which it held. ``of_run``: it is asked from when somebody came into a journey on. ``forgotten``:
    what would tell is not kept any more.
    """

    until: int | None = None
    since: int | None = None
    of_event: bool = False
    of_run: bool = False
    forgotten: bool = False

    def says(self) -> str:
        """Say it in a few words."""
        if self.forgotten:
            return "when it was last true is not kept any more"
        if self.until is not None:
            return f"last true {'of the one ' if self.of_event else ''}on {show_second(self.until)}"
        if self.of_run and self.since is None:
            return "never true since they came in"
        never = "true of none" if self.of_event else "never true"
        return never if self.since is None else f"{never} since {show_second(self.since)}, and no more is known"

    def began(self) -> str:
        """Say of a clause that holds since when it does, where this is of its opposite."""
        if self.forgotten:
            return "since when is not kept any more"
        if self.until is not None:
            return f"since {show_second(self.until)}"
        if self.of_run and self.since is None:
            return "since they came in"
        return (
            "as long as they are known"
            if self.since is None
            else f"since {show_second(self.since)} at least, and no more is known"
        )

    def happened(self, last: str = "it last did", never: str = "it never did", not_since: str = "it did not") -> str:
        """Say it of something that happens."""
        if self.until is not None:
            return f"{last} on {show_second(self.until)}"
        return never if self.since is None else f"{not_since} since {show_second(self.since)}, and no more is known"


class Explanation(Struct, frozen=True):
    """One clause. ``changes_at``: when time alone could change it. ``last``: when it last held or, where
    it holds, when it last did not, where that was asked (see `rules.last`).

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
    last: Held | None = None

    def says(self) -> str:
        """Give the whole tree in words, a line a clause, inner ones indented by two spaces."""
        return "\n".join(self._lines(""))

    def _lines(self, indent: str) -> Iterator[str]:
        then = (
            f"; may change at {show_second(self.changes_at)}" if self.changes_at is not None and not self.parts else ""
        )
        last = f"; {self.last.began() if self.holds else self.last.says()}" if self.last is not None else ""
        yield f"{indent}{'yes' if self.holds else 'no '} {self.text}{self._saw()}{then}{last}"
        for part in self.parts:
            yield from part._lines(indent + "  ")

    def saw(self) -> str:
        """Say what was seen, without brackets; "" of a join."""
        return self._saw()[2:-1]

    def _saw(self) -> str:
        match self.about:
            case "value":
                return f" (it is {_shown(self.seen)})"
            case "times":
                return f" ({_counted(self.times)})"
            case "segment":
                return " (not in it)" if self.since is None else f" (in it since {show_second(self.since)})"
            case "member":
                return "" if self.since is None else f" (since {show_second(self.since)})"
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
    shown = ", ".join(map(show_second, times[-3:]))
    return f"counted {len(times)}: {'…, ' if len(times) > 3 else ''}{shown}"
