"""Goals that are to be counted again: which, how far that is, and doing it.

A goal that was edited is another goal. Of runs that began before it came into force, live says nothing under it, so they are counted from
history: once when it comes, and again each hour until the last of their windows has closed. Runs that began under it are counted as they
convert; meeting them again changes nothing. How far it is stands in a table, partition by partition, so whoever goes on begins there.
"""

import time
from typing import Final, NamedTuple

from tidings import engine, events, journeys
from tidings.database.access import Workspace, list_workspaces
from tidings.database.looking import apart
from tidings.database.pool import Connection, Pool
from tidings.kernel.ids import PARTITIONS, digest
from tidings.kernel.times import HOUR
from tidings.project import store
from tidings.simulate.recount import Recount, partition

EACH: Final = HOUR
"""How long after one pass the next begins, while windows are open."""


class Counting(NamedTuple):
    """How far the counting of a journey's goal is. ``since``: when the goal came into force; ``passes`` that were ended; ``done``:
    partitions of the pass under way; ``next``: when the next begins, None where all windows have closed."""

    since: int
    passes: int
    done: int
    next: int | None


async def of_goal(connection: Connection, workspace: int, journey: str, goal: bytes) -> Counting | None:
    """Read how far it is; None where it has not begun."""
    row = await connection.fetchrow(
        "SELECT since, passes, done, next FROM recounts WHERE workspace = $1 AND journey = $2 AND goal = $3",
        workspace,
        journey,
        goal,
    )
    return Counting(*row) if row is not None else None


async def due(pool: Pool, now: int) -> list[tuple[Workspace, str]]:
    """Give the journeys whose goal is to be counted now; a goal that is new is written down."""
    found = []
    async with pool.acquire() as connection:
        for workspace in await list_workspaces(connection):
            with apart("the goals of a workspace could not be looked at", workspace=workspace.name):
                found += [(workspace, id) for id in await _due(connection, workspace.id, now)]
    return found


async def _due(connection: Connection, workspace: int, now: int) -> list[str]:
    found = []
    in_force = await store.newest(connection, workspace)
    derived = events.in_force(in_force.body)
    for id, entry in in_force.body.get("journeys", {}).items():
        goal = journeys.read(entry["document"], derived).goal
        if goal is None:
            continue
        known = await of_goal(connection, workspace, id, goal.id)
        if known is None:
            if not await _everywhere(connection, workspace, in_force.number):
                continue  # runs may still begin under the goal before
            await connection.execute(
                "INSERT INTO recounts (workspace, journey, goal, since, next) VALUES ($1, $2, $3, $4, $4) "
                "ON CONFLICT DO NOTHING",
                workspace,
                id,
                goal.id,
                now,
            )
            found.append(id)
        elif known.next is not None and known.next <= now:
            found.append(id)
    return found


async def count(pool: Pool, workspace: Workspace, journey: str) -> bool:
    """Do what is left of a pass over a journey; False where somebody else does it, or nothing is to be done."""
    async with pool.acquire() as connection:
        lock = int.from_bytes(digest("recount", workspace.id, journey)[:8], "big", signed=True)
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", lock):
            return False
        try:
            return await _count(pool, connection, workspace, journey)
        finally:
            await connection.fetchval("SELECT pg_advisory_unlock($1)", lock)


async def _count(pool: Pool, connection: Connection, workspace: Workspace, journey: str) -> bool:
    in_force = await store.newest(connection, workspace.id)
    recount = Recount(engine.Workspace(workspace.id, workspace.secret), in_force.body, journey)
    key = (workspace.id, journey, recount.goal.id)
    known = await of_goal(connection, *key)
    now = time.time_ns() // 1000
    if known is None or known.next is None or known.next > now:
        return False
    first = known.passes == 0
    began = -(1 << 62) if first else known.since - recount.goal.within - EACH
    for number in range(known.done, PARTITIONS):
        await partition(pool, recount, number, began)
        await connection.execute(
            "UPDATE recounts SET done = $4 WHERE workspace = $1 AND journey = $2 AND goal = $3", *key, number + 1
        )
    closed = now >= known.since + recount.goal.within + EACH
    await connection.execute(
        "UPDATE recounts SET done = 0, passes = passes + 1, next = $4 WHERE workspace = $1 AND journey = $2 AND goal = $3",
        *key,
        None if closed else now + EACH,
    )
    return True


async def _everywhere(connection: Connection, workspace: int, number: int) -> bool:
    """Whether definitions are in force in every partition."""
    found: int = await connection.fetchval(
        "SELECT count(*) FROM in_force WHERE workspace = $1 AND number >= $2", workspace, number
    )
    return found == PARTITIONS
