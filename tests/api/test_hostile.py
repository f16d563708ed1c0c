"""What nobody means is refused and never is our fault: each call of the management API is asked with what no form would send."""

import copy
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.api.serving import Server
from tests.api.test_management import enter
from tidings.api.management import describe

DESCRIPTION = describe()
CALLS = [(path, method) for path, operations in DESCRIPTION["paths"].items() for method in operations]
ENDS = frozenset({("/api/session", "delete"), ("/api/session/all/{id}", "delete")})
"""What would sign out whoever asks."""
TEXTS = ("a\0b", "\ud800", "../../x", "9" * 40, "-1", "[")
VALUES: tuple[Any, ...] = (None, True, -1, 1 << 70, "", "a\0b\ud800", [], {"a": [{}]})


@pytest.mark.parametrize("room", sorted({path.split("/")[2] for path, _ in CALLS}))
async def test_bad_input_is_never_our_fault(server: Server, room: str) -> None:
    async with enter(server, "ada@example.com") as ada:
        for path, method in CALLS:
            if path.split("/")[2] == room and (path, method) not in ENDS:
                for url, body in _asked(path, DESCRIPTION["paths"][path][method]):
                    assert await _status(ada, method, url, body) in (*range(500), 502, 503), (
                        url[:200],
                        str(body)[:300],
                    )


async def _status(browser: httpx.AsyncClient, method: str, url: str, body: Any) -> int:
    """Ask, and hear no more than the status: some answers are streams that go on for minutes."""
    content = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json", "if-match": '"0"'}
    async with browser.stream(method.upper(), url, content=content, headers=headers) as said:
        return said.status_code


def _asked(path: str, operation: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give (URL, body): the example, and each part of it once with each value."""
    places = {(each["in"], each["name"]): _example(each) for each in operation.get("parameters", [])}
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    given = next((each["value"] for each in content.get("examples", {}).values()), content.get("example"))
    for place in places:
        if place[0] in ("path", "query"):
            for text in TEXTS:
                yield _url(path, places | {place: text}), given
    for body in _bodies(given):
        yield _url(path, places), body


def _example(parameter: dict[str, Any]) -> str:
    found = next((each["value"] for each in parameter.get("examples", {}).values()), parameter.get("example", "x"))
    return str(found)


def _url(path: str, places: dict[tuple[str, str], str]) -> str:
    for (where, name), text in places.items():
        if where == "path":
            path = path.replace(f"{{{name}}}", _quoted(text) or "x")
    query = "&".join(f"{name}={_quoted(text)}" for (where, name), text in places.items() if where == "query")
    return f"{path}?{query}" if query else path


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def _bodies(given: Any) -> Iterator[Any]:
    if given is None:
        return
    yield given
    for value in VALUES:
        yield value
    for way in list(_ways(given))[:15]:
        for value in VALUES:
            body = copy.deepcopy(given)
            inner = body
            for key in way[:-1]:
                inner = inner[key]
            inner[way[-1]] = value
            yield body


def _ways(given: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = given.items() if isinstance(given, dict) else enumerate(given) if isinstance(given, list) else ()
    for key, value in inside:
        yield (*way, key)
        yield from _ways(value, (*way, key))
