"""Pages that load a library as the snippets of Segment and Customer.io do, but for the host: it comes from the server, as npm has it."""

import json
from dataclasses import dataclass

import pytest
from playwright.async_api import Route

from tests.api.seen import Seen, until
from tests.api.serving import Server
from tests.sdks.node import packages
from tests.sdks.visitor import Visitor
from tidings.api.web import FOLDER

pytestmark = pytest.mark.skipif(not (FOLDER / "index.html").is_file(), reason="the web app is not built: make web")
HOST = "tidings.example.com"
_PAGE = """
<script>
  (() => {
    const waiting = window[%(name)s] = []
    for (const call of ["identify", "track", "page"])
      waiting[call] = (...given) => { waiting.push([call, ...given]); return waiting }
    waiting._writeKey = %(key)s
    const script = document.createElement("script")
    script.async = true
    script.setAttribute(%(marks)s, %(name)s)
    script.src = %(address)s
    document.head.append(script)
    waiting.page()
    waiting.identify("ada", { plan: "trial" })
    waiting.track("Signed Up", { plan: "trial" })
  })()
</script>
"""


@dataclass(frozen=True)
class Snippet:
    """``name``: of the library in the page. ``marks``: the attribute that says so to it. ``parts``: where it finds what it loads."""

    package: str
    name: str
    marks: str
    script: str
    parts: str

    def address(self, key: str) -> str:
        return self.script.replace("KEY", key)

    def page(self, host: str, key: str) -> str:
        fills = {"name": self.name, "key": key, "marks": self.marks, "address": host + self.address(key)}
        return _PAGE % {name: json.dumps(value) for name, value in fills.items()}


SEGMENT = Snippet(
    "@segment/analytics-next",
    "analytics",
    "data-global-segment-analytics-key",
    "/analytics.js/v1/KEY/analytics.min.js",
    "/analytics-next/bundles/",
)
CUSTOMERIO = Snippet(
    "@customerio/cdp-analytics-browser",
    "cioanalytics",
    "data-global-customerio-analytics-key",
    "/v1/analytics-js/snippet/KEY/analytics.min.js",
    "/v1/analytics-js/",
)
every = pytest.mark.parametrize("snippet", [SEGMENT, CUSTOMERIO], ids=["segment", "customerio"])


@pytest.fixture
async def secure(visitor: Visitor, live: Server) -> str:
    """Where the server is reached over TLS, and so can be found by the library itself."""

    async def pass_on(route: Route) -> None:
        answer = await route.fetch(url=route.request.url.replace(f"https://{HOST}", live.url))
        await route.fulfill(response=answer)

    await visitor.page.route(f"https://{HOST}/**", pass_on)
    return f"https://{HOST}"


@every
async def test_a_page_changes_the_host_and_nothing_else(
    snippet: Snippet, visitor: Visitor, live: Server, seen: Seen, secure: str
) -> None:
    await visitor.leave()
    await visitor.page.set_content(snippet.page(secure, live.public_key))
    await told(seen)
    assert visitor.complaints == []
    assert visitor.hosts == {HOST, *visitor.expected}


@every
async def test_what_the_library_loads_later_comes_from_there_too(
    snippet: Snippet, visitor: Visitor, live: Server, seen: Seen, secure: str
) -> None:
    await visitor.leave()
    await visitor.page.set_content(snippet.page(secure, live.public_key))
    await told(seen)
    async with visitor.page.expect_response(lambda answer: "auto-track" in answer.url) as part:
        await visitor.page.evaluate(
            "(name) => window[name].trackLink(document.createElement('a'), 'Left')", snippet.name
        )
    answer = await part.value
    assert answer.url.startswith(f"{secure}{snippet.parts}auto-track")
    assert answer.status == 200
    assert visitor.complaints == []


@every
async def test_the_files_are_those_of_the_package(snippet: Snippet, live: Server) -> None:
    package = packages() / snippet.package
    built = package / "dist" / "umd"
    script = await live.client.get(snippet.address("a-key"))
    assert script.content == (built / "standalone.js").read_bytes()
    parts = [path for path in built.glob("*.js") if path.name not in ("index.js", "standalone.js")]
    assert len(parts) > 5
    for path in [*parts, package / "LICENSE.MD"]:
        assert (await live.client.get(snippet.parts + path.name)).content == path.read_bytes(), path.name


async def told(seen: Seen) -> None:
    """See that what the page says of Ada arrives."""

    async def arrived() -> bool:
        return len(await seen.events("ada")) == 2 and "plan" in await seen.attributes("ada")

    await until(arrived)
    assert {kind for kind, _ in await seen.named("ada")} == {"page", "track"}
    assert (await seen.event("ada", "Signed Up"))["data"] == {"plan": "trial"}
    assert await seen.rejected() == []
