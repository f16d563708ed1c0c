"""What a journey is held to and what it is worth, end to end: events in over HTTP, the numbers out over HTTP."""

from typing import Any

from tests.api.serving import Server
from tests.api.test_manage import until
from tidings.project.apply import put
from tidings.project.store import InForce

DOCUMENT: dict[str, Any] = {
    "journey": "trial",
    "trigger": {"event": "Signed Up"},
    "goal": {"event": "Bought", "within": "7 days", "value": "total", "currency": "EUR"},
    "limits": {"in_all": 3, "over": "refuse"},
    "steps": [{"id": "settle", "wait": "3 days"}],
}
BODY = {"journeys": {"trial": {"version": 1, "status": "live", "document": DOCUMENT}}}


async def test_no_more_come_in_than_may_and_what_they_bring_is_told(live: Server) -> None:
    await put(live.database.pool, InForce(live.workspace), BODY)
    for n in range(5):
        await live.post("/v1/track", {"userId": f"u{n}", "event": "Signed Up"})
    await until(live, "/api/journeys/trial", lambda said: (said["entered"], said["refused"]) == (3, 2))
    refused = (await live.ask("/api/journeys/trial/people?what=refused")).json()["people"]
    assert len(refused) == 2
    assert all("there is no room" in each["why"] for each in refused)
    inside = [
        each["id"] for each in (await live.ask("/api/journeys/trial/people?what=inside&step=settle")).json()["people"]
    ]
    outside = next(f"u{n}" for n in range(5) if f"u{n}" not in inside)
    for who, total in ((inside[0], 20), (inside[1], "4.50"), (outside, 100)):
        await live.post("/v1/track", {"userId": who, "event": "Bought", "properties": {"total": total}})
    await until(live, "/api/journeys/trial", lambda said: said["converted"] == 2)
    report = (await live.ask("/api/reports/journeys/trial")).json()
    assert (report["entered"], report["converted"], report["inside"]) == (3, 2, 3)
    assert [amount.split()[0] for amount in report["value"].values()] == ["24.50"]
