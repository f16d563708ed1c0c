"""Customer.io's call that triggers a broadcast, ``POST /v1/campaigns/{id}/triggers``: people are let into the journey of that id.

It is `POST /api/journeys/{id}/enter` in other words: the same key (an app key as a Bearer token), the same permission, the same refusals;
what differs is translated here, in both directions.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

import msgspec

from tidings.api.http import Broken, Gone, Receive, Scope, Send, TooLarge, answer, body_of, fields_of, segments_of
from tidings.ingest.request import as_json

LARGEST: Final = 1 << 20
_AUDIENCES: Final = ("recipients", "data_file_url")
Manage = Callable[[Scope, Receive, Send], Awaitable[None]]


def is_trigger(path: str) -> bool:
    """Whether the call is this one."""
    return path.startswith("/v1/campaigns/") and path.endswith("/triggers") and path.count("/") == 4


async def trigger(manage: Manage, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the call; ``manage``: the management API."""
    name = segments_of(scope)[2]
    if scope["method"] != "POST":
        await _refuse(send, 405, "only POST is answered here")
        return
    try:
        body = await body_of(receive, fields_of(scope), LARGEST)
        people, data = people_of(msgspec.json.decode(body or b"{}"))
    except TooLarge:
        await _refuse(send, 413, f"the request is larger than {LARGEST >> 10} KB")
        return
    except Gone:
        return
    except (Broken, msgspec.DecodeError) as fault:
        await _refuse(send, 400, f"the body is no JSON: {fault}")
        return
    except ValueError as fault:
        await _refuse(send, 422, str(fault))
        return
    status, said = await _enter(manage, scope, name, as_json({"people": people, "data": data}))
    if status == 200:
        await answer(send, 200, as_json({"id": time.time_ns() // 1_000_000}))
    elif status == 404:
        await _refuse(send, 404, f"broadcast with id {name} does not exist")
    else:
        hint = str(said.get("hint") or "")
        await _refuse(send, status, f"{said.get('detail') or 'refused'} {hint}".strip())


def people_of(body: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Give whom a call names, each as `enter` takes them, and the data of all. Raises ValueError with what is wrong."""
    if not isinstance(body, Mapping) or not isinstance(data := body.get("data") or {}, dict):
        raise ValueError("the body is an object, and `data` in it too")
    for name in _AUDIENCES:
        if body.get(name):
            raise ValueError(f"`{name}` is not taken here; name the people: `ids`, `emails` or `per_user_data`")
    given = [name for name in ("ids", "emails", "per_user_data") if body.get(name)]
    if len(given) != 1 or not isinstance(body[given[0]], list):
        raise ValueError("people are named by one of `ids`, `emails` and `per_user_data`, each a list")
    if given[0] == "per_user_data":
        people = [
            {key: each[key] for key in ("id", "email", "cio_id", "data") if key in each}
            for each in body["per_user_data"]
            if isinstance(each, Mapping)
        ]
    else:
        kind = given[0].removesuffix("s")
        people = [{kind: value} for value in body[given[0]]]
        if kind == "email" and not body.get("email_add_duplicates"):
            people = list({str(each[kind]).lower(): each for each in people}.values())
    return people, data


async def _enter(manage: Manage, scope: Scope, name: str, body: bytes) -> tuple[int, dict[str, Any]]:
    """Ask the management API, as the same caller; a cookie counts for nothing here."""
    kept = [each for each in scope["headers"] if each[0] in (b"authorization", b"x-forwarded-for", b"user-agent")]
    path = f"/api/journeys/{quote(name, safe='')}/enter"
    inner = {
        **scope,
        "path": f"/api/journeys/{name}/enter",
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [*kept, (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
    }
    status, parts, given = 500, [], False

    async def receive() -> Any:
        nonlocal given
        if given:
            return {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            parts.append(message.get("body", b""))

    await manage(inner, receive, send)
    try:
        said = msgspec.json.decode(b"".join(parts))
    except msgspec.DecodeError:
        said = {}
    return status, said if isinstance(said, dict) else {}


async def _refuse(send: Send, status: int, detail: str) -> None:
    errors = [{"detail": detail, "status": str(status)}]
    await answer(send, status, as_json({"errors": errors, "meta": {"error": detail}}))
