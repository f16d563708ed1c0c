"""`tidings api`, `worker` and `deliver`: each one process on a given database, ended by a signal."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.conftest import Database
from tests.running import free_port


@pytest.mark.parametrize("role", ["api", "worker", "deliver"])
async def test_a_role_runs_until_it_is_told_to_stop(role: str, database: Database, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TIDINGS_")}
    environment |= {"TIDINGS_DATABASE_URL": database.url, "TIDINGS_PORT": str(free_port())}
    with (tmp_path / "output").open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tidings", role), cwd=tmp_path, env=environment, stdout=output, stderr=output
        )
    try:
        async with asyncio.timeout(40):
            while not await database.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()",
                f"tidings {role}",
            ):  # another process, which has no signal to give
                assert process.returncode is None, (tmp_path / "output").read_text()
                await asyncio.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0, (tmp_path / "output").read_text()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
