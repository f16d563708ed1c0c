"""What a message says beside its content can be read with what it led to."""

import csv
import io
import json
from typing import Any

from tests.api.seen import Seen
from tests.api.serving import Server

BESIDE: dict[str, Any] = {
    "context": {"page": {"url": "https://example.com/a"}, "campaign": {"name": "spring"}, "library": {"name": "x"}},
    "integrations": {"All": False, "Warehouse": {"table": "t"}},
    "sentAt": "2026-11-01T10:00:01.000Z",
    "timestamp": "2026-11-01T10:00:00+00:00",
    "originalTimestamp": "2026-11-01T10:00:00.000Z",
}


async def history(server: Server, id: str = "u") -> list[dict[str, Any]]:
    await Seen(server).applied()
    return list((await server.ask(f"/api/people/id/{id}/history")).raise_for_status().json()["history"])


async def test_history_shows_it_as_it_was_sent(live: Server) -> None:
    signed = {**BESIDE, "context": {**BESIDE["context"], "userHash": "f" * 64}}
    await live.post("/v1/track", {"userId": "u", "event": "Paid", **signed})
    await live.post("/v1/identify", {"userId": "u", "traits": {"plan": "pro"}, **BESIDE})
    await live.post("/v1/batch", {"batch": [{"type": "page", "userId": "u", "name": "Docs"}], **BESIDE})
    await live.post("/v1/track", {"userId": "u", "event": "Bare"})
    rows = await history(live)
    assert "userHash" not in json.dumps(rows)
    found = {(row["kind"], row["name"]): row["context"] for row in rows}
    shared = {name: value for name, value in BESIDE.items() if name != "originalTimestamp"}
    assert found["track", "Paid"] == BESIDE
    assert found["attributes", ""] == BESIDE
    assert found["page", "Docs"] == shared
    assert found["track", "Bare"] is None
    assert found["link", "named"] is None
    events = (await live.ask("/api/people/id/u/events")).json()["history"]
    assert {row["name"]: row["context"] for row in events} == {"Paid": BESIDE, "Docs": shared, "Bare": None}


async def test_it_is_searched_and_taken_home_but_for_what_it_says_of_the_person(live: Server) -> None:
    context = {**BESIDE["context"], "traits": {"iban": "DE00"}}
    await live.post("/v1/track", {"userId": "u", "event": "Paid", "context": context})
    await live.post("/v1/track", {"userId": "u", "event": "Bare", "context": {}})
    await Seen(live).applied()
    for q, names in (("spring", ["Paid"]), ("example.com/a", ["Paid"]), ("autumn", [])):
        found = (await live.ask(f"/api/people/id/u/history?kind=track&q={q}")).json()["history"]
        assert [row["name"] for row in found] == names
    rows = list(csv.DictReader(io.StringIO((await live.ask("/api/exports/events")).raise_for_status().text)))
    assert {row["event"]: row["context"] and json.loads(row["context"]) for row in rows} == {
        "Paid": {name: value for name, value in context.items() if name != "traits"},
        "Bare": "",
    }


async def test_the_rejected_list_shows_it_and_a_replay_brings_it_into_history(live: Server) -> None:
    await live.post("/v1/identify", {"userId": "u", "traits": {"email": "u@example.com"}})
    await live.post(
        "/v1/identify", {"userId": "v", "traits": {"email": "u@example.com"}, **BESIDE}, key=live.public_key
    )
    await live.post("/v1/track", {"userId": "u", **BESIDE})
    first, second = await Seen(live).rejected()
    assert first["record"]["context"] == second["record"]["context"] == BESIDE
