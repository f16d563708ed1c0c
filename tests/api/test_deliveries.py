"""Deliveries over HTTP: filters, pages without gaps or repeats, a message as an untrusted page; nothing of another workspace."""

from tests.api.serving import Server
from tests.api.test_manage import demo_in_force, until  # noqa: F401
from tests.api.test_management import enter
from tidings.database.access import create_source, create_workspace


async def test_deliveries_are_filtered_and_paged(demo_in_force: Server) -> None:  # noqa: F811
    server = demo_in_force
    for n in range(3):
        traits = {"email": f"p{n}@example.com", "first_name": f"P{n}", "plan": "trial"}
        await server.post("/v1/identify", {"userId": f"p{n}", "traits": traits})
        await server.post("/v1/track", {"userId": f"p{n}", "event": "Signed Up", "properties": {"plan": "trial"}})
    said = await until(server, "/api/deliveries", lambda said: len(said["deliveries"]) == 4)
    ids = [each["id"] for each in said["deliveries"]]
    assert [each["waits"] for each in said["deliveries"]] == [each["due"] for each in said["deliveries"]]
    held = "UPDATE deliveries SET next_attempt = due + 60000000, reason = 'the journey is paused'"
    await server.database.execute(held)
    for each in (await server.ask("/api/deliveries?journey=onboarding")).json()["deliveries"]:
        assert (each["waits"] > each["due"], each["reason"]) == (True, "the journey is paused")
    await server.database.execute("UPDATE deliveries SET next_attempt = due, reason = ''")
    assert {each["whom"] for each in said["deliveries"] if not each["recipient"]} >= {
        "p0@example.com",
        "p2@example.com",
    }
    paged: list[str] = []
    page = {"next": ""}
    while page["next"] is not None:
        page = (await server.ask(f"/api/deliveries?limit=1&before={page['next']}")).json()
        paged += [each["id"] for each in page["deliveries"]]  # type: ignore[index]
    assert paged == ids
    first = said["deliveries"][0]
    for name in ("channel", "journey", "template"):
        kept = (await server.ask(f"/api/deliveries?{name}={first[name]}")).json()["deliveries"]
        assert {each[name] for each in kept} == {first[name]}
        assert (await server.ask(f"/api/deliveries?{name}=none")).json()["deliveries"] == []
    (one,) = (await server.ask("/api/deliveries?person=p1")).json()["deliveries"]
    assert one["person"] == (await server.ask("/api/people/id/p1")).json()["person"]
    assert (await server.ask("/api/deliveries?person=nobody")).json()["deliveries"] == []
    assert (await server.ask("/api/deliveries?state=bounced")).json()["deliveries"] == []
    late = "UPDATE deliveries SET state = 'sent', bounced_at = due WHERE template = $1"  # as a receipt says it, days after the sending
    await server.database.execute(late, first["template"])
    came_back = (await server.ask("/api/deliveries?state=bounced")).json()["deliveries"]
    assert {each["template"] for each in came_back} == {first["template"]}
    for wrong in ("state=x", "before=x", "before=1-", "before=99999999999999999999-00"):
        assert (await server.ask(f"/api/deliveries?{wrong}")).status_code == 400, wrong
    shown = await server.ask(f"/api/deliveries/{one['id']}/message")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    async with server.database.pool.acquire() as connection:
        other = await create_workspace(connection, "other")
        await create_source(connection, other.id, "others' key", "app")
    async with enter(server, "eve@example.com", "owner", other.id) as eve:
        assert (await eve.get("/api/deliveries")).json()["deliveries"] == []
        assert (await eve.get("/api/deliveries?person=p1")).json()["deliveries"] == []
        assert (await eve.get(f"/api/deliveries/{one['id']}/message")).status_code == 404
