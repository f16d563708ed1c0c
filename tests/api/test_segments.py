"""Segments over HTTP: who is in them and why, what uses them; nothing of another workspace."""

from tests.api.serving import Server
from tests.api.test_manage import demo_in_force  # noqa: F401
from tests.api.test_management import enter
from tidings.database.access import create_source, create_workspace


async def test_a_segment_with_its_people_and_why(demo_in_force: Server) -> None:  # noqa: F811
    server = demo_in_force
    found = (await server.ask("/api/segments/trials")).json()
    assert (found["people"], found["segments"]) == (1, ["stalled-trials"])
    (someone,) = (await server.ask("/api/segments/trials/people")).json()["people"]
    assert (someone["id"], someone["name"]) == ("u", "Ada")
    why = (await server.ask("/api/segments/trials/why?person=ada@example.com")).json()
    assert why["person"] == "Ada"
    assert " is in " in why["answer"]
    assert why["reasons"]
    assert why["false"] == []
    outside = (await server.ask("/api/segments/paying/why?person=u")).json()
    assert " is not in " in outside["answer"]
    (false,) = outside["false"]
    assert (false["clause"], false["last_true"], false["says"]) == ('plan in ("team", "business")', None, "never true")
    assert outside["reasons"][1].endswith("; never true")
    then = "/api/segments/trials/why?person=u&at="
    assert (await server.ask(f"{then}2020-01-01")).json()["detail"] == "nothing was known of the person then"
    assert (await server.ask(f"{then}yesterday")).status_code == 400
    assert (await server.ask("/api/segments/trials/why?person=nobody")).json()["code"] == "no_person"
    missing = await server.ask("/api/segments/trial")
    assert (missing.status_code, missing.json()["code"]) == (404, "no_segment")
    async with server.database.pool.acquire() as connection:
        other = await create_workspace(connection, "other")
        await create_source(connection, other.id, "others' key", "app")
    async with enter(server, "eve@example.com", "owner", other.id) as eve:
        said = await eve.get("/api/segments")
        assert said.status_code == 200, said.text
        assert said.json()["segments"] == []
        for path in ("", "/people", "/why?person=u"):
            assert (await eve.get(f"/api/segments/trials{path}")).status_code == 404
