"""Behind each number stand as many people as it says, page by page, by step, version, hour and reason."""

import time
from collections import Counter

import pytest

from tests.api.serving import Server
from tests.api.test_manage import until
from tidings.history.body import unpack
from tidings.history.numbers import ROLLED, Numbers, read, roll
from tidings.kernel.ids import show_delivery
from tidings.kernel.times import DAY, HOUR, show_iso
from tidings.project import behind
from tidings.project.apply import put
from tidings.project.store import InForce

STEPS = [
    {"id": "hello", "send": "hello"},
    {
        "id": "who",
        "branch": [
            {"when": 'plan = "pro"', "steps": [{"id": "later", "wait": "1 day"}]},
            {"otherwise": [{"id": "enough", "exit": True}]},
        ],
    },
]
DOCUMENT = {
    "journey": "welcome",
    "trigger": {"event": "Signed Up"},
    "audience": "email is present",
    "exit": 'plan = "none"',
    "steps": STEPS,
}
BODY = {
    "settings": {"sender": "team", "senders": {"team": {"email": "team@example.com"}}},
    "journeys": {"welcome": {"version": 4, "status": "live", "document": DOCUMENT}},
    "templates": {"hello": {"version": 1, "format": "text", "text": "---\nchannel: email\nsubject: Hi\n---\nHi!"}},
}


@pytest.fixture
async def counted(live: Server) -> Server:
    """Eight people: two without an email, half of the others on the plan that waits, one of whom leaves."""
    await put(live.database.pool, InForce(live.workspace), BODY)
    for n in range(8):
        traits = {"plan": "pro" if n % 2 else "free"} | ({"email": f"u{n}@example.com"} if n < 6 else {})
        await live.post("/v1/identify", {"userId": f"u{n}", "traits": traits})
        await live.post("/v1/track", {"userId": f"u{n}", "event": "Signed Up"})
    await until(live, "/api/journeys/welcome", lambda said: said["entered"] == 6 and said["refused"] == 2)
    await live.post("/v1/identify", {"userId": "u1", "traits": {"plan": "none"}})
    await until(live, "/api/journeys/welcome", lambda said: said["inside"] == 2)
    return live


async def listed(server: Server, query: str, limit: int = 4) -> list[str]:
    """All pages of a list, as ids."""
    found, after = [], ""
    while True:
        said = await server.ask(f"/api/journeys/welcome/people?limit={limit}&after={after}&{query}")
        assert said.status_code == 200, said.text
        found += [each["id"] for each in said.json()["people"]]
        after = said.json()["next"]
        if after is None:
            return found


async def test_as_many_stand_behind_a_number_as_it_says(counted: Server) -> None:
    page = (await counted.ask("/api/journeys/welcome")).json()
    assert sorted(await listed(counted, "what=entered")) == [f"u{n}" for n in range(6)]
    assert sorted(await listed(counted, "what=entered&version=4", 1)) == [f"u{n}" for n in range(6)]
    assert await listed(counted, "what=entered&version=3") == []
    assert sorted(await listed(counted, "what=refused")) == ["u6", "u7"]
    assert await listed(counted, "what=refused&reason=something+else") == []
    assert await listed(counted, "what=left&step=later") == ["u1"]
    assert await listed(counted, "what=left") == []
    assert {each["step"]: each["left"] for each in page["steps"]} == {"hello": 0, "who": 0, "later": 1, "enough": 3}
    assert sorted(await listed(counted, "what=inside&step=later")) == ["u3", "u5"]
    for query, expected in (
        ("what=entered&q=u3", ["u3"]),
        ("what=entered&q=u", [f"u{n}" for n in range(6)]),
        ("what=entered&q=u6", []),
        ("what=entered&q=nobody", []),
        ("what=inside&q=u5@", ["u5"]),
        ("what=inside&step=later&q=u3", ["u3"]),
        ("what=came&step=later&q=u1", ["u1"]),
    ):
        assert sorted(await listed(counted, query, 1)) == expected
    for limit in (1, 2, 4):
        assert sorted(await listed(counted, "what=inside", limit)) == ["u3", "u5"]
        for what in ("inside", "inside&step=later", "entered"):
            oldest = await listed(counted, f"what={what}&sort=since", limit)
            newest = await listed(counted, f"what={what}&sort=-since", limit)
            assert oldest == newest[::-1] == sorted(oldest), "they came one after the other"
            assert await listed(counted, f"what={what}&sort=name", limit) == sorted(oldest)
    assert sorted(["Zoë", "Émile", "emil", "Emma", "Ärne"], key=behind._plain) == [
        "Ärne",
        "emil",
        "Émile",
        "Emma",
        "Zoë",
    ]
    assert await listed(counted, "what=inside&version=3") == []
    everywhere = (await counted.ask("/api/journeys/welcome/people?what=inside")).json()["people"]
    assert {each["step"] for each in everywhere} == {"later"}
    for step in page["steps"]:
        for what in ("passed", "left"):
            assert len(await listed(counted, f"what={what}&step={step['step']}")) == step[what]
    (gone,) = (await counted.ask("/api/journeys/welcome/people?what=left&step=later")).json()["people"]
    assert (gone["email"], gone["version"]) == ("u1@example.com", 4)
    assert 'plan = "none"' in gone["why"]
    hour = show_iso((int(await counted.database.pool.fetchval("SELECT max(hour) FROM step_numbers"))) + HOUR)
    assert await listed(counted, f"what=entered&since={hour}") == []
    assert len(await listed(counted, f"what=entered&until={hour}")) == 6
    for query, status in (
        ("what=nothing", 409),
        ("what=entered&sort=age", 409),
        ("what=entered&sort=name&after=ff", 409),
        ("what=entered&after=00", 409),
        ("what=inside&after=zz", 409),
        (f"what=inside&after={'00' * 17}ff", 409),
        ("what=entered&since=soon", 400),
    ):
        assert (await counted.ask(f"/api/journeys/welcome/people?{query}")).status_code == status


async def test_more_than_can_be_put_in_order_are_listed_as_they_come(
    counted: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for most, ordered in ((6, True), (5, False)):
        monkeypatch.setattr(behind, "ORDERED", most)
        monkeypatch.setattr(behind, "_AT_ONCE", 4)
        said = (await counted.ask("/api/journeys/welcome/people?what=entered&sort=name&limit=3")).json()
        assert said["ordered"] is ordered
        assert sorted(await listed(counted, "what=entered&sort=name")) == [f"u{n}" for n in range(6)]


async def test_messages_are_listed_by_what_became_of_them(counted: Server) -> None:
    pool = counted.database.pool
    await pool.execute("UPDATE deliveries SET sent_at = due, state = 'sent'")
    await pool.execute(
        "UPDATE deliveries SET opened_at = due + 1 WHERE person IN (SELECT person FROM deliveries ORDER BY id LIMIT 2)"
    )
    assert sorted(await listed(counted, "what=sent&step=hello")) == [f"u{n}" for n in range(6)]
    assert len(await listed(counted, "what=opened&step=hello", 1)) == 2
    assert await listed(counted, "what=sent&step=hello&q=u4", 1) == ["u4"]
    assert await listed(counted, "what=clicked&step=hello") == []
    (first, *_) = (await counted.ask("/api/journeys/welcome/people?what=sent&step=hello")).json()["people"]
    assert (await counted.ask(f"/api/deliveries/{first['delivery']}")).status_code == 200


async def test_hours_are_rolled_up_into_days_and_the_list_behind_them_stays(counted: Server) -> None:
    pool, past = counted.database.pool, ROLLED + 2 * DAY
    before = sorted(await listed(counted, "what=entered"))
    async with pool.acquire() as connection:
        await connection.execute("UPDATE step_numbers SET hour = hour - $1", past)
        await connection.execute("UPDATE history SET time = time - $1 WHERE kind = 21", past)
        now = int(await connection.fetchval("SELECT max(hour) FROM step_numbers")) + past
        old = Numbers()
        old.add(counted.workspace, "welcome", 4, "later", "arrived", now - past + 3 * HOUR)
        await old.write(connection, 7)
        whole = await read(connection, counted.workspace, "welcome")
        assert await roll(connection, range(64), now) > 0
        assert await roll(connection, range(64), now) == 0, "once"
        assert await read(connection, counted.workspace, "welcome") == whole
        hours = {each.hour for each in await read(connection, counted.workspace, "welcome", hourly=True)}
    assert all(hour % DAY == 0 for hour in hours)
    assert sorted(await listed(counted, "what=entered")) == before


GOAL = {
    **DOCUMENT,
    "goal": {"event": "Bought", "within": "7 days", "credit": "any opened"},
    "steps": [{"id": "hello", "send": "hello"}, {"id": "later", "wait": "7 days"}],
}


async def test_who_reached_the_goal_is_listed_whole_and_by_the_message_that_is_credited(live: Server) -> None:
    body = {**BODY, "journeys": {"welcome": {"version": 1, "status": "live", "document": GOAL}}}
    await put(live.database.pool, InForce(live.workspace), body)
    for n in range(3):
        await live.post("/v1/identify", {"userId": f"u{n}", "traits": {"email": f"u{n}@example.com"}})
        await live.post("/v1/track", {"userId": f"u{n}", "event": "Signed Up"})
    await until(live, "/api/journeys/welcome", lambda said: said["inside"] == 3)
    for row in await live.database.fetch("SELECT partition, id FROM deliveries ORDER BY person LIMIT 2"):
        received = {"delivery_id": show_delivery(row[0], row[1]), "metric": "opened", "timestamp": int(time.time())}
        assert (await live.client.post("/api/v1/metrics", json=received)).status_code == 200
    await until(live, "/api/journeys/welcome", lambda said: said["steps"][0]["opened"] == 2)
    for n in range(3):
        await live.post("/v1/track", {"userId": f"u{n}", "event": "Bought"})
    page = await until(live, "/api/journeys/welcome", lambda said: said["converted"] == 3)
    assert sorted(await listed(live, "what=converted")) == ["u0", "u1", "u2"]
    assert await listed(live, "what=converted&q=u1") == ["u1"]
    assert page["steps"][0]["converted"] == 2, "whose mail was opened"
    assert not page["counting"], "nobody came in before its goal was so"
    credited = {each["step"]: each["converted"] for each in page["steps"]}
    for step, count in credited.items():
        assert len(await listed(live, f"what=converted&step={step}")) == count
    hours = (await live.ask("/api/journeys/welcome?hourly=true")).json()["hours"]
    assert sum(each["count"] for each in hours if each["what"] == "converted" and not each["step"]) == 3
    assert sum(each["count"] for each in hours if each["what"] == "converted" and each["step"]) == sum(
        credited.values()
    )
    assert (await live.post("/v1/track", {"userId": "u1", "event": "User Deleted"})).status_code == 200
    await until(live, "/api/journeys/welcome/people?what=converted", lambda said: len(said["people"]) == 2)
    assert await live.database.fetchval("SELECT count(*) FROM conversions WHERE person = ''") == 1, (
        "whose it was is gone"
    )
    assert (await live.ask("/api/journeys/welcome")).json()["converted"] == 3, "what was counted stays"


async def test_who_came_to_a_step_went_from_it_or_is_there(counted: Server) -> None:
    page = (await counted.ask("/api/journeys/welcome?hourly=true")).json()
    steps = {each["step"]: each for each in page["steps"]}
    assert {step: each["came"] for step, each in steps.items()} == {"hello": 6, "who": 6, "later": 3, "enough": 3}
    assert {step: each["left_by"] for step, each in steps.items() if each["left"]} == {
        "later": {"exited": 1},
        "enough": {"done": 3},
    }
    for limit in (1, 2, 50):
        for step, each in steps.items():
            came = await listed(counted, f"what=came&step={step}", limit)
            assert len(came) == len(set(came)) == each["came"], (limit, step)
    assert sorted(await listed(counted, "what=came&step=later", 1)) == ["u1", "u3", "u5"]
    whole = (await counted.ask("/api/journeys/welcome/people?what=came&step=later&limit=3")).json()
    assert (len(whole["people"]), whole["next"]) == (3, None), "those who are there, then those who were"
    told = await moves_told(counted)
    assert await listed(counted, "what=dropped&step=hello") == ["u1"], "their mail was taken back with their run"
    told[4, "hello", "dropped"] = 1
    assert {(each["version"], each["step"], each["what"]): each["count"] for each in page["hours"]} == told
    (version,) = {version for version, _, _ in told}
    same = (await counted.ask(f"/api/journeys/welcome?version={version}")).json()
    assert (same["entered"], [each["came"] for each in same["steps"]]) == (6, [each["came"] for each in page["steps"]])
    none = (await counted.ask("/api/journeys/welcome?version=3")).json()
    assert (none["entered"], {each["came"] for each in none["steps"]}) == (0, {0})
    hour = show_iso(int(await counted.database.pool.fetchval("SELECT max(hour) FROM step_numbers")) + HOUR)
    later = (await counted.ask(f"/api/journeys/welcome?since={hour}&hourly=true")).json()
    assert (later["entered"], later["hours"], {each["came"] for each in later["steps"]}) == (0, [], {None})
    assert (await counted.ask("/api/journeys/welcome?since=soon")).status_code == 400


async def moves_told(server: Server) -> Counter[tuple[int, str, str]]:
    """The same, added up from history."""
    rows = await server.database.fetch("SELECT body FROM history WHERE kind = 21")
    said = [unpack(body) for (body,) in rows]
    return Counter((each["version"], each["step"], each["what"]) for each in said)
