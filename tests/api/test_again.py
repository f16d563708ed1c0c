"""Sending again over HTTP: counted first, once, by who may, and nothing of another workspace; it stands in the audit log."""

from typing import Any

from tests.api.serving import Server
from tests.api.test_manage import demo_in_force, until  # noqa: F401
from tests.api.test_management import enter
from tidings.database.access import create_source, create_workspace
from tidings.kernel.ids import read_delivery


async def test_what_did_not_arrive_is_sent_again_by_who_may(demo_in_force: Server) -> None:  # noqa: F811
    server = demo_in_force
    for n in range(3):
        traits = {"email": f"p{n}@example.com", "first_name": f"P{n}", "plan": "trial"}
        await server.post("/v1/identify", {"userId": f"p{n}", "traits": traits})
        await server.post("/v1/track", {"userId": f"p{n}", "event": "Signed Up", "properties": {"plan": "trial"}})
    said = await until(server, "/api/deliveries?template=welcome", lambda said: len(said["deliveries"]) == 4)
    turned, before = [], ""
    for _ in range(2):
        page = (await server.ask(f"/api/deliveries?template=welcome&oldest=true&limit=3&before={before}")).json()
        turned, before = turned + page["deliveries"], page["next"]
    assert [each["id"] for each in reversed(turned)] == [each["id"] for each in said["deliveries"]]
    one, lost, waiting, other = (each["id"] for each in said["deliveries"])
    ended = "UPDATE deliveries SET settled = due, attempts = 1, state = $1, reason = $2 WHERE template = 'welcome'"
    await server.database.execute(ended, "failed", "554 no thanks")
    for id, state, reason in ((lost, "unknown", "no answer"), (waiting, "planned", "")):
        await server.database.execute(
            f"{ended} AND (partition, id) = ($3, $4)", state, reason, *(read_delivery(id) or ())
        )
    async with server.database.pool.acquire() as connection:
        elsewhere = await create_workspace(connection, "other")
        await create_source(connection, elsewhere.id, "others' key", "app")
    async with (
        enter(server, "vi@example.com", "viewer") as viewer,
        enter(server, "au@example.com", "author") as author,
        enter(server, "eve@example.com", "owner", elsewhere.id) as eve,
    ):
        for call, body in ((f"/api/deliveries/{one}/again", {}), ("/api/deliveries/again", {"mark": "1-1-1"})):
            assert (await viewer.post(call, json=body)).status_code == 403
            assert (await server.ask(call, "POST", json=body)).status_code == 403, "a key needs the scope"
        assert (await eve.get(f"/api/deliveries/{one}/again")).status_code == 404
        assert (await eve.post(f"/api/deliveries/{one}/again", json={})).status_code == 404
        assert (await eve.get("/api/deliveries/again")).json()["sure"] == 0

        look = (await viewer.get(f"/api/deliveries/{one}/again")).json()
        assert (look["can"], look["unsure"], look["present"], look["outlook"]["does"]) == (True, False, False, "send")
        assert (await viewer.get(f"/api/deliveries/{waiting}/again")).json()["why"] == "it is still on its way"
        assert (await author.post(f"/api/deliveries/{waiting}/again", json={})).json()["code"] == "not_again"
        assert (await author.post(f"/api/deliveries/{lost}/again", json={})).json()["code"] == "unsure"
        for _ in range(2):
            assert (await author.post(f"/api/deliveries/{one}/again", json={})).status_code == 202
        sent = await until(server, f"/api/deliveries/{one}", lambda said: bool(said["again_as"]))
        new = (await author.get(f"/api/deliveries/{sent['again_as']}")).json()
        assert (new["again_of"], new["asked_by"], new["state"]) == (one, "au@example.com", "planned")
        assert (await author.post(f"/api/deliveries/{one}/again", json={})).json()["count"] == 0

        found = (await viewer.get("/api/deliveries/again?template=welcome")).json()
        assert (found["sure"], found["unsure"], found["more"]) == (1, 1, False)
        assert found["states"] == {"failed": 1, "unknown": 1}
        assert sorted(found["reasons"]) == [["554 no thanks", 1], ["no answer", 1]]
        assert (await viewer.get("/api/deliveries/again?channel=sms")).json()["sure"] == 0
        assert (await viewer.get("/api/deliveries/again?state=x")).status_code == 400
        asked = {"mark": found["mark"], "template": "welcome", "unsure": True}
        for wrong in ("x", "1-2", "99999999999999999-1-1"):
            assert (await author.post("/api/deliveries/again", json={**asked, "mark": wrong})).status_code == 400
        at = found["mark"].partition("-")[0]
        fewer = await author.post("/api/deliveries/again", json={**asked, "mark": f"{at}-0-1"})
        assert fewer.json()["code"] == "changed"
        done = await author.post("/api/deliveries/again", json=asked)
        assert (done.status_code, done.json()) == (202, {"count": 2})
        await until(
            server, "/api/deliveries?template=welcome", lambda said: _repeated(said) == sorted([one, lost, other])
        )
        assert (await author.post("/api/deliveries/again", json=asked)).json()["code"] == "nothing"
    async with enter(server, "ada@example.com", "owner") as owner:
        entries = (await owner.get("/api/audit?kind=delivery")).json()["entries"]
    assert len(entries) in (2, 3), "the second press may find it sent again already"
    assert [(each["what"], each["name"], each["actor"]) for each in entries] == [
        ("sent again", "2 deliveries", "au@example.com"),
        *[("sent again", one, "au@example.com")] * len(entries[1:]),
    ]
    assert entries[0]["after"]["filters"] == {"template": "welcome"}


def _repeated(said: dict[str, Any]) -> list[str]:
    return sorted(each["again_of"] for each in said["deliveries"] if each["again_of"])
