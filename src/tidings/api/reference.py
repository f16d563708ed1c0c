"""The page ``docs/reference/api.md``, written from the routes themselves."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final

from tidings.api.management import describe, taken

_HEAD: Final = """# Management API

What the web app uses, and programs with an app key: `Authorization: Bearer KEY`, where `tidings source create NAME --kind app`
makes the key. An answer is about the key's workspace and no other; somebody signed in names theirs by the header `x-workspace`.

Bodies and answers are JSON. A refusal is `application/problem+json` (RFC 9457): `detail` says what was wrong in plain words,
`hint` what would be right, `faults` where in the body, and `code` is for programs. Pages go on with `next`, passed as `before`
(or `after`). What may be edited by several people answers with an `ETag`; an edit sends it back as `If-Match`, and is refused
with 412 where somebody was faster.

*Takes* names the [permission](../decisions/0026-the-management-api.md) of the role or key. The [OpenAPI
description](../../web/openapi.json) has each body and answer in full, with an example.
"""
_TAIL: Final = "This page is written by `tidings.api.reference`: `make docs` writes it, a test keeps it current.\n"


def reference() -> str:
    """Print the page."""
    return "\n".join([_HEAD, *_rooms(), _TAIL])


def _rooms() -> Iterator[str]:
    said = describe()
    takes = taken()
    calls = [(path, method, call) for path, methods in said["paths"].items() for method, call in methods.items()]
    for room, all in groupby(sorted(calls, key=lambda each: (each[0].split("/")[2], each[0], each[1])), _room):
        yield f"## {room.capitalize()}\n"
        yield "| call | takes | |"
        yield "| --- | --- | --- |"
        for path, method, call in all:
            permission = takes[method, path]
            says = " ".join(str(call.get("description", "")).split()).replace("``", "`")
            yield f"| `{method.upper()} {path}`{_asks(call, said)} | {permission} | {says.replace('|', chr(92) + '|')} |"
        yield ""


def _room(call: tuple[str, str, Any]) -> str:
    return call[0].split("/")[2]


def _asks(call: Any, said: Any) -> str:
    query = [f"`{each['name']}`" for each in call.get("parameters", []) if each["in"] == "query"]
    content = call.get("requestBody", {}).get("content", {})
    schema: dict[str, Any] = next((each["schema"] for each in content.values()), {})
    if "$ref" in schema:
        schema = said["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    needed = set(schema.get("required", ()))
    body = [f"`{name}`" + ("" if name in needed else "?") for name in schema.get("properties", {})]
    parts = [f"query: {', '.join(query)}" if query else "", f"body: {', '.join(body)}" if body else ""]
    return "".join(f"<br>{part}" for part in parts if part)
