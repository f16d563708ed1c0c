"""Steps that ask the outside world: in a story as declared, in a backtest as recorded, else as declared; nothing is called."""

import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from tests.conftest import Database
from tests.processor.test_laws import live as append
from tests.processor.town import Town
from tidings.database.access import Workspace
from tidings.engine import Workspace as Secret
from tidings.kernel.ids import digest, person_id, show
from tidings.kernel.problems import Invalid
from tidings.kernel.records import SECRET, SYSTEM, Answered, Event, Identify, Record, encode, home
from tidings.kernel.times import DAY, HOUR, MINUTE
from tidings.people.document import Person
from tidings.simulate import kept, typed
from tidings.simulate.backtest import Asked, backtest
from tidings.simulate.measure import Count
from tidings.simulate.outside import Stubs
from tidings.simulate.play import play
from tidings.simulate.story import stories
from tidings.simulate.world import World

BODY: dict[str, Any] = {
    "settings": {"workspace": "w", "sender": "team", "senders": {"team": {"email": "team@example.com"}}},
    "journeys": {
        "lead": {
            "version": 1,
            "status": "live",
            "document": {
                "journey": "lead",
                "trigger": {"event": "Signed Up"},
                "steps": [
                    {"id": "score", "webhook": "https://api.example.com/score", "as": "score", "at_most": "30 days"},
                    {
                        "id": "way",
                        "branch": [
                            {"when": "journey.score.points > 50", "steps": [{"id": "hot", "send": "hot"}]},
                            {"otherwise": [{"id": "cold", "send": "cold"}]},
                        ],
                    },
                ],
            },
        }
    },
    "templates": {
        name: {"version": 1, "format": "html", "text": f"---\nsubject: {name}\n---\n{name}"} for name in ("hot", "cold")
    },
}


def faults(body: dict[str, Any] = BODY, **changed: Any) -> list[str]:
    data: dict[str, Any] = {
        "test": "t",
        "people": {"ada": {"email": "ada@example.com"}},
        "given": [{"event": "Signed Up"}],
        "expect": [{"message": "hot"}],
        **changed,
    }
    (story,) = stories(data)
    return [fault.text for fault in play(body, story).faults]


def test_a_story_declares_what_is_answered() -> None:
    assert faults(answers={"score": {"points": 80}}) == []
    assert faults(answers={"score": {"points": 8}}, expect=[{"message": "cold"}]) == []
    assert faults(failures={"score": "HTTP 500"}, expect=[{"message": "cold"}]) == []
    (said, *_) = faults()
    assert said == "at the start: step score asks the outside world, and the test has no answer"
    assert faults(answers={"scor": 1}) == ["there is no step `scor`: did you mean `score`?"]


SCORING = "def score(n: int) -> dict[str, int]: ...\n"


def running(given: Any = "{{ event.n }}") -> dict[str, Any]:
    """The same journey, asking a function."""
    entry = BODY["journeys"]["lead"]
    first = {"id": "score", "run": "score", "with": {"n": given}, "as": "score", "at_most": "30 days"}
    document = {**entry["document"], "steps": [first, *entry["document"]["steps"][1:]]}
    return {**BODY, "journeys": {"lead": {**entry, "document": document}}, "actions": {"score": SCORING}}


def test_a_story_can_declare_only_what_the_function_returns() -> None:
    assert faults(running(), answers={"score": {"points": 80}}, given=[{"event": "Signed Up", "with": {"n": 8}}]) == []
    (said,) = faults(running(), answers={"score": {"points": "80"}})
    assert said == "`score`: what it returned.points is '80', which is no int"


def test_a_story_stops_where_a_function_is_given_what_it_does_not_take() -> None:
    told = faults(running(), answers={"score": {"points": 80}}, given=[{"event": "Signed Up", "with": {"n": "many"}}])
    assert "score of lead stands still: failed: n is 'many', which is no int" in told


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database, workers=0)
    yield made
    await made.close()


async def lived(town: Town, body: dict[str, Any], answers: dict[str, Any]) -> None:
    """Ada and Ben sign up; who is named in ``answers`` is answered ten minutes later."""
    start = time.time_ns() // 1000 - 5 * DAY
    await town.define(body, start - HOUR)
    world = World(town.body, Secret(town.workspace, town.secret))
    rows = []
    for name in ("ada", "ben"):
        who, at = (("id", name),), start + MINUTE
        email = {"email": f"{name}@example.com"}
        known = Record(digest(name), town.workspace, 1, SECRET, who, start, start, Identify(email))
        came = Record(digest(name, 1), town.workspace, 1, SECRET, who, at, at, Event("Signed Up", {"n": 3}))
        rows += [(each.time, home(each), encode(each)) for each in (known, came)]
        id = person_id(home(known), town.workspace, *who[0], known.id)
        actor = world.admit(Person(id, town.workspace, home(known), start, id, [*who]))
        world.hand(actor, came, at)  # the same step asks the same call, live and here
        if name in answers:
            _, called = world.unanswered[-1]
            at, own = start + 10 * MINUTE, (("cio_id", show(actor.person.id)),)
            answer = Answered(called.id, True, answers[name])
            back = Record(digest("back", name), town.workspace, 0, SYSTEM, own, at, at, answer)
            rows.append((at, actor.person.partition, encode(back)))
    await append(town, rows)
    await town.hire()
    await town.rest()


async def backtested(town: Town, body: Any, live: bool, stubs: Stubs) -> Count:
    own = Workspace(town.workspace, "town", town.secret)
    asked = Asked("lead", [("side", body, live)], days=6, stubs=stubs)
    id = await backtest(town.database.pool, town.database.url, own, asked, processes=0)
    async with town.database.pool.acquire() as connection:
        kept_ = await kept.read(connection, town.workspace, id)
    assert kept_ is not None
    assert kept_.result is not None
    return msgspec.convert(kept_.result["count"], Count)


async def test_a_backtest_takes_the_recorded_answer_else_the_declared_one(town: Town) -> None:
    await lived(town, BODY, {"ada": {"points": 90}})
    recorded, declared = [
        await backtested(town, town.body, True, stubs) for stubs in (Stubs(), Stubs({"score": {"points": 1}}))
    ]
    assert recorded.calibration.agreement == 1.0
    assert (recorded.recorded, recorded.stubbed, recorded.unanswered) == (1, 0, 1)
    assert recorded.sides[0].messages == {"hot": {"sent": 1}}
    assert recorded.sides[0].standing == {"score": 1}
    assert (declared.recorded, declared.stubbed, declared.unanswered) == (1, 1, 0)
    assert declared.sides[0].messages == {"hot": {"sent": 1}, "cold": {"sent": 1}}


async def test_a_backtest_lets_a_call_fail_that_returned_another_type(town: Town) -> None:
    await lived(town, running(), {"ada": {"points": 90}})
    drafted = {**town.body, "actions": {"score": SCORING.replace("int]", "str]")}}
    recorded = await backtested(town, drafted, False, Stubs())
    assert recorded.sides[0].steps["score"]["parked"] == 1
    assert recorded.sides[0].messages == {}
    given = {**drafted, "actions": {"score": SCORING.replace("n: int", "n: str")}}
    unfit = await backtested(town, given, False, Stubs({"score": {"points": 1}}))
    assert unfit.sides[0].steps["score"]["parked"] == 2
    assert unfit.sides[0].messages == {}


def test_a_rehearsal_refuses_what_no_step_can_be_answered() -> None:
    assert typed.check(Stubs({"score": {"points": 1}}), "lead", [running()]).answers
    with pytest.raises(Invalid) as caught:
        typed.check(Stubs({"score": 5}, {"scor": "HTTP 500"}), "lead", [running()])
    assert [(each.path, each.message, each.hint) for each in caught.value.problems] == [
        (("failures", "scor"), "there is no step `scor`", "did you mean `score`?"),
        (("answers", "score"), "`score`: what it returned is 5, which is no dict", ""),
    ]
