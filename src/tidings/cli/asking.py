"""What many commands take, and how they ask before they act."""

from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter
from rich.markup import escape
from rich.prompt import Confirm, Prompt

from tidings.cli import show

HERE: Final = Path(".")
Folder = Annotated[Path, Parameter(help="The project folder.")]
WorkspaceName = Annotated[str | None, Parameter(help="The workspace; without it, the one that tidings.toml names.")]
Yes = Annotated[bool, Parameter(negative="", help="Do it without asking.")]
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
