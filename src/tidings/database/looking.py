"""What looks after something again and again, beside the work it is there for."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import structlog

from tidings.database.pool import AWAY

logger = structlog.get_logger(__name__)
_BUSY: Final = 0.01


async def keep_looking(
    look: Callable[[], Awaitable[bool | None]],
    every: float,
    what: str,
    stop: asyncio.Event | None = None,
    first: float = 0.0,
) -> None:
    """Look until ``stop``, or until cancelled: ``every`` so many seconds, and at once again where `look` says there was something to do.
    ``first``: seconds before the first look.

    A database that goes away is waited for, and what fails is tried again. ``what`` is looked after, in words, for the log.
    """
    stop = stop or asyncio.Event()
    if first:
        await _pass(first, stop)
    while not stop.is_set():
        busy: bool | None = False
        try:
            busy = await look()
        except AWAY as error:
            logger.warning(f"nobody looks after {what}; trying again", error=str(error))
        except Exception:
            logger.exception(f"{what} could not be looked after")
        await _pass(_BUSY if busy else every, stop)


@contextmanager
def apart(what: str, **about: object) -> Iterator[None]:
    """Let a fault within keep nothing else waiting: it stands in the log, as ``what``. A database that goes away is no such fault."""
    try:
        yield
    except AWAY:
        raise
    except Exception:
        logger.exception(what, **about)


async def _pass(seconds: float, stop: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
