"""The web app as it is served: its policy, its files, how much the first page loads."""

import gzip
import re
from pathlib import Path

import pytest

from tests.api.serving import Server
from tidings.api.web import FOLDER

built = pytest.mark.skipif(not (FOLDER / "index.html").is_file(), reason="the web app is not built: make web")


@built
async def test_the_page_lets_nothing_run_that_is_not_its_own(server: Server) -> None:
    as_browser = {"accept": "text/html"}
    one, two = [await server.client.get(path, headers=as_browser) for path in ("/", "/production/people")]
    policies = [page.headers["content-security-policy"] for page in (one, two)]
    assert "unsafe" not in policies[0]
    assert policies[0] != policies[1], "each answer has a nonce of its own"
    (nonce,) = re.findall(r"'nonce-([^']+)'", policies[0])
    assert f'content="{nonce}"' in one.text
    assert "<style" not in one.text
    assert not re.search(r"<script(?![^>]*src=)", one.text)


@built
async def test_files_last_for_ever_and_the_page_does_not(server: Server) -> None:
    page = await server.client.get("/")
    assert page.headers["cache-control"] == "no-store"
    (script,) = re.findall(r'src="(/assets/[^"]+\.js)"', page.text)
    file = await server.client.get(script)
    assert "immutable" in file.headers["cache-control"]
    assert file.headers["content-encoding"] == "gzip"
    small = await server.client.get(script, headers={"accept-encoding": "gzip, deflate, br, zstd"})
    assert small.headers["content-encoding"] == "br"
    assert int(small.headers["content-length"]) < int(file.headers["content-length"])
    for takes in ("identity", "br;q=0, gzip;q=0"):
        whole = await server.client.get(script, headers={"accept-encoding": takes})
        assert "content-encoding" not in whole.headers
    assert (await server.client.get(f"{script}.br")).status_code == 404
    assert (await server.client.get("/assets/gone.js")).status_code == 404
    assert (await server.client.get("/assets/../index.html")).status_code in (200, 404)
    assert (await server.client.post("/")).status_code == 405


@built
def test_the_first_load_is_under_300_kb() -> None:
    """Everything a browser fetches to sign in and to show the first page, but the type: what is imported is followed, file by file."""
    for pages in (("Login",), ("Home",), ("People",), ("Journeys",)):
        files = loaded(pages)
        assert 4 < len(files) < 15, "one entry with what all pages take, and a few files more: each costs a turn"
        size = sum(len(gzip.compress(path.read_bytes(), 9)) for path in files)
        assert size < 300_000, (pages, size, sorted(path.name for path in files))


def loaded(pages: tuple[str, ...]) -> set[Path]:
    """The files that the page and the chunks of these names bring along."""
    html = (FOLDER / "index.html").read_text(encoding="utf-8")
    waiting = [FOLDER / path.lstrip("/") for path in re.findall(r'(?:src|href)="(/assets/[^"]+\.(?:js|css))"', html)]
    for page in pages:
        own = list((FOLDER / "assets").glob(f"{page}-*.js"))
        assert own, page
        waiting += [*own, *(FOLDER / "assets").glob(f"{page}-*.css")]
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        if path.suffix == ".js":
            text = path.read_text(encoding="utf-8")
            waiting += [path.parent / name for name in re.findall(r'(?:from|import)"\./([^"]+\.js)"', text)]
    return found


@built
def test_the_build_names_no_other_host() -> None:
    for path in Path(FOLDER).rglob("*.css"):
        assert not re.search(r"url\(['\"]?(?:https?:)?//", path.read_text(encoding="utf-8")), path.name


def test_the_lock_file_names_no_address() -> None:
    text = (Path(__file__).parents[2] / "web" / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
