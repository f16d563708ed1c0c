"""Children are kept running, stopped in order, and never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import psutil
import pytest
import structlog

from tidings.app.supervise import Child, run_once

LOYAL = "import time\nwhile True: time.sleep(0.05)"
STUBBORN = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\nwhile True: time.sleep(0.05)"


async def until(claim: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(0.02)


async def test_killed_child_is_started_again_and_stopped_for_good() -> None:
    child = Child("loyal", [sys.executable, "-c", LOYAL], dict(os.environ))
    running = asyncio.create_task(child.run())
    await until(lambda: child.pid is not None)
    for starts in (2, 3):
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        await until(lambda starts=starts: child.starts == starts and child.pid is not None)  # type: ignore[misc]
    pid = child.pid
    await child.stop(5)
    await asyncio.wait_for(running, 5)
    assert pid is not None
    assert not psutil.pid_exists(pid)
    assert child.starts == 3


async def test_child_that_does_not_listen_is_killed() -> None:
    child = Child("stubborn", [sys.executable, "-c", STUBBORN], dict(os.environ))
    running = asyncio.create_task(child.run())
    await until(lambda: child.pid is not None)
    pid = child.pid
    await child.stop(0.5)
    await asyncio.wait_for(running, 5)
    assert pid is not None
    assert not psutil.pid_exists(pid)


SUPERVISOR = f"""
import asyncio, os, sys
from tidings.app.supervise import Child, run_once
async def main():
    child = Child("loyal", [sys.executable, "-c", {LOYAL!r}], dict(os.environ))
    running = asyncio.create_task(child.run())
    while child.pid is None:
        await asyncio.sleep(0.01)
    print(child.pid, flush=True)
    await running
asyncio.run(main())
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="elsewhere a child must look for its supervisor itself"
)
def test_children_of_a_killed_supervisor_end() -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR], stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    pid = int(supervisor.stdout.readline())
    supervisor.kill()
    supervisor.wait()
    asyncio.run(until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE))


@pytest.mark.parametrize("patience", [20.0, 0.0])
async def test_what_runs_once_ends_when_told_and_says_nothing_of_it(patience: float) -> None:
    stop = asyncio.Event()
    with structlog.testing.capture_logs() as said:
        running = asyncio.create_task(run_once("serve", "http.server", "0", url="", stop=stop, patience=patience))
        await until(lambda: bool(_serving()))
        (child,) = _serving()
        stop.set()
        await asyncio.wait_for(running, 20)
    assert not child.is_running()
    assert not said


async def test_what_runs_once_and_fails_is_told() -> None:
    with structlog.testing.capture_logs() as said:
        await run_once("nothing", "tidings.nothing", url="", stop=asyncio.Event())
    assert [(each["process"], each["code"]) for each in said] == [("nothing", 1)]


def _serving() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if "http.server" in each.cmdline()]
