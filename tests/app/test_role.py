"""A process of an installation: told to stop it ends, whatever its work does."""

import asyncio
import signal
import sys

from tests.conftest import Database

STUCK = """
import asyncio, sys
from tidings.app import role
from tidings.app.logs import configure
from tidings.settings import Settings
configure("info")
async def stuck(settings, url, pool, stop):
    await asyncio.Event().wait()
asyncio.run(role.run("stuck", stuck, Settings(database_url=sys.argv[1]), last=0.05))
"""


async def test_work_that_does_not_end_is_cut_off(database: Database) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STUCK, database.url, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(60):
            while b'"running"' not in await process.stderr.readline():
                pass
            process.send_signal(signal.SIGTERM)
            assert b"it is cut off" in await process.stderr.read()
            assert await process.wait() == 1
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
