"""People are let into a journey over HTTP: who comes in, with what data, and how often."""

from typing import Any

import pytest

from tests.api.serving import Server
from tests.api.test_manage import until
from tidings.project.apply import put
from tidings.project.entering import Entering, of_lines
from tidings.project.store import InForce

TEMPLATE = {"version": 1, "format": "html", "text": "---\nchannel: email\nsubject: Hello\n---\nHello"}


@pytest.fixture
async def called(live: Server) -> Server:
    """A journey that begins from the API and one that does not, and two people."""
    steps = [{"id": "m", "send": "hello"}]
    journeys = {
        name: {"version": 1, "status": "live", "document": {"journey": name, "trigger": trigger, "steps": steps} | more}
        for name, trigger, more in (
            ("invoice", {"api": True}, {"reenter": "always"}),
            ("other", {"event": "Go"}, {}),
        )
    }
    await put(live.database.pool, InForce(live.workspace), {"templates": {"hello": TEMPLATE}, "journeys": journeys})
    for user in ("a", "b"):
        traits = {"email": f"{user}@example.com"}
        await live.post("/v1/identify", {"userId": user, "traits": traits, "messageId": f"m{user}"})
        await until(live, f"/api/people/id/{user}", lambda said: "person" in said)
    return live


async def entered(server: Server, user: str) -> list[Any]:
    """What calls brought, the oldest first, once there is any."""
    said = await until(server, f"/api/people/id/{user}/history?kind=enter", lambda said: said["history"])
    return [row["data"] for row in reversed(said["history"])]


async def test_people_come_in_with_their_data_once_a_key(called: Server) -> None:
    enter = "/api/journeys/invoice/enter"
    call = {"people": [{"id": "a", "data": {"n": 2}}, {"email": "b@example.com"}, {"id": "nobody"}], "data": {"n": 1}}
    for _ in range(2):
        given = await called.ask(enter, "POST", json={**call, "idempotency_key": "k1"})
        assert (given.status_code, given.json()) == (200, {"journey": "invoice", "accepted": 3, "task": None})
    await called.ask(enter, "POST", json={"id": "a", "data": {"n": 3}})
    await until(called, "/api/people/id/a/deliveries", lambda said: len(said["deliveries"]) == 2)
    assert await entered(called, "a") == [{"n": 2}, {"n": 3}]
    assert await entered(called, "b") == [{"n": 1}]
    rejected = (await called.ask("/api/rejected")).json()["rejected"]
    assert [each["reason"] for each in rejected] == ["there is no such person"]
    assert (await called.ask("/api/people/id/nobody")).status_code == 404


async def test_somebody_named_twice_comes_in_with_each_data(called: Server) -> None:
    people = [{"id": "a", "data": {"n": 1}}, {"id": "a", "data": {"n": 2}}, {"id": "a", "data": {"n": 2}}]
    for _ in range(2):
        await called.ask("/api/journeys/invoice/enter", "POST", json={"people": people, "idempotency_key": "k1"})
    await called.ask("/api/journeys/invoice/enter", "POST", json={"id": "a", "data": {"n": 3}})
    history = "/api/people/id/a/history?kind=enter"
    await until(called, history, lambda said: any(row["data"] == {"n": 3} for row in said["history"]))
    assert sorted(each["n"] for each in await entered(called, "a")) == [1, 2, 2, 3]


def test_lines_of_a_file_are_entries_of_their_own_where_they_say_something_else() -> None:
    entering = Entering(1, 7, {"journey": "invoice", "data": {"all": 1}})
    lines = [
        '{"id": "a"}',
        '{"id": "a", "data": {"n": 1}}',
        '{"data": {"n": 2}, "id": "a"}',
        '{"id": "a", "data": {"n": 2}}',
    ]
    ids = [record.id for record in of_lines(entering, lines, "", 0, 10).records]
    assert len(set(ids)) == 3
    assert ids[2] == ids[3]
    assert [record.id for record in of_lines(entering, lines, "2", 0, 10).records] == ids[2:]


@pytest.mark.parametrize(
    ("journey", "body", "status", "says"),
    [
        ("invoic", {"id": "a"}, 404, "there is no journey"),
        ("other", {"id": "a"}, 409, "does not begin from the API"),
        ("invoice", {}, 400, "says who it is"),
        ("invoice", {"id": "a", "email": "a@example.com"}, 400, "one of `id`"),
        ("invoice", {"people": []}, 400, "a list of 1 to"),
        ("invoice", {"people": [{"id": "a"}, 7]}, 400, "people[1]"),
        ("invoice", {"id": "a", "data": [1]}, 400, "`data` is an object"),
        ("invoice", {"id": "a", "data": {"x": "y" * 40_000}}, 400, "more than 32 kB"),
        ("invoice", {"id": "a", "idempotency_key": 1}, 400, "`idempotency_key` is a text"),
    ],
)
async def test_what_is_wrong_is_said(
    called: Server, journey: str, body: dict[str, Any], status: int, says: str
) -> None:
    given = await called.ask(f"/api/journeys/{journey}/enter", "POST", json=body)
    assert given.status_code == status
    assert says in given.json()["error"]
