"""Bring the bytes of a folder's pictures into a workspace, so that definitions may name them."""

import time
from pathlib import Path

from tidings.content import store
from tidings.database.pool import Connection
from tidings.kernel.problems import Invalid, Problem
from tidings.project.folder import Project, read_picture


async def upload(connection: Connection, workspace: int, folder: Path, project: Project) -> None:
    """Keep those the workspace does not have yet. Raises Invalid where a file changed meanwhile, or there is no room.

    Pictures of the project that the folder does not have came from the workspace itself.
    """
    lacking = await store.lacking(connection, workspace, (asset.hash for asset in project.assets.values()))
    for name, asset in project.assets.items():
        if asset.hash not in lacking:
            continue
        lacking.discard(asset.hash)
        found, data = read_picture(folder / "assets" / name)
        if found != asset:
            problem = Problem("it was changed while it was read", "run it again", file=f"assets/{name}")
            raise Invalid([problem])
        await store.keep(connection, workspace, asset, data, time.time_ns() // 1000)
