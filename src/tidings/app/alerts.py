"""People are told of what needs a look: every workspace is looked at now and then, and what is new or over is handed over."""

import asyncio
from contextlib import suppress
from typing import Final

import structlog

from tidings.api.telling import look
from tidings.database.pool import AWAY, Pool
from tidings.settings import Settings

logger = structlog.get_logger(__name__)
_LOOK: Final = 30.0


async def telling(pool: Pool, settings: Settings, stop: asyncio.Event) -> None:
    """Look and tell until ``stop``."""
    while not stop.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK):
                await stop.wait()
        if stop.is_set():
            return
        try:
            await look(pool, settings)
        except AWAY as error:
            logger.warning("nobody is told of incidents; trying again", error=str(error))
        except Exception:
            logger.exception("people could not be told of incidents")
