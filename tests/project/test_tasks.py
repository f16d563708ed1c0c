"""Work on many people: a task with a fault fails, says so, and keeps no other waiting."""

from tests.conftest import Database
from tidings.database.access import create_workspace
from tidings.project import task_work, tasks


async def test_a_fault_in_one_task_keeps_no_other_waiting(database: Database) -> None:
    async with database.pool.acquire() as connection:
        workspace = (await create_workspace(connection, "production")).id
        broken = await tasks.ask(connection, workspace, "import", "a file", {}, "ada", 1, b"email\na@example.com")
        well = await tasks.ask(connection, workspace, "suppress", "nobody", {"people": []}, "ada", 0)
    while await task_work.work(database.pool):
        pass
    async with database.pool.acquire() as connection:
        found = {each.id: (each.state, each.problem) for each in await tasks.listed(connection, workspace)}
    assert found[broken][0] == "failed"
    assert "fault of Tidings" in found[broken][1]
    assert found[well] == ("done", "")
