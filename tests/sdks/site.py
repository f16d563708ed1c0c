"""A shop's site, on an origin of its own: pages for the browser, with the SDKs' bundles as npm delivers them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.sdks.node import PACKAGES

_PAGES = Path(__file__).parent / "pages"


class _Pages(SimpleHTTPRequestHandler):
    def translate_path(self, path: str) -> str:
        plain = path.partition("?")[0]
        inside = PACKAGES / plain.removeprefix("/packages/") if plain.startswith("/packages/") else _PAGES / plain[1:]
        return str(inside)

    def log_message(self, *_: Any) -> None:
        """Nothing is written down."""


@contextmanager
def site() -> Iterator[str]:
    """Serve it; gives its origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Pages, directory=str(_PAGES)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
