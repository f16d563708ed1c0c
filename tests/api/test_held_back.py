"""What holds a journey back, over HTTP with a worker and a sender: its door, its rates, a ramp that stops by itself, a control group."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.api.sending import developing
from tests.api.serving import Server
from tests.api.test_editing import FIRST, ask
from tests.api.test_manage import until
from tests.api.test_management import enter
from tests.conftest import Database
from tidings.kernel.ids import read as read_id
from tidings.kernel.share import in_share
from tidings.kernel.times import HOUR, MINUTE, show_iso
from tidings.project import ramp, recounting
from tidings.project.apply import put
from tidings.project.store import InForce, newest

WAIT = {"id": "w", "wait": "9 days"}
HELLO = {
    "id": "hello",
    "send": "hello",
}
SETTINGS = {
    "workspace": "production",
    "channels": {"email": {"provider": "mailbox"}},
    "sender": "team",
    "senders": {"team": {"email": "team@example.com"}},
    "brand": {"name": "Acme", "address": "1 Main Street"},
}


def template(text: str) -> dict[str, Any]:
    front = "---\nchannel: email\nsubject: Hi\n---\n"
    return {"version": 1, "format": "text", "text": front + text + "\n\n{% unsubscribe_url %}"}


async def begin(server: Server, text: str = "Hello", **settings: Any) -> None:
    body = {"settings": SETTINGS | settings, "templates": {"hello": template(text)}}
    await put(server.database.pool, InForce(server.workspace), body)


async def publish(browser: httpx.AsyncClient, id: str, *steps: Any, ramp: str = "", **more: Any) -> None:
    """As the canvas does it: a draft, its plan, and then that."""
    document = {"journey": id, "trigger": {"event": "Go"}, "steps": [*steps, WAIT], **more}
    said = await browser.put(f"/api/drafts/journey/{id}", json={"body": document}, headers=FIRST)
    assert said.status_code == 200, said.text
    plan = await ask(browser, f"{id}/plan", ramp=ramp)
    await ask(browser, f"{id}/publish", over=plan["over"], revision=plan["revision"], ramp=ramp)


async def come(server: Server, count: int) -> list[str]:
    """So many people do what begins the journeys; gives their ids of the installation."""
    for n in range(count):
        await server.post("/v1/identify", {"userId": f"u{n}", "traits": {"email": f"u{n}@example.com"}})
        await server.post("/v1/track", {"userId": f"u{n}", "event": "Go"})
    said = await until(server, f"/api/people?limit={count}", lambda said: len(said["people"]) == count)
    return [each["person"] for each in said["people"]]


def now() -> int:
    return time.time_ns() // 1000


async def wait(fact: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await fact():
            await asyncio.sleep(0.02)


async def test_doors_and_rates_let_through_only_so_many(database: Database) -> None:
    async with developing(database) as server, enter(server, "ada@example.com") as browser:
        await begin(server)
        await publish(browser, "rate", limits={"entry": "2 per hour"})
        await publish(browser, "strict", limits={"entry": "2 per hour", "over": "refuse"})
        await publish(browser, "room", limits={"at_once": 3}, exit='did "Stop" since entry')
        await publish(browser, "mail", HELLO, limits={"send": "2 per hour"})  # one each half hour
        await come(server, 5)
        await until(server, "/api/journeys/rate", lambda said: (said["inside"], said["queued"]) == (2, 3))
        await until(server, "/api/journeys/strict", lambda said: (said["entered"], said["refused"]) == (2, 3))
        await until(server, "/api/journeys/room", lambda said: (said["inside"], said["queued"]) == (3, 2))
        await until(server, "/api/journeys/mail", lambda said: said["entered"] == 5)

        async def spread() -> bool:
            rows = await database.fetch("SELECT state, next_attempt - due > $1 FROM deliveries", MINUTE)
            found = [tuple(row) for row in rows]
            sent = found.count(("sent", False))
            return sent in (1, 2) and found.count(("planned", True)) == 5 - sent

        await wait(spread)
        inside = (await server.ask("/api/journeys/room/people?what=inside&step=w")).json()["people"]
        for each in inside[:2]:
            await server.post("/v1/track", {"userId": each["id"], "event": "Stop"})
        await until(server, "/api/journeys/room", lambda said: (said["entered"], said["queued"]) == (5, 0))
        for id, inside in (("rate", 2), ("strict", 2), ("room", 3)):
            assert (await server.ask(f"/api/journeys/{id}")).json()["inside"] == inside, "and no more than that"


async def test_a_ramp_lets_in_its_shares_and_stops_by_itself(database: Database) -> None:
    async with developing(database) as server, enter(server, "ada@example.com") as browser:
        await begin(server)
        await publish(browser, "r", HELLO, ramp="1% for 1 hour, 10% for 1 day, 50% for 1 day")
        people = [read_id(each) for each in await come(server, 40)]

        async def inside(share: float) -> list[str]:
            """Wait until those of the share are in and written to, and all others stand before the door; gives the messages."""
            count = sum(in_share(share, "ramp", server.workspace, "r", each or b"") for each in people)
            await until(server, "/api/journeys/r", lambda said: (said["inside"], said["queued"]) == (count, 40 - count))
            rows: list[Any] = []

            async def tried() -> bool:
                rows[:] = await database.fetch("SELECT id FROM deliveries WHERE state IN ('sent', 'failed')")
                return len(rows) == count

            await wait(tried)
            listed = (await server.ask("/api/deliveries?limit=100")).json()["deliveries"]
            return [each["id"] for each in listed]

        async def stopped(why: str) -> None:
            """Wait until so much is counted that it stops; and let it go on."""

            async def stops() -> bool:
                return await ramp.watch(database.pool) == ["r"]

            await wait(stops)
            state = (await browser.get("/api/journeys/r/ramp")).json()
            assert why in state["stopped"]
            assert (await server.ask("/api/journeys/r")).json()["status"] == "paused"
            assert (await browser.post("/api/journeys/r/ramp", json={})).status_code == 409
            said = await browser.post("/api/journeys/r/ramp", json={"resume": True})
            assert (said.status_code, said.json()["stopped"]) == (200, "")
            assert (await server.ask("/api/journeys/r")).json()["status"] == "live"

        await inside(0.01)
        assert (await browser.post("/api/journeys/r/ramp", json={})).json()["share"] == "10%"
        await inside(0.1)
        assert (await browser.post("/api/journeys/r/ramp", json={"to": "50%"})).json()["share"] == "50%"
        mails = await inside(0.5)
        assert await ramp.watch(database.pool) == [], "nothing went wrong"
        for metric, why in (("bounced", "came back"), ("spammed", "brought a complaint")):
            for mail in mails[:3] if metric == "bounced" else mails[3:6]:
                said = await server.client.post("/api/v1/metrics", json={"delivery_id": mail, "metric": metric})
                assert said.status_code == 200, said.text
            await stopped(why)

        async with database.pool.acquire() as connection:
            before = await newest(connection, server.workspace)
        broken = {**before.body, "templates": {"hello": {**template("{{ customer.x | divided_by: 0 }}"), "version": 2}}}
        await put(database.pool, before, broken)
        assert (await browser.post("/api/journeys/r/ramp", json={"to": "95%"})).json()["share"] == "95%"
        await inside(0.95)
        await stopped("could not be made or handed over")
        assert (await browser.post("/api/journeys/r/ramp", json={"to": "100%"})).json()["share"] == "100%"
        await until(server, "/api/journeys/r", lambda said: (said["inside"], said["queued"]) == (40, 0))


async def behind(server: Server, what: str, step: str = "") -> list[str]:
    """Who stands behind a number of the journey `h`."""
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        said = await server.ask(f"/api/journeys/h/people?what={what}&step={step}&limit=7&after={after}")
        assert said.status_code == 200, said.text
        found += [each["id"] for each in said.json()["people"]]
        after = said.json()["next"]
    return sorted(found)


async def test_a_holdout_shows_what_the_journey_did(database: Database) -> None:
    """Half get no mail: all who got one buy, and one who did not."""
    async with developing(database) as server, enter(server, "ada@example.com") as browser:
        await begin(server, control_group="50%")
        await publish(browser, "h", HELLO, goal={"rule": 'did "Bought" since entry', "within": "30 days"})
        await come(server, 40)
        await until(server, "/api/journeys/h", lambda said: said["entered"] == 40)
        control = [
            each["id"]
            for each in (await server.ask("/api/people?limit=40")).json()["people"]
            if (await server.ask(f"/api/people/id/{each['id']}")).json()["control_group"]
        ]
        treated = sorted({f"u{n}" for n in range(40)} - set(control))
        for user in (*treated, control[0]):
            await server.post("/v1/track", {"userId": user, "event": "Bought"})
        said = await until(server, "/api/journeys/h", lambda said: said["converted"] == len(treated) + 1)
        assert said["compared"] == {
            "treated": len(treated),
            "treated_converted": len(treated),
            "control": len(control),
            "control_converted": 1,
            "lift": pytest.approx(len(control) - 1),
            "sure": True,
        }
        assert await behind(server, "entered_treated") == treated
        assert await behind(server, "entered_control") == sorted(control)
        assert await behind(server, "converted_treated") == treated
        assert await behind(server, "converted_control") == [control[0]]


async def test_a_splits_holdout_is_told_apart_and_shows_what_came_after_it(database: Database) -> None:
    """Half are held out. Some buy before the split, which says nothing of it; a loop leads the others through it twice, who count once."""
    goal = {"rule": 'did "Bought" since entry', "within": "30 days"}
    split = {"id": "proof", "split": [{"share": 50, "steps": []}, {"holdout": 50, "name": "nothing"}]}
    asks = {"id": "asks", "wait_until": 'did "Ready" since entry'}
    again = {"id": "again", "go_to": "proof", "at_most": "once"}
    async with developing(database) as server, enter(server, "ada@example.com") as browser:
        await begin(server)
        await publish(browser, "h", asks, split, again, HELLO, goal=goal)
        await come(server, 40)
        await server.post("/v1/track", {"userId": "u0", "event": "Bought"})
        await until(server, "/api/journeys/h", lambda said: said["converted"] == 1)
        for n in range(40):
            await server.post("/v1/track", {"userId": f"u{n}", "event": "Ready"})

        def drawn(said: Any) -> bool:
            [one] = said["held_out"] or [{"treated": 0, "control": 0}]
            return bool(one["treated"] + one["control"] == 40)

        page = await until(server, "/api/journeys/h", drawn)
        listed = (await server.ask("/api/journeys/h/people?what=held_out&step=proof&limit=100")).json()["people"]
        held = {each["id"] for each in listed}
        went = {f"u{n}" for n in range(40)} - held
        [step] = [each for each in page["steps"] if each["step"] == "proof"]
        assert step["left_by"] == {"held_out": len(held)}
        assert page["done"] == 0, "nobody who is held out went through to the end"
        assert {each["why"] for each in listed} == {"held out (nothing)"}
        assert (await server.ask("/api/reports/journeys/h")).json()["done"] == 0
        someone = next(iter(held))
        why = (await server.ask(f"/api/people/id/{someone}/why/h")).json()
        assert why["answer"].startswith("The person was held out of h at "), why
        buyers = [*sorted(went - {"u0"}), sorted(held - {"u0"})[0]]
        for user in buyers:
            await server.post("/v1/track", {"userId": user, "event": "Bought"})
        expected = {
            "step": "proof",
            "treated": len(went),
            "treated_converted": len(went - {"u0"}),
            "control": len(held),
            "control_converted": 1,
            "lift": pytest.approx(len(went - {"u0"}) / len(went) * len(held) - 1),
            "sure": True,
        }
        said = await until(server, "/api/journeys/h", lambda said: said["converted"] == len(buyers) + 1)
        assert said["held_out"] == [expected]
        assert said["compared"] is None
        sides = {
            "drawn": sorted(went),
            "held_out": sorted(held),
            "converted_drawn": sorted(went - {"u0"}),
            "converted_held_out": [sorted(held - {"u0"})[0]],
        }
        assert {what: await behind(server, what, "proof") for what in sides} == sides
        assert await behind(server, "held_out") == sorted(held)

        edited = {**goal, "within": "29 days"}
        await publish(browser, "h", asks, split, again, HELLO, goal=edited)

        async def counts() -> bool:
            found = await recounting.due(database.pool, time.time_ns() // 1000)
            return bool(found) and await recounting.count(database.pool, *found[0])

        await wait(counts)
        said = await until(server, "/api/journeys/h", lambda said: said["converted"] == len(buyers) + 1)
        assert said["held_out"] == [expected], "counted again from history"
        assert {what: await behind(server, what, "proof") for what in sides} == sides


async def test_what_a_pause_held_goes_as_soon_as_it_ends_and_no_faster_than_its_rate(database: Database) -> None:
    async with developing(database) as server, enter(server, "ada@example.com") as browser:
        await begin(server)
        await publish(browser, "p", HELLO)

        async def states() -> list[tuple[str, int]]:
            rows = await database.fetch("SELECT state, next_attempt - $1 FROM deliveries ORDER BY due", now())
            return [tuple(row) for row in rows]

        async def held(count: int) -> None:
            async def holds() -> bool:
                found = [(state, wait) for state, wait in await states() if state != "sent"]
                return len(found) == count and all(wait > MINUTE // 2 for _, wait in found)

            await wait(holds)

        assert (await browser.post("/api/sending/stop", json={"reason": "nobody is written to yet"})).status_code == 200
        await come(server, 4)
        await until(server, "/api/journeys/p", lambda said: said["inside"] == 4)
        assert (await browser.post("/api/journeys/p/pause", json={})).status_code == 200
        later = "(SELECT id, row_number() OVER (ORDER BY id DESC) AS n FROM deliveries) AS l"  # one after the other, in the pause
        await database.execute(f"UPDATE deliveries d SET due = $1 + l.n FROM {later} WHERE l.id = d.id", now())
        assert (await browser.post("/api/sending/resume", json={"held": "send"})).status_code == 200
        await held(4)
        said = await browser.post("/api/journeys/p/resume", json={"held": "send", "rate": "1 per hour"})
        assert said.status_code == 200, said.text

        async def first() -> bool:
            found = await states()
            return found[0][0] == "sent" and all(wait > 55 * MINUTE for _, wait in found[1:])

        await wait(first)
        assert (await browser.post("/api/journeys/p/pause", json={})).status_code == 200
        await database.execute("UPDATE deliveries SET next_attempt = 0 WHERE state = 'planned'")  # an hour is over
        await held(3)
        assert (await browser.post("/api/journeys/p/close", json={})).status_code == 200

        async def all_went() -> bool:
            return [state for state, _ in await states()] == ["sent"] * 4

        await wait(all_went)


async def test_a_message_that_waits_while_all_sending_is_stopped_says_so(database: Database) -> None:
    async with developing(database) as server, enter(server, "ada@example.com") as browser:
        await begin(server)
        await publish(browser, "p", HELLO)
        before = show_iso(now())
        assert (await browser.post("/api/sending/stop", json={"reason": "wrong price"})).status_code == 200
        await come(server, 1)
        (one,) = (await until(server, "/api/deliveries", lambda said: len(said["deliveries"]) == 1))["deliveries"]
        says = "It waits until sending is resumed: ada@example.com stopped all of it at "
        while_stopped = show_iso(now())
        for path in (f"deliveries/{one['id']}", "people/id/u0/why/p"):
            told = (await browser.get(f"/api/{path}")).json()
            story = told["story"] if "story" in told else told["deliveries"][0]["story"]
            assert story[1].startswith(says), story
            assert story[1].endswith(" (wrong price).")
        assert (await browser.post("/api/sending/resume", json={"held": "send"})).status_code == 200
        await until(server, "/api/deliveries", lambda said: said["deliveries"][0]["state"] == "sent")

        async def story(at: str) -> list[str]:
            told = (await browser.get(f"/api/deliveries/{one['id']}", params={"at": at})).json()
            found: list[str] = told["story"]
            return found

        assert (await story(while_stopped))[1].startswith(says)
        assert (await story(before))[1] == "It was not due yet."
        assert not any("resumed" in line for line in await story(""))


async def test_what_was_not_sent_is_counted_listed_and_told_by_reason(database: Database) -> None:
    """Of seven messages two go out: one fails, and of the rest one was taken back when its run ended, and three policy refuses."""
    async with developing(database) as server, enter(server, "ada@example.com") as browser:
        await begin(server, "Your part: {{ 12 | divided_by: customer.parts }}")
        await publish(browser, "n", HELLO, exit='did "Stop" since entry')
        assert (await browser.post("/api/sending/stop", json={"reason": "later"})).status_code == 200
        for n in range(7):
            traits = {"parts": 0 if n == 4 else 3} | ({"email": f"u{n}@example.com"} if n else {})
            await server.post("/v1/identify", {"userId": f"u{n}", "traits": traits})
            await server.post("/v1/track", {"userId": f"u{n}", "event": "Go"})
        await until(server, "/api/journeys/n", lambda said: said["inside"] == 7)
        await server.post("/v1/track", {"userId": "u3", "event": "Stop"})
        await until(server, "/api/journeys/n", lambda said: (said["inside"], said["steps"][0]["dropped"]) == (6, 1))
        for n in (1, 2):  # it was too late before all sending was stopped
            late = (now() - (n + 8) * MINUTE, await id_of(server, f"u{n}"))
            await database.execute("UPDATE deliveries SET expires = $1 WHERE person = $2", *late)
        assert (await browser.post("/api/sending/resume", json={"held": "send"})).status_code == 200
        page = await until(
            server,
            "/api/journeys/n",
            lambda said: [said["steps"][0][what] for what in ("passed", "sent", "dropped", "failed")] == [7, 2, 4, 1],
        )

        async def told(query: str = "") -> list[tuple[str, str, int]]:
            said = (await browser.get(f"/api/journeys/n/not-sent?{query}")).json()["reasons"]
            return [(each["what"], each["why"], each["count"]) for each in said]

        failed = next(why for what, why, _ in await told() if what == "failed")
        assert "divi" in failed
        assert await told() == [
            ("dropped", "expired", 2),
            ("dropped", "the person can't be reached: email needs an `email`", 1),
            ("dropped", 'the run ended: did "Stop" since entry', 1),
            ("failed", failed, 1),
        ]
        assert await told("step=w") == await told(f"until={show_iso(now() - HOUR)}") == await told("version=9") == []
        assert await told(f"step=hello&version=1&since={show_iso(now() - HOUR)}") == await told()

        async def behind(query: str) -> list[str]:
            said = (await browser.get(f"/api/journeys/n/people?{query}")).json()["people"]
            return sorted(each["id"] for each in said)

        assert await behind("what=dropped&step=hello") == ["u0", "u1", "u2", "u3"]
        assert await behind("what=dropped&step=hello&reason=expired") == ["u1", "u2"]
        assert await behind("what=failed&step=hello") == ["u4"]
        report = (await browser.get("/api/reports/journeys/n")).json()
        assert [report["steps"][0][what] for what in ("sent", "dropped", "failed")] == [2, 4, 1]
        assert [report["versions"][0]["messages"][what] for what in ("sent", "dropped", "failed")] == [2, 4, 1]
        assert page["steps"][0]["bounced"] == 0


async def id_of(server: Server, user: str) -> bytes | None:
    return read_id((await server.ask(f"/api/people/id/{user}")).json()["person"])
