"""Deliveries over HTTP: filters, pages without gaps or repeats, a message as an untrusted page; nothing of another workspace."""

from tests.api.seen import until as once
from tests.api.sending import mailed, sending
from tests.api.serving import Server
from tests.api.test_manage import demo_in_force, until  # noqa: F401
from tests.api.test_management import enter
from tests.conftest import Database
from tidings.channels import mailbox
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


async def test_a_message_reads_as_it_was_sent_whoever_looks(database: Database) -> None:
    async with sending(database) as server:
        id = await mailed(server)
        mail = await database.fetchval("SELECT id FROM mailbox WHERE delivery = $1", id)
        sent = await mailbox.read(database.pool, None, mail)
        assert sent is not None
        await server.post("/v1/identify", {"userId": "u", "traits": {"first_name": "Augusta", "plan": "paid"}})

        async def changed() -> bool:
            return bool((await server.ask("/api/people/id/u")).json()["attributes"]["first_name"] == "Augusta")

        await once(changed)
        await database.execute("UPDATE definitions SET body = replace(body::text, 'Welcome', 'Farewell')::json")
        content = (await server.ask(f"/api/deliveries/{id}/content")).json()
        assert (content["sent"], content["subject"], content["to"]) == (True, sent.subject, ["ada@example.com"])
        assert (content["html"], content["text"]) == (sent.html, sent.text)
        assert [tuple(line) for line in content["headers"]] == [
            line for line in sent.headers if line[0] not in ("MIME-Version", "Content-Type")
        ]
        assert content["says"].startswith("As it was handed over at ")
        shown = await server.ask(f"/api/deliveries/{id}/message")
        assert "Ada" in shown.text
        assert "/t/" not in shown.text, "who looks at it opens, clicks and unsubscribes for nobody"
        policy = shown.headers["content-security-policy"]
        assert ("default-src 'none'" in policy, "sandbox" in policy, "allow-scripts" in policy) == (True, True, False)
        assert "/t/u/" in content["html"]
        async with enter(server, "vi@example.com", "viewer") as viewer:
            seen = (await viewer.get(f"/api/deliveries/{id}/content")).json()
        assert "/t/" not in seen["html"] + seen["text"] + str(seen["headers"])
        assert seen["subject"] == sent.subject
        await database.execute("DELETE FROM copies")
        old = (await server.ask(f"/api/deliveries/{id}/content")).json()
        assert old["sent"] is False
        assert "what was sent may have read otherwise" in old["says"]
        assert "Augusta" in old["html"]
        await database.execute("UPDATE deliveries SET state = 'refused', attempts = 0 WHERE settled IS NOT NULL")
        never = (await server.ask(f"/api/deliveries/{id}/content")).json()
        assert never["says"].startswith("It was not sent: this is how it would read")
