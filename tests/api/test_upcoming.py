"""What will be sent, over HTTP: a real journey whose wait is counted on the reader's day; faults in what is asked."""

from datetime import UTC, datetime, timedelta

from tests.api.serving import Server
from tests.api.test_manage import demo_in_force, until  # noqa: F401
from tests.api.test_management import enter
from tidings.database.access import create_source, create_workspace


async def test_what_will_be_sent_is_told_by_day(demo_in_force: Server) -> None:  # noqa: F811
    server = demo_in_force
    said = await until(
        server, "/api/upcoming?days=14&zone=Europe/Oslo", lambda said: any(day["messages"] for day in said["days"])
    )
    assert len(said["days"]) == 14
    messages = [message for day in said["days"] for message in day["messages"]]
    assert {message["journey"] for message in messages} == {"onboarding"}
    assert all(message["people"] == 1 and message["why"] for message in messages)
    assert said["names"]["onboarding"] == "Trial onboarding"
    assert any("what those will get is not counted" in each["says"] for each in said["unknown"])
    for wrong in ("zone=Mars", "days=0", "days=63", "since=x", "since=2026-02-30"):
        assert (await server.ask(f"/api/upcoming?{wrong}")).status_code == 400, wrong
    past = (datetime.now(UTC) - timedelta(days=40)).date().isoformat()
    assert (await server.ask(f"/api/upcoming?since={past}")).json()["days"] == []
    async with server.database.pool.acquire() as connection:
        other = await create_workspace(connection, "other")
        await create_source(connection, other.id, "others' key", "app")
    async with enter(server, "eve@example.com", "owner", other.id) as eve:
        assert not any(day["messages"] for day in (await eve.get("/api/upcoming")).json()["days"])
