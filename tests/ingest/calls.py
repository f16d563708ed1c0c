"""Requests as SDKs make them, and the sources they go to."""

import hashlib
import hmac
import json
from base64 import b64encode
from typing import Any

from tidings.database.access import Source
from tidings.ingest import Request

NOW = 1_795_444_100_000_000
"""2026-11-23T14:28:20Z."""
SECRET = Source(1, 7, "server", "write_key", False, b"", "")
BROWSER = Source(2, 7, "site", "write_key", True, b"", "", "the site's signing secret")
TRACK = Source(3, 7, "track", "track", False, b"", "")
APP = Source(4, 7, "app", "app", False, b"", "")
OTHER = Source(5, 7, "phones", "write_key", True, b"", "", "the phones' signing secret")
UNSIGNED = Source(6, 7, "unsigned", "write_key", True, b"", "")
_KEYS = {"wk": SECRET, "public": BROWSER, "site:key": TRACK, "app": APP, "other": OTHER, "unsigned": UNSIGNED}


def keys(credential: str) -> Source | None:
    """The installation's keys."""
    return _KEYS.get(credential)


def hash_of(user: str, secret: str = BROWSER.signing) -> str:
    """What a server gives its page: a user's id, signed with the source's signing secret."""
    return hmac.new(secret.encode(), user.encode(), hashlib.sha256).hexdigest()


def basic(user: str, password: str = "") -> dict[str, str]:
    """Basic authorization."""
    return {"authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


def request(
    path: str,
    body: Any,
    method: str = "POST",
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
) -> Request:
    """One request; a body that is not bytes is printed as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request(method, path.split("/"), headers or {}, data, NOW, query or {})
