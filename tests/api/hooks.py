"""What SDK conformance drivers ask of a server, answered over this API: who somebody is, and what happened to them.

``BASE_URL`` and ``APP_API_KEY`` say where and with which app key. A driver that brings a module ``hooks`` of its own takes these two
functions in place of its own; `tests.api.test_python_sdks` calls them too.
"""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

_KINDS = {"company": "1"}


def read_person(id: str) -> dict[str, Any]:
    """Give a person by any identifier; {} where nobody answers to it, or only somebody who absorbed whom it named."""
    found = _get(f"/api/people/any/{urllib.parse.quote(id, safe='')}")
    if found is None or (id != found["id"] and {"kind": "id", "value": id} in found["identifiers"]):
        return {}
    return {
        "id": found["id"],
        "email": found["email"],
        "anonymous_ids": found["anonymous_ids"],
        "attributes": found["attributes"],
        "devices": [{**device, "id": device["token"]} for device in found["devices"]],
        "groups": [
            {"object_type_id": _KINDS.get(g["type"], g["type"]), "object_id": g["key"], "attributes": g["attributes"]}
            for g in found["groups"]
        ],
    }


def read_events(id: str) -> list[dict[str, Any]]:
    """Give a person's events, the oldest first."""
    return [
        {"type": row["kind"], "name": row["name"], "data": row["data"], "timestamp": row["time"], "message_id": None}
        for row in reversed(read_history(id))
    ]


def read_history(id: str) -> list[dict[str, Any]]:
    """Give a person's events as this API does, the newest first."""
    found = _get(f"/api/people/any/{urllib.parse.quote(id, safe='')}/events?limit=1000")
    return [] if found is None else list(found["history"])


def _get(path: str) -> Any:
    request = urllib.request.Request(os.environ["BASE_URL"] + path)
    request.add_header("Authorization", f"Bearer {os.environ['APP_API_KEY']}")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise
