"""Customer.io's calls that trigger a broadcast and ask what became of it, ``/v1/campaigns/{id}/triggers``: people are let into the journey
of that id.

They are `POST /api/journeys/{id}/enter` and `GET /api/tasks/{id}` in other words: the same key (an app key as a Bearer token), the same
permissions, the same refusals; what differs is translated here, in both directions.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

import msgspec

from tidings.api.audience import rule_of
from tidings.api.http import (
    Broken,
    Gone,
    Receive,
    Scope,
    Send,
    TooLarge,
    answer,
    body_of,
    fields_of,
    query_of,
    segments_of,
)
from tidings.ingest.request import as_json
from tidings.kernel.times import SECOND, parse_iso

LARGEST: Final = 1 << 20
PAGE: Final = 100
_WAYS: Final = ("recipients", "ids", "emails", "per_user_data", "data_file_url")
Manage = Callable[[Scope, Receive, Send], Awaitable[None]]


def is_trigger(path: str) -> bool:
    """Whether the call is one of these."""
    parts = path.split("/")
    triggers = parts[:3] == ["", "v1", "campaigns"] and parts[4:5] == ["triggers"]
    return triggers and (len(parts) in (5, 6) or (len(parts) == 7 and parts[6] == "errors"))


async def trigger(manage: Manage, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the call; ``manage``: the management API."""
    _, _, name, _, *rest = segments_of(scope)
    wanted = "GET" if rest else "POST"
    if scope["method"] != wanted:
        await _refuse(send, 405, f"only {wanted} is answered here")
    elif rest:
        await _say(manage, scope, send, name, rest[0], faults=len(rest) > 1)
    else:
        await _begin(manage, scope, receive, send, name)


async def _begin(manage: Manage, scope: Scope, receive: Receive, send: Send, name: str) -> None:
    try:
        body = await body_of(receive, fields_of(scope), LARGEST)
        asked = entering(msgspec.json.decode(body or b"{}"))
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
    status, said = await _ask(manage, scope, "POST", f"journeys/{quote(name, safe='')}/enter", as_json(asked))
    if status == 200:
        await answer(send, 200, as_json({"id": said["task"]}))
    elif status == 404:
        await _refuse(send, 404, f"broadcast with id {name} does not exist")
    else:
        await _refuse(send, status, "; ".join(filter(None, (str(said.get("detail") or "refused"), said.get("hint")))))


async def _say(manage: Manage, scope: Scope, send: Send, name: str, number: str, *, faults: bool) -> None:
    """Say what became of a trigger, or what was wrong with its file."""
    status, task = (404, {}) if not number.isdecimal() else await _ask(manage, scope, "GET", f"tasks/{number}")
    if status == 404 or (status == 200 and task.get("journey") != name):
        await _refuse(send, 404, f"trigger with id {number} of broadcast {name} does not exist")
    elif status != 200:
        await _refuse(send, status, str(task.get("detail") or "refused"))
    elif not faults:
        made, ended = (parse_iso(task[key]) if task[key] else None for key in ("made", "ended"))
        shown = {
            "id": task["id"],
            "broadcast_id": int(name) if name.isdecimal() else name,
            "created_at": _seconds(made),
        }
        await answer(send, 200, as_json(shown | {"processed_at": _seconds(ended)}))
    else:
        query = query_of(scope)
        start, limit = query.get("start", ""), query.get("limit", "")
        after = int(start) if start.isdecimal() else 0
        size = min(int(limit), 1000) if limit.isdecimal() and int(limit) else PAGE
        _, said = await _ask(manage, scope, "GET", f"tasks/{number}/faults", query=f"after={after}&limit={size}")
        found = said.get("faults") or []
        following = str(found[-1]["line"]) if len(found) == size else ""
        await answer(send, 200, as_json({"errors": [each["problem"] for each in found], "next": following}))


def _seconds(time: int | None) -> int:
    return (time or 0) // SECOND


def entering(body: Any) -> dict[str, Any]:
    """Give what a call asks, as `enter` takes it. Raises ValueError with what is wrong."""
    if not isinstance(body, Mapping) or not isinstance(data := body.get("data") or {}, dict):
        raise ValueError("the body is an object, and `data` in it too")
    given = [name for name in _WAYS if body.get(name)]
    if len(given) > 1:
        raise ValueError(f"people are named in one way, not by {' and '.join(f'`{name}`' for name in given)}")
    asked: dict[str, Any] = {"data": data, "remember": True}
    ignored = {"id": "id_ignore_missing", "email": "email_ignore_missing"}
    missing = {kind: "skip" if body.get(flag) is True else "fail" for kind, flag in ignored.items()}
    if not given:
        if empty := [name for name in _WAYS if name in body]:
            raise ValueError(f"`{empty[0]}` names nobody")
        return asked | {"rule": ""}
    way, value = given[0], body[given[0]]
    if way == "recipients":
        return asked | {"rule": rule_of(value)}
    if way == "data_file_url":
        return asked | {"data_file_url": value, "missing": missing}
    if not isinstance(value, list):
        raise ValueError(f"`{way}` is a list")
    asked["missing"] = missing
    if way == "per_user_data":
        names = ("id", "email", "cio_id", "data")
        return asked | {
            "people": [{key: each[key] for key in names if key in each} for each in value if isinstance(each, Mapping)]
        }
    kind = way.removesuffix("s")
    people = [{kind: each} for each in value]
    if kind == "email" and not body.get("email_add_duplicates"):
        people = list({str(each[kind]).lower(): each for each in people}.values())
    return asked | {"people": people}


async def _ask(
    manage: Manage, scope: Scope, method: str, path: str, body: bytes = b"", query: str = ""
) -> tuple[int, dict[str, Any]]:
    """Ask the management API, as the same caller; a cookie counts for nothing here."""
    kept = [each for each in scope["headers"] if each[0] in (b"authorization", b"x-forwarded-for", b"user-agent")]
    inner = {
        **scope,
        "method": method,
        "path": unquote(f"/api/{path}"),
        "raw_path": f"/api/{path}".encode(),
        "query_string": query.encode(),
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
