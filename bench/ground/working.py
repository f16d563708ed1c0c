"""A worker in a process of its own that tells how far it is; and the reading of it from the process that measures."""

import asyncio
import json
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import msgspec
import psutil
import uvloop
from msgspec import Struct

TELL: Final = 0.05


class Progress(Struct):
    """``at``: unix seconds. ``rss``: bytes in memory. ``cpu``: seconds of a core used."""

    at: float
    applied: int
    idle: bool
    rss: int
    cpu: float


class Working:
    """The other side's worker. ``log``: all it told."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.log: list[Progress] = []
        self._news = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            self.log.append(msgspec.json.decode(line, type=Progress))
            self._news.set()
        self._news.set()

    async def news(self) -> Progress:
        """Wait for what it tells next."""
        self._news.clear()
        await self._news.wait()
        if self.process.returncode is not None or self._reading.done():
            raise RuntimeError("the worker ended while it was measured")
        return self.log[-1]

    async def reaches(self, applied: int) -> Progress:
        """Wait until so many rows are applied."""
        while not self.log or self.log[-1].applied < applied:
            await self.news()
        return self.log[-1]

    async def rests(self) -> Progress:
        """Wait until nothing is left to do."""
        while not (await self.news()).idle:
            pass
        return self.log[-1]


@asynccontextmanager
async def working(url: str, **settings: str) -> AsyncIterator[Working]:
    """Run a worker on a database."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.ground.working",
        env={
            **os.environ,
            "TIDINGS_DATABASE_URL": url,
            "TIDINGS_LOG_LEVEL": "warning",
            **{f"TIDINGS_{name.upper()}": value for name, value in settings.items()},
        },
        stdout=PIPE,
    )
    found = Working(process)
    try:
        yield found
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _tell(worker: object) -> None:
    process = psutil.Process()
    while True:
        told = {
            "at": time.time(),
            "applied": worker.applied,  # type: ignore[attr-defined]
            "idle": worker.idle.is_set(),  # type: ignore[attr-defined]
            "rss": process.memory_info().rss,
            "cpu": time.process_time(),
        }
        try:
            print(json.dumps(told), flush=True)
        except OSError:  # whoever measured is gone
            worker.stop()  # type: ignore[attr-defined]
            return
        await asyncio.sleep(TELL)


async def _main() -> None:
    import signal

    from tidings.app.logs import configure
    from tidings.app.worker import calm
    from tidings.database.pool import open_pool
    from tidings.processor.worker import Worker
    from tidings.settings import load

    settings = load()
    configure(settings.log_level)
    assert settings.database_url is not None
    pool = await open_pool(settings.database_url, name="tidings worker", largest=settings.connections)
    calm()
    worker = Worker(pool, settings.database_url, settings)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
    telling = asyncio.create_task(_tell(worker))
    await worker.run()
    telling.cancel()
    pool.terminate()


if __name__ == "__main__":
    uvloop.run(_main())
