"""Customer.io's broadcast trigger and plain HTML forms, over HTTP."""

import asyncio
from typing import Any

import pytest

from tests.api.serving import Server
from tests.api.test_entries import called, entered
from tests.api.test_manage import until
from tests.sdks.node import driven
from tidings.api.audience import rule_of
from tidings.api.broadcasts import entering
from tidings.api.entries.file import fetch
from tidings.channels.guard import Guard
from tidings.project import portions, store, task_work, tasks
from tidings.project.apply import put
from tidings.project.store import InForce

__all__ = ["called"]


async def trigger(server: Server, body: Any, id: str = "invoice", key: str | None = None) -> tuple[int, Any]:
    headers = {"authorization": f"Bearer {server.app_key if key is None else key}"}
    given = await server.client.post(f"/v1/campaigns/{id}/triggers", json=body, headers=headers)
    return given.status_code, given.json()


async def test_a_trigger_lets_people_in_and_refusals_have_its_own_form(called: Server) -> None:
    status, said = await trigger(called, {"ids": ["a"], "data": {"n": 1}})
    assert (status, type(said["id"])) == (200, int)
    data = [{"id": "a", "data": {"n": 2}}, {"email": "b@example.com", "data": {"n": 3}}]
    assert (await trigger(called, {"per_user_data": data}))[0] == 200
    await until(called, "/api/people/id/a/deliveries", lambda said: len(said["deliveries"]) == 2)
    assert await entered(called, "a") == [{"n": 1}, {"n": 2}]
    assert await entered(called, "b") == [{"n": 3}]
    for body, id, key, status, words in (
        ({"ids": ["a"]}, "nothing", None, 404, "broadcast with id nothing does not exist"),
        ({"ids": ["a"]}, "other", None, 409, "does not begin from the API"),
        ({"ids": ["a"]}, "invoice", "wrong", 401, "app key"),
        ({"ids": ["a"]}, "invoice", called.write_key, 401, "app key"),
        ({}, "invoice", None, 422, "no audience"),
        ({"recipients": {"segment": {"id": 1}}}, "invoice", None, 422, 'no segment "1"'),
        ({"recipients": {"attribute": {"field": "x"}}}, "invoice", None, 422, "`eq` and `exists`"),
        ({"ids": [], "emails": []}, "invoice", None, 422, "names nobody"),
        ({"ids": ["a"], "emails": ["a@example.com"]}, "invoice", None, 422, "in one way"),
        ({"data_file_url": "http://127.0.0.1:1/people"}, "invoice", None, 422, "may not be reached"),
        ({"data_file_url": "file:///etc/passwd"}, "invoice", None, 422, "can't be fetched"),
    ):
        given = await trigger(called, body, id, key)
        assert given[0] == status, given
        assert words in given[1]["errors"][0]["detail"]
        assert given[1]["errors"][0]["status"] == str(status)


async def test_nobody_comes_in_where_somebody_is_not_known_unless_they_are_to_be_left_out(called: Server) -> None:
    mixed = [{"id": "a", "data": {"n": 1}}, {"id": "nobody"}, {"email": "none@example.com"}, {"email": "B@example.com"}]
    for flags, lines in (
        ({}, ["line 2: there is nobody with id nobody", "line 3: there is nobody with email none@example.com"]),
        ({"email_ignore_missing": True}, ["line 2: there is nobody with id nobody"]),
        ({"id_ignore_missing": True}, ["line 3: there is nobody with email none@example.com"]),
    ):
        status, said = await trigger(called, {"per_user_data": mixed, **flags})
        assert status == 200
        assert (await told(called, f"invoice/triggers/{said['id']}/errors"))["errors"] == lines
        assert (await told(called, f"invoice/triggers/{said['id']}"))["processed_at"] > 0
    both = {"id_ignore_missing": True, "email_ignore_missing": True}
    _, said = await trigger(called, {"per_user_data": mixed, "data": {"all": 1}, **both})
    assert await entered(called, "a") == [{"all": 1, "n": 1}], "once: the calls before let nobody in"
    assert await entered(called, "b") == [{"all": 1}]
    assert (await told(called, f"invoice/triggers/{said['id']}/errors"))["errors"] == []
    assert (await called.ask("/api/rejected")).json()["rejected"] == []
    wrong = await called.ask("/api/journeys/invoice/enter", "POST", json={"id": "a", "missing": {"id": "drop"}})
    assert (wrong.status_code, "`missing`" in wrong.json()["error"]) == (400, True)


async def test_a_file_lets_nobody_in_where_somebody_is_not_known(called: Server, monkeypatch: Any) -> None:
    monkeypatch.setattr(portions, "PORTION", 2)
    lines = ['{"id": "a"}', "", "{", '{"id": "nobody"}', '{"id": "b", "data": 7}', '{"email": "b@example.com"}']
    fails = {"journey": "invoice", "data": {}, "key": "", "missing": {"id": "fail", "email": "fail"}}
    ids = []
    async with called.database.pool.acquire() as connection:
        for missing in ("fail", "skip"):
            asked = fails | {"missing": {"id": missing, "email": "fail"}}
            body = "\n".join(lines).encode()
            ids.append(await tasks.ask(connection, called.workspace, "enter", "x", asked, "test", 6, body))
    while await task_work.work(called.database.pool):
        pass
    assert (await told(called, f"invoice/triggers/{ids[0]}/errors"))["errors"] == [
        "line 4: there is nobody with id nobody"
    ]
    said = (await called.ask(f"/api/tasks/{ids[0]}")).json()
    assert (said["state"], said["changed"]) == ("failed", 0)
    assert "nobody was let in" in said["problem"]
    assert await entered(called, "a") == [{}], "by the other alone"
    assert [each.split(":")[0] for each in (await told(called, f"invoice/triggers/{ids[1]}/errors"))["errors"]] == [
        "line 3",
        "line 5",
    ]
    assert (await called.ask("/api/rejected")).json()["rejected"] == []


def test_an_email_comes_in_once_unless_twice_is_asked_for() -> None:
    emails = {"emails": ["a@example.com", "A@example.com"]}
    assert len(entering(emails)["people"]) == 1
    assert len(entering(emails | {"email_add_duplicates": True})["people"]) == 2


def test_a_filter_says_a_rule() -> None:
    plan = {"attribute": {"field": "plan", "operator": "eq", "value": "pro"}}
    seats = {"attribute": {"field": "company.seats", "operator": "exists"}}
    active = {"attribute": {"field": "active", "operator": "eq", "value": True}}
    both = {"or": [{"and": [plan, {"not": seats}]}, {"segment": {"id": 7}}, {"and": [active]}]}
    assert rule_of(both) == 'plan = "pro" and not company.seats is present or in segment "7" or active = true'
    for wrong in (
        {},
        {"and": []},
        {"or": plan},
        {"and": [plan], "or": [plan]},
        {"segment": {}},
        {"attribute": {"field": ""}},
    ):
        with pytest.raises(ValueError, match=r"filter|`segment`|`attribute`"):
            rule_of(wrong)


async def told(server: Server, path: str) -> Any:
    headers = {"authorization": f"Bearer {server.app_key}"}
    return (await server.client.get(f"/v1/campaigns/{path}", headers=headers)).json()


async def test_an_audience_is_let_in_by_and_by_and_what_became_of_it_is_told(called: Server) -> None:
    who = {"attribute": {"field": "email", "operator": "eq", "value": "b@example.com"}}
    status, said = await trigger(
        called,
        {
            "recipients": {"or": [who, {"not": {"attribute": {"field": "email", "operator": "exists"}}}]},
            "data": {"n": 1},
        },
    )
    assert status == 200
    before = await told(called, f"invoice/triggers/{said['id']}")
    assert (before["id"], before["broadcast_id"], before["processed_at"]) == (said["id"], "invoice", 0)
    while await task_work.work(called.database.pool):
        pass
    assert await entered(called, "b") == [{"n": 1}]
    after = await told(called, f"invoice/triggers/{said['id']}")
    assert after["processed_at"] >= after["created_at"] > 0
    assert await told(called, f"invoice/triggers/{said['id']}/errors") == {"errors": [], "next": ""}
    for other in ("other", "nothing"):
        assert (await told(called, f"{other}/triggers/{said['id']}"))["errors"][0]["status"] == "404"
    _, named = await trigger(called, {"ids": ["a"]})
    assert (await told(called, f"invoice/triggers/{named['id']}"))["processed_at"] > 0, "named people come in at once"
    assert await entered(called, "a") == [{}]


FILE = """{"id": "a", "data": {"n": 2}}
{"email": "b@example.com"}

{"id": "a"
{"data": {"n": 3}}
{"id": "a", "data": 7}
"""


async def test_a_file_names_people_line_by_line(called: Server) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        status = "200 OK" if head.startswith("GET /people ") else "404 Not Found"
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(FILE)}\r\nconnection: close\r\n\r\n{FILE}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        at = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        text = await fetch(Guard(allow=("127.0.0.0/8",)), f"{at}/people")
        with pytest.raises(ValueError, match="the answer was 404"):
            await fetch(Guard(allow=("127.0.0.0/8",)), f"{at}/other")
        with pytest.raises(ValueError, match="may not be reached"):
            await fetch(Guard(), f"{at}/people")
    finally:
        server.close()
        await server.wait_closed()
    asked = {"journey": "invoice", "data": {"n": 1}, "key": ""}
    async with called.database.pool.acquire() as connection:
        id = await tasks.ask(connection, called.workspace, "enter", "into invoice", asked, "test", 6, text.encode())
    while await task_work.work(called.database.pool):
        pass
    assert await entered(called, "a") == [{"n": 2}]
    assert await entered(called, "b") == [{"n": 1}]
    faults = await told(called, f"invoice/triggers/{id}/errors?limit=2")
    assert [each.split(":")[0] for each in faults["errors"]] == ["line 4", "line 5"]
    assert faults["next"] == "5"
    rest = await told(called, f"invoice/triggers/{id}/errors?start=5")
    assert rest == {"errors": ["line 6: `data` is an object"], "next": ""}


async def test_a_call_that_names_nobody_means_the_audience(called: Server) -> None:
    async with called.database.pool.acquire() as connection:
        before = await store.newest(connection, called.workspace)
    body = {key: value for key, value in before.body.items() if key != "since"}
    entry = body["journeys"]["invoice"]
    document = {**entry["document"], "audience": 'email starts with "b@"'}
    body = {**body, "journeys": {**body["journeys"], "invoice": {**entry, "document": document}}}
    await put(called.database.pool, before, body)
    assert (await trigger(called, {"data": {"n": 9}}))[0] == 200
    while await task_work.work(called.database.pool):
        pass
    assert await entered(called, "b") == [{"n": 9}]
    assert (await called.ask("/api/people/id/a/history?kind=enter")).json()["history"] == []


async def test_the_library_for_node_triggers_it(called: Server) -> None:
    async with driven("app", called.url) as sdk:
        (said,) = await sdk.send(
            called.app_key, ("triggerBroadcast", "invoice", {"month": "May"}, {"emails": ["a@example.com"]})
        )
        assert isinstance(said["answer"]["id"], int)
        (refused,) = await sdk.send(called.app_key, ("triggerBroadcast", "nothing", {}, {"ids": ["a"]}))
        assert refused["status"] == 404
    assert await entered(called, "a") == [{"month": "May"}]


async def test_a_form_of_a_web_page_begins_a_journey(live: Server) -> None:
    document = {
        "journey": "demo",
        "trigger": {"form": "demo-request", "where": "seats >= 10"},
        "steps": [{"id": "m", "set": {"asked": "{{ event.seats }}"}}],
    }
    await put(
        live.database.pool,
        InForce(live.workspace),
        {"journeys": {"demo": {"version": 1, "status": "live", "document": document}}},
    )
    given = await live.client.post(
        f"/forms/{live.public_key}/demo-request",
        data={"email": "eve@example.com", "seats": "12", "_redirect": "/thanks"},
        headers={"referer": "https://shop.example/demo"},
    )
    assert (given.status_code, given.headers["location"]) == (303, "https://shop.example/thanks")
    said = await until(live, "/api/people/email/eve@example.com", lambda said: "asked" in said.get("attributes", {}))
    assert said["attributes"]["asked"] == "12"
    wrong = await live.client.post(f"/forms/{live.public_key}/demo-request", data={"seats": "1"})
    assert (wrong.status_code, wrong.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert (await live.client.get(f"/forms/{live.public_key}/demo-request")).status_code == 405
