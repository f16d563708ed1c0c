"""Ramps are watched: one of whose messages too many go wrong is stopped."""

import asyncio
from typing import Final

from tidings.database.looking import keep_looking
from tidings.database.pool import Pool
from tidings.project import ramp

_LOOK: Final = 5.0


async def watching(pool: Pool, stop: asyncio.Event) -> None:
    """Look at all ramps now and then, until ``stop``."""

    async def look() -> None:
        await ramp.watch(pool)

    await keep_looking(look, _LOOK, "the ramps", stop)
