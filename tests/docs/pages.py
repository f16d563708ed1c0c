"""The pages of docs/ that are written by the program itself. `make docs` writes them, a test keeps them current."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tidings import settings
from tidings.cli import reference as cli

ROOT: Final = Path(__file__).parents[2]
PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "docs/reference/cli.md": cli.reference,
    "docs/reference/settings.md": settings.reference,
}

if __name__ == "__main__":
    for page, reference in PAGES.items():
        (ROOT / page).write_text(reference(), encoding="utf-8")
