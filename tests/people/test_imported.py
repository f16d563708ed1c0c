"""What imports keep of somebody is found without reading what they keep of everybody else."""

from tests.conftest import Database
from tidings.database.access import create_workspace
from tidings.people import imported

MANY = 20_000


async def test_of_a_large_import_only_theirs_is_read_and_forgotten(database: Database) -> None:
    async with database.pool.acquire() as connection, connection.transaction():
        workspace = (await create_workspace(connection, "town")).id
        task = await connection.fetchval(
            "INSERT INTO people_tasks (workspace, kind, title, asked, made_by, made_at, total) "
            "VALUES ($1, 'import', 'all.csv', '{}', 'm@example.com', 1, $2) RETURNING id",
            workspace,
            MANY,
        )
        rows = [(task, n, "email", f"P{n}@example.com", None, b"") for n in range(MANY)]
        rows += [
            (task, -n, "fault", "", b"cells", f"row {n}: p{n}@example.com is no one".encode()) for n in range(1, 50)
        ]
        await connection.executemany("INSERT INTO people_task_rows VALUES ($1, $2, $3, $4, $5, $6)", rows)
        await connection.execute("ANALYZE people_tasks, people_task_rows")
        read = "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'people_task_rows'"
        before = await connection.fetchval(read)
        await imported.forget(connection, workspace, [("email", "p7@example.com"), ("id", "p8@example.com")])
        assert await connection.fetchval(read) == before
        left = await connection.fetch("SELECT n FROM people_task_rows WHERE task = $1", task)
        assert set(range(-49, MANY)) - {row[0] for row in left} == {
            7,
            -7,
            -8,
        }  # an email, and rows that name one of both
