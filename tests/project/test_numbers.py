"""A journey's numbers are laid out in the order of its steps, what is gone behind them."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.project.test_project import DEMO, workspace
from tidings.database.pool import one_moment
from tidings.history import conversions
from tidings.history.conversions import Conversion, write
from tidings.history.numbers import Numbers
from tidings.journeys import read
from tidings.kernel.problems import Invalid
from tidings.kernel.times import HOUR
from tidings.project.apply import apply, put
from tidings.project.folder import read_folder
from tidings.project.numbers import Arm, Sides, of_journey, went
from tidings.project.store import InForce

__all__ = ["workspace"]


def test_whoever_left_at_a_step_did_not_pass_it() -> None:
    moves = {
        "waiting": 9,
        "passed": 3,
        "branched": 1,
        "planned": 2,
        "skipped": 4,
        "exited": 5,
        "done": 1,
        "parked": 7,
        "carried": 2,
    }
    assert went(moves) == (6, 4, 6)


async def count(database: Any, bucket: int, *counted: tuple[int, str, str, int]) -> None:
    numbers = Numbers()
    for version, step, what, time in counted:
        numbers.add(1, "onboarding", version, step, what, time)
    async with database.pool.acquire() as connection, connection.transaction():
        await numbers.write(connection, bucket)


def conversion(run: int, control: bool = False, **more: Any) -> Conversion:
    goal = read(read_folder(Path(DEMO)).journeys["onboarding"]).goal
    assert goal is not None
    whole = Conversion(3, 1, "onboarding", goal.id, run.to_bytes(16, "big"), 1, control, 5, 0, "", (), b"p", "")
    return whole._replace(**more)


async def reach(database: Any, *conversions: Conversion, bucket: int = 0) -> None:
    async with database.pool.acquire() as connection, connection.transaction():
        await write(connection, conversions, bucket)


async def test_what_a_goal_is_worth_adds_up_and_no_run_counts_twice(database: Any, workspace: int) -> None:
    await apply(database.pool, workspace, read_folder(Path(DEMO)))
    ten = {"value": 10_100_000, "currency": "EUR", "steps": ("welcome",)}
    await reach(database, conversion(1, **ten), conversion(2, value=5_000_000, currency="USD"), conversion(1, **ten))
    await reach(database, conversion(1, **ten), conversion(3, version=2, at=HOUR, **ten), conversion(4), bucket=9)
    async with database.pool.acquire() as connection:
        found = await of_journey(connection, workspace, "onboarding")
        assert (found.converted, found.value) == (4, {"EUR": 20_200_000, "USD": 5_000_000})
        assert found.steps[0].counts["converted"] == 2
        second = await of_journey(connection, workspace, "onboarding", version=2)
        assert (second.converted, second.value) == (1, {"EUR": 10_100_000})
        assert (await of_journey(connection, workspace, "onboarding", since=HOUR)).converted == 1


async def test_those_who_get_marketing_are_held_against_the_control_group(database: Any, workspace: int) -> None:
    await apply(database.pool, workspace, read_folder(Path(DEMO)))
    await count(database, 0, *((1, "", "entered", 5) for _ in range(1000)))
    await count(database, 0, *((1, "", "entered_control", 5) for _ in range(200)))
    await reach(database, *(conversion(n, n % 13 == 0 and n < 130) for n in range(130)))
    async with database.pool.acquire() as connection:
        found = await of_journey(connection, workspace, "onboarding")
    assert (found.treated, found.control) == (Arm(800, 120), Arm(200, 10))
    assert found.compared is not None
    assert found.compared.lift == pytest.approx(2.0)
    assert found.compared.is_sure
    assert replace(found, has_goal=False).compared is None
    few = Sides(Arm(10, 2), Arm(10, 1))
    assert (few.lift, few.is_sure) == (pytest.approx(1.0), False)
    assert Sides(Arm(10, 3), Arm(10, 0)).lift is None


async def test_counts_of_all_workers_are_added_up(database: Any, workspace: int) -> None:
    await apply(database.pool, workspace, read_folder(Path(DEMO)))
    await count(database, 0, (1, "", "entered", 5), (1, "welcome", "planned", 6), (1, "old", "exited", 7))
    await count(
        database, 1, (1, "", "entered", HOUR + 1), (2, "welcome", "planned", HOUR + 2), (1, "welcome", "sent", 8)
    )
    await count(database, 1, (1, "", "entered", HOUR + 9))
    async with database.pool.acquire() as connection:
        found = await of_journey(connection, workspace, "onboarding")
        assert (found.entered, found.inside, found.version) == (3, 0, 1)
        first, last = found.steps[0], found.steps[-1]
        assert (first.step, first.kind, first.passed, first.counts["sent"]) == ("welcome", "send", 2, 1)
        assert (last.step, last.kind, last.left) == ("old", "", 1)
        older = await of_journey(connection, workspace, "onboarding", version=1, since=HOUR)
        assert (older.entered, older.steps[0].passed) == (2, 0)
        hours = await of_journey(connection, workspace, "onboarding", hourly=True)
        assert [(each.hour, each.count) for each in hours.hourly if each.what == "entered"] == [(0, 1), (HOUR, 2)]
        with pytest.raises(Invalid, match="did you mean `onboarding`"):
            await of_journey(connection, workspace, "onbording")


async def test_it_says_what_history_does_not_tell_of_an_edited_goal(database: Any, workspace: int) -> None:
    goal = {"rule": "company.seats >= 20 or journey.score > 3", "within": "9 days"}
    steps = [{"id": "a", "wait": "1 day"}]
    document = {"journey": "onboarding", "trigger": {"event": "Began"}, "goal": goal, "steps": steps}
    body = {"journeys": {"onboarding": {"version": 1, "status": "live", "document": document}}}
    await put(database.pool, InForce(workspace), body)
    own = read(document).goal
    assert own is not None
    await database.execute(
        "INSERT INTO recounts (workspace, journey, goal, since, next) VALUES ($1, 'onboarding', $2, $3, $3)",
        *(workspace, own.id, 5 * HOUR),
    )
    async with database.pool.acquire() as connection:
        await count(database, 0, (1, "", "entered", 4 * HOUR + 1))
        assert (await of_journey(connection, workspace, "onboarding")).unknown == [], "they began under it"
        await count(database, 0, (1, "", "entered", 3 * HOUR))
        groups, learned = (await of_journey(connection, workspace, "onboarding")).unknown
    assert "seats of a company is known from when a rule first read it" in groups
    assert "`journey.`" in learned


@pytest.mark.parametrize(
    ("treated", "control"), [(Arm(1, 5), Arm(2, 1)), (Arm(9, 3), Arm(1, 4)), (Arm(0, 2), Arm(3, 1))]
)
def test_of_more_who_reached_the_goal_than_began_nothing_is_told(treated: Arm, control: Arm) -> None:
    sides = Sides(treated, control)
    assert (sides.lift, sides.is_sure) == (None, False)


async def test_numbers_of_a_journey_are_all_of_one_moment(
    database: Any, workspace: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await apply(database.pool, workspace, read_folder(Path(DEMO)))
    counted = (1, "", "entered", 5), (1, "", "entered_control", 5)
    await count(database, 0, *counted)
    read = conversions.read

    async def meanwhile(*asked: Any, **more: Any) -> Any:
        await count(database, 0, *counted)
        await reach(database, conversion(1), conversion(2, control=True))
        return await read(*asked, **more)

    monkeypatch.setattr(conversions, "read", meanwhile)
    async with one_moment(database.pool) as connection:
        found = await of_journey(connection, workspace, "onboarding")
    assert (found.entered, found.converted) == (1, 0)
    monkeypatch.undo()
    async with database.pool.acquire() as connection:
        after = await of_journey(connection, workspace, "onboarding")
    assert (after.entered, after.converted) == (2, 2)
