"""What is read and managed with an app key: the demo's workspace in force, people sent over HTTP, and everything read back over HTTP."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.api.serving import Server, basic
from tidings import demo
from tidings.database.access import create_source, create_workspace
from tidings.people import indexing
from tidings.project.apply import apply
from tidings.project.folder import read_folder


@pytest.fixture
async def demo_in_force(live: Server) -> Server:
    """The demo project applied, built, and one person in it, who stays at the first wait however slow the machine is."""
    project = read_folder(Path(demo.__file__).parent / "project")
    onboarding = dict(project.journeys["onboarding"])
    onboarding["steps"] = [{**each, "wait": "1 hour"} if "wait" in each else each for each in onboarding["steps"]]
    journeys = {**project.journeys, "onboarding": onboarding}
    await apply(live.database.pool, live.workspace, replace(project, journeys=journeys))
    await until(live, "/api/progress", lambda said: said["done"])
    traits = {"email": "Ada@Example.com", "first_name": "Ada", "plan": "trial"}
    await live.post("/v1/identify", {"userId": "u", "anonymousId": "anon", "traits": traits, "messageId": "m1"})
    await live.post(
        "/v1/track", {"userId": "u", "event": "Signed Up", "properties": {"plan": "trial"}, "messageId": "m2"}
    )
    await until(live, "/api/people/id/u/deliveries", lambda said: bool(said.get("deliveries")))
    return live


async def until(server: Server, path: str, holds: Any) -> Any:
    """Ask until it holds: what was accepted is applied a moment later."""
    async with asyncio.timeout(30):
        while not holds(said := (await server.ask(path)).json()):
            await asyncio.sleep(0.02)  # the machine is the worker's meanwhile
    return said


async def test_people_are_found_by_any_identifier(demo_in_force: Server) -> None:
    server = demo_in_force
    found = (await server.ask("/api/people/id/u")).json()
    assert (found["id"], found["email"], found["anonymous_ids"]) == ("u", "Ada@Example.com", ["anon"])
    assert found["attributes"]["first_name"] == "Ada"
    assert [each["journey"] for each in found["journeys"]] == ["onboarding"]
    assert "trials" in [each["segment"] for each in found["segments"]]
    for path in ("email/ada%40example.com", "anonymous_id/anon", f"cio_id/{found['person']}", "any/anon", "any/u"):
        assert (await server.ask(f"/api/people/{path}")).json() == found, path
    for path in ("id/anon", "email/u", "any/nobody", "cio_id/x"):
        assert (await server.ask(f"/api/people/{path}")).status_code == 404, path
    assert (await server.ask("/api/people/phone/1")).status_code == 400


async def test_people_are_listed_and_searched(live: Server) -> None:
    for n in range(5):
        await live.post("/v1/identify", {"userId": f"u{n}", "traits": {"email": f"p{n}@example.com"}})
    await until(live, "/api/people", lambda said: len(said["people"]) == 5)
    first = (await live.ask("/api/people?limit=3")).json()
    rest = (await live.ask(f"/api/people?limit=3&before={first['next']}")).json()
    assert {each["id"] for each in first["people"] + rest["people"]} == {f"u{n}" for n in range(5)}
    assert rest["next"] is None
    assert [each["id"] for each in (await live.ask("/api/people?q=p3%40")).json()["people"]] == ["u3"]
    assert (await live.ask("/api/people?limit=x")).status_code == 400
    assert (await live.ask("/api/people?limit=5000")).status_code == 400
    sorted = (await live.ask("/api/people?sort=-email&limit=2")).json()
    assert [each["id"] for each in sorted["people"]] == ["u4", "u3"]
    wrong = await live.ask(f"/api/people?sort=created&before={sorted['next']}")
    assert (wrong.status_code, "another order" in wrong.json()["detail"]) == (400, True)
    assert (await live.ask("/api/people?segment=nobody")).json()["people"] == []
    for query in ("sort=shoes", "sort=attribute:plan", "attribute=plan&value=pro"):
        assert (await live.ask(f"/api/people?{query}")).status_code == 400, query


async def test_an_attribute_is_indexed_by_who_may_and_listed_by(live: Server) -> None:
    for n in range(3):
        await live.post("/v1/identify", {"userId": f"u{n}", "traits": {"seats": 10 - n}})
    await until(live, "/api/people", lambda said: len(said["people"]) == 3)
    assert (await live.ask("/api/people/indexes", "POST", json={"name": " "})).status_code == 400
    made = await live.ask("/api/people/indexes", "POST", json={"name": "seats"})
    assert (made.status_code, made.json()["indexes"][0]["state"]) == (202, "marked"), made.text
    early = await live.ask("/api/people?sort=attribute:seats")
    assert (early.status_code, "still being indexed" in early.json()["detail"]) == (409, True)
    while await indexing.work(live.database.pool):
        pass
    assert (await live.ask("/api/people/indexes")).json()["indexes"] == [
        {"name": "seats", "state": "ready", "done": 3, "total": 3}
    ]
    found = (await live.ask("/api/people?sort=attribute:seats&attribute=seats&value=9..")).json()["people"]
    assert [each["id"] for each in found] == ["u1", "u0"]
    assert (await live.ask("/api/people/indexes?name=seats", "DELETE")).status_code == 202
    assert (await live.ask("/api/people/indexes?name=plan", "DELETE")).status_code == 404


async def test_history_is_paged_and_chosen_by_kind(demo_in_force: Server) -> None:
    server = demo_in_force
    rows = (await server.ask("/api/people/id/u/history")).json()["history"]
    assert {"track", "attributes", "journey", "segment", "planned"} <= {row["kind"] for row in rows}
    assert await paged(server, "limit=2") == rows
    assert await paged(server, "limit=3&oldest=true") == rows[::-1]
    (event,) = (await server.ask("/api/people/id/u/events")).json()["history"]
    assert (event["name"], event["data"]) == ("Signed Up", {"plan": "trial"})
    assert {row["kind"] for row in (await server.ask("/api/people/id/u/history?kind=journey")).json()["history"]} == {
        "journey"
    }
    for bad in ("kind=dance", "before=x", "before=1.2.3.4.zz", "before=1.2.3.00", f"before={10**22}.0.0.0.00"):
        assert (await server.ask(f"/api/people/id/u/history?{bad}")).status_code == 400, bad


async def test_history_stands_in_the_order_of_cause_and_is_searched(demo_in_force: Server) -> None:
    rows = await paged(demo_in_force, "oldest=true")
    cause = [("track", "Signed Up"), ("journey", "entered"), ("journey", "planned"), ("journey", "waiting")]
    said = [(row["kind"], row["data"]["what"] if row["kind"] == "journey" else row["name"]) for row in rows]
    assert [each for each in said if each in cause] == cause
    titled = [row for row in rows if "onboarding" in (row["name"], (row["data"] or {}).get("journey"))]
    assert len(titled) > 3
    for q, found in (
        ("trial onb", titled),
        ("sIgNeD", [row for row in rows if "Signed Up" in str(row)]),
        ("nothing such", []),
    ):
        assert await paged(demo_in_force, f"oldest=true&limit=1&q={q}") == found, q


async def paged(server: Server, query: str) -> list[Any]:
    """All pages of a person's history."""
    found: list[Any] = []
    path = f"/api/people/id/u/history?{query}"
    said = (await server.ask(path)).json()
    found += said["history"]
    while said["next"] is not None:
        said = (await server.ask(f"{path}&before={said['next']}")).json()
        found += said["history"]
    return found


async def test_deliveries_and_why(demo_in_force: Server) -> None:
    server = demo_in_force
    (planned,) = (await server.ask("/api/people/id/u/deliveries")).json()["deliveries"]
    assert (planned["journey"], planned["step"], planned["template"], planned["state"]) == (
        "onboarding",
        "welcome",
        "welcome",
        "planned",
    )
    one = (await server.ask(f"/api/deliveries/{planned['id']}")).json()
    # for whom it is, the list of the person's own messages need not say
    assert {name for name, value in planned.items() if one[name] != value} == {"whom"}
    assert one["whom"]
    assert "onboarding" in one["story"][0]
    before = (await server.ask(f"/api/deliveries/{planned['id']}?at=2020-01-01")).json()
    assert before["story"] == [one["story"][0], "It was not due yet."]
    assert (await server.ask(f"/api/deliveries/{planned['id']}?at=when")).status_code == 400
    assert (await server.ask("/api/deliveries/nothing")).status_code == 404
    why = (await server.ask("/api/people/id/u/why/onboarding")).json()
    assert why["answer"]
    assert why["path"]
    assert [each["id"] for each in why["deliveries"]] == [planned["id"]]
    unknown = await server.ask("/api/people/id/u/why/onboardin")
    assert (unknown.status_code, unknown.json()["hint"]) == (404, "did you mean `onboarding`?")
    never = (await server.ask("/api/people/id/u/why/orders")).json()
    assert never["answer"].startswith("The person never came to")
    assert never["false"] == []  # no rule kept them out: the event never came
    assert any('no "Order Completed" is known' in line for line in never["reasons"])


async def test_segments_journeys_and_catalog(demo_in_force: Server) -> None:
    server = demo_in_force
    said = (await server.ask("/api/segments")).json()
    assert {each["segment"]: each["people"] for each in said["segments"]}["trials"] == 1
    assert all(each["rule"] for each in said["segments"])
    assert (said["people"], said["building"]["built"], said["building"]["of"]) == (1, 64, 64)
    journeys = {each["journey"]: each for each in (await server.ask("/api/journeys")).json()["journeys"]}
    assert journeys["onboarding"]["status"] == "live"
    paused = await server.ask("/api/journeys/onboarding/pause", "POST")
    assert (paused.status_code, paused.json()["status"]) == (200, "paused")
    journeys = {each["journey"]: each for each in (await server.ask("/api/journeys")).json()["journeys"]}
    assert journeys["onboarding"]["status"] == "paused"
    wrong = await server.ask("/api/journeys/onboarding/resume", "POST", json={"held": "keep"})
    assert (wrong.status_code, wrong.json()["hint"]) == (409, "choose one of send, skip, shift")
    resumed = await server.ask("/api/journeys/onboarding/resume", "POST", json={"held": "shift"})
    assert (resumed.status_code, resumed.json()["status"]) == (200, "live")
    assert (await server.ask("/api/journeys/nothing/pause", "POST")).status_code == 409
    for on in (True, False):
        hidden = (await server.ask("/api/journeys/onboarding/shadow", "POST", json={"on": on})).json()
        assert (hidden["status"], hidden["changed"]) == ("live", True)
        assert (await server.ask("/api/journeys/onboarding")).json()["shadow"] is on
        listed = (await server.ask("/api/journeys")).json()["journeys"]
        assert [each["journey"] for each in listed if each["shadow"]] == ["onboarding"] * on
    assert (await server.ask("/api/journeys/onboarding/dance", "POST")).status_code == 404
    catalog = await until(
        server,
        "/api/catalog",
        lambda said: any(line["property"] == "plan" and line["kind"] == "track" for line in said["catalog"]),
    )
    seen = {(line["kind"], line["name"], line["property"]) for line in catalog["catalog"]}
    assert {("track", "Signed Up", ""), ("track", "Signed Up", "plan")} <= seen


async def test_rejected_records_are_listed_and_replayed(live: Server) -> None:
    await live.post("/v1/identify", {"userId": "u", "traits": {"email": "u@example.com"}})
    await live.track("PUT", "/api/v1/customers/later", {"_update": True, "plan": "pro"})
    said = await until(live, "/api/rejected", lambda said: bool(said["rejected"]))
    (entry,) = said["rejected"]
    assert (entry["source"], entry["replayed"]) == ("track", None)
    assert entry["record"]["who"] == [{"kind": "id", "value": "later"}]
    await live.post("/v1/identify", {"userId": "later"})
    await until(live, "/api/people/id/later", lambda said: "person" in said)
    done = await live.ask("/api/rejected/replay", "POST", json={"ids": [entry["id"]]})
    assert done.json() == {"replayed": 1, "next": None}
    await until(live, "/api/people/id/later", lambda said: said["attributes"].get("plan") == "pro")
    assert (await live.ask("/api/rejected")).json()["rejected"][0]["replayed"]
    (noted,) = await live.database.fetch("SELECT kind, name FROM audit WHERE what = 'replayed'")
    assert tuple(noted) == ("rejected records", "1")
    for body in ({}, {"ids": []}, {"ids": ["x"]}, {"ids": [-1]}):
        assert (await live.ask("/api/rejected/replay", "POST", json=body)).status_code == 400
    assert (await live.ask("/api/rejected/replay", "POST", content=b"[")).status_code == 400


async def test_what_could_not_be_used_can_be_replayed_without_harm(live: Server) -> None:
    await live.post("/v1/track", {"event": "Nobody's"})
    (entry,) = (await live.ask("/api/rejected")).json()["rejected"]
    await live.ask("/api/rejected/replay", "POST", json={"ids": [entry["id"]]})
    await live.post("/v1/identify", {"userId": "u"})
    await until(live, "/api/people/id/u", lambda said: "person" in said)


async def test_an_app_key_and_nothing_else_opens_it(server: Server) -> None:
    for header in (
        None,
        "Bearer nope",
        f"Bearer {server.write_key}",
        basic(server.app_key),
        f"Bearer {':'.join(server.track_login)}",
    ):
        headers = {"Authorization": header} if header else {}
        answer = await server.client.get("/api/people", headers=headers)
        assert answer.status_code == 401, header
        assert "access-control-allow-credentials" not in answer.headers
    assert (await server.ask("/api/dance")).status_code == 404
    assert (await server.ask("/api/people", "DELETE")).status_code == 405


async def test_a_key_sees_its_own_workspace_only(live: Server) -> None:
    await live.post("/v1/identify", {"userId": "u", "traits": {"email": "u@example.com"}})
    found = await until(live, "/api/people/id/u", lambda said: "person" in said)
    await live.post("/v1/track", {"event": "Nobody's"})
    async with live.database.pool.acquire() as connection:
        other = await create_workspace(connection, "staging")
        key = await create_source(connection, other.id, "app", "app")
    headers = {"Authorization": f"Bearer {key}"}
    async with asyncio.timeout(10):
        while (await live.client.get("/api/people", headers=headers)).status_code == 401:
            pass
    for path in ("id/u", "email/u@example.com", f"cio_id/{found['person']}", "any/u"):
        assert (await live.client.get(f"/api/people/{path}", headers=headers)).status_code == 404, path
    for path, name in (
        ("people", "people"),
        ("people?q=u", "people"),
        ("rejected", "rejected"),
        ("catalog", "catalog"),
    ):
        assert (await live.client.get(f"/api/{path}", headers=headers)).json()[name] == []
