"""The web app as built: its one page at every address that nothing else answers, and the files that the page asks for.

The page is answered with a policy that lets nothing run or load that is not the app's own; styles that components make at run time carry
the answer's nonce. Files have their content's hash in their names and never change; the page is asked for anew each time.
"""

import gzip
import mimetypes
import secrets
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from tidings.api.http import Fields, Scope, Send, plain

FOLDER: Final = Path(__file__).parents[1] / "web_dist"
LIBRARIES: Final = "libraries"
"""The folder in it whose files are for other people's pages: see `libraries`."""
_NONCE: Final = b"__NONCE__"
_ZIPPED: Final = (".js", ".css", ".svg", ".json")
_MISSING: Final = b"Tidings is up. The web app was not built: run `make web`, or install the package with its build.\n"


class File(NamedTuple):
    """``smaller``: what it is in other encodings, each with its name, the smallest first."""

    type: bytes
    body: bytes
    smaller: tuple[tuple[bytes, bytes], ...]


class Web:
    """Reads the files when it is made."""

    def __init__(self, folder: Path = FOLDER) -> None:
        page = folder / "index.html"
        self._page = page.read_bytes() if page.is_file() else None
        self._files = {
            f"/{path.relative_to(folder).as_posix()}": file
            for path, file in files_in(folder)
            if path != page and not path.is_relative_to(folder / LIBRARIES)
        }

    async def __call__(self, scope: Scope, send: Send) -> None:
        """Answer with a file, with the page, or where neither can be meant with 404."""
        path: str = scope["path"]
        if scope["method"] not in ("GET", "HEAD"):
            await plain(send, 405, b"This can only be read.\n")
        elif (file := self._files.get(path)) is not None:
            lasting = b"public, max-age=31536000, immutable" if path.startswith("/assets/") else b"no-cache"
            await send_file(scope, send, file, [(b"cache-control", lasting)])
        elif path.startswith("/assets/") or (path != "/" and not _is_read(scope)):
            await plain(send, 404, b"There is nothing here.\n")
        elif self._page is None:
            await plain(send, 200 if path == "/" else 404, _MISSING if path == "/" else b"There is nothing here.\n")
        else:
            await self._send_page(scope, send, self._page)

    async def _send_page(self, scope: Scope, send: Send, page: bytes) -> None:
        nonce = secrets.token_urlsafe(16)
        policy = (
            "default-src 'none'; script-src 'self'; connect-src 'self'; font-src 'self'; img-src 'self' data:; "
            f"style-src 'self' 'nonce-{nonce}'; manifest-src 'self'; frame-src 'self'; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
        fields = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        body = page.replace(_NONCE, nonce.encode()) if scope["method"] == "GET" else b""
        await send({"type": "http.response.body", "body": body})


def _is_read(scope: Scope) -> bool:
    """Whether somebody goes to a page, as a browser does: programs that ask for a path that is not there are told so."""
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


def files_in(folder: Path) -> Iterator[tuple[Path, File]]:
    """Read what is to be handed out of a folder and those in it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".br" and not path.name.startswith("."):
            yield path, _file(path, path.stat().st_mtime_ns)


@cache
def _file(path: Path, changed: int) -> File:
    """Read and press a file, once where it has not ``changed`` since, by its clock in ns."""
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    smaller = [(b"br", built.read_bytes())] if (built := path.with_name(f"{path.name}.br")).is_file() else []
    if path.suffix in _ZIPPED and len(body) > 1000:
        smaller.append((b"gzip", gzip.compress(body, 9, mtime=0)))
    return File((kind + ("; charset=utf-8" if kind.startswith("text/") else "")).encode(), body, tuple(smaller))


async def send_file(scope: Scope, send: Send, file: File, rules: Fields) -> None:
    """Answer with a file in the smallest form that the browser takes. ``rules``: fields besides those that say what it is."""
    takes = _taken(scope)
    encoding, body = next((each for each in file.smaller if each[0] in takes), (b"", file.body))
    fields = [
        *rules,
        (b"content-type", file.type),
        (b"content-length", str(len(body)).encode()),
        (b"vary", b"accept-encoding"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if encoding:
        fields.append((b"content-encoding", encoding))
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": body if scope["method"] == "GET" else b""})


def _taken(scope: Scope) -> set[bytes]:
    """Give the encodings a browser takes. One refused by ``q=0`` is none of them."""
    said = b",".join(value for name, value in scope["headers"] if name == b"accept-encoding")
    parts = [[word.strip() for word in part.split(b";")] for part in said.lower().split(b",")]
    return {name for name, *weights in parts if not any(weight in (b"q=0", b"q=0.0") for weight in weights)}
