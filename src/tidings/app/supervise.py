"""Keep child processes running: restart who dies, stop all in order, leave none behind.

A child that ends by itself is started again, at once the first time and then ever later (up to a bound) until it has stayed up for
a while. Children are told to stop by SIGTERM and, after some patience, by SIGKILL. Where the supervisor itself is killed, the
kernel ends its children (Linux), and they look for it themselves (everywhere).
"""

import asyncio
import ctypes
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

import structlog

logger = structlog.get_logger(__name__)
PARENT: Final = "_TIDINGS_PARENT"
"""Environment variable of a supervised child: the process id of its supervisor."""
_FIRST_WAIT: Final = 0.2
_LONGEST_WAIT: Final = 10.0
_STEADY: Final = 20.0
"""Seconds after which a child counts as well again."""


class Child:
    """One process to keep running."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self.starts = 0
        self._command = list(command)
        self._environment = {**environment, PARENT: str(os.getpid())}
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """The process id, None while it is not running."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process is not None and running else None

    async def run(self) -> None:
        """Start it, and again whenever it ends, until `stop`."""
        wait = 0.0
        while not self._stopping.is_set():
            began = time.monotonic()
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                env=self._environment,
                start_new_session=True,  # a Ctrl-C is ours to pass on, in our order
                preexec_fn=end_with_parent(),
            )
            self.starts += 1
            code = await self._process.wait()
            if self._stopping.is_set():
                return
            wait = 0.0 if time.monotonic() - began > _STEADY else wait
            logger.error("a process ended and is started again", process=self.name, code=code, after=f"{wait:.1f} s")
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._stopping.wait()
            wait = min(max(2 * wait, _FIRST_WAIT), _LONGEST_WAIT)

    async def stop(self, patience: float) -> None:
        """End it: asked first, then, after ``patience`` seconds, told."""
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(patience):
                await process.wait()
        except TimeoutError:
            logger.warning("a process did not stop in time and is killed", process=self.name)
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def run_once(
    name: str, module: str, *arguments: str, url: str, stop: asyncio.Event, patience: float = 10.0
) -> None:
    """Run a module of this program as a process that ends by itself, on the database at ``url``. Where ``stop`` comes first it is asked to
    end, and told to after ``patience`` seconds. One that fails is logged by its ``name``; what it had to do is its caller's to look at."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        env={**os.environ, "TIDINGS_DATABASE_URL": url, PARENT: str(os.getpid())},
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # a Ctrl-C is ours to pass on, in our order
        preexec_fn=end_with_parent(),
    )
    ended, stopping = asyncio.ensure_future(process.wait()), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            with suppress(ProcessLookupError):
                process.terminate()
            await asyncio.wait({ended}, timeout=patience)
    finally:
        stopping.cancel()
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        code = await ended
    if code and not stop.is_set():
        logger.error("a process ended before its work was done", process=name, code=code)


async def run_until_stopped(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run ``main(stop)`` on this loop; SIGTERM and SIGINT set ``stop``, and so does the end of a supervisor."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    watching = asyncio.create_task(_watch_parent(stop))
    try:
        await main(stop)
    finally:
        watching.cancel()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(sign)


async def _watch_parent(stop: asyncio.Event) -> None:
    parent = os.environ.get(PARENT)
    while parent is not None:
        if os.getppid() != int(parent):
            logger.error("the supervisor is gone; stopping")
            stop.set()
            return
        await asyncio.sleep(1)


def end_with_parent() -> Callable[[], None] | None:
    """Give what a new process does first, so that the kernel ends it with whoever began it."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(1, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask
