"""Everything on one machine comes up from nothing, survives the death of its parts, and leaves nothing behind."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
import structlog

from tidings.app.up import prepare
from tidings.database import embedded
from tidings.database.migrate import migrate
from tidings.database.version import newest

UP = """
import os
import sys
from tidings.app.logs import configure
from tidings.app.up import up
from tidings.settings import load
configure("info")
given = {name: value for name, value in os.environ.items() if name.startswith("TIDINGS_")}
up(load({"TIDINGS_DATA": sys.argv[1], "TIDINGS_PORT": sys.argv[2], **given}, None), roles=sys.argv[3:])
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="tidings-up-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def start(folder: Path, *roles: str, **settings: str) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TIDINGS_")} | settings
    with (folder / "output").open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-c", UP, str(folder / "data"), "1", *roles],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=output,
        )


def until(claim: Callable[[], Any], folder: Path, seconds: float = 40) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := claim()):
        assert time.monotonic() < deadline, (folder / "output").read_text()
        time.sleep(0.05)
    return found


def ask(folder: Path, question: str) -> Any:
    """The answer of the folder's database, or None while it gives none."""

    async def asking() -> Any:
        connection = await asyncpg.connect(embedded.address(folder / "data") or "postgresql://none.invalid/none")
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    try:
        return asyncio.run(asking())
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None


def children(process: subprocess.Popen[bytes], role: str) -> list[psutil.Process]:
    """The supervised processes of a role."""
    found = []
    for child in psutil.Process(process.pid).children():
        with suppress(psutil.NoSuchProcess):  # it ended this moment, and is waited for
            if child.cmdline()[-1:] == [f"tidings.app.{role}"]:
                found.append(child)
    return found


HERE = "SELECT pid FROM pg_stat_activity WHERE application_name = 'tidings deliver' AND datname = current_database() LIMIT 1"


def test_parts_that_die_come_back_and_nothing_stays(folder: Path) -> None:
    process = start(folder, "deliver")
    try:
        until(lambda: ask(folder, HERE), folder)
        assert ask(folder, "SELECT version_num FROM alembic_version") == newest()
        first = children(process, "deliver")[0]
        first.kill()
        until(lambda: [c for c in children(process, "deliver") if c.pid != first.pid], folder)
        until(lambda: ask(folder, HERE), folder)
        postmaster = int((folder / "data" / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(postmaster, signal.SIGKILL)
        until(lambda: ask(folder, "SELECT pg_backend_pid()") and not psutil.pid_exists(postmaster), folder)
        until(lambda: ask(folder, HERE), folder)
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, (folder / "output").read_text()
        assert [c for c in family if c.is_running()] == []
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the children notice within a second or two")
def test_killed_supervisor_takes_all_with_it_and_the_next_start_works(folder: Path) -> None:
    process = start(folder, "deliver")
    try:
        until(lambda: ask(folder, HERE), folder)
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        until(lambda: not [c for c in family if c.is_running() and c.status() != psutil.STATUS_ZOMBIE], folder)
        process = start(folder, "deliver")
        until(lambda: ask(folder, HERE), folder)
    finally:
        process.terminate()
        process.wait(30)


def test_as_many_workers_run_as_are_asked_for_and_share_the_partitions(folder: Path) -> None:
    process = start(folder, "worker", TIDINGS_WORKERS="2")
    try:
        until(lambda: len(children(process, "worker")) == 2, folder)
        until(lambda: ask(folder, "SELECT count(DISTINCT lease_owner) FROM cursors") == 2, folder)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, (folder / "output").read_text()
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def every_level() -> Iterator[None]:
    """Let nothing be left out that is logged, whatever a command has set."""
    before = structlog.get_config()
    structlog.reset_defaults()
    yield
    structlog.configure(**before)


@pytest.mark.usefixtures("every_level")
async def test_one_line_says_how_far_the_tables_were_brought(empty_database: str) -> None:
    await migrate(empty_database, to="0002")
    with structlog.testing.capture_logs() as said:
        await prepare(empty_database)
        await prepare(empty_database)
    debug = [line["version"] for line in said if line["log_level"] == "debug"]
    assert debug[-1] == newest() != debug[0]
    assert [line for line in said if line["log_level"] != "debug"] == [
        {
            "event": "the tables were migrated",
            "log_level": "info",
            "before": "0002",
            "now": newest(),
            "migrations": len(debug),
        }
    ]
