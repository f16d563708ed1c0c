"""What the program writes itself: pages of docs/, and the description of its API, of which the web app's client is made.
`make docs` writes them, a test keeps them current."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tidings import settings
from tidings.api import management
from tidings.api import reference as api
from tidings.cli import reference as cli

ROOT: Final = Path(__file__).parents[2]
PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "docs/reference/cli.md": cli.reference,
    "docs/reference/api.md": api.reference,
    "docs/reference/settings.md": settings.reference,
    "web/openapi.json": lambda: json.dumps(management.describe(), indent=1, sort_keys=True) + "\n",
}

if __name__ == "__main__":
    for page, reference in PAGES.items():
        (ROOT / page).write_text(reference(), encoding="utf-8")
