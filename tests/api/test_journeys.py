"""Journeys over the management API: the list, one with its numbers, who waits at a step, and what the canvas asks for."""

import pytest

from tests.api.serving import Server
from tests.api.test_manage import until
from tidings.project.apply import put
from tidings.project.store import InForce, newest

STEPS = [
    {"id": "pause", "wait": "3 days"},
    {"id": "who", "branch": [{"when": 'plan = "pro"', "steps": [{"id": "later", "wait": "1 day"}]}, {"otherwise": []}]},
]
DOCUMENT = {"journey": "welcome", "name": "Welcome", "trigger": {"event": "Signed Up"}, "steps": STEPS}
BODY = {"journeys": {"welcome": {"version": 4, "status": "live", "document": DOCUMENT}}}


@pytest.fixture
async def welcomed(live: Server) -> Server:
    """A journey, and three people who wait at its first step."""
    await put(live.database.pool, InForce(live.workspace), BODY)
    for n in range(3):
        await live.post("/v1/identify", {"userId": f"u{n}", "traits": {"email": f"u{n}@example.com", "name": f"U {n}"}})
        await live.post("/v1/track", {"userId": f"u{n}", "event": "Signed Up"})
    await until(live, "/api/journeys", lambda said: said["journeys"][0]["inside"] == 3)
    return live


async def test_a_journey_is_listed_and_read_with_its_numbers(welcomed: Server) -> None:
    (listed,) = (await welcomed.ask("/api/journeys")).json()["journeys"]
    assert listed.pop("changed"), "when it was published"
    brief = {
        "journey": "welcome",
        "name": "Welcome",
        "version": 4,
        "status": "live",
        "inside": 3,
        "entered": 3,
        "draft": False,
        "shadow": False,
    }
    assert listed == brief
    found = (await welcomed.ask("/api/journeys/welcome")).json()
    assert found["document"] == DOCUMENT
    assert (found["inside"], found["entered"], found["done"]) == (3, 3, 0)
    assert [(each["step"], each["waiting"]) for each in found["steps"]] == [("pause", 3), ("who", 0), ("later", 0)]
    missing = await welcomed.ask("/api/journeys/nothing")
    assert missing.status_code == 404
    assert missing.json()["code"] == "no_journey"


async def test_a_step_that_is_gone_is_known_while_somebody_stands_there(welcomed: Server) -> None:
    async with welcomed.database.pool.acquire() as connection:
        before = await newest(connection, welcomed.workspace)
    assert (await welcomed.ask("/api/journeys/welcome")).json()["older"] == []
    document = DOCUMENT | {"steps": STEPS[1:]}
    entry = {"version": 5, "status": "live", "document": document, "history": {"4": DOCUMENT, "5": document}}
    await put(welcomed.database.pool, before, {"journeys": {"welcome": entry}})
    assert (await welcomed.ask("/api/journeys/welcome")).json()["older"] == [STEPS[0]]


async def test_who_waits_at_a_step_is_listed_page_by_page(welcomed: Server) -> None:
    people, after = [], ""
    for _ in range(3):
        path = f"/api/journeys/welcome/steps/pause/people?limit=2&after={after}"
        said = (await welcomed.ask(path)).json()
        people += [each["email"] for each in said["people"]]
        after = said["next"]
        if after is None:
            break
    assert sorted(people) == [f"u{n}@example.com" for n in range(3)]
    assert (await welcomed.ask("/api/journeys/welcome/steps/later/people")).json() == {"people": [], "next": None}
    assert (await welcomed.ask("/api/journeys/welcome/steps/pause/people?after=zz")).status_code == 400


async def test_every_kind_says_what_it_asks_for(server: Server) -> None:
    forms = (await server.ask("/api/forms")).json()
    assert forms["steps"]["wait"]["fields"][0]["ask"] == "duration"
    assert {"event", "segment"} <= forms["triggers"].keys()
    assert {"sort": "list"} in forms["steps"]["wait_until"]["fields"][0]["also"]
