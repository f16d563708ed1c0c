"""A ramp in force: begun with a publish, taken on, stopped by what becomes of messages, and resumed."""

from pathlib import Path
from typing import Any

import pytest

from tests.project.test_project import DEMO, workspace
from tidings.database.access import create_workspace
from tidings.history.numbers import Numbers
from tidings.kernel.problems import Invalid
from tidings.project import ramp, status
from tidings.project.apply import apply
from tidings.project.folder import read_folder
from tidings.project.store import newest

__all__ = ["workspace"]
NAME = "onboarding"


async def entry(database: Any, workspace: int) -> dict[str, Any]:
    async with database.pool.acquire() as connection:
        found: dict[str, Any] = (await newest(connection, workspace)).body["journeys"][NAME]
    return found


async def count(database: Any, **outcomes: int) -> None:
    numbers = Numbers()
    for what, times in outcomes.items():
        for _ in range(times):
            numbers.add(1, NAME, 1, "welcome", what, 5)
    async with database.pool.acquire() as connection, connection.transaction():
        await numbers.write(connection, 0)


async def state(database: Any, workspace: int) -> tuple[str, str, str]:
    """Status, share let in, and why it was stopped."""
    found = await entry(database, workspace)
    told = ramp.says(found, found["ramp"]["since"])
    assert told is not None
    return found["status"], told["share"], told["stopped"]


async def test_a_ramp_is_taken_on_stopped_and_resumed(database: Any, workspace: int) -> None:
    pool, project = database.pool, read_folder(Path(DEMO))
    await count(database, sent=100, bounced=50)
    await apply(pool, workspace, project, ramps={NAME: "1% for 1 hour, 10% for 1 day"})
    assert await state(database, workspace) == ("live", "1%", "")
    await count(database, sent=40, bounced=2)
    assert await ramp.watch(pool) == [], "what came before it, and two that may be chance, stop nothing"
    await ramp.go_on(pool, workspace, NAME)
    assert await state(database, workspace) == ("live", "10%", "")
    with pytest.raises(Invalid, match="was not stopped"):
        await ramp.resume(pool, workspace, NAME)

    await count(database, bounced=1)
    assert await ramp.watch(pool) == [NAME]
    why = "3 of 40 messages came back, more than 5%"
    assert await state(database, workspace) == ("paused", "10%", why)
    assert await ramp.watch(pool) == []
    with pytest.raises(Invalid, match="was stopped: 3 of 40"):
        await ramp.go_on(pool, workspace, NAME)
    await apply(pool, workspace, project)
    assert await state(database, workspace) == ("paused", "10%", why), "other changes leave it as it is"

    await ramp.resume(pool, workspace, NAME)
    assert await state(database, workspace) == ("live", "10%", "")
    assert await ramp.watch(pool) == [], "what went wrong before is not counted again"
    await ramp.go_on(pool, workspace, NAME, "25%")
    assert await state(database, workspace) == ("live", "25%", "")
    await ramp.go_on(pool, workspace, NAME)
    assert await state(database, workspace) == ("live", "100%", "")
    with pytest.raises(Invalid, match="lets everybody in already"):
        await ramp.go_on(pool, workspace, NAME)


@pytest.mark.parametrize("closed", [False, True])
async def test_a_ramp_whose_journey_is_resumed_goes_on_and_is_watched(
    database: Any, workspace: int, closed: bool
) -> None:
    pool = database.pool
    await apply(pool, workspace, read_folder(Path(DEMO)), ramps={NAME: "10%"})
    await count(database, failed=3)
    assert await ramp.watch(pool) == [NAME]
    if closed:
        await status.close(pool, workspace, NAME)
    await status.resume(pool, workspace, NAME, "skip")
    assert await state(database, workspace) == ("live", "10%", "")
    assert (await entry(database, workspace))["pauses"][-1][3] == ("send" if closed else "skip")
    assert await ramp.watch(pool) == [], "what went wrong before is not counted again"
    await count(database, failed=3)
    assert await ramp.watch(pool) == [NAME]


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        ({"sent": 100, "bounced": 6}, "6 of 100 messages came back"),
        ({"sent": 100, "bounced": 5}, ""),
        ({"failed": 3}, "3 of 3 messages could not be made or handed over"),
        ({"sent": 900, "complained": 3}, "3 of 900 messages brought a complaint"),
        ({"sent": 1000, "complained": 3}, ""),
        ({"sent": 10, "failed": 2, "bounced": 2, "complained": 2}, ""),
    ],
)
def test_what_stops_it(counts: dict[str, int], why: str) -> None:
    found = ramp.verdict({}, counts)
    assert found.startswith(why) if why else found == ""


async def test_what_a_ramp_cannot_be(database: Any, workspace: int) -> None:
    project = read_folder(Path(DEMO))
    with pytest.raises(Invalid, match="no stage of a ramp"):
        await apply(database.pool, workspace, project, ramps={NAME: "slowly"})
    await apply(database.pool, workspace, project)
    with pytest.raises(Invalid, match="has no ramp"):
        await ramp.go_on(database.pool, workspace, NAME)


async def test_a_workspace_that_cannot_be_read_keeps_no_other_waiting(database: Any, workspace: int) -> None:
    pool = database.pool
    async with pool.acquire() as connection:
        other = (await create_workspace(connection, "other")).id
        await connection.execute(
            "INSERT INTO definitions (workspace, number, body) VALUES ($1, 99, $2)",
            workspace,
            '{"journeys": {"broken": {"ramp": 5}}}',
        )
    await apply(pool, other, read_folder(Path(DEMO)), ramps={NAME: "1% for 1 hour"})
    numbers = Numbers()
    for _ in range(3):
        numbers.add(other, NAME, 1, "welcome", "bounced", 5)
    async with pool.acquire() as connection, connection.transaction():
        await numbers.write(connection, 0)
    assert await ramp.watch(pool) == [NAME]
