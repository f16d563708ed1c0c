"""Exports: what people did, what was sent and what was seen, as CSV; nothing sensitive, nothing of another workspace."""

import asyncio
import csv
import json
from io import StringIO

import httpx

from tests.api.serving import Server
from tests.api.test_manage import demo_in_force, until  # noqa: F401
from tests.api.test_management import enter
from tidings.api.data import exports
from tidings.api.person import export
from tidings.database.access import create_source, create_workspace
from tidings.kernel.ids import read as read_id


def read(said: httpx.Response) -> list[dict[str, str]]:
    assert said.status_code == 200, said.text
    assert said.headers["content-type"] == "text/csv; charset=utf-8"
    assert said.headers["content-disposition"].startswith("attachment; filename=")
    return list(csv.DictReader(StringIO(said.text)))


async def test_what_people_did_and_got_is_taken_home(demo_in_force: Server, monkeypatch) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    server = demo_in_force
    monkeypatch.setattr(exports, "_ROWS", 2)
    monkeypatch.setattr(exports, "_PEOPLE", 1)
    for n in range(3):
        who = {"anonymousId": f"a{n}"}
        await server.post("/v1/page", {**who, "name": "Pricing"})
        traits = {"email": f"p{n}@example.com", "plan": "trial"}
        await server.post("/v1/identify", {**who, "userId": f"p{n}", "traits": traits})
        for times in range(3):
            properties = {"plan": "trial", "card": "4242", "n": times}
            await server.post("/v1/track", {"userId": f"p{n}", "event": "Signed Up", "properties": properties})
    await until(server, "/api/catalog", lambda said: any(each["property"] == "card" for each in said["catalog"]))
    await until(server, "/api/deliveries", lambda said: len(said["deliveries"]) >= 3)
    async with enter(server, "ada@example.com") as ada:
        hide = {"kind": "track", "name": "Signed Up", "property": "card", "sensitive": True}
        assert (await ada.put("/api/catalog/about", json=hide)).status_code == 204
        rows = [each for each in read(await ada.get("/api/exports/events")) if each["id"].startswith("p")]
        for n in range(3):
            own = [each for each in rows if each["id"] == f"p{n}"]
            assert [each["event"] for each in own] == ["Pricing", *["Signed Up"] * 3]  # with what they did unknown
            assert {each["email"] for each in own} == {f"p{n}@example.com"}
            assert [each["properties"] for each in own[1:]] == [f'{{"plan":"trial","n":{times}}}' for times in range(3)]
        only = read(await ada.get("/api/exports/events", params={"event": "Pricing"}))
        assert {each["event"] for each in only} == {"Pricing"}
        sent = read(await ada.get("/api/deliveries/export", params={"template": "welcome", "person": "p1"}))
        assert {(each["template"], each["to"]) for each in sent} == {("welcome", "p1@example.com")}
        assert read(await ada.get("/api/deliveries/export", params={"person": "nobody"})) == []
        seen = {(each["event"], each["property"]): each for each in read(await ada.get("/api/exports/catalog"))}
        assert (seen["Signed Up", "card"]["sensitive"], seen["Signed Up", "card"]["example"]) == ("yes", "")
        assert "journey onboarding" in seen["Signed Up", ""]["used_by"]
        monkeypatch.setattr(export, "_PAGE", 2)
        own = read(await ada.get("/api/people/id/p1/history/export", params={"oldest": "true", "kind": "track"}))
        assert [each["name"] for each in own] == ["Signed Up"] * 3
        assert own[2]["details"] == '{"plan":"trial","card":"sensitive","n":2}'
        assert "4242" not in str(own)
        whole = read(await ada.get("/api/people/id/p1/history/export"))
        assert (
            whole[0]["time"] >= whole[-1]["time"],
            {"track", "page", "journey"} <= {each["kind"] for each in whole},
        ) == (True, True)
        sent = [each["called"] for each in whole if each["kind"] == "planned"]
        assert sent == ['Welcome to Brightboard, {{ customer.first_name | default: "friend" }}']
        runs = {json.loads(each["details"])["run"] for each in whole if each["kind"] in ("journey", "planned")}
        assert runs
        assert None not in map(read_id, runs)
        shown = (await ada.get("/api/people/id/p1/history", params={"limit": 1000})).json()["history"]
        assert [each["time"] for each in whole] == [each["time"] for each in shown]
        found = read(await ada.get("/api/people/id/p1/history/export", params={"q": "pricing"}))
        assert [each["name"] for each in found] == ["Pricing"]
        assert (await ada.get("/api/people/id/p1/history/export", params={"kind": "none"})).status_code == 400
        assert (await ada.get("/api/people/id/nobody/history/export")).status_code == 404
        exported = [
            each["kind"] for each in (await ada.get("/api/audit")).json()["entries"] if each["what"] == "exported"
        ]
        assert exported == [*["person"] * 3, "catalog", "deliveries", "deliveries", "events", "events"]
    async with server.database.pool.acquire() as connection:
        other = await create_workspace(connection, "other")
        await create_source(connection, other.id, "others' key", "app")  # of which the server hears
    async with enter(server, "eve@example.com", "owner", other.id) as eve:
        async with asyncio.timeout(20):
            while (await eve.get("/api/catalog")).status_code == 404:
                await asyncio.sleep(0.02)
        for path in ("exports/events", "deliveries/export", "exports/catalog"):
            assert read(await eve.get(f"/api/{path}")) == []
