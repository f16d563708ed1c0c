"""The private PostgreSQL starts from nothing and from whatever a killed owner left behind, and never outlives its owner."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from tidings.database.embedded import Embedded, NotStarted, address, running

MEMORY = 256 << 20


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="tidings-embedded-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def until(claim: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def ask(url: str, question: str) -> object:
    async def asking() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    return asyncio.run(asking())


def test_rows_stay_from_one_start_to_the_next(folder: Path) -> None:
    with running(folder, memory=MEMORY) as server:
        ask(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")
        assert address(folder) == server.url
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert ask(server.url, f"SHOW {name}") == "on"
    assert address(folder) is None
    with running(folder, memory=MEMORY) as server:
        assert ask(server.url, "SELECT answer FROM kept") == 42


def test_a_slow_statement_is_logged_without_what_it_is_about(folder: Path) -> None:
    async def asking(url: str) -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("SET log_min_duration_statement = 0")
            await connection.fetchval("SELECT $1::text || 'slow'", "ada@example.com")
        finally:
            await connection.close()

    with running(folder, memory=MEMORY) as server:
        asyncio.run(asking(server.url))
        logged = (folder / "postgres.log").read_text()
    assert "|| 'slow'" in logged
    assert "ada@example.com" not in logged


def test_folder_has_one_owner(folder: Path) -> None:
    with running(folder, memory=MEMORY) as server:
        second = Embedded(folder, memory=MEMORY)
        with pytest.raises(NotStarted, match=f"pid {os.getpid()}"):
            second.start()
        second.stop()
        assert ask(server.url, "SELECT 1") == 1
    with running(folder, memory=MEMORY):
        pass


def test_crashed_server_recovers(folder: Path) -> None:
    server = Embedded(folder, memory=MEMORY)
    url = server.start()
    ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    until(lambda: server.pid is None)
    server.stop()
    with running(folder, memory=MEMORY) as again:
        assert ask(again.url, "SELECT answer FROM kept") == 42


@pytest.mark.parametrize("depth", [0, 60])
def test_killed_server_is_restarted_at_its_address(folder: Path, depth: int) -> None:
    with running(folder / ("d" * depth) / "e", memory=MEMORY) as server:
        url = server.url
        ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        until(lambda: server.pid is None)
        server.restart()
        assert server.url == url
        assert ask(url, "SELECT answer FROM kept") == 42


def test_pid_file_naming_another_process_is_overcome(folder: Path) -> None:
    with running(folder, memory=MEMORY):
        pid_file = (folder / "postgres" / "postmaster.pid").read_text()
    lines = pid_file.splitlines()
    bystander = subprocess.Popen(
        ["sleep", "60"], user=(folder / "postgres").stat().st_uid if os.geteuid() == 0 else None
    )
    try:
        (folder / "postgres" / "postmaster.pid").write_text("\n".join([str(bystander.pid), *lines[1:]]) + "\n")
        with running(folder, memory=MEMORY) as server:
            assert ask(server.url, "SELECT 1") == 1
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


OWNER = """
import sys, signal
from pathlib import Path
from tidings.database.embedded import Embedded
server = Embedded(Path(sys.argv[1]), memory=256 << 20)
server.start()
print(server.pid, flush=True)
signal.pause()
"""


def test_killed_owner_leaves_no_server(folder: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    owner.kill()
    owner.wait()
    if sys.platform.startswith("linux"):
        until(lambda: not psutil.pid_exists(pid))
    with running(folder, memory=MEMORY) as server:
        assert ask(server.url, "SELECT 1") == 1


def test_server_left_running_is_ended_first(folder: Path) -> None:
    """As on a system that does not end it with its owner, and with the server frozen at that."""
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    os.kill(pid, signal.SIGSTOP)
    owner.kill()
    owner.wait()
    with running(folder, memory=MEMORY) as server:
        assert server.pid != pid
        assert ask(server.url, "SELECT 1") == 1
    assert not psutil.pid_exists(pid)


def test_interrupted_creation_is_begun_anew(folder: Path) -> None:
    (folder / "postgres.new").mkdir()
    (folder / "postgres.new" / "half").write_text("")
    with running(folder, memory=MEMORY) as server:
        assert ask(server.url, "SELECT 1") == 1


def test_a_damaged_cluster_is_left_as_it_is(folder: Path) -> None:
    with running(folder, memory=MEMORY) as server:
        ask(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    version, control = folder / "postgres" / "PG_VERSION", folder / "postgres" / "global" / "pg_control"
    for lost, says in ((version, "PG_VERSION is gone"), (control, "could not find the database system")):
        bytes, owner = lost.read_bytes(), lost.stat()
        lost.unlink()
        with pytest.raises(NotStarted, match=says) as refused:
            Embedded(folder, memory=MEMORY).start()
        assert "database system was shut down" not in str(refused.value)  # which it was before
        lost.write_bytes(bytes)
        os.chown(lost, owner.st_uid, owner.st_gid)
    with running(folder, memory=MEMORY) as server:
        assert ask(server.url, "SELECT answer FROM kept") == 42


@pytest.mark.parametrize("left", ["", "garbage\n"])
def test_pid_file_without_a_number_is_overcome(folder: Path, left: str) -> None:
    with running(folder, memory=MEMORY):
        pass
    (folder / "postgres" / "postmaster.pid").write_text(left)
    with running(folder, memory=MEMORY) as server:
        assert ask(server.url, "SELECT 1") == 1


def test_what_can_be_no_data_folder_is_said(folder: Path) -> None:
    (folder / "file").write_text("")
    for wrong in (folder / "file", folder / "file" / "data"):
        with pytest.raises(NotStarted, match="can't be the data folder"):
            Embedded(wrong, memory=MEMORY).start()


def test_deep_folder_gets_a_short_socket(folder: Path) -> None:
    deep = folder / ("d" * 60) / ("e" * 60)
    with running(deep, memory=MEMORY) as server:
        assert ask(server.url, "SELECT 1") == 1


def test_cluster_of_another_version_is_refused(folder: Path) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(NotStarted, match="made by PostgreSQL 9"):
        Embedded(folder, memory=MEMORY).start()
    assert address(folder) is None
