"""The libraries that the snippets of Segment and Customer.io load: for anybody's page, by any key, and nothing but what was built."""

import pytest

from tests.api.serving import Server
from tidings.api.web import FOLDER, LIBRARIES

built = pytest.mark.skipif(not (FOLDER / LIBRARIES).is_dir(), reason="the web app is not built: make web")
SCRIPTS = {
    "segment": "/analytics.js/v1/nobody-knows-it/analytics.min.js",
    "customerio": "/v1/analytics-js/snippet/nobody-knows-it/analytics.min.js",
}
PARTS = {"segment": "/analytics-next/bundles/", "customerio": "/v1/analytics-js/"}
every = pytest.mark.parametrize("vendor", SCRIPTS)


@built
@every
async def test_a_page_of_any_origin_gets_the_library_by_any_key(server: Server, vendor: str) -> None:
    script = (FOLDER / LIBRARIES / vendor / "standalone.js").read_bytes()
    for path in (SCRIPTS[vendor], f"/{vendor}{SCRIPTS[vendor]}"):
        answer = await server.client.get(path, headers={"Origin": "https://shop.example"})
        assert (answer.status_code, answer.content) == (200, script)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert "set-cookie" not in answer.headers
    head = await server.client.head(SCRIPTS[vendor])
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == answer.headers["content-length"]
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}
    assert (await server.client.options(SCRIPTS[vendor], headers=asked)).status_code == 204
    assert (await server.client.post(SCRIPTS[vendor])).status_code == 405


@built
@every
async def test_the_licence_is_there_and_no_source_map(server: Server, vendor: str) -> None:
    licence = await server.client.get(f"{PARTS[vendor]}LICENSE.MD")
    assert "Permission is hereby granted, free of charge" in licence.text
    names = {path.name for path in (FOLDER / LIBRARIES / vendor).iterdir()}
    assert names
    assert {name.rpartition(".")[2] for name in names} == {"js", "MD"}
    assert "index.js" not in names


@built
@every
async def test_nothing_else_is_there(server: Server, vendor: str) -> None:
    other = "customerio" if vendor == "segment" else "segment"
    for path in (
        f"{PARTS[vendor]}gone.js",
        PARTS[vendor],
        f"{PARTS[vendor]}..%2f{other}%2fstandalone.js",
        f"{PARTS[vendor]}%2e%2e/{other}/standalone.js",
        f"{PARTS[vendor]}..%2f..%2findex.html",
        f"/{other}{SCRIPTS[vendor]}",
        SCRIPTS[vendor].replace("analytics.min.js", "analytics.classic.js"),
        SCRIPTS[vendor].replace("nobody-knows-it", "a/b"),
        f"/{LIBRARIES}/{vendor}/standalone.js",
    ):
        assert (await server.client.get(path)).status_code == 404, path
