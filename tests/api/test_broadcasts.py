"""Customer.io's broadcast trigger and plain HTML forms, over HTTP."""

from typing import Any

from tests.api.serving import Server
from tests.api.test_entries import called, entered
from tests.api.test_manage import until
from tests.sdks.node import driven
from tidings.api.broadcasts import people_of
from tidings.project.apply import put
from tidings.project.store import InForce

__all__ = ["called"]


async def trigger(server: Server, body: Any, id: str = "invoice", key: str | None = None) -> tuple[int, Any]:
    headers = {"authorization": f"Bearer {server.app_key if key is None else key}"}
    given = await server.client.post(f"/v1/campaigns/{id}/triggers", json=body, headers=headers)
    return given.status_code, given.json()


async def test_a_trigger_lets_people_in_and_refusals_have_its_own_form(called: Server) -> None:
    status, said = await trigger(called, {"ids": ["a", "nobody"], "data": {"n": 1}})
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
        ({}, "invoice", None, 422, "people are named by"),
        ({"recipients": {"segment": {"id": 1}}}, "invoice", None, 422, "`recipients`"),
        ({"ids": [], "emails": []}, "invoice", None, 422, "people are named by"),
    ):
        given = await trigger(called, body, id, key)
        assert given[0] == status, given
        assert words in given[1]["errors"][0]["detail"]
        assert given[1]["errors"][0]["status"] == str(status)


def test_an_email_comes_in_once_unless_twice_is_asked_for() -> None:
    emails = {"emails": ["a@example.com", "A@example.com"]}
    assert len(people_of(emails)[0]) == 1
    assert len(people_of(emails | {"email_add_duplicates": True})[0]) == 2


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
