"""Ramps are watched: one of whose messages too many go wrong is stopped."""

import asyncio
from contextlib import suppress
from typing import Final

import structlog

from tidings.database.pool import AWAY, Pool
from tidings.project import ramp

logger = structlog.get_logger(__name__)
_LOOK: Final = 5.0


async def watching(pool: Pool, stop: asyncio.Event) -> None:
    """Look at all ramps now and then, until ``stop``."""
    while not stop.is_set():
        try:
            await ramp.watch(pool)
        except AWAY as error:
            logger.warning("nobody watches the ramps; trying again", error=str(error))
        except Exception:
            logger.exception("a ramp could not be watched")
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK):
                await stop.wait()
