"""Everything on one machine: PostgreSQL (unless an address is given), migrations, and the processes, kept running together."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import structlog
import uvloop
from msgspec.structs import replace

from tidings.app.formats import FORMATS
from tidings.app.serve import answers, check_free
from tidings.app.supervise import Child, run_until_stopped
from tidings.database.embedded import Embedded, NotStarted
from tidings.database.migrate import migrate
from tidings.database.pool import connect
from tidings.database.version import before_version
from tidings.log.epoch import mend
from tidings.settings import Settings

logger = structlog.get_logger(__name__)
ROLES: Final = ("api", "worker", "deliver")
_PATIENCE: Final = 15.0
_LOOK: Final = 0.3

Ready = Callable[[Settings], Awaitable[None]]


def up(settings: Settings, *, roles: Sequence[str] = ROLES, ready: Ready | None = None) -> None:
    """Run until SIGTERM or SIGINT; returns when all is stopped.

    ``ready``: called with the settings (``database_url`` filled in) once the API answers; cancelled at the end. Call it on the main
    thread. Raises `NotStarted`, `Taken`, `Unfit`, OSError.
    """
    if "api" in roles:
        check_free(settings.host, settings.port)
    server = None if settings.database_url else Embedded(settings.data)
    try:
        if server is not None:
            settings = replace(settings, database_url=server.start())
        uvloop.run(run_until_stopped(lambda stop: _run(settings, server, roles, ready, stop)))
    finally:
        if server is not None:
            server.stop()


async def prepare(url: str) -> None:
    """Bring a database up to date: its tables, the floors of formats, the log's epoch."""
    if applied := await migrate(url, formats=FORMATS):
        for version in applied:
            logger.debug("migration applied", version=version)
        before = before_version(applied[0]) or "nothing"
        logger.info("the tables were migrated", before=before, now=applied[-1], migrations=len(applied))
    connection = await connect(url, name="tidings up")
    try:
        epoch = await mend(connection)
        if epoch is not None:
            logger.warning("transaction ids started anew; the log's epoch was raised", epoch=epoch)
    finally:
        await connection.close()


async def _run(
    settings: Settings, server: Embedded | None, roles: Sequence[str], ready: Ready | None, stop: asyncio.Event
) -> None:
    assert settings.database_url is not None
    await prepare(settings.database_url)
    environment = {**os.environ, "TIDINGS_DATABASE_URL": settings.database_url}
    if settings.development:
        environment["TIDINGS_DEVELOPMENT"] = "yes"
    children = [
        Child(role, [sys.executable, "-m", f"tidings.app.{role}"], environment)
        for role in roles
        for _ in range(settings.workers if role == "worker" else 1)
    ]
    tasks = [asyncio.create_task(child.run()) for child in children]
    if server is not None:
        tasks.append(asyncio.create_task(_keep(server)))
    greeting = [asyncio.create_task(_when_ready(settings, ready))] if ready is not None else []
    stopping = asyncio.create_task(stop.wait())
    try:
        waiting: set[asyncio.Task[Any]] = {stopping, *tasks, *greeting}
        while not stopping.done():
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopping}:
                task.result()
    finally:
        stopping.cancel()
        await _end(greeting)  # it may speak to the API, so it goes first
        for child in children:  # in this order: nothing new comes in, then nothing new is planned
            await child.stop(_PATIENCE)
        await _end(tasks)


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task


async def _keep(server: Embedded) -> None:
    """Start PostgreSQL again where it has died. (Here, on the main thread: the kernel ties it to the thread that started it.)"""
    while True:
        await asyncio.sleep(_LOOK)
        if server.pid is None:
            logger.error("PostgreSQL ended and is started again")
            try:
                server.restart()
            except NotStarted as fault:
                logger.error("PostgreSQL does not start", says=str(fault))
                await asyncio.sleep(3)


async def _when_ready(settings: Settings, ready: Ready) -> None:
    while not await answers(settings.host, settings.port):  # noqa: ASYNC110  (another process; it has no event to give)
        await asyncio.sleep(0.05)
    await ready(settings)
