"""The libraries that the snippets of Segment and Customer.io load, at their vendors' paths: a page changes the host, and nothing else.

They are scripts for other people's pages, as npm has them; the app loads none of them. Of the write key in a script's address nothing is
asked: the settings that the library loads next are what a key decides (see `settings_page`).
"""

import re
from pathlib import Path
from typing import Final

from tidings.api.http import Fields, Scope, Send, answer, fields_of, preflight
from tidings.api.web import FOLDER, LIBRARIES, File, files_in, send_file
from tidings.ingest.request import as_json

_VENDORS: Final = {
    "segment": (re.compile(r"/analytics\.js/v1/[^/]+/analytics\.min\.js"), "/analytics-next/bundles/"),
    "customerio": (re.compile(r"/v1/analytics-js/snippet/[^/]+/analytics\.min\.js"), "/v1/analytics-js/"),
}
"""What may precede the path, as before that of the settings -> the library's path, and what precedes the names of the parts it loads."""
_SCRIPT: Final = "standalone.js"
_RULES: Final[Fields] = [
    (b"cache-control", b"public, max-age=300"),
    (b"access-control-allow-origin", b"*"),
    (b"cross-origin-resource-policy", b"cross-origin"),
]


class Libraries:
    """Reads the files when it is made. Where the web app was not built there are none."""

    def __init__(self, folder: Path = FOLDER / LIBRARIES) -> None:
        self._files = {vendor: {path.name: file for path, file in files_in(folder / vendor)} for vendor in _VENDORS}

    def find(self, path: str) -> File | None:
        """Give what is at a path: a library, a part of one or its licence."""
        for vendor, (script, parts) in _VENDORS.items():
            plain = path.removeprefix(f"/{vendor}")
            name = _SCRIPT if script.fullmatch(plain) else plain.removeprefix(parts) if plain.startswith(parts) else ""
            if (file := self._files[vendor].get(name)) is not None:
                return file
        return None

    async def __call__(self, scope: Scope, send: Send, file: File) -> None:
        """Answer with what was found."""
        origin = fields_of(scope).get("origin")
        if scope["method"] in ("GET", "HEAD"):
            await send_file(scope, send, file, _RULES)
        elif scope["method"] == "OPTIONS":
            await preflight(send, origin)
        else:
            await answer(send, 405, as_json({"error": "this can only be read"}), origin)
