"""Libraries for phones: each is given an address as our snippets say, and asks and sends as its own source does at that version.

None of them runs here. What stands below is how they make addresses and requests: analytics-swift 1.10 (`HTTPClient.segmentURL`),
analytics-kotlin 1.25 (`RequestFactory`), analytics-react-native 2.21 (`getEndpoint`, `getEndpointForSettings`), segment_analytics 1.1 for
Flutter (`HTTPClient`).
"""

import gzip
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.api.serving import Server
from tidings.kernel.records import Event, Identify

GUIDE = Path(__file__).parents[2] / "docs/guides/segment-sdks.md"
SNIPPETS = Path(__file__).parents[2] / "web/src/data/snippets.ts"


class Asks(NamedTuple):
    """``settings``, ``batch``: where it asks and sends, with the key in it; ``headers``: of what it sends; ``packed``: as gzip."""

    settings: str
    batch: str
    headers: dict[str, str]
    packed: bool


LIBRARIES = {
    "swift": Asks("/v1/projects/{}/settings", "/v1/b", {"content-type": "application/json; charset=utf-8"}, False),
    "kotlin": Asks(
        "/v1/projects/{}/settings", "/v1/b", {"content-type": "text/plain", "content-encoding": "gzip"}, True
    ),
    "react native": Asks(
        "/v1/projects/{}/settings", "/v1/b", {"content-type": "application/json; charset=utf-8"}, False
    ),
    "flutter": Asks("/v1/projects/{}/settings", "/v1/b", {"content-type": "application/json; charset=utf-8"}, False),
}


@pytest.mark.parametrize("library", LIBRARIES)
async def test_what_a_library_asks_at_start_is_answered_and_what_it_sends_is_taken(
    server: Server, library: str
) -> None:
    asks = LIBRARIES[library]
    told = await server.client.get(asks.settings.format(server.public_key), headers={"cache-control": "no-cache"})
    assert told.status_code == 200
    own = told.json()["integrations"]["Segment.io"]
    assert own["apiKey"] == server.public_key
    assert server.url == f"{own['protocol']}://{own['apiHost'].removesuffix('/v1')}"
    batch = [
        {
            "type": "identify",
            "userId": "ada",
            "messageId": "1",
            "traits": {"plan": "trial"},
            "context": {"device": {"type": "ios"}},
        },
        {"type": "track", "userId": "ada", "messageId": "2", "event": "Signed Up", "properties": {"plan": "trial"}},
    ]
    body: Any = json.dumps(
        {"batch": batch, "sentAt": "2026-11-01T10:00:00.000Z", "writeKey": server.public_key}
    ).encode()
    said = await server.client.post(
        asks.batch, content=gzip.compress(body) if asks.packed else body, headers=asks.headers
    )
    assert said.status_code == 200, said.text
    records = await server.records()
    assert [type(each.body) for each in records] == [Identify, Event]


def test_the_screen_and_the_guide_say_the_same_options() -> None:
    screen, guide = SNIPPETS.read_text(encoding="utf-8"), GUIDE.read_text(encoding="utf-8")
    for options in ("apiHost", "cdnHost", "useSegmentEndpoints", "cdnProxy"):
        assert options in screen
        assert options in guide
    for library in ("analytics-swift", "analytics.kotlin:android", "analytics-react-native", "segment_analytics"):
        assert library in guide
        (version,) = set(re.findall(rf"{re.escape(library)}[@: ]*(\d+\.\d+)", screen)) or {""}
        assert version in guide, library
