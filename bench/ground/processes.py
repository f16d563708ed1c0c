"""The program's own processes on a town, as `tidings up` runs them."""

import asyncio
import os
import socket
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psutil

from tidings.app.serve import answers


def free_port() -> int:
    """Give a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def process(module: str, url: str, port: int = 0) -> AsyncIterator[Process]:
    """Run a module; with ``port``, until it answers there."""
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdout=sys.stderr,  # what it logs is no part of the table
        env={
            **os.environ,
            "TIDINGS_DATABASE_URL": url,
            "TIDINGS_LOG_LEVEL": "warning",
            "TIDINGS_RATE_LIMIT": "10000000",
            "TIDINGS_MAIL_NETWORKS": "127.0.0.1",
            "TIDINGS_PORT": str(port or 8000),
        },
    )
    try:
        while port and not await answers("127.0.0.1", port):
            if running.returncode is not None:
                raise RuntimeError(f"{module} ended at once")
            await asyncio.sleep(0.02)
        yield running
    finally:
        with suppress(ProcessLookupError):
            running.terminate()
        await running.wait()


class Share:
    """How much of a core a process takes, from here on."""

    def __init__(self, running: Process) -> None:
        self._process = psutil.Process(running.pid)
        self._began, self._used = time.perf_counter(), self._cpu()

    def _cpu(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def so_far(self) -> float:
        """Give it."""
        return (self._cpu() - self._used) / max(time.perf_counter() - self._began, 1e-6)
