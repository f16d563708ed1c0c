"""What looks after something again and again, beside the worker's batches."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from tidings.database.pool import AWAY, Pool

logger = structlog.get_logger(__name__)
_BUSY: Final = 0.01


async def keep_looking(look: Callable[[Pool, int], Awaitable[bool]], pool: Pool, every: float, what: str) -> None:
    """Look until cancelled: ``every`` so many seconds, at once where there was something to do. ``what`` is looked after, in words."""
    while True:
        try:
            busy = await look(pool, time.time_ns() // 1000)
        except AWAY as error:
            logger.warning(f"nobody looks after {what}; trying again", error=str(error))
            busy = False
        except Exception:
            logger.exception(f"{what} could not be looked after")
            busy = False
        await asyncio.sleep(_BUSY if busy else every)
