"""Work on many people, done: a portion at a time, each one transaction of the records it appends, what stood there before, and how far the
task has come. So a crash repeats a portion or finds it done, and two workers never do the same one.
"""

import asyncio
import time
from typing import Final

from tidings import log
from tidings.database.looking import apart, keep_looking
from tidings.database.pool import Connection, Pool
from tidings.kernel.problems import Invalid
from tidings.kernel.records import encode, home
from tidings.people import imported, sizes
from tidings.project import task_rows, tasks
from tidings.project.portions import KINDS, put_down
from tidings.project.tasks import Task

_LOOK: Final = 1.0


async def working(pool: Pool, stop: asyncio.Event) -> None:
    """Work on what waits until ``stop``, and count segments once an hour."""

    async def look() -> bool:
        busy = await work(pool)
        if not busy:
            await _tidy(pool)
        return busy

    await keep_looking(look, _LOOK, "work on many people", stop)


async def work(pool: Pool) -> bool:
    """Do the next portion of the oldest task; says whether there was any. One with a fault fails, and keeps no other waiting."""
    async with pool.acquire() as connection, connection.transaction():
        task, now = await tasks.claim(connection), time.time_ns() // 1000
        if task is None:
            put_down()
            return False
        problem = _FAULT
        with apart("work on many people could not be done", task=task.id, kind=task.kind):
            async with connection.transaction():
                problem = await _work(connection, task, now)
        if problem:
            await tasks.fail(connection, task.id, problem, now)
        return True


_FAULT: Final = "This stopped at a fault of Tidings. It was written down for whoever runs it."


async def _work(connection: Connection, task: Task, now: int) -> str:
    """Do a portion; gives why the task can't go on, "" where it can."""
    try:
        portion = await KINDS[task.kind](connection, task, now)
    except Invalid as error:
        return str(error)
    if portion.records:
        await log.append(connection, [(home(record), encode(record)) for record in portion.records])
    await task_rows.keep(connection, task.id, portion.kept)
    if not portion.place:
        put_down()
    await tasks.went(connection, task.id, portion.looked, len(portion.records), portion.place, now)
    return ""


async def _tidy(pool: Pool) -> None:
    now = time.time_ns() // 1000
    async with pool.acquire() as connection:
        workspaces = await connection.fetch("SELECT id FROM workspaces")
        if any([await sizes.write(connection, row[0], now) for row in workspaces]):
            await imported.forget_before(connection, now)
