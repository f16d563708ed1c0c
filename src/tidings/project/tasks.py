"""Work on many people, as a queue: what was asked for, how far it has come, and how it ended.

What is asked for is done in the background, a portion at a time: see `portions` and `task_work`. Its rows stand beside it: see `task_rows`.
"""

import json
import time
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from tidings.database.pool import Connection
from tidings.people import imported
from tidings.project import task_rows
from tidings.project.entering import ERRORS

_COLUMNS: Final = "id, workspace, kind, title, asked, made_by, made_at, state, done, total, changed, place, problem, ended_at, undone_by"


class Task(NamedTuple):
    """``kind``: import, undo, add, remove, suppress or enter. ``done`` of ``total`` are looked at, ``changed`` of them concerned."""

    id: int
    workspace: int
    kind: str
    title: str
    asked: Mapping[str, Any]
    made_by: str
    made_at: int
    state: str
    done: int
    total: int
    changed: int
    place: str
    problem: str
    ended_at: int | None
    undone_by: int | None

    @property
    def key(self) -> tuple[int, int]:
        """What tells it from all others, in other databases too."""
        return self.id, self.made_at

    @property
    def can_undo(self) -> bool:
        """Whether it is an import that can be taken back now."""
        if self.kind != "import" or self.undone_by is not None or self.state in ("waiting", "running"):
            return False
        return self.ended_at is not None and self.ended_at > time.time_ns() // 1000 - imported.KEPT


async def ask(
    connection: Connection,
    workspace: int,
    kind: str,
    title: str,
    asked: Mapping[str, Any],
    by: str,
    total: int,
    body: bytes = b"",
) -> int:
    """Put a task into the queue; gives its number."""
    found: int = await connection.fetchval(
        "INSERT INTO people_tasks (workspace, kind, title, asked, body, made_by, made_at, total) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        workspace,
        kind,
        title,
        json.dumps(asked),
        zlib.compress(body) if body else b"",
        by,
        time.time_ns() // 1000,
        total,
    )
    return found


async def done(
    connection: Connection, workspace: int, kind: str, title: str, asked: Mapping[str, Any], by: str, count: int
) -> int:
    """Write down something that was done to many people at once, so that it can be asked about; gives its number."""
    id = await ask(connection, workspace, kind, title, asked, by, count)
    await connection.execute(
        "UPDATE people_tasks SET state = 'done', done = $2, changed = $2, ended_at = made_at WHERE id = $1", id, count
    )
    return id


async def failed(
    connection: Connection,
    workspace: int,
    kind: str,
    title: str,
    asked: Mapping[str, Any],
    by: str,
    total: int,
    faults: Sequence[tuple[int, str]],
    problem: str,
) -> int:
    """Write down something that was not done because of ``faults``, (line, what is wrong); gives its number."""
    id = await ask(connection, workspace, kind, title, asked, by, total)
    await connection.execute(
        "UPDATE people_tasks SET state = 'failed', problem = $2, ended_at = made_at WHERE id = $1", id, problem
    )
    await task_rows.keep(connection, id, [task_rows.fault(*each) for each in faults[:ERRORS]])
    return id


async def listed(
    connection: Connection,
    workspace: int,
    q: str = "",
    states: Sequence[str] = (),
    after: int = 0,
    oldest: bool = False,
    limit: int = 50,
) -> list[Task]:
    """Read tasks of a workspace, the newest first, or the ``oldest``: those with ``q`` in what they are, in their rule or in who began
    them, in one of ``states`` (none: any), behind the task ``after``."""
    behind, order = (">", "ASC") if oldest else ("<", "DESC")
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM people_tasks WHERE workspace = $1 AND ($2 = 0 OR id {behind} $2) "
        "AND ($4::text[] = '{}' OR state = ANY($4)) "
        "AND ($3 = '' OR strpos(lower(concat_ws(' ', kind, title, made_by, asked::json ->> 'rule')), lower($3)) > 0) "
        f"ORDER BY id {order} LIMIT $5",
        workspace,
        after,
        q.strip(),
        list(states),
        limit,
    )
    return [_task(row) for row in rows]


async def read(connection: Connection, workspace: int, id: int) -> Task | None:
    """Read one task."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM people_tasks WHERE workspace = $1 AND id = $2", workspace, id
    )
    return _task(row) if row else None


async def stop(connection: Connection, workspace: int, id: int) -> bool:
    """Stop a task that is not at its end; what it did stays done. False where there is none."""
    done = await connection.execute(
        "UPDATE people_tasks SET state = 'stopped', ended_at = $3, body = '' "
        "WHERE workspace = $1 AND id = $2 AND state IN ('waiting', 'running')",
        workspace,
        id,
        time.time_ns() // 1000,
    )
    return str(done).endswith(" 1")


async def undo(connection: Connection, task: Task, by: str) -> int | None:
    """Ask that an import is taken back; None where somebody has asked already, or nothing is kept of it."""
    total = await connection.fetchval("SELECT count(*) FROM people_task_rows WHERE task = $1 AND n >= 0", task.id)
    id = await ask(connection, task.workspace, "undo", f"Undo of {task.title}", {"task": task.id}, by, total)
    done = await connection.execute(
        "UPDATE people_tasks SET undone_by = $2 WHERE id = $1 AND undone_by IS NULL AND state IN ('done', 'stopped', 'failed') "
        "AND ended_at > $3",
        task.id,
        id,
        time.time_ns() // 1000 - imported.KEPT,
    )
    if not done.endswith(" 1"):
        await connection.execute("DELETE FROM people_tasks WHERE id = $1", id)
        return None
    return id


async def claim(connection: Connection) -> Task | None:
    """Take the oldest task that is not at its end, which nobody else works on, until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM people_tasks WHERE state IN ('waiting', 'running') ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    return _task(row) if row else None


async def went(connection: Connection, id: int, looked: int, changed: int, place: str, now: int) -> None:
    """Write down that a portion is done; at its end ("" as the ``place`` of the next) its file goes."""
    ended = not place
    await connection.execute(
        "UPDATE people_tasks SET state = $2, done = done + $3, changed = changed + $4, place = $5, ended_at = $6, "
        "body = CASE WHEN $6::bigint IS NULL THEN body ELSE '' END WHERE id = $1",
        id,
        "done" if ended else "running",
        looked,
        changed,
        place,
        now if ended else None,
    )


async def fail(connection: Connection, id: int, problem: str, now: int) -> None:
    """Write down why a task can't go on."""
    await connection.execute(
        "UPDATE people_tasks SET state = 'failed', problem = $2, ended_at = $3, body = '' WHERE id = $1",
        id,
        problem,
        now,
    )


async def body(connection: Connection, id: int) -> str:
    """Read the file a task is about; "" where it has none."""
    packed = await connection.fetchval("SELECT body FROM people_tasks WHERE id = $1", id)
    return zlib.decompress(packed).decode() if packed else ""


def _task(row: Any) -> Task:
    fields = [row[name.strip()] for name in _COLUMNS.split(",")]
    fields[4] = json.loads(fields[4])
    return Task(*fields)
