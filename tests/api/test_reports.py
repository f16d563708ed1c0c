"""Home and reports over the API, on what really happened; and the looks, which are pure but for what they read."""

import time
from pathlib import Path
from typing import Any

from tests.api.serving import Server
from tests.api.test_manage import until
from tests.api.test_management import enter
from tidings import demo
from tidings.api.reports.routes import _counted, _sends, _step, _sum, _unseen
from tidings.history.conversions import Conversion, write
from tidings.history.curves import Point
from tidings.journeys import read
from tidings.project.apply import apply, put
from tidings.project.folder import read_folder
from tidings.project.looks import _rates, quiet, still_comes
from tidings.project.numbers import StepNumbers
from tidings.project.store import InForce


async def test_home_and_reports_tell_what_happened(live: Server) -> None:
    async with enter(live, "ada@example.com") as ada:
        empty = (await ada.get("/api/home")).json()
        assert empty["start"] == {
            "source": True,
            "event": False,
            "sender": False,
            "confirmed": False,
            "carried": False,
            "mailbox": False,
            "brand": False,
            "journey": False,
            "team": False,
        }
        assert (empty["journeys"], empty["looks"], empty["changes"]) == ([], [], [])
        project = read_folder(Path(demo.__file__).parent / "project")
        await apply(live.database.pool, live.workspace, project, note="The first ones")
        await until(live, "/api/progress", lambda said: said["done"])
        traits = {"email": "ada@example.com", "first_name": "Ada", "plan": "trial"}
        await live.post("/v1/identify", {"userId": "u", "traits": traits})
        await live.post("/v1/track", {"userId": "u", "event": "Signed Up", "properties": {"plan": "trial"}})
        await until(
            live,
            "/api/reports",
            lambda said: sum(each["entered"] for each in said["journeys"] if each["journey"] == "onboarding") == 1,
        )
        report = (await ada.get("/api/reports", params={"days": 7})).json()
        curves = {each["name"]: each["values"] for each in report["curves"]}
        assert (len(report["days"]), len(curves["entered"]), sum(curves["entered"])) == (7, 7, report["entered"])
        one = (await ada.get("/api/reports/journeys/onboarding")).json()
        assert (one["entered"], one["versions"][0]["entered"], one["version"]) == (1, 1, 1)
        assert one["steps"][0]["step"]
        assert {each["journey"] for each in report["journeys"] if not each["goal"]} == {"orders", "comments"}
        assert (await ada.get("/api/reports/journeys/none")).status_code == 404
        await until(live, "/api/home", lambda said: said["start"]["event"])
        home = (await ada.get("/api/home")).json()
        assert home["start"]["journey"] is True
        assert [each["journey"] for each in home["journeys"] if each["entered"]] == ["onboarding"]
        assert home["changes"][0]["note"] == "The first ones"
        assert home["changes"][0]["what"][-1].startswith("and ")


async def test_whoever_reached_a_goal_before_and_after_it_was_edited_counts_once(live: Server) -> None:
    document = {"journey": "j", "trigger": {"event": "Go"}, "steps": [{"id": "a", "wait": "1 day"}]}
    document |= {"goal": {"event": "Bought", "within": "2 days", "value": "total", "currency": "EUR"}}
    body = {"journeys": {"j": {"version": 2, "status": "live", "document": document}}}
    await put(live.database.pool, InForce(live.workspace), body)
    own = read(document).goal
    assert own is not None
    now = time.time_ns() // 1000
    async with live.database.pool.acquire() as connection:
        for goal in (b"as it was", own.id):
            run = (3, live.workspace, "j", goal, b"r" * 16, 2, False, now, 5_000_000, "EUR")
            await write(connection, [Conversion(*run, (), b"p" * 16, "")], 0)
    async with enter(live, "ada@example.com") as ada:
        report = (await ada.get("/api/reports")).json()
        assert (report["converted"], report["journeys"][0]["converted"]) == (1, 1)
        one = (await ada.get("/api/reports/journeys/j")).json()
        assert (one["converted"], one["versions"][0]["converted"], one["value"]) == (1, 1, {"EUR": "5.00 EUR"})
        assert (await ada.get("/api/journeys/j")).json()["converted"] == 1


async def test_a_provider_that_fails_and_rejected_records_need_a_look(live: Server) -> None:
    await live.post("/v1/identify", {"userId": "u", "traits": {"plan": "pro"}})
    await live.post("/v1/group", {"userId": "u", "groupId": "a", "traits": {"x": 1}}, live.public_key)
    await until(live, "/api/rejected", lambda said: len(said["rejected"]) == 1)
    many = [("failed", 1, "the server is away")] * 4 + [("planned", 0, "the journey is paused")] * 4
    for n, (state, attempts, reason) in enumerate(many):
        await live.database.execute(
            "INSERT INTO deliveries (partition, id, workspace, home, person, run, journey, version, step, template, channel, sure, due, "
            "expires, values, next_attempt, state, attempts, reason) VALUES (0, decode(lpad($1, 32, '0'), 'hex'), $2, 0, ''::bytea, "
            "''::bytea, 'j', 1, 's', 't', 'email', false, 1, 2, ''::bytea, 1, $3, $4, $5)",
            str(n),
            live.workspace,
            state,
            attempts,
            reason,
        )
    async with enter(live, "ada@example.com") as ada:
        looks = {each["kind"]: each for each in (await ada.get("/api/home")).json()["looks"]}
    assert looks["provider"]["says"] == "4 of the last 4 email messages could not be sent"
    assert (looks["provider"]["hint"], looks["provider"]["place"]) == (
        "the server is away",
        "deliveries?channel=email&state=failed",
    )
    assert (looks["rejected"]["says"], looks["rejected"]["place"]) == ("1 record could not be applied", "data/rejected")


def test_a_journey_nobody_enters_any_more_needs_a_look() -> None:
    def points(*days: int) -> list[Point]:
        return [Point("welcome", 1, "", "entered", day, 10) for day in days]

    def body(status: str = "live") -> dict[str, Any]:
        return {"journeys": {"welcome": {"status": status, "document": {"name": "Welcome"}}}}

    week = range(93, 99)
    assert quiet(body(), points(*week), 100) == [("welcome", 10)]
    assert not quiet(body(), points(*week, 99), 100)
    assert not quiet(body("paused"), points(*week), 100)
    assert not quiet(body(), points(93), 100), "two a day were never many"


def test_it_says_whether_the_event_still_comes() -> None:
    journey: dict[str, Any] = {"trigger": {"event": "Signed Up"}}
    signed = ("track", "Signed Up")
    came = still_comes(journey, {}, {signed: {98: 4, 99: 3, 100: 2}}, 100)
    assert came == "“Signed Up” still comes in, 5 times since yesterday: look at its conditions."
    gone = still_comes(journey, {}, {signed: {97: 4, 98: 3}}, 100)
    assert gone == "“Signed Up” has not come in since 9 April: look at the source it comes from."
    assert "has not come in for a week" in still_comes(journey, {}, {}, 100)
    derived = still_comes(journey, {"events": {"Signed Up": {}}}, {}, 100)
    assert derived == still_comes({"trigger": {"segment": "entered trials"}}, {}, {}, 100)


def test_bounces_need_a_look_where_there_are_enough_messages_to_tell() -> None:
    def rates(sent: int, bounced: int) -> list[str]:
        found = _rates([Point("j", 1, "s", "sent", 1, sent), Point("j", 1, "s", "bounced", 1, bounced)])
        return [each.says for each in found]

    assert rates(100, 5) == ["5.0 % of the week's messages bounced"]
    assert rates(100, 2) == []
    assert rates(20, 5) == ["25.0 % of the week's messages bounced"], "few, but a fifth of them"
    assert rates(20, 3) == rates(4, 2) == []


def test_who_opened_a_text_message_nobody_can_see() -> None:
    def template(channel: str) -> dict[str, Any]:
        return {"version": 1, "format": "text", "text": f"---\nchannel: {channel}\nsubject: Hi\n---\nHi!"}

    steps = [{"id": "mail", "send": "mail"}, {"id": "text", "send": "text"}]
    document = {"journey": "j", "trigger": {"event": "E"}, "steps": steps}
    body = {
        "journeys": {"j": {"version": 1, "document": document}},
        "templates": {"mail": template("email"), "text": template("sms")},
    }
    sends = _sends(body)
    unseen = _unseen(body, sends)
    assert unseen == {("j", 1, "text")}
    points = [Point("j", 1, step, "sent", 1, times) for step, times in (("mail", 3), ("text", 4), ("gone", 2))]
    found = _counted(_sum(points, unseen))
    assert (found.sent, found.readable) == (9, 5)


def test_a_step_that_once_sent_a_text_message_still_says_who_opened_its_mails() -> None:
    points = [Point("j", 1, "hello", "sent", 1, 6), Point("j", 2, "hello", "sent", 2, 4)]
    step = StepNumbers("hello", "send", {"sent": 10, "opened": 2})
    assert _step(step, points, {("j", 1, "hello")}).readable == 4
