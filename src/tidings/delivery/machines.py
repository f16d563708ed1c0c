"""Hints that an open or a click was made by a machine: a prefetcher, a proxy, a scanner. A hint, not a proof."""

import re
from collections.abc import Mapping
from typing import Any

_FETCHES = ("purpose", "sec-purpose", "x-purpose", "x-moz")
_SCANNERS = re.compile(
    r"bot\b|crawl|spider|preview|scan|proofpoint|mimecast|barracuda|python-requests|python-httpx|curl/|wget/|go-http-client|"
    r"java/|okhttp|headlesschrome|facebookexternalhit|slack-imgproxy",
    re.IGNORECASE,
)
_PROXIES = re.compile(r"GoogleImageProxy|YahooMailProxy", re.IGNORECASE)


def hints(headers: Mapping[str, str]) -> dict[str, Any]:
    """Give what a request's headers (names in lower case) say: ``machine``, and ``proxied`` for images fetched for a reader.

    A proxy fetches when the reader opens the message, so it counts as a person's open; a client that names itself as nothing but
    ``Mozilla/5.0`` is Apple's, which fetches whether or not anybody reads.
    """
    agent = headers.get("user-agent", "").strip()
    if _PROXIES.search(agent):
        return {"proxied": True}
    fetched = any(re.search(r"prefetch|preview|prerender", headers.get(name, ""), re.IGNORECASE) for name in _FETCHES)
    if fetched or agent in ("", "Mozilla/5.0") or _SCANNERS.search(agent):
        return {"machine": True}
    return {}
