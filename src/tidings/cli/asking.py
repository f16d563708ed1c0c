"""What many commands take, and how they ask before they act."""

from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter
from rich.markup import escape
from rich.prompt import Confirm, Prompt

from tidings.cli import show
from tidings.kernel.times import parse_iso

HERE: Final = Path(".")
Folder = Annotated[Path, Parameter(help="The project folder.")]
WorkspaceName = Annotated[str | None, Parameter(help="The workspace; without it, the one that tidings.toml names.")]
Yes = Annotated[bool, Parameter(negative="", help="Do it without asking.")]
AsOf = Annotated[str | None, Parameter(help="A moment of the past, such as 2026-11-03T09:00Z; without it, now.")]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]


def agreed(question: str) -> bool:
    """Ask whoever sits at the terminal; refuses where nobody does."""
    console = show.err()
    if not console.is_terminal:
        show.refuse("nobody is here to ask", "add --yes to do it without asking")
    return Confirm.ask(question, console=console, default=False)


def answered(question: str) -> str:
    """Ask for a word or two; "" where the answer is empty."""
    return Prompt.ask(escape(question), console=show.err(), default="", show_default=False).strip()


def moment_of(text: str | None) -> int | None:
    """Read a moment of the past; None is now."""
    if text is None:
        return None
    found = parse_iso(text)
    if found is None:
        show.refuse(f"`{text}` is no moment", "write for example 2026-11-03T09:00Z, or 2026-11-03 for its first second")
    return found
