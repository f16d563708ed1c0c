"""Publishes through the log: several of them in a life, by workers that cut batches as they like and builds that come when they come.

What becomes of people is compared with an engine that everybody passes each publish in at once.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from tests.conftest import Database
from tests.laws.flights import boarded, published
from tests.laws.naive import TICK
from tests.laws.real import START
from tests.laws.stories import Input, Workspace
from tests.laws.test_flight import Flown
from tests.laws.test_laws import endless
from tests.processor.test_laws import TEMPLATE, live, rows_of, sends, told, until
from tests.processor.town import Town
from tidings.history import kinds
from tidings.kernel.ids import PARTITIONS
from tidings.kernel.records import Event
from tidings.people import document
from tidings.processor import portion
from tidings.processor.build import Builder
from tidings.processor.facts import unpack
from tidings.processor.portion import Part

HALF = TICK // 2
Flight = tuple[Workspace, list[Input], list[tuple[int, dict[str, Any]]]]
"""A workspace, a life, and publishes: (half a minute after this one, body)."""


@st.composite
def drawn(draw: st.DrawFn) -> Flight:
    workspace, life = draw(boarded())
    body, publishes = workspace.body, []
    minutes = sorted(draw(st.lists(st.integers(0, life[-1].minute + 3), min_size=1, max_size=3)))
    for number, minute in enumerate(minutes, start=2):
        body = draw(published(body, number))
        publishes.append((minute, body))
    return workspace, life, publishes


def flights(count: int, seed: int) -> list[Flight]:
    found: list[Flight] = []

    @seeded(seed)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn())
    def draw(flight: Flight) -> None:
        found.append(flight)

    draw()
    return found


def flown(workspace: Workspace, life: list[Input], publishes: list[tuple[int, dict[str, Any]]]) -> Flown:
    """Fly it with somebody looking at each publish."""
    real = Flown(workspace, looks=True)
    waiting = list(publishes)
    for input in life:
        while waiting and waiting[0][0] < input.minute:
            minute, body = waiting.pop(0)
            real.publish(body, minute, HALF)
        real.give(input)
    for minute, body in waiting:
        real.publish(body, minute, HALF)
    real.step(None, max(real.since, real.at(until(life))))
    return real


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database, workers=0)
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("workers", "batch", "seed", "count"), [(1, 1000, 21, 20), (1, 1, 22, 4), (2, 3, 23, 8), (3, 50, 24, 20)]
)
async def test_publishes_come_to_the_same_whoever_looks_when(
    town: Town, workers: int, batch: int, seed: int, count: int
) -> None:
    played, rows = [], []
    for flight in flights(count, seed):
        workspace, life, publishes = flight
        expected = flown(*flight)
        if endless(expected):
            continue
        bodies = [workspace.body, *(body for _, body in publishes)]
        names = {name for body in bodies for name in sends(body["journeys"])}
        id = await town.found()
        for body, at in zip(bodies, [START - TICK, *(START + m * TICK + HALF for m, _ in publishes)], strict=True):
            rows += await town.control({**body, "templates": dict.fromkeys(sorted(names), TEMPLATE)}, at)
        rows += rows_of(id, life, START, "ann")
        played.append((id, flight, expected))
    await live(town, rows)
    for _ in range(workers):
        await town.hire(batch)
    await town.rest()
    assert len(played) > count // 2
    for id, (_, life, publishes), expected in played:
        last = max(until(life), publishes[-1][0])
        assert await told(town, id, "ann", START, last) == [line for line in expected.log() if line[2] <= last]


async def test_carrying_goes_on_where_a_worker_was_cut_off(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody is moved, and sent what stands there, once: also where the worker went in the midst of it, between two portions."""
    settle, rest = {"id": "settle", "wait": "30 days"}, {"id": "rest", "wait": "30 days"}
    documents = {
        str(number): {"journey": "hello", "trigger": {"event": "Hi"}, "steps": steps}
        for number, steps in ((1, [settle]), (2, [settle, {"id": "two", "send": "two"}, rest]))
    }
    entry = {"version": 1, "status": "live", "document": documents["1"], "history": {"1": documents["1"]}}
    await town.define({"journeys": {"hello": entry}, "templates": {"two": TEMPLATE}})
    await town.hire()
    people = [f"p{number}" for number in range(150)]
    await town.send(*(town.record(Event("Hi", {}), ("id", id)) for id in people))

    portions = []
    hand = Builder._hand

    async def cut(self: Builder, part: Part) -> None:
        if len(portions) == 30:
            town.tasks[0].cancel()
            await asyncio.sleep(1)
        portions.append(part.partition)
        await hand(self, part)

    with monkeypatch.context() as patched:
        patched.setattr(portion, "CHUNK", 2)
        patched.setattr(Builder, "_hand", cut)
        later = {"version": 2, "document": documents["2"], "history": documents, "published": {"1": 1, "2": 2}}
        later |= {"carries": {"2": {"settle": "move two"}}, "held": [1]}
        await town.define({"journeys": {"hello": {**entry, **later}}, "templates": {"two": TEMPLATE}})
        with suppress(asyncio.CancelledError):
            await town.tasks[0]
    assert len(portions) == 30
    town.workers, town.tasks = [], []
    assert (
        PARTITIONS - 30
        <= await town.database.fetchval("SELECT count(*) FROM in_force WHERE built < number")
        <= PARTITIONS
    )

    await town.hire()
    await town.rest()
    await town.built()
    for id in people:
        person = await town.person("id", id)
        assert person is not None
        assert [(run.version, run.step) for run in person.runs] == [(2, "rest")]
    moves = await town.database.fetch("SELECT person, body FROM history WHERE kind = $1", kinds.MOVED)
    moved = [row["person"] for row in moves if unpack(row["body"])["what"] == "moved"]
    assert len(moved) == len(set(moved)) == len(people)
    assert await town.database.fetchval("SELECT count(*) FROM deliveries") == len(people)


async def test_a_person_passes_every_publish_that_came_before_they_were_looked_at(town: Town) -> None:
    """Two publishes come while nobody works; who is touched then has passed both, each at its own time."""

    def body(number: int, steps: list[Any], chosen: dict[str, str]) -> dict[str, Any]:
        document = {"journey": "hello", "trigger": {"event": "Hi"}, "steps": steps}
        documents[str(number)] = document
        numbers[str(number)] = number
        carries[str(number)] = chosen
        entry = {"version": number, "status": "live", "document": document, "history": dict(documents)}
        entry |= {"published": dict(numbers), "carries": dict(carries), "held": list(range(1, number))}
        return {"segments": {}, "journeys": {"hello": entry}, "templates": {"two": TEMPLATE, "three": TEMPLATE}}

    documents, numbers, carries = dict[str, Any](), dict[str, int](), dict[str, Any]()
    settle = {"id": "settle", "wait": "10 minutes"}
    rows = await town.control(body(1, [settle], {}), START - TICK)
    rows += rows_of(town.workspace, [Input(0, "Hi", {}, 0, {})], START, "ann")
    second = [settle, {"id": "two", "send": "two"}, {"id": "rest", "wait": "10 minutes"}]
    rows += await town.control(body(2, second, {"settle": "move two"}), START + TICK)
    third = [settle, {"id": "three", "send": "three"}]
    rows += await town.control(body(3, third, {"rest": "move three"}), START + 2 * TICK)
    await live(town, rows)
    await town.hire()
    await town.rest()
    story = await told(town, town.workspace, "ann", START, 60)
    assert story == [("came", "hello", 0), ("sent", "two", 1), ("sent", "three", 2), ("done", "hello", 2)]
    rows_moved = await town.database.fetch("SELECT body FROM history WHERE kind = $1 ORDER BY seq", kinds.MOVED)
    said = [unpack(row[0]) for row in rows_moved]
    assert [each["why"] for each in said if each["what"] == "moved"] == [
        "moved to two by version 2",
        "moved to three by version 3",
    ]
    await town.built()
    assert await town.database.fetchval("SELECT count(*) FROM came_in_force WHERE number < 3") == 0
    person = await town.person("id", "ann")
    assert person is not None
    assert document.decode(document.encode(person)).runs == []
