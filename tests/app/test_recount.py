"""The process that counts goals again does what is due, and ends."""

import asyncio
from pathlib import Path
from typing import Any

from tests.project.test_project import DEMO, workspace
from tidings.app.supervise import run_once
from tidings.kernel.ids import PARTITIONS
from tidings.project.apply import apply
from tidings.project.folder import read_folder

__all__ = ["workspace"]


async def test_goals_are_counted_by_a_process_of_its_own(database: Any, workspace: int) -> None:
    applied = await apply(database.pool, workspace, read_folder(Path(DEMO)))
    await database.execute(
        "INSERT INTO in_force (partition, workspace, number, since) SELECT p, $1, $2, 1 FROM generate_series(0, $3 - 1) p",
        workspace,
        applied.number,
        PARTITIONS,
    )
    await run_once("recount", "tidings.app.recount", url=database.url, stop=asyncio.Event())
    rows = await database.fetch("SELECT journey, passes, done, next > since FROM recounts ORDER BY 1")
    assert ("onboarding", 1, 0, True) in [tuple(row) for row in rows]
