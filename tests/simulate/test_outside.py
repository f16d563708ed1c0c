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
from tidings.kernel.ids import digest, show
from tidings.kernel.records import SECRET, SYSTEM, Answered, Event, Identify, Record, encode, home
from tidings.kernel.times import DAY, HOUR, MINUTE
from tidings.simulate import kept
from tidings.simulate.backtest import Asked, backtest
from tidings.simulate.measure import Count
from tidings.simulate.outside import Stubs
from tidings.simulate.play import play
from tidings.simulate.story import stories

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


def faults(**changed: Any) -> list[str]:
    data: dict[str, Any] = {
        "test": "t",
        "people": {"ada": {"email": "ada@example.com"}},
        "given": [{"event": "Signed Up"}],
        "expect": [{"message": "hot"}],
        **changed,
    }
    (story,) = stories(data)
    return [fault.text for fault in play(BODY, story).faults]


def test_a_story_declares_what_is_answered() -> None:
    assert faults(answers={"score": {"points": 80}}) == []
    assert faults(answers={"score": {"points": 8}}, expect=[{"message": "cold"}]) == []
    assert faults(failures={"score": "HTTP 500"}, expect=[{"message": "cold"}]) == []
    (said, *_) = faults()
    assert said == "at the start: step score asks the outside world, and the test has no answer"
    assert faults(answers={"scor": 1}) == ["there is no step `scor`: did you mean `score`?"]


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database, workers=0)
    yield made
    await made.close()


async def test_a_backtest_takes_the_recorded_answer_else_the_declared_one(town: Town) -> None:
    start = time.time_ns() // 1000 - 5 * DAY
    await town.define(BODY, start - HOUR)
    rows = []
    for name in ("ada", "ben"):
        bodies: list[Any] = [Identify({"email": f"{name}@example.com"}), Event("Signed Up", {})]
        for n, body in enumerate(bodies):
            at = start + n * MINUTE
            record = Record(digest(name, n), town.workspace, 1, SECRET, (("id", name),), at, at, body)
            rows.append((at, home(record), encode(record)))
    await append(town, rows)
    await town.hire()
    await town.rest()
    ada = await town.person("id", "ada")
    assert ada is not None
    call = await town.database.fetchval("SELECT id FROM calls WHERE person = $1", ada.id)
    at = start + 10 * MINUTE
    who = (("cio_id", show(ada.id)),)
    answer = Record(digest("a"), town.workspace, 0, SYSTEM, who, at, at, Answered(call, True, {"points": 90}))
    await append(town, [(at, ada.partition, encode(answer))])
    await town.rest()
    own = Workspace(town.workspace, "town", town.secret)
    found = []
    for stubs in (Stubs(), Stubs({"score": {"points": 1}})):
        asked = Asked("lead", [("live", town.body, True)], days=6, stubs=stubs)
        id = await backtest(town.database.pool, town.database.url, own, asked, processes=0)
        async with town.database.pool.acquire() as connection:
            kept_ = await kept.read(connection, town.workspace, id)
        assert kept_ is not None
        assert kept_.result is not None
        found.append(msgspec.convert(kept_.result["count"], Count))
    recorded, declared = found
    assert recorded.calibration.agreement == 1.0
    assert (recorded.recorded, recorded.stubbed, recorded.unanswered) == (1, 0, 1)
    assert recorded.sides[0].messages == {"hot": {"sent": 1}}
    assert recorded.sides[0].standing == {"score": 1}
    assert (declared.recorded, declared.stubbed, declared.unanswered) == (1, 1, 0)
    assert declared.sides[0].messages == {"hot": {"sent": 1}, "cold": {"sent": 1}}
