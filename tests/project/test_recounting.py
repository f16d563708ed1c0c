"""A goal that is edited is counted again from history, and comes to what it would be had it been so from the start."""

import random
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Database
from tests.processor.test_laws import live as append
from tests.processor.town import Town
from tidings import engine
from tidings.database.access import Workspace
from tidings.kernel.ids import PARTITIONS, digest, home_of, show, show_delivery
from tidings.kernel.records import SECRET, SYSTEM, Event, Identify, Merge, Record, encode, home
from tidings.kernel.times import DAY, HOUR, MINUTE
from tidings.project import recounting
from tidings.project.behind import people
from tidings.project.numbers import JourneyNumbers, of_journey
from tidings.simulate.recount import Recount, partition

FIRST = {"rule": 'did "Viewed" at least 2 times since entry', "within": "3 days"}
GOALS: list[dict[str, Any]] = [
    {
        "event": "Bought",
        "where": "total > 3",
        "within": "9 days",
        "value": "total",
        "currency": "EUR",
        "credit": "any opened",
    },
    {"event": "Keen", "where": "total > 4", "within": "8 days"},
    {"rule": 'plan = "pro" and did "Bought" within 2 days', "within": "6 days"},
    {"rule": 'in segment "buyers" and not did "Viewed" within 1 day', "within": "8 days", "credit": "first sent"},
    {"rule": 'event.total > 2 and did "Bought" since entry', "within": "8 days"},
]


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database, workers=1)
    yield made
    await made.close()


def body(goals: dict[str, dict[str, Any]], version: int) -> dict[str, Any]:
    """Journeys that differ in their goals alone."""
    journeys = {}
    for id, goal in goals.items():
        document = {
            "journey": id,
            "trigger": {"event": "Began"},
            "reenter": "after 2 days",
            "goal": goal,
            "steps": [{"id": "a", "send": "a"}, {"id": "w", "wait": "4 days"}, {"id": "b", "send": "a"}],
        }
        journeys[id] = {"version": version, "status": "live", "document": document, "history": {str(version): document}}
    return {
        "events": {"keen": {"event": "keen", "name": "Keen", "rule": 'did "Viewed" or (did "Bought" where total < 9)'}},
        "segments": {"buyers": {"segment": "buyers", "rule": 'did "Bought" at least 2 times within 5 days'}},
        "journeys": journeys,
        "templates": {"a": {"version": 1, "format": "html", "text": "---\nsubject: Hi\n---\nHi"}},
    }


def lives(town: Town, start: int, until: int, seed: int = 7) -> list[tuple[int, int, bytes]]:
    """Two weeks of people who begin, look, buy, change their plan, and sometimes turn out to be one."""
    dice, rows = random.Random(seed), list[tuple[int, int, bytes]]()
    for n in range(40):
        at, who = start + dice.randrange(3 * DAY), ("id", f"u{n}")
        while at < until:
            what = dice.choice(["Began", "Viewed", "Viewed", "Bought", "Bought", "plan", "merge"])
            said: Any = Event(what, {"total": dice.randrange(9), "n": n})
            if what == "plan":
                said = Identify({"plan": dice.choice(["pro", "free"])})
            elif what == "merge":
                said = Merge(("id", f"u{n - 1}")) if n % 7 == 3 else Event("Viewed", {})
            record = Record(digest("lives", len(rows)), town.workspace, 1, SECRET, (who,), at, at, said)
            rows.append((at, home(record), encode(record)))
            at += dice.randrange(5 * MINUTE, 2 * DAY)
    return sorted(rows)


async def engaged(town: Town, until: int) -> list[tuple[int, int, bytes]]:
    """What became of the messages that were planned: some sent, some of these opened."""
    rows = []
    for id, place, person, due, journey, step, run in await town.database.fetch(
        "SELECT id, partition, person, due, journey, step, run FROM deliveries ORDER BY due, id"
    ):
        draw = digest("engaged", step, person, due)[0]
        for verb, later in (("received", MINUTE), ("opened", HOUR))[: draw % 3]:
            properties = {"journey": journey, "step": step, "template": "a", "run": show(run)}
            properties["delivery"] = show_delivery(place, id)
            at = min(due + later, until)
            said = Event(f"{verb} email", properties, "message")
            record = Record(digest(verb, id), town.workspace, 0, SYSTEM, (("cio_id", show(person)),), at, at, said)
            rows.append((at, home_of(person), encode(record)))
    return sorted(rows)


def worth(found: JourneyNumbers) -> tuple[int, dict[str, int], dict[str, int]]:
    credited = {step.step: step.counts.get("converted", 0) for step in found.steps}
    return found.converted, found.value, {step: count for step, count in credited.items() if count}


async def behind(
    town: Town, journey: str, found: JourneyNumbers
) -> list[tuple[str, list[tuple[str, str | None, str]]]]:
    """The people behind what is counted of a goal, of the journey and of each step: as many as it says."""
    listed = []
    async with town.database.pool.acquire() as connection:
        for step, count in (
            ("", found.converted),
            *((each.step, each.counts.get("converted", 0)) for each in found.steps),
        ):
            page = await people(connection, town.workspace, journey, "converted", step, limit=200)
            assert (len(page.people), page.next) == (count, None)
            assert all(each.person for each in page.people)
            listed.append((step, sorted((each.person, each.at, each.why) for each in page.people)))
    return listed


async def test_it_equals_a_goal_that_was_so_from_the_start(town: Town) -> None:
    own, pool = Workspace(town.workspace, "town", town.secret), town.database.pool
    now = time.time_ns() // 1000
    start, middle = now - 14 * DAY, now - 5 * DAY
    always = {f"always{n}": goal for n, goal in enumerate(GOALS)}
    await town.define(body({**{f"edited{n}": FIRST for n in range(len(GOALS))}, **always}, 1), start)
    rows = lives(town, start + 1, now - HOUR)
    done = start
    for border in (start + 3 * DAY, start + 6 * DAY, middle):
        await append(town, [row for row in rows if done <= row[0] < border])
        await town.rest()
        await append(town, await engaged(town, border))
        await town.rest()
        done = border
    edited = body({**{f"edited{n}": goal for n, goal in enumerate(GOALS)}, **always}, 2)
    for id in always:
        edited["journeys"][id]["version"] = 1
    await town.define(edited, middle)
    await append(town, [row for row in rows if row[0] >= middle])
    await town.rest()
    await town.built()

    async with pool.acquire() as connection:
        before = await of_journey(connection, town.workspace, "edited0")
    assert before.counting
    found = {journey for _, journey in await recounting.due(pool, now)}
    assert found == {*always, *(f"edited{n}" for n in range(len(GOALS)))}
    broken_off = Recount(engine.Workspace(own.id, own.secret), edited, "edited0")
    for number in range(PARTITIONS // 2):
        await partition(pool, broken_off, number, 0)
    await pool.execute(
        "UPDATE conversions SET person = NULL, steps = '{}' WHERE journey = 'always1'"
    )  # as an older program wrote it
    for journey in sorted(found):
        assert await recounting.count(pool, own, journey)
        assert not await recounting.count(pool, own, journey)
    credited = 0
    for n in range(len(GOALS)):
        async with pool.acquire() as connection:
            one = await of_journey(connection, town.workspace, f"edited{n}")
            other = await of_journey(connection, town.workspace, f"always{n}")
            live = await connection.fetchval(
                "SELECT coalesce(sum(count), 0)::bigint FROM goal_numbers WHERE journey = $1 AND step = '' AND bucket < $2",
                f"always{n}",
                PARTITIONS,
            )
        assert not one.counting
        assert worth(one) == worth(other), GOALS[n]
        assert await behind(town, f"edited{n}", one) == await behind(town, f"always{n}", other), GOALS[n]
        credited += sum(worth(one)[2].values())
        assert other.converted == live > 0, "what live counted is what history says"
    assert credited >= 10
    assert {journey for _, journey in await recounting.due(pool, now)} == set(), "the next pass is in an hour"
    later = time.time_ns() // 1000 + HOUR + MINUTE
    assert len(await recounting.due(pool, later)) == 2 * len(GOALS)


def drawn(dice: random.Random) -> dict[str, Any]:
    """A goal of any make."""
    within = f"{dice.randint(1, 10)} days"
    credit = (
        {}
        if dice.random() < 0.3
        else {"credit": f"{dice.choice(['first', 'last', 'any'])} {dice.choice(['sent', 'opened'])}"}
    )
    if dice.random() < 0.5:
        where = {} if dice.random() < 0.4 else {"where": f"total > {dice.randint(0, 7)}"}
        value = {} if dice.random() < 0.4 else {"value": "total", "currency": dice.choice(["EUR", "USD"])}
        return {"event": dice.choice(["Bought", "Viewed"]), **where, "within": within, **value, **credit}
    clauses = [
        f'did "{dice.choice(["Bought", "Viewed"])}" at least {dice.randint(1, 3)} times since entry',
        f'(did "Bought" within {dice.randint(1, 4)} days where total > {dice.randint(0, 6)})',
        'plan = "pro"',
        'in segment "buyers"',
        f'not did "Viewed" within {dice.randint(1, 3)} days',
    ]
    rule = f" {dice.choice(['and', 'or'])} ".join(dice.sample(clauses, dice.randint(1, 3)))
    return {"rule": rule, "within": within, **credit}


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_so_do_goals_of_any_make_after_any_lives(town: Town, seed: int) -> None:
    own, pool, dice = Workspace(town.workspace, "town", town.secret), town.database.pool, random.Random(seed)
    now = time.time_ns() // 1000
    start = now - 14 * DAY
    middle = start + dice.randrange(2 * DAY, 10 * DAY)
    firsts, goals = ([drawn(dice) for _ in range(5)] for _ in range(2))
    always = {f"always{n}": goal for n, goal in enumerate(goals)}
    await town.define(body({**{f"edited{n}": goal for n, goal in enumerate(firsts)}, **always}, 1), start)
    rows = lives(town, start + 1, now - HOUR, seed)
    await append(town, [row for row in rows if row[0] < middle])
    await town.rest()
    await append(town, await engaged(town, middle))
    await town.rest()
    edited = body({**{f"edited{n}": goal for n, goal in enumerate(goals)}, **always}, 2)
    for id in always:
        edited["journeys"][id]["version"] = 1
    await town.define(edited, middle)
    await append(town, [row for row in rows if row[0] >= middle])
    await town.rest()
    await town.built()
    assert len(await recounting.due(pool, time.time_ns() // 1000)) == 10
    converted = 0
    for n, (first, goal) in enumerate(zip(firsts, goals, strict=True)):
        for journey in (f"edited{n}", f"always{n}"):
            assert await recounting.count(pool, own, journey)
        async with pool.acquire() as connection:
            one, other = [await of_journey(connection, town.workspace, f"{which}{n}") for which in ("edited", "always")]
        assert worth(one) == worth(other), (first, goal)
        converted += other.converted
    assert converted > 20
